// How a hart's thread sleeps: on its bell, until a deadline. A system wakes a thread some time after the deadline it was given (Linux adds a
// slack of 50 us and the time to switch), so it is given an earlier one, and the rest is spent looking at the clock.
import type { Clock } from '../../host/index.js';
import type { Bell } from './bell.js';

/** The most that a deadline is brought forward, in milliseconds: what a wake-up may cost of a core. */
const MOST_EARLY = 0.15;
/** How much one wake-up tells of the next. */
const WEIGHT = 1 / 8;

export class Sleeper {
  readonly #bell: Bell;
  readonly #clock: Clock;
  /** How late the system wakes us, in milliseconds, as far as it is known. */
  #lateness = MOST_EARLY / 2;

  constructor(bell: Bell, clock: Clock) {
    this.#bell = bell;
    this.#clock = clock;
  }

  /** Sleeps until the doorbell is no longer `seen`, for `milliseconds` at most, and not much longer than `look`. */
  sleep(seen: number, { milliseconds, look }: { readonly milliseconds: number; readonly look: number }): void {
    if (look <= milliseconds) {
      this.#bell.sleep(seen, look);
      return;
    }
    const begun = this.#clock.now();
    const deadline = begun + milliseconds;
    const asked = milliseconds - this.#lateness;
    if (asked > 0) {
      if (this.#bell.sleep(seen, asked)) return;
      const late = Math.min(MOST_EARLY, this.#clock.now() - begun - asked);
      this.#lateness += (late - this.#lateness) * WEIGHT;
    }
    while (this.#bell.doorbell === seen && this.#clock.now() < deadline);
  }
}
