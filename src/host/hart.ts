// A hart of the host: what runs vCPUs. The hart is software, so it is an index and the engine instance of its realm; a
// vCPU's whole state lies in its area of the shared memory, so any hart can run any vCPU by its base pointer.
import type { Engine } from '../engine/index.js';

export class Hart {
  readonly id: number;
  readonly #engine: Engine;

  constructor(id: number, engine: Engine) {
    this.id = id;
    this.#engine = engine;
  }

  /** Runs the vCPU whose area starts at `area` for at most `budget` instructions; returns the engine's exit reason. */
  run(area: number, budget: number): number {
    return this.#engine.run(area, budget);
  }
}
