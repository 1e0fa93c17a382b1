// The end of a turn: a vCPU leaves the engine when its time is over, however slow its instructions are. The engine asks for the
// host's time again and again while it runs a guest (between chunks and after every access to a device); the alarm hears of it.
import { KICK } from '../engine/hart/layout.js';

export class Alarm {
  readonly #words: Int32Array;
  #area = 0;
  #at = Number.POSITIVE_INFINITY;

  constructor(buffer: ArrayBufferLike) {
    this.#words = new Int32Array(buffer);
  }

  /** Kicks the vCPU at `area` when the clock reaches `at` milliseconds. */
  set(area: number, at: number): void {
    this.#area = area;
    this.#at = at;
  }

  clear(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** The clock was read. */
  hear(milliseconds: number): void {
    if (milliseconds < this.#at) return;
    this.#at = Number.POSITIVE_INFINITY;
    Atomics.store(this.#words, (this.#area + KICK) >> 2, 1);
  }
}
