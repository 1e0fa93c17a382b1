// What a serial port remembers, in words that may lie in shared memory: so any thread can serve it, one at a time.

const REGISTERS = 16;
const FIFO_WORDS = 34;
/** Words a serial port lies in. */
export const UART_WORDS = REGISTERS + 3 * FIFO_WORDS;

/** A queue of up to 32 bytes in words: their number, then the bytes. */
class Fifo {
  static readonly most = FIFO_WORDS - 2;
  readonly #words: Int32Array;

  constructor(words: Int32Array, offset: number) {
    this.#words = words.subarray(offset, offset + FIFO_WORDS);
  }

  get length(): number {
    return this.#words[0]!;
  }

  get first(): number {
    return this.#words[1]!;
  }

  get bytes(): number[] {
    return [...this.#words.subarray(1, 1 + this.length)];
  }

  set bytes(bytes: readonly number[]) {
    const kept = bytes.slice(0, Fifo.most);
    this.#words.set(kept, 1);
    this.#words[0] = kept.length;
  }

  push(byte: number): void {
    if (this.length === Fifo.most) return;
    this.#words[1 + this.length] = byte;
    this.#words[0]!++;
  }

  /** Takes out the first bytes. */
  drop(count: number): void {
    this.#words.copyWithin(1, 1 + count, 1 + this.length);
    this.#words[0]! -= count;
  }

  shift(): number | undefined {
    if (this.length === 0) return undefined;
    const byte = this.first;
    this.drop(1);
    return byte;
  }

  replaceLast(byte: number): void {
    this.#words[this.length] = byte;
  }
}

export class UartWords {
  /** What has come from the line. */
  readonly receiver: Fifo;
  /** What is to go out. */
  readonly transmitter: Fifo;
  /** Received bytes the guest's driver cleared away unread; they arrive again. */
  readonly returned: Fifo;
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
    const fifo = (index: number) => new Fifo(words, REGISTERS + index * FIFO_WORDS);
    this.receiver = fifo(0);
    this.transmitter = fifo(1);
    this.returned = fifo(2);
  }

  get ier(): number {
    return this.#words[0]!;
  }

  set ier(value: number) {
    this.#words[0] = value;
  }

  get fcr(): number {
    return this.#words[1]!;
  }

  set fcr(value: number) {
    this.#words[1] = value;
  }

  get lcr(): number {
    return this.#words[2]!;
  }

  set lcr(value: number) {
    this.#words[2] = value;
  }

  get mcr(): number {
    return this.#words[3]!;
  }

  set mcr(value: number) {
    this.#words[3] = value;
  }

  get msr(): number {
    return this.#words[4]!;
  }

  set msr(value: number) {
    this.#words[4] = value;
  }

  get scr(): number {
    return this.#words[5]!;
  }

  set scr(value: number) {
    this.#words[5] = value;
  }

  get divisor(): number {
    return this.#words[6]!;
  }

  set divisor(value: number) {
    this.#words[6] = value;
  }

  get errors(): number {
    return this.#words[7]!;
  }

  set errors(value: number) {
    this.#words[7] = value;
  }

  get looks(): number {
    return this.#words[8]!;
  }

  set looks(value: number) {
    this.#words[8] = value;
  }

  /** THR became empty and the guest has not seen it yet. */
  get emptied(): boolean {
    return this.#words[9] !== 0;
  }

  set emptied(value: boolean) {
    this.#words[9] = value ? 1 : 0;
  }

  get level(): boolean {
    return this.#words[10] !== 0;
  }

  set level(value: boolean) {
    this.#words[10] = value ? 1 : 0;
  }
}
