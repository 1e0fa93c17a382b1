// The translator of a realm, loaded when the first block there is hot: a guest that is over before, or runs in other realms, starts sooner without. That
// takes a turn of the realm's event loop.
import { HOST_CONTROL, HOST_HOT_THRESHOLD, HOST_JIT, REALM_HOT_COUNT, REALM_HOT_QUEUE } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import type { Jit, JitOptions } from '../jit/index.js';

/** Times a block must be met for the translator to be of use; once, if earlier runs may have kept its translation. */
const WORTH_IT = 8;

export class Translation {
  readonly #engine: Engine;
  readonly #options: JitOptions;
  /** The blocks that were hot first. */
  #hot: Uint32Array | undefined;
  #loading: Promise<void> | undefined;
  #jit: Jit | undefined;

  constructor(engine: Engine, options: JitOptions) {
    this.#engine = engine;
    this.#options = options;
    engine.u32[(HOST_CONTROL + HOST_HOT_THRESHOLD) >>> 2] = options.store === undefined ? WORTH_IT : 1;
    engine.u32[(HOST_CONTROL + HOST_JIT) >>> 2] = 1;
    engine.onHot = () => {
      const hot = this.#takeHot();
      if (this.#hot !== undefined) return;
      this.#hot = hot;
      void this.load();
    };
  }

  /** The translator, if it is there. */
  get jit(): Jit | undefined {
    return this.#jit;
  }

  /** While it is being loaded: who runs harts without ever turning the event loop should wait for it. */
  get loading(): Promise<void> | undefined {
    return this.#jit === undefined ? this.#loading : undefined;
  }

  /** Has it loaded. */
  load(): Promise<void> {
    this.#loading ??= import('../jit/index.js').then(({ Jit }) => {
      this.#jit = new Jit(this.#engine, this.#options);
      if (this.#hot !== undefined) this.#giveHot(this.#hot);
    });
    return this.#loading;
  }

  #takeHot(): Uint32Array {
    const { u32, realmArea } = this.#engine;
    const at = (realmArea + REALM_HOT_QUEUE) >>> 2;
    const count = (realmArea + REALM_HOT_COUNT) >>> 2;
    const hot = u32.slice(at, at + u32[count]!);
    u32[count] = 0;
    return hot;
  }

  /** The engine asks for their translation when it runs next. */
  #giveHot(hot: Uint32Array): void {
    const { u32, realmArea } = this.#engine;
    u32.set(hot, (realmArea + REALM_HOT_QUEUE) >>> 2);
    u32[(realmArea + REALM_HOT_COUNT) >>> 2] = hot.length;
  }
}
