// The host-target interface of a bare machine: a mailbox of two words in guest memory, looked at after every slice. As the
// proxy of Spike and riscv-pk has it: an odd word ends the machine, an even one is the address of a system call's block of
// eight words (number, six arguments; the result goes where the number was), and device 1 is a console.
import type { HtifPlace } from '../../boot/index.js';
import type { ByteRing } from '../../devices/index.js';
import type { GuestMemory } from '../guest-memory.js';

const SYS_WRITE = 64n;
const SYS_EXIT = 93n;
const ERROR_BAD_FILE = -9n;
const ERROR_BAD_ADDRESS = -14n;
const ERROR_NO_SYSTEM_CALL = -38n;

const DEVICE_SYSTEM_CALL = 0n;
const DEVICE_CONSOLE = 1n;
const COMMAND_WRITE = 1n;
const PAYLOAD = (1n << 48n) - 1n;
const BLOCK_BYTES = 64;

export interface HtifOptions {
  readonly place: HtifPlace;
  readonly memory: GuestMemory;
  readonly output: ByteRing;
  /** Bytes went into the output ring. */
  onOutput(): void;
  /** The guest has ended itself with this code. */
  onExit(code: number): void;
}

export class Htif {
  readonly #options: HtifOptions;
  /** Bytes of the write in progress that are out already: the console may have had no room for more. */
  #written = 0n;

  constructor(options: HtifOptions) {
    this.#options = options;
  }

  /** Carries out what lies in the mailbox. */
  poll(): void {
    const { place, memory } = this.#options;
    const word = memory.tryReadU64(place.tohost);
    if (word === undefined || word === 0n) return;
    const answer = this.#command(word);
    if (answer === undefined) return;
    this.#written = 0n;
    memory.tryWrite(place.tohost, littleEndian(0n));
    if (place.fromhost !== undefined && answer !== 0n) memory.tryWrite(place.fromhost, littleEndian(answer));
  }

  /** The word for `fromhost`, 0 for none; undefined if the command is not done yet. */
  #command(word: bigint): bigint | undefined {
    const device = word >> 56n;
    const payload = word & PAYLOAD;
    const done = (word & ~PAYLOAD) | 1n;
    if (device === DEVICE_SYSTEM_CALL) {
      if (payload & 1n) {
        this.#options.onExit(Number(payload >> 1n));
        return 0n;
      }
      return this.#systemCall(payload) ? done : undefined;
    }
    if (device === DEVICE_CONSOLE && ((word >> 48n) & 0xffn) === COMMAND_WRITE) {
      return this.#print(Uint8Array.of(Number(payload & 0xffn))) === 0 ? undefined : done;
    }
    return 0n;
  }

  /** False if the call has to wait for room in the console. */
  #systemCall(block: bigint): boolean {
    const { memory } = this.#options;
    const bytes = memory.tryRead(block, BLOCK_BYTES);
    if (bytes === undefined) return true;
    const view = new DataView(bytes.buffer);
    const [number, file, address, length] = [0, 8, 16, 24].map((at) => view.getBigUint64(at, true));
    const result = number === SYS_WRITE ? this.#write(file!, address!, length!) : this.#otherCall(number!, file!);
    if (result === undefined) return false;
    memory.tryWrite(block, littleEndian(result));
    return true;
  }

  #otherCall(number: bigint, argument: bigint): bigint {
    if (number !== SYS_EXIT) return ERROR_NO_SYSTEM_CALL;
    this.#options.onExit(Number(argument & 0x7fff_ffffn));
    return 0n;
  }

  #write(file: bigint, address: bigint, length: bigint): bigint | undefined {
    const { memory, output } = this.#options;
    if (file !== 1n && file !== 2n) return ERROR_BAD_FILE;
    while (this.#written < length) {
      const left = length - this.#written;
      const room = BigInt(output.free);
      if (room === 0n) return undefined;
      const part = memory.tryRead(address + this.#written, Number(left < room ? left : room));
      if (part === undefined) return ERROR_BAD_ADDRESS;
      this.#written += BigInt(this.#print(part));
    }
    return length;
  }

  #print(bytes: Uint8Array): number {
    const pushed = this.#options.output.push(bytes);
    if (pushed > 0) this.#options.onOutput();
    return pushed;
  }
}

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes;
}
