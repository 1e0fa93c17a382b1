// When each turn of a benchmark program was done, from what the program writes.

/** Takes text as it comes; `times` are the milliseconds from `started` to the end of each turn, `check` what they found. */
export class Marks {
  times = [];
  checks = [];
  started = 0;
  #line = '';

  /** Begins the first turn. */
  start() {
    this.started = performance.now();
  }

  /** `base` is that of the numbers in `check=`. */
  take(text, base) {
    for (const byte of text) {
      if (byte !== '\n') {
        this.#line += byte;
        continue;
      }
      const digits = /check=([0-9a-f]+)/.exec(this.#line)?.[1];
      this.#line = '';
      if (digits === undefined) continue;
      this.times.push(performance.now() - this.started);
      const value = base === 16 ? BigInt(`0x${digits}`) : BigInt(digits);
      this.checks.push(value.toString(16));
    }
  }

  get run() {
    return { times: this.times, check: this.checks.join() };
  }
}
