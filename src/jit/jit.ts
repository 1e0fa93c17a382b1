// The translator's driver: takes hot blocks from the engine's queue, translates their regions in batches and installs the functions.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { FunctionWriter } from './function.js';
import { assembleModule, type Body } from './module.js';
import { Region } from './region.js';

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

export interface JitOptions {
  /** Times a block is met by a sample before it is translated; 1 translates at once. */
  readonly threshold?: number;
  /** Translate every block that is jumped to, at once: slow, for tests. */
  readonly always?: boolean;
  /** Milliseconds, for the statistics. */
  readonly now?: () => number;
}

/** Times a block must be met; a sample stands for 8192 instructions, and translating a region costs about ten times as much. */
const THRESHOLD = 8;

/** Modules kept: one costs about 90 KiB beside its code. */
const MAX_MODULES = 256;

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
  readonly #engine: Engine;
  readonly #region = new Region();
  readonly #writer: FunctionWriter;
  readonly #free: number[] = [];
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #now: () => number;
  /** Modules alive, the oldest first, each with the records of its regions. */
  readonly #modules: number[][] = [];
  #dropped = 0;

  constructor(engine: Engine, options: JitOptions = {}) {
    this.#engine = engine;
    this.#u16 = new Uint16Array(engine.memory.buffer);
    this.#i32 = new Int32Array(engine.memory.buffer);
    this.#now = options.now ?? (() => 0);
    this.#writer = new FunctionWriter(this.#region, engine.realm, hasTailCalls());
    engine.u32[(L.HOST_CONTROL + L.HOST_HOT_THRESHOLD) >>> 2] = options.always ? 1 : (options.threshold ?? THRESHOLD);
    engine.u32[(L.HOST_CONTROL + L.HOST_JIT) >>> 2] = options.always ? 2 : 1;
    engine.onHot = (x) => this.translate(x);
  }

  /** Translates what waits in the hot queue. `x` is the vCPU whose features the code is decoded with. */
  translate(x: number): void {
    const { u32 } = this.#engine;
    const started = this.#now();
    this.#collect();
    const count = u32[(L.HOST_CONTROL + L.HOST_HOT_COUNT) >>> 2]!;
    const bodies: Body[] = [];
    const entries: { hpa: number; size: number }[] = [];
    for (let i = 0; i < count; i++) {
      const hpa = u32[(L.HOST_CONTROL + L.HOST_HOT_QUEUE + i * 4) >>> 2]!;
      const body = this.#body(x, hpa);
      if (body === undefined) this.stats.refused++;
      else {
        bodies.push(body);
        entries.push({ hpa, size: this.#region.instructions });
        this.stats.instructions += this.#region.instructions;
      }
    }
    u32[(L.HOST_CONTROL + L.HOST_HOT_COUNT) >>> 2] = 0;
    const translated = this.#now();
    this.stats.translateMs += translated - started;
    if (bodies.length > 0) this.#install(bodies, entries);
    this.stats.compileMs += this.#now() - translated;
    this.#publish();
  }

  /** Puts the figures where other realms see them. */
  #publish(): void {
    const { translated, instructions, bytes, translateMs, compileMs, refused } = this.stats;
    const figures = [translated, instructions, bytes, translateMs * 1000, compileMs * 1000, refused];
    figures.forEach((figure, i) => {
      this.#engine.u32[((L.HOST_CONTROL + L.HOST_JIT_STATS) >>> 2) + i] = figure;
    });
  }

  #body(x: number, hpa: number): Body | undefined {
    const engine = this.#engine;
    const page = hpa & ~0xfff;
    if (!engine.ensureDecoded(x, hpa)) return undefined;
    const base = engine.u32[(L.PAGE_DECODED + (hpa >>> 12) * 4) >>> 2]!;
    const slots = { u16: this.#u16, i32: this.#i32 };
    const decode = (offset: number) => engine.ensureDecoded(x, (page + offset) >>> 0);
    if (!this.#region.build(slots, base, hpa & 0xffe, decode) || this.#region.size[0] === 0) return undefined;
    const writer = this.#writer;
    writer.out.clear();
    writer.write(slots);
    return { code: writer.out.take(), hints: writer.hints.slice() };
  }

  #install(bodies: readonly Body[], entries: readonly { hpa: number; size: number }[]): void {
    const engine = this.#engine;
    const bytes = assembleModule(bodies);
    this.stats.bytes += bytes.length;
    const module = new WebAssembly.Module(bytes);
    const instance = new WebAssembly.Instance(module, { env: engine.translationImports });
    const records: number[] = [];
    entries.forEach(({ hpa, size }, i) => {
      const region = this.#record();
      if (region === undefined) return;
      const index = engine.setFunction(region, instance.exports[String(i)] as () => number);
      if (engine.installRegion(region, hpa, index, size)) {
        this.stats.translated++;
        this.stats.regions++;
        records.push(region);
      } else this.#release(region);
    });
    this.#modules.push(records);
    if (this.#modules.length > MAX_MODULES) this.#forgetOldest();
  }

  /** A record for a region: one given back, else the next that no realm has had; undefined when there is none. */
  #record(): number | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const next = Atomics.add(this.#engine.u32, (L.HOST_CONTROL + L.HOST_REGION_NEXT) >>> 2, 1) + 1;
    if (next < L.MAX_REGIONS) return next;
    this.#forgetOldest();
    return this.#free.pop();
  }

  #release(region: number): void {
    this.#engine.setFunction(region, null);
    this.#free.push(region);
  }

  /** Drops the regions of the oldest module; what is still hot among them is soon found again. */
  #forgetOldest(): void {
    for (const region of this.#modules.shift() ?? []) {
      const state = (L.REGION_AREA + region * L.REGION_BYTES + 12) >>> 2;
      if (this.#engine.u32[state] === 1) this.#engine.removeRegion(region);
      if (this.#engine.u32[state] !== 2) continue;
      this.#engine.u32[state] = 0;
      this.#release(region);
      this.stats.regions--;
    }
  }

  /** Takes back the records of regions whose code has changed. */
  #collect(): void {
    const { u32 } = this.#engine;
    const dropped = u32[(L.HOST_CONTROL + L.HOST_REGIONS_DROPPED) >>> 2]!;
    if (dropped === this.#dropped) return;
    this.#dropped = dropped;
    for (const records of this.#modules) {
      for (let i = records.length - 1; i >= 0; i--) {
        const region = records[i]!;
        const state = (L.REGION_AREA + region * L.REGION_BYTES + 12) >>> 2;
        if (u32[state] !== 2) continue;
        u32[state] = 0;
        records.splice(i, 1);
        this.#release(region);
        this.stats.regions--;
      }
    }
  }
}

/** Can this runtime call in tail position (WebAssembly 3.0, "Tail Calls")? */
function hasTailCalls(): boolean {
  // (module (func return_call 0))
  return WebAssembly.validate(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b),
  );
}
