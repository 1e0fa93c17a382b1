// The control area of one machine: the words through which the realm that created it and the thread that runs it talk
// without messages, in shared memory. Commands are words and a doorbell; what SBI knows lies here too.
//
//   +0    command    u32  what the creating realm wants: RUN, PAUSE, STOP
//   +4    doorbell   i32  moves whenever the machine should look around; it sleeps on it
//   +8    output     u32  1 while the creating realm knows of bytes in the console's output ring
//   +12   flush      u32  moves when cached translations are to be dropped
//   +16   reply      i32  a remote access: 0 free, 1 asked, 2 answered; it sleeps on it
//   +24   value      u64  what was read
//   +64   exits      u32[16]  exits so far by kind
//   +256  SBI words of the machine
//   +512  per hart: HSM state u32, pad, SBI words of the hart
import { HART_WORDS, PLATFORM_WORDS } from '../sbi/index.js';

const COMMAND = 0;
const DOORBELL = 1;
const OUTPUT = 2;
const FLUSH = 3;
const REPLY = 4;
const VALUE = 24;
const EXITS = 16;
const EXIT_KINDS = 16;
const PLATFORM = 256;
const HARTS = 512;
const HART_STRIDE = 8 + HART_WORDS * 8;

const ANSWERED = 2;

/** What a machine is asked to do. */
export const Command = { run: 0, pause: 1, stop: 2 } as const;

export class Control {
  readonly #words: Int32Array;
  readonly #value: BigInt64Array;
  readonly #buffer: ArrayBufferLike;
  readonly #offset: number;

  constructor(buffer: ArrayBufferLike, offset: number, harts: number) {
    this.#buffer = buffer;
    this.#offset = offset;
    this.#words = new Int32Array(buffer, offset, Control.bytesFor(harts) / 4);
    this.#value = new BigInt64Array(buffer, offset + VALUE, 1);
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

  /** Read it, look around, then {@link sleep} with it: nothing that happens in between is missed. */
  get doorbell(): number {
    return Atomics.load(this.#words, DOORBELL);
  }

  /** Wakes the machine if it sleeps. */
  ring(): void {
    Atomics.add(this.#words, DOORBELL, 1);
    Atomics.notify(this.#words, DOORBELL);
  }

  /** Sleeps until the doorbell is no longer `seen`, at most `milliseconds`. For realms that may sleep. */
  sleep(seen: number, milliseconds: number): void {
    Atomics.wait(this.#words, DOORBELL, seen, milliseconds);
  }

  /** Notes that there is console output; true if the creating realm is to be told. */
  claimOutput(): boolean {
    return Atomics.exchange(this.#words, OUTPUT, 1) === 0;
  }

  /** The creating realm is about to look at the output ring. */
  acknowledgeOutput(): void {
    Atomics.store(this.#words, OUTPUT, 0);
  }

  /** Announces a remote access; {@link awaitReply} then waits for it. */
  ask(): void {
    Atomics.store(this.#words, REPLY, 1);
  }

  /** Answers a remote access. */
  reply(value: bigint): void {
    Atomics.store(this.#value, 0, BigInt.asIntN(64, value));
    Atomics.store(this.#words, REPLY, ANSWERED);
    Atomics.notify(this.#words, REPLY);
  }

  /** Sleeps until the answer is there; undefined if the machine is to stop instead. */
  awaitReply(): bigint | undefined {
    while (Atomics.load(this.#words, REPLY) !== ANSWERED) {
      if (this.command === Command.stop) return undefined;
      Atomics.wait(this.#words, REPLY, 1, 100);
    }
    Atomics.store(this.#words, REPLY, 0);
    return BigInt.asUintN(64, Atomics.load(this.#value, 0));
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
    return new BigUint64Array(this.#buffer, this.#offset + HARTS + index * HART_STRIDE + 8, HART_WORDS);
  }

  /** The HSM state of a hart, one word. */
  hsmWord(index: number): Int32Array {
    return new Int32Array(this.#buffer, this.#offset + HARTS + index * HART_STRIDE, 1);
  }
}
