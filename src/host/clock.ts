// The host's clock, always injected: nothing here or above reads the time by itself, so that a test or a deterministic
// run supplies its own (DESIGN.md, "Time is an input").
import type { Alarm } from './alarm.js';

/** A source of time that never goes backwards and that every realm (worker) of the process reads alike. */
export interface Clock {
  /** Milliseconds, with fraction, since an origin that all realms share: 1970-01-01 UTC if guests are to know the date. */
  now(): number;
}

/** Ticks per second of the RISC-V `time` CSR unless configured otherwise: 10 MHz, as on QEMU's `virt` machine. */
export const DEFAULT_TIMEBASE = 10_000_000;

/** Turns a clock into the tick counter that the engine reads: `timebase` ticks per second since `origin`. */
export function tickCounter(clock: Clock, timebase: number, origin: number, alarm: Alarm): () => number {
  const ticksPerMillisecond = timebase / 1000;
  return () => {
    const now = clock.now();
    alarm.hear(now);
    return (now - origin) * ticksPerMillisecond;
  };
}

/** A clock that moves only when told to: for tests and deterministic runs. */
export class ManualClock implements Clock {
  #milliseconds = 0;

  now(): number {
    return this.#milliseconds;
  }

  /** Moves time forward. */
  advance(milliseconds: number): void {
    this.#milliseconds += milliseconds;
  }
}
