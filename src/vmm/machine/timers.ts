// When the timers of a machine's harts fire.
import type { Engine } from '../../engine/index.js';

const NEVER = 0xffff_ffff_ffff_ffffn;

export class Timers {
  readonly #engine: Engine;
  readonly #areas: () => readonly number[];
  readonly #timebase: number;

  /** `areas` gives the harts' vCPU areas, `timebase` is in ticks per second. */
  constructor(engine: Engine, areas: () => readonly number[], timebase: number) {
    this.#engine = engine;
    this.#areas = areas;
    this.#timebase = timebase;
  }

  milliseconds(ticks: bigint): number {
    return (Number(ticks) / this.#timebase) * 1000;
  }

  /** Ticks until the first timer of any hart fires; undefined if none will. */
  untilFirst(): bigint | undefined {
    let nearest: bigint | undefined;
    for (const area of this.#areas()) {
      const deadline = this.#engine.nextDeadline(area);
      if (deadline === NEVER) continue;
      const distance = deadline - this.#engine.now(area);
      if (nearest === undefined || distance < nearest) nearest = distance;
    }
    return nearest;
  }
}
