// The control area of one machine: the words through which the realm that created it and the thread that runs it talk
// without messages, in shared memory. Commands are words and a doorbell; what SBI knows lies here too.
//
//   +0    command    u32  what the creating realm wants: RUN, PAUSE, STOP
//   +4    (free)
//   +8    output     u32  1 while the creating realm knows of bytes in the console's output ring
//   +12   flush      u32  moves when cached translations are to be dropped
//   +64   exits      u32[16]  exits so far by kind
//   +256  SBI words of the machine
//   +512  per hart:
//     +0  HSM state  u32
//     +4  reply      i32  of a remote access: 1 = its value is there
//     +8  value      u64  what was read
//     +16 ran        f64  milliseconds it has run so far
//     +24 stolen     f64  milliseconds it waited although it had something to do
//     +32 SBI words of the hart
import type { Bell } from '../hart/bell.js';
import { HART_WORDS, PLATFORM_WORDS } from '../sbi/index.js';

const COMMAND = 0;
const OUTPUT = 2;
const FLUSH = 3;
const EXITS = 16;
const EXIT_KINDS = 16;
const PLATFORM = 256;
const HARTS = 512;
const REPLY = 4;
const VALUE = 8;
const RAN = 16;
const STOLEN = 24;
const WORDS = 32;
const HART_STRIDE = WORDS + HART_WORDS * 8;

/** What a machine is asked to do. */
export const Command = { run: 0, pause: 1, stop: 2 } as const;

export interface ControlOptions {
  readonly offset: number;
  readonly harts: number;
  /** The bells of the host's harts that run this machine. */
  readonly bells: readonly Bell[];
}

export class Control {
  readonly #words: Int32Array;
  readonly #buffer: ArrayBufferLike;
  readonly #offset: number;
  readonly #bells: readonly Bell[];

  constructor(buffer: ArrayBufferLike, { offset, harts, bells }: ControlOptions) {
    this.#buffer = buffer;
    this.#offset = offset;
    this.#bells = bells;
    this.#words = new Int32Array(buffer, offset, Control.bytesFor(harts) / 4);
  }

  static bytesFor(harts: number): number {
    return HARTS + harts * HART_STRIDE;
  }

  get command(): number {
    return Atomics.load(this.#words, COMMAND);
  }

  set command(command: number) {
    Atomics.store(this.#words, COMMAND, command);
    this.ring();
  }

  /** Makes whoever runs the machine look around. */
  ring(): void {
    for (const bell of this.#bells) bell.ring();
  }

  /** Notes that there is console output; true if the creating realm is to be told. */
  claimOutput(): boolean {
    return Atomics.exchange(this.#words, OUTPUT, 1) === 0;
  }

  /** The creating realm is about to look at the output ring. */
  acknowledgeOutput(): void {
    Atomics.store(this.#words, OUTPUT, 0);
  }

  /** Answers a remote access of a vCPU. */
  reply(vcpu: number, value: bigint): void {
    new BigInt64Array(this.#buffer, this.#hart(vcpu) + VALUE, 1)[0] = BigInt.asIntN(64, value);
    Atomics.store(this.#words, this.#index(vcpu, REPLY), 1);
    this.ring();
  }

  /** The answer to a vCPU's remote access, if it is there. */
  takeReply(vcpu: number): bigint | undefined {
    if (Atomics.exchange(this.#words, this.#index(vcpu, REPLY), 0) === 0) return undefined;
    return new BigUint64Array(this.#buffer, this.#hart(vcpu) + VALUE, 1)[0]!;
  }

  /** How long a vCPU ran and waited so far, in milliseconds. */
  tellTime(vcpu: number, ran: number, stolen: number): void {
    const times = new Float64Array(this.#buffer, this.#hart(vcpu) + RAN, (WORDS - RAN) / 8);
    times[0] = ran;
    times[(STOLEN - RAN) / 8] = stolen;
  }

  time(vcpu: number): { readonly ran: number; readonly stolen: number } {
    const times = new Float64Array(this.#buffer, this.#hart(vcpu) + RAN, (WORDS - RAN) / 8);
    return { ran: times[0]!, stolen: times[(STOLEN - RAN) / 8]! };
  }

  /** Asks the machine to drop cached translations before it runs on; the number of the request. */
  requestFlush(): number {
    return Atomics.add(this.#words, FLUSH, 1) + 1;
  }

  /** The number of the last request. */
  get flushRequest(): number {
    return Atomics.load(this.#words, FLUSH);
  }

  /** Counts an exit. */
  countExit(kind: number): void {
    this.#words[EXITS + kind]!++;
  }

  /** Exits so far, by kind. */
  exits(): number[] {
    return Array.from(this.#words.subarray(EXITS, EXITS + EXIT_KINDS), (count) => count >>> 0);
  }

  platformWords(): BigUint64Array {
    return new BigUint64Array(this.#buffer, this.#offset + PLATFORM, PLATFORM_WORDS);
  }

  hartWords(index: number): BigUint64Array {
    return new BigUint64Array(this.#buffer, this.#hart(index) + WORDS, HART_WORDS);
  }

  /** The HSM state of a hart, one word. */
  hsmWord(index: number): Int32Array {
    return new Int32Array(this.#buffer, this.#hart(index), 1);
  }

  #hart(index: number): number {
    return this.#offset + HARTS + index * HART_STRIDE;
  }

  #index(hart: number, offset: number): number {
    return (HARTS + hart * HART_STRIDE + offset) / 4;
  }
}
