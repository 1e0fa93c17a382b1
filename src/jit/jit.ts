// The translator's driver: takes hot blocks from the engine's queue, translates their regions in batches and installs the functions.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { translateBatch } from './batch.js';
import { CodeCache, type CodeCacheOptions, type Entry } from './code-cache.js';
import { Translator } from './translator.js';

/** How translation went so far. */
export interface JitStats {
  /** Regions alive, translated and given up in all. */
  regions: number;
  translated: number;
  refused: number;
  /** Guest instructions translated. */
  instructions: number;
  /** Milliseconds spent in the translator and in WebAssembly's compiler. */
  translateMs: number;
  compileMs: number;
  /** Bytes of WebAssembly made. */
  bytes: number;
}

export interface JitOptions extends CodeCacheOptions {
  /** Times a block is met by a sample before it is translated; 1 translates at once. */
  readonly threshold?: number;
  /** Translate every block that is jumped to, at once: slow, for tests. */
  readonly always?: boolean;
  /** Milliseconds, for the statistics. */
  readonly now?: () => number;
}

/** Times a block must be met; a sample stands for 8192 instructions, and translating a region costs about ten times as much. */
const THRESHOLD = 8;

/** Translates hot guest code for the vCPUs that run in this realm. */
export class Jit {
  readonly stats: JitStats = {
    regions: 0,
    translated: 0,
    refused: 0,
    instructions: 0,
    translateMs: 0,
    compileMs: 0,
    bytes: 0,
  };
  /** What is installed. */
  readonly code: CodeCache;
  readonly #engine: Engine;
  readonly #translator: Translator;
  readonly #now: () => number;

  constructor(engine: Engine, options: JitOptions = {}) {
    this.#engine = engine;
    this.#now = options.now ?? (() => 0);
    this.#translator = new Translator(engine, hasTailCalls());
    this.code = new CodeCache(engine, options);
    engine.u32[(L.HOST_CONTROL + L.HOST_HOT_THRESHOLD) >>> 2] = options.always ? 1 : (options.threshold ?? THRESHOLD);
    engine.u32[(L.HOST_CONTROL + L.HOST_JIT) >>> 2] = options.always ? 2 : 1;
    engine.onHot = () => this.translate();
  }

  /** Translates what waits in the hot queue. */
  translate(): void {
    const { u32 } = this.#engine;
    const started = this.#now();
    const count = u32[(L.HOST_CONTROL + L.HOST_HOT_COUNT) >>> 2]!;
    const at = (L.HOST_CONTROL + L.HOST_HOT_QUEUE) >>> 2;
    const batch = translateBatch(this.#engine, this.#translator, u32.slice(at, at + count));
    u32[(L.HOST_CONTROL + L.HOST_HOT_COUNT) >>> 2] = 0;
    this.stats.refused += count - batch.entries.length;
    const translated = this.#now();
    this.stats.translateMs += translated - started;
    if (batch.module !== undefined) this.#install(batch.module, batch.entries);
    this.stats.compileMs += this.#now() - translated;
    this.#publish();
  }

  #install(module: Uint8Array<ArrayBuffer>, entries: readonly Entry[]): void {
    const { stats } = this;
    stats.translated += this.code.install(module, entries);
    stats.regions = this.code.size;
    stats.bytes += module.length;
    for (const { instructions } of entries) stats.instructions += instructions;
  }

  /** Puts the figures where other realms see them. */
  #publish(): void {
    const { translated, instructions, bytes, translateMs, compileMs, refused } = this.stats;
    const figures = [translated, instructions, bytes, translateMs * 1000, compileMs * 1000, refused];
    figures.forEach((figure, i) => {
      this.#engine.u32[((L.HOST_CONTROL + L.HOST_JIT_STATS) >>> 2) + i] = figure;
    });
  }
}

/** Can this runtime call in tail position (WebAssembly 3.0, "Tail Calls")? */
function hasTailCalls(): boolean {
  // (module (func return_call 0))
  return WebAssembly.validate(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b),
  );
}
