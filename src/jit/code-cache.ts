// The translated code of one realm: modules, their functions in the engine's table, and the records by which slots name them. Bounded: where there
// is no more room, regions go one by one, those first that have not been entered for longest (second chance, by REGION_USED).

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { Coverage } from './coverage.js';
import { collectGarbage, MODULES_STAY } from './garbage.js';
import { type Features, featuresOf, holds } from './translator.js';

/** A region that waits to be installed: function number `i` of its module is that of entry `i`. */
export interface Entry {
  /** Host address of its first instruction. */
  readonly hpa: number;
  readonly features: Features;
  readonly longest: number;
  /** What of its page it was made from, as ascending pairs of offsets [from, to), and those bytes. */
  readonly covered: Uint16Array;
  readonly source: Uint8Array;
  /** Bytes of WebAssembly. */
  readonly bytes: number;
}

/** What is known of a region that is installed: of the message that it came in, which has its whole module, nothing is kept. */
interface Installed {
  readonly module: Module;
  readonly hpa: number;
  readonly covered: readonly number[];
  /** Bytes of WebAssembly. */
  readonly bytes: number;
}

interface Module {
  /** Bytes of WebAssembly of all its regions, and of those that are alive. */
  bytes: number;
  alive: number;
  readonly regions: Set<number>;
}

/** Bytes of WebAssembly kept; engines make about ten times as much of it. */
const MAX_BYTES = 12 << 20;
/** Modules kept: one costs about 20 KiB beside its code. */
const MAX_MODULES = 1024;
/** Modules given up, at least, between two collections of what they leave behind. */
const MOST_GONE = 256;
/** Modules ever made where none is ever given back: what is asked for after that is interpreted. */
const MOST_EVER = MODULES_STAY ? 4096 : Number.POSITIVE_INFINITY;
/** A module of which less than this share is alive is given up. */
const SPARSE = 0.25;

const SLOT = 4;
const STATE = 12;
const LIVE = 1;
const DROPPED = 2;

/** Limits of a {@link CodeCache}. */
export interface CodeCacheOptions {
  readonly maxBytes?: number;
  readonly maxModules?: number;
}

export class CodeCache {
  readonly #engine: Engine;
  readonly #maxBytes: number;
  readonly #maxModules: number;
  readonly #free: number[] = [];
  /** Where in this realm's table the function of each record lies that it has had. */
  readonly #places = new Map<number, number>();
  /** By record of ours. */
  readonly #regions = new Map<number, Installed>();
  readonly #coverage = new Coverage();
  readonly #modules = new Set<Module>();
  #bytes = 0;
  #dropped = 0;
  #gone = 0;
  #made = 0;
  /** Regions pushed out for lack of room. */
  evicted = 0;

  constructor(engine: Engine, { maxBytes = MAX_BYTES, maxModules = MAX_MODULES }: CodeCacheOptions = {}) {
    this.#engine = engine;
    this.#maxBytes = maxBytes;
    this.#maxModules = maxModules;
  }

  /** Regions alive. */
  get size(): number {
    return this.#regions.size;
  }

  /** Bytes of WebAssembly alive. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Modules alive. */
  get modules(): number {
    return this.#modules.size;
  }

  /** Is the code at host address `hpa` in a region, wherever that begins? */
  covers(hpa: number): boolean {
    return this.#coverage.has(hpa);
  }

  /** Will nothing be installed any more? */
  get full(): boolean {
    return this.#made >= MOST_EVER;
  }

  /** Compiles a module and installs its regions where the code is still what they were made from; how many that were. */
  install(bytes: Uint8Array<ArrayBuffer>, entries: readonly Entry[]): number {
    this.collect();
    const engine = this.#engine;
    // An instance costs more than its code: the runtime gives each a table of its own.
    if (this.full || !entries.some((entry) => this.#isWanted(entry))) return 0;
    this.#made++;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: engine.translationImports });
    const module: Module = { bytes: 0, alive: 0, regions: new Set() };
    let installed = 0;
    entries.forEach((entry, i) => {
      module.bytes += entry.bytes;
      if (this.#install(entry, exports[String(i)] as () => number, module)) installed++;
    });
    if (module.regions.size > 0) this.#modules.add(module);
    else this.#gone++;
    this.#makeRoom();
    this.#sweep();
    return installed;
  }

  /** Has this realm been where a region lies, and has it none there? */
  #isWanted({ hpa, features }: Entry): boolean {
    const engine = this.#engine;
    const now = featuresOf(engine, hpa);
    if (now === undefined || now[0] !== features[0] || now[1] !== features[1]) return false;
    const slot = engine.decodedPage(hpa >>> 12) + (hpa & 0xffe) * 4;
    return (engine.u32[slot >>> 2]! & 0xffff) !== S.S_JIT;
  }

  #install(entry: Entry, code: () => number, module: Module): boolean {
    if (!this.#isWanted(entry)) return false;
    const engine = this.#engine;
    const { hpa } = entry;
    const region = this.#record();
    if (region === undefined) return false;
    const index = engine.functionIndex(this.#places.get(region)!);
    const page = hpa - (hpa % 4096);
    const { covered } = entry;
    for (let i = 0; i < covered.length; i += 2) engine.decodeRange(page + covered[i]!, page + covered[i + 1]!);
    if (!engine.installRegion(region, hpa, index, entry.longest)) {
      this.#free.push(region);
      return false;
    }
    // Nobody runs in this realm until we return.
    engine.setFunction(this.#places.get(region)!, code);
    const { bytes } = entry;
    const installed = { module, hpa, covered: Array.from(covered), bytes };
    this.#regions.set(region, installed);
    this.#coverage.add(hpa, installed.covered);
    module.regions.add(region);
    module.alive += bytes;
    this.#bytes += bytes;
    // After it is installed: of a store at the same time either we see the bytes or the store sees the region.
    Atomics.add(engine.u32, (L.HOST_CONTROL + L.HOST_JIT_FENCE) >>> 2, 1);
    if (holds(engine, page, covered, entry.source)) return true;
    this.#drop(region);
    return false;
  }

  /** Takes back the records of regions whose code has changed. */
  collect(): void {
    const { u32 } = this.#engine;
    const dropped = u32[(L.HOST_CONTROL + L.HOST_REGIONS_DROPPED) >>> 2]!;
    if (dropped === this.#dropped) return;
    this.#dropped = dropped;
    for (const region of this.#regions.keys()) if (u32[recordAt(region, STATE)] === DROPPED) this.#forget(region);
  }

  /** A record for a region: one given back, else the next that no realm has had; undefined when there is none. */
  #record(): number | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const next = Atomics.add(this.#engine.u32, (L.HOST_CONTROL + L.HOST_REGION_NEXT) >>> 2, 1) + 1;
    if (next < L.MAX_REGIONS) {
      this.#places.set(next, this.#places.size);
      return next;
    }
    Atomics.sub(this.#engine.u32, (L.HOST_CONTROL + L.HOST_REGION_NEXT) >>> 2, 1);
    if (this.#regions.size > 0) this.#evictOne();
    return this.#free.pop();
  }

  #makeRoom(): void {
    while (this.#regions.size > 0 && (this.#bytes > this.#maxBytes || this.#modules.size > this.#maxModules)) {
      const { alive, bytes, regions } = this.#evictOne();
      if (alive < bytes * SPARSE) for (const region of regions) this.#drop(region);
    }
  }

  #sweep(): void {
    if (this.#gone < MOST_GONE) return;
    this.#gone = 0;
    collectGarbage();
  }

  /** Drops the region that has not been entered for longest, or nearly: whoever was entered since the last look is spared once. */
  #evictOne(): Module {
    const { u32 } = this.#engine;
    // A map keeps the order of insertion: what is spared goes to its end.
    for (const [region, known] of this.#regions) {
      const used = recordAt(region, L.REGION_USED);
      if (u32[used] === 0) {
        // Those that translated code finds by itself must be seen to be entered from now on.
        Atomics.add(u32, (L.HOST_CONTROL + L.HOST_CALLS) >>> 2, 2);
        this.#drop(region);
        this.evicted++;
        return known.module;
      }
      u32[used] = 0;
      this.#regions.delete(region);
      this.#regions.set(region, known);
    }
    throw new RangeError('no region to evict');
  }

  #drop(region: number): void {
    if (this.#engine.u32[recordAt(region, STATE)] === LIVE) this.#engine.removeRegion(region);
    this.#forget(region);
  }

  #forget(region: number): void {
    const { module, hpa, covered, bytes } = this.#regions.get(region)!;
    this.#regions.delete(region);
    this.#coverage.remove(hpa, covered);
    this.#bytes -= bytes;
    module.alive -= bytes;
    module.regions.delete(region);
    if (module.regions.size === 0 && this.#modules.delete(module)) this.#gone++;
    this.#giveBack(region);
  }

  #giveBack(region: number): void {
    this.#engine.u32[recordAt(region, STATE)] = 0;
    this.#engine.u32[recordAt(region, SLOT)] = 0;
    this.#engine.setFunction(this.#places.get(region)!, null);
    this.#free.push(region);
  }
}

function recordAt(region: number, field: number): number {
  return (L.REGION_AREA + region * L.REGION_BYTES + field) >>> 2;
}
