// The control area of one machine: the words through which the realm that created it and the thread that runs it talk
// without messages, in shared memory. Commands are words and a doorbell; what SBI knows lies here too.
//
//   +0    command    u32  what the creating realm wants: RUN, PAUSE, STOP
//   +4    ended      u32  1 once the machine has ended
//   +8    output     u32  1 while the creating realm knows of bytes in the console's output ring
//   +12   flush      u32  moves when cached translations are to be dropped
//   +16   waiting    u32  accesses that wait for the thread that has the devices
//   +20   lock       i32  of what all threads serve: 0 free, 1 held, 2 held and wanted
//   +24   nudges     u32  of all harts so far
//   +28   untold     u32  traced exits that the creating realm has not been told of
//   +32   wanting    u32  vCPUs that run or want to
//   +36   moves      u32  moves whenever one is to change threads, or has
//   +64   exits      u32[16]  exits so far by kind
//   +256  SBI words of the machine
//   +512  per hart:
//     +0  HSM state  u32
//     +4  reply      i32  of a remote access: 1 = its value is there, 2 = there is nothing at its address
//     +8  value      u64  what was read
//     +16 ran        f64  milliseconds it has run so far
//     +24 stolen     f64  milliseconds it waited although it had something to do
//     +32 nudge      u32  1 = look whether there is something to do, even if no interrupt is pending
//     +36 access     u32  waits for the thread of the devices: width, 256 for a store
//     +40 address    u64  guest physical
//     +48 stored     u64
//     +56 seat     u32  the thread that it is on, of the machine's: changed by that thread alone
//     +60 wanted   u32  the one that it is to be on
//     +64 SBI words of the hart
//   then the words of the serial port
import { UART_WORDS } from '../../devices/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { Bell } from '../hart/bell.js';
import type { MmioAccess } from '../mmio-decode.js';
import { HART_WORDS, PLATFORM_WORDS } from '../sbi/index.js';

const COMMAND = 0;
const ENDED = 1;
const OUTPUT = 2;
const FLUSH = 3;
const WAITING = 4;
const LOCK = 5;
const NUDGES = 6;
const UNTOLD = 7;
const WANTING = 8;
const MOVES = 9;
const EXITS = 16;
const EXIT_KINDS = 16;
const PLATFORM = 256;
const HARTS = 512;
const REPLY = 4;
const VALUE = 8;
const RAN = 16;
const STOLEN = 24;
const NUDGE = 32;
const ACCESS = 36;
const ADDRESS = 40;
const STORED = 48;
const SEAT = 56;
const WANTED_SEAT = 60;
const WORDS = 64;
const STORE = 256;
const ANSWERED = 1;
const REFUSED = 2;
const [FREE, HELD, WANTED] = [0, 1, 2];
/** Milliseconds between two looks of a thread that waits for the lock: whoever holds it may be gone. */
const LOCK_LOOK = 10;
const HART_STRIDE = WORDS + HART_WORDS * 8;

/** What a machine is asked to do. */
export const Command = { run: 0, pause: 1, stop: 2 } as const;

/** An access that the thread of the devices carries out for another one. */
export interface AskedAccess {
  readonly gpa: bigint;
  readonly kind: MmioAccess['kind'];
  readonly width: MmioAccess['width'];
  readonly value: bigint;
}

export interface ControlOptions {
  readonly offset: number;
  readonly harts: number;
  /** The bells of the threads that run this machine, in their order. */
  readonly bells: readonly Bell[];
}

export class Control {
  readonly #words: Int32Array;
  readonly #buffer: ArrayBufferLike;
  readonly #offset: number;
  #bells: readonly Bell[];
  readonly #harts: number;

  constructor(buffer: ArrayBufferLike, { offset, harts, bells }: ControlOptions) {
    this.#buffer = buffer;
    this.#offset = offset;
    this.#bells = bells;
    this.#harts = harts;
    this.#words = new Int32Array(buffer, offset, Control.bytesFor(harts) / 4);
  }

  static bytesFor(harts: number): number {
    return HARTS + harts * HART_STRIDE + UART_WORDS * 4;
  }

  /** Other threads run the machine from now on. */
  rehang(bells: readonly Bell[]): void {
    this.#bells = bells;
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

  /** Traced exits that the creating realm has not been told of. */
  get untold(): number {
    return Atomics.load(this.#words, UNTOLD);
  }

  /** One more. */
  countUntold(): void {
    Atomics.add(this.#words, UNTOLD, 1);
  }

  /** It has been told of so many, or of all there are: none is under way any more. */
  told(exits?: number): void {
    if (exits === undefined) Atomics.store(this.#words, UNTOLD, 0);
    else Atomics.sub(this.#words, UNTOLD, exits);
  }

  /** How many vCPUs run or want to, on all threads together. */
  get wanting(): number {
    return Atomics.load(this.#words, WANTING);
  }

  /** So many more. */
  addWanting(count: number): void {
    Atomics.add(this.#words, WANTING, count);
  }

  /** Whether the machine has ended. */
  get ended(): boolean {
    return Atomics.load(this.#words, ENDED) !== 0;
  }

  /** Ends the machine; false if it had ended already. */
  claimEnd(): boolean {
    return Atomics.exchange(this.#words, ENDED, 1) === 0;
  }

  /** Has the thread of a hart look whether there is something to do for it. */
  nudge(hart: number): void {
    Atomics.add(this.#words, NUDGES, 1);
    Atomics.store(this.#words, this.#index(hart, NUDGE), 1);
    if (this.#bells.length > 1) this.#bellOf(hart)?.ring();
  }

  /** Which of the machine's threads a hart is on. */
  seatOf(hart: number): number {
    return Atomics.load(this.#words, this.#index(hart, SEAT));
  }

  /** Which of them it is to be on. */
  wantedSeat(hart: number): number {
    return Atomics.load(this.#words, this.#index(hart, WANTED_SEAT));
  }

  /** Puts a hart on a thread, before the machine is built. */
  place(hart: number, seat: number): void {
    Atomics.store(this.#words, this.#index(hart, WANTED_SEAT), seat);
    Atomics.store(this.#words, this.#index(hart, SEAT), seat);
  }

  /** Has a hart go to another thread. The one that it is on hands it over when it can. */
  send(hart: number, seat: number): void {
    Atomics.store(this.#words, this.#index(hart, WANTED_SEAT), seat);
    Atomics.add(this.#words, MOVES, 1);
    this.#bellOf(hart)?.ring();
  }

  /** On the thread that a hart is on: from now on it is where it is wanted. */
  handOver(hart: number): void {
    Atomics.store(this.#words, this.#index(hart, SEAT), this.wantedSeat(hart));
    Atomics.add(this.#words, MOVES, 1);
    this.#bellOf(hart)?.ring();
  }

  /** Moves whenever a hart is to change threads, or has. */
  get moves(): number {
    return Atomics.load(this.#words, MOVES);
  }

  /** How often any hart was nudged so far. */
  get nudges(): number {
    return Atomics.load(this.#words, NUDGES);
  }

  /** Whether somebody has nudged the hart since the last look. */
  takeNudge(hart: number): boolean {
    return Atomics.exchange(this.#words, this.#index(hart, NUDGE), 0) !== 0;
  }

  /** Asks the thread that has the devices for an access of a vCPU; the answer comes as that of a remote one. */
  ask(vcpu: number, gpa: bigint, access: MmioAccess, value: bigint): void {
    const words = this.#wide(vcpu, ADDRESS, 2);
    words[0] = gpa;
    words[(STORED - ADDRESS) / 8] = value;
    Atomics.store(this.#words, this.#index(vcpu, ACCESS), access.width | (access.kind === 'store' ? STORE : 0));
    Atomics.add(this.#words, WAITING, 1);
    this.#bells[0]?.ring();
  }

  /** On the thread that has the devices: carries out what other threads have asked for. */
  serve(carryOut: (access: AskedAccess) => bigint | undefined): void {
    for (let left = Atomics.exchange(this.#words, WAITING, 0), vcpu = 0; left > 0 && vcpu < this.#harts; vcpu++) {
      const asked = Atomics.exchange(this.#words, this.#index(vcpu, ACCESS), 0);
      if (asked === 0) continue;
      left--;
      const words = this.#wide(vcpu, ADDRESS, 2);
      const kind = asked & STORE ? 'store' : 'load';
      const width = (asked & (STORE - 1)) as MmioAccess['width'];
      this.reply(vcpu, carryOut({ gpa: words[0]!, kind, width, value: words[(STORED - ADDRESS) / 8]! }));
    }
  }

  /** Answers a remote access of a vCPU; undefined: there is nothing at its address. */
  reply(vcpu: number, value: bigint | undefined): void {
    this.#wide(vcpu, VALUE, 1)[0] = BigInt.asUintN(64, value ?? 0n);
    Atomics.store(this.#words, this.#index(vcpu, REPLY), value === undefined ? REFUSED : ANSWERED);
    const bell = this.#bellOf(vcpu);
    if (bell === undefined) this.ring();
    else bell.ring();
  }

  /** The answer to a vCPU's remote access, if it is there. */
  takeReply(vcpu: number): bigint | 'refused' | undefined {
    const reply = Atomics.exchange(this.#words, this.#index(vcpu, REPLY), 0);
    if (reply === 0) return undefined;
    return reply === REFUSED ? 'refused' : this.#wide(vcpu, VALUE, 1)[0]!;
  }

  /** Does something that one thread of the machine may do at a time; it must not wait for anything. */
  locked<T>(action: () => T): T {
    if (this.#bells.length < 2) return action();
    const words = this.#words;
    if (Atomics.compareExchange(words, LOCK, FREE, HELD) !== FREE) {
      while (Atomics.exchange(words, LOCK, WANTED) !== FREE) {
        Atomics.wait(words, LOCK, WANTED, LOCK_LOOK);
        if (this.command === Command.stop) throw new HypercraftError('INTERNAL', 'the machine has been stopped');
      }
    }
    try {
      return action();
    } finally {
      if (Atomics.exchange(words, LOCK, FREE) === WANTED) Atomics.notify(words, LOCK, 1);
    }
  }

  /** How long a vCPU ran and waited so far, in milliseconds. */
  tellTime(vcpu: number, ran: number, stolen: number): void {
    const times = new Float64Array(this.#buffer, this.#hart(vcpu) + RAN, (NUDGE - RAN) / 8);
    times[0] = ran;
    times[(STOLEN - RAN) / 8] = stolen;
  }

  time(vcpu: number): { readonly ran: number; readonly stolen: number } {
    const times = new Float64Array(this.#buffer, this.#hart(vcpu) + RAN, (NUDGE - RAN) / 8);
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
    Atomics.add(this.#words, EXITS + kind, 1);
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

  /** Where the machine's serial port lies. */
  uartWords(): Int32Array {
    return new Int32Array(this.#buffer, this.#hart(this.#harts), UART_WORDS);
  }

  #bellOf(hart: number): Bell | undefined {
    return this.#bells[this.seatOf(hart)];
  }

  #wide(hart: number, offset: number, count: number): BigUint64Array {
    return new BigUint64Array(this.#buffer, this.#hart(hart) + offset, count);
  }

  #hart(index: number): number {
    return this.#offset + HARTS + index * HART_STRIDE;
  }

  #index(hart: number, offset: number): number {
    return (HARTS + hart * HART_STRIDE + offset) / 4;
  }
}
