// Taking cached translations away from the harts of a machine, wherever they run: at once for those of this thread, which is out of
// the engine now, and for others by a request that they serve at their next safepoint (DESIGN.md, decision 3).
import type { Engine, Fence } from '../../engine/index.js';
import { Safepoints } from '../../engine/safepoints.js';
import { Command, type Control } from './control.js';

export class ShootDown {
  readonly #engine: Engine;
  readonly #safepoints: Safepoints;
  readonly #areas: readonly number[];
  readonly #control: Control;
  readonly #seat: number;

  /** @param areas the harts' vCPU areas @param seat which of the machine's threads this is */
  constructor(engine: Engine, control: Control, areas: readonly number[], seat: number) {
    this.#engine = engine;
    this.#safepoints = new Safepoints(engine.memory);
    this.#control = control;
    this.#areas = areas;
    this.#seat = seat;
  }

  /** The harts of this thread drop what they have cached. */
  own(): void {
    this.#areas.forEach((area, hart) => {
      if (this.#isOwn(hart)) this.#engine.flushTlb(area);
    });
  }

  /** All harts drop what they have cached, and none uses any of it when this returns. */
  all(): void {
    this.harts([...this.#areas.keys()], 'everything');
  }

  /** All harts drop what they have cached of a host page, and none uses any of it when this returns. */
  page(page: number): void {
    const others: number[] = [];
    this.#areas.forEach((area, hart) => {
      if (this.#isOwn(hart)) this.#engine.dropHostPage(area, page);
      else others.push(hart);
    });
    this.harts(others, 'everything');
  }

  /** These harts drop what is meant of all that they have cached, or only pass a safepoint, and have done so when this returns. */
  harts(harts: readonly number[], what: Fence | 'everything' | 'nothing'): void {
    const others: number[] = [];
    for (const hart of harts) {
      const area = this.#areas[hart]!;
      if (this.#isOwn(hart)) {
        if (what === 'everything') this.#engine.flushTlb(area);
        else if (what !== 'nothing') this.#engine.fence(area, what);
      } else {
        if (what === 'everything') this.#engine.requestFlush(area);
        else if (what !== 'nothing') this.#engine.requestFence(area, what);
        others.push(area);
      }
    }
    if (others.length > 0) this.#safepoints.pass(others, () => this.#control.command === Command.stop);
  }

  #isOwn(hart: number): boolean {
    return this.#control.seatOf(hart) === this.#seat;
  }
}
