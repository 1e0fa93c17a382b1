// The translator's driver: takes hot blocks from the engine's queue, translates their regions in batches and installs the functions.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { type JitStore, openArchive } from './archive-store.js';
import { type Hot, translateBatch } from './batch.js';
import { CodeCache, type CodeCacheOptions, type Entry } from './code-cache.js';
import { EarlyTranslations } from './early.js';
import { count } from './figures.js';
import { isLinear } from './linear.js';
import { Port } from './port.js';
import { featuresOf, hasTailCalls, Translator } from './translator.js';

export interface JitOptions extends CodeCacheOptions {
  /** Times a block is met by a sample before it is translated; 1 translates at once. */
  readonly threshold?: number;
  /** Translate every block that is jumped to, at once: slow, for tests. */
  readonly always?: boolean;
  /** What a region may weigh (endings.ts); less than by default makes regions that have not room for all of their code, for tests. */
  readonly room?: number;
  /** Milliseconds, for the figures. */
  readonly now?: () => number;
  /** Where the translator's thread is asked, and delivers, if there is one (port.ts). */
  readonly port?: number;
  /** What earlier runs have kept, for as long as that thread is not there. */
  readonly store?: JitStore | undefined;
  /** Called once, when enough was translated here for the thread to be worth its start. */
  readonly onOwn?: (() => void) | undefined;
}

/** Times a block must be met; a sample stands for 4096 interpreted instructions, and translating a region costs about twenty times as much. */
const THRESHOLD = 8;

/** The same while the translator has a thread of its own, which counts for itself. Most blocks are never met so often, and each time that a hart asks it leaves the guest. */
const THRESHOLD_SERVED = 4;

/**
 * Regions that a hart translates by itself before it wants a thread for it, which takes longer to begin and to become fast than those of a small program;
 * one, if the thread is to keep them for the next run.
 */
const WORTH_A_THREAD = 6;

/**
 * So often a block is hot in vain that lies in a region: it is queued at its first, second, fourth... meeting. The other region is left there when a slice is
 * over, and to interpret some instructions until it begins anew costs less than to have all of it compiled once more.
 */
const COVERED_PATIENCE = 5;
/** The same with a translator of its own thread, where it is queued at its fourth, eighth ... */
const COVERED_PATIENCE_SERVED = 3;
/** Blocks of which that is known. */
const MOST_HELD = 1 << 12;

/** Translates hot guest code for the vCPUs that run in this realm: here, or on the translator's thread while there is one. */
export class Jit {
  /** What is installed. */
  readonly code: CodeCache;
  readonly #engine: Engine;
  readonly #translator: Translator;
  readonly #now: () => number;
  readonly #port: Port | undefined;
  readonly #threshold: number;
  readonly #always: boolean;
  readonly #early: EarlyTranslations | undefined;
  #onOwn: (() => void) | undefined;
  /** Regions translated here. */
  #own = 0;
  /** How often a block was hot that is in a region already. */
  readonly #held = new Map<number, number>();

  constructor(engine: Engine, options: JitOptions = {}) {
    const { always = false, threshold = THRESHOLD, port = 0 } = options;
    this.#engine = engine;
    this.#now = options.now ?? (() => 0);
    this.#translator = new Translator(engine, hasTailCalls(), options.room);
    this.#port = port !== 0 && !always ? new Port(engine.memory.buffer, port) : undefined;
    this.#port?.open(engine.realm);
    const store = this.#port && options.store;
    this.#early = store && new EarlyTranslations(openArchive(store));
    this.#onOwn = this.#port && options.onOwn;
    this.#always = always;
    this.#threshold = always || store !== undefined ? 1 : threshold;
    this.code = new CodeCache(engine, options);
    this.#control(L.HOST_HOT_THRESHOLD, this.#threshold);
    this.#control(L.HOST_JIT, always ? 2 : 1);
    engine.onRun = (x) => this.#attend(x);
    engine.onHot = (x) => this.translate(x);
  }

  /** Sees to what is hot or has been translated, for vCPU `x`. In virtual time all is done at once. */
  translate(x: number): void {
    const { u32 } = this.#engine;
    const waiting = u32[(this.#engine.realmArea + L.REALM_HOT_COUNT) >>> 2]!;
    const at = (this.#engine.realmArea + L.REALM_HOT_QUEUE) >>> 2;
    const queued = Array.from(u32.slice(at, at + waiting), (met) => ({
      hpa: (met & ~1) >>> 0,
      program: (met & 1) !== 0,
    }));
    u32[(this.#engine.realmArea + L.REALM_HOT_COUNT) >>> 2] = 0;
    this.#receive();
    if (waiting === 0 || this.code.full) return;
    // What was dropped covers nothing.
    this.code.collect();
    const hot = this.#always ? queued : queued.filter(({ hpa }) => this.#isDue(hpa));
    if (hot.length === 0) return;
    if (this.#attend(x)) this.#ask(hot, isLinear(this.#engine, x));
    else this.#translate(hot, isLinear(this.#engine, x));
  }

  /** Is there a translator that may be asked for what vCPU `x` runs? In virtual time nothing may come at a moment of its own. */
  #attend(x: number): boolean {
    if (this.#port === undefined) return false;
    const asks = this.#port.served && this.#engine.u32[(x + L.TIME_MODE) >>> 2] === 0;
    this.#engine.port = asks ? this.#port.offset : 0;
    if (asks && this.#early?.tell(this.#port)) this.#port.ring();
    this.#control(L.HOST_HOT_THRESHOLD, asks ? THRESHOLD_SERVED : this.#threshold);
    return asks;
  }

  /** What is in a region already must be met more often. */
  #isDue(hpa: number): boolean {
    if (!this.code.covers(hpa)) return true;
    const times = this.#held.get(hpa) ?? 0;
    if (this.#held.size >= MOST_HELD) this.#held.clear();
    this.#held.set(hpa, times + 1);
    return times >= (this.#engine.port === 0 ? COVERED_PATIENCE : COVERED_PATIENCE_SERVED);
  }

  #translate(hot: readonly Hot[], linear: boolean): void {
    const { module, entries, translated } = translateBatch(this.#engine, this.#translator, hot, {
      linear,
      early: this.#early,
      now: this.#now,
    });
    if (module !== undefined) this.#install(module, entries);
    this.#own += translated;
    if (this.#own < (this.#early === undefined ? WORTH_A_THREAD : 1)) return;
    this.#onOwn?.();
    this.#onOwn = undefined;
  }

  #ask(hot: readonly Hot[], linear: boolean): void {
    for (const { hpa, program } of hot) {
      const features = featuresOf(this.#engine, hpa);
      if (features !== undefined) this.#port!.ask({ hpa, features, linear, program });
    }
    this.#port!.ring();
  }

  /** Installs what the translator's thread has delivered. */
  #receive(): void {
    for (let next = this.#port?.receive(); next !== undefined; next = this.#port!.receive()) {
      this.#install(next.module, next.entries);
    }
  }

  #install(module: Uint8Array<ArrayBuffer>, entries: readonly Entry[]): void {
    const { u32 } = this.#engine;
    const started = this.#now();
    const evicted = this.code.evicted;
    const installed = this.code.install(module, entries);
    count(u32, 'regions', installed);
    count(u32, 'stale', entries.length - installed);
    count(u32, 'evicted', this.code.evicted - evicted);
    count(u32, 'bytes', module.length);
    count(u32, 'modules', installed > 0 ? 1 : 0);
    count(u32, 'compiling', (this.#now() - started) * 1000);
  }

  #control(offset: number, value: number): void {
    this.#engine.u32[(L.HOST_CONTROL + offset) >>> 2] = value;
  }
}
