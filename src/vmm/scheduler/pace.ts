// How many instructions make a turn: a vCPU is preempted by its instruction budget, so the budget for some milliseconds
// follows from how fast it went before.

/** What nobody has measured yet: slow, so that the first turn is too short rather than too long. */
const FIRST_RATE = 50_000;
const LEAST_RATE = 1_000;
/** Fewer instructions are not worth entering the engine for. */
const LEAST_BUDGET = 10_000;
const MOST_BUDGET = 16_000_000;
/** Shorter stretches say little about the speed. */
const LEAST_MEASURED = 0.2;

/** The speed of one vCPU in instructions a millisecond. */
export class Pace {
  #rate = FIRST_RATE;

  /** Instructions for so many milliseconds. */
  budget(milliseconds: number): number {
    return Math.min(MOST_BUDGET, Math.max(LEAST_BUDGET, Math.round(milliseconds * this.#rate)));
  }

  /** So many instructions, if not a whole budget then a whole turn, took so many milliseconds. */
  learn(instructions: number, milliseconds: number): void {
    if (milliseconds < LEAST_MEASURED) {
      // Too fast to tell: try twice as many.
      this.#rate = Math.min(this.#rate * 2, MOST_BUDGET);
      return;
    }
    const measured = instructions / milliseconds;
    // It may slow down at once (a turn must not last too long) and speeds up by and by.
    this.#rate = Math.max(LEAST_RATE, measured < this.#rate ? measured : Math.min(measured, this.#rate * 4));
  }
}
