// The translator's thread: takes requests from the ports of a host, sleeps when there are none, and delivers modules. It reads guest memory and
// writes nothing of it; what it delivers is checked against the code where it is installed.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import type { Archive } from './archive.js';
import { type JitStore, openArchive } from './archive-store.js';
import { entryOf } from './batch.js';
import type { Entry } from './code-cache.js';
import { Coverage } from './coverage.js';
import { Deliveries, type Posted } from './deliveries.js';
import { count } from './figures.js';
import { SERVED } from './link.js';
import { assembleModule, type Body } from './module.js';
import { Port, type Request } from './port.js';
import { hasTailCalls, type Translation, Translator } from './translator.js';

/** Regions that go into one module, and bytes at which it is full. */
const MOST_REGIONS = 16;
const MOST_BYTES = 64 << 10;
/** Milliseconds after which a module waits for no more of them: a translator that has just begun, and is not optimized yet, needs many for each. */
const MOST_TIME = 5;
/** A block is translated when it is asked for so often: harts ask at the fourth meeting, the eighth, the sixteenth ... */
const PATIENCE = 2;
/** The same of a block that was translated for another realm. */
const KNOWN_PATIENCE = 1;
/** The same of a block that an earlier run has kept: to compile and to enter it costs as much as ever. */
const KEPT_PATIENCE = 1;
/** Milliseconds in which they must come: what a guest that is all but idle comes by now and then is not worth a module. */
const SOON = 1000;
/** Blocks whose requests are counted. */
const MOST_COUNTED = 1 << 14;
/** Milliseconds between two modules: what is asked for sooner waits for company. */
const PAUSE = 10;
/** Milliseconds without anything new after which what is there is kept. */
const SETTLED = 1000;
/** Modules kept here until harts have compiled them too: engines compile the same bytes once for all threads. */
const KEPT = 32;

/** Options of {@link serveTranslations}. */
export interface ServiceOptions {
  /** Milliseconds, for the figures. */
  readonly now: () => number;
  /** Where translations are kept for the next time; nowhere by default. */
  readonly store?: JitStore | undefined;
}

/** What goes into the next module. */
interface Collected {
  readonly bodies: Body[];
  readonly entries: Entry[];
  readonly covered: Coverage;
  bytes: number;
}

export class TranslatorService {
  readonly #engine: Engine;
  readonly #host: Int32Array;
  readonly #translator: Translator;
  readonly #now: () => number;
  /** How often harts have met a block, and how often each of them has asked for it, by its port. */
  readonly #asked = new Map<number, { meetings: number; readonly times: number[]; readonly since: number }>();
  readonly #ports = new Map<number, Port>();
  readonly #kept: WebAssembly.Module[] = [];

  readonly #deliveries = new Deliveries();
  readonly #store: JitStore | undefined;
  #archive: Archive | undefined;

  constructor(engine: Engine, { now, store }: ServiceOptions) {
    this.#engine = engine;
    this.#host = new Int32Array(engine.memory.buffer, L.HOST_CONTROL, 64);
    this.#translator = new Translator(engine, hasTailCalls());
    this.#now = now;
    this.#store = store;
  }

  /**
   * Serves until it is asked to end. Blocks its thread, but for writing what is kept for the next time; where that has other things to do, it gives it
   * a turn for them after each module by `turn`, and waits without blocking.
   */
  async serve(turn?: () => Promise<void>): Promise<void> {
    const served = L.HOST_JIT_SERVED >> 2;
    const bell = L.HOST_JIT_BELL >> 2;
    const wait = turn === undefined ? waitBlocking : waitInTurns;
    this.load();
    if (Atomics.compareExchange(this.#host, served, 0, SERVED) !== 0) return;
    while (Atomics.load(this.#host, served) === SERVED) {
      const seen = Atomics.load(this.#host, bell);
      if (turn === undefined ? this.round() : await this.#roundByTurns(turn)) {
        await wait(this.#host, served, SERVED, PAUSE);
        continue;
      }
      Atomics.store(this.#host, L.HOST_JIT_SLEEPS >> 2, 1);
      const woken = await wait(this.#host, bell, seen, this.#archive?.changed ? SETTLED : Infinity);
      Atomics.store(this.#host, L.HOST_JIT_SLEEPS >> 2, 0);
      if (woken === 'timed-out') await this.save();
    }
    await this.save();
    Atomics.store(this.#host, served, 0);
  }

  /** Opens what is kept. */
  load(): void {
    if (this.#store !== undefined) this.#archive = openArchive(this.#store);
  }

  async save(): Promise<void> {
    if (this.#archive?.changed) await this.#store!.save(this.#archive.write()).catch(() => {});
  }

  /** Serves all ports until they have no more requests; whether there was a module to deliver. */
  round(): boolean {
    let delivered = false;
    while (this.#look()) delivered = true;
    return delivered;
  }

  async #roundByTurns(turn: () => Promise<void>): Promise<boolean> {
    let delivered = false;
    for (; this.#look(); await turn()) delivered = true;
    return delivered;
  }

  /** The ports that are open, by number. */
  #open(): [number: number, port: Port][] {
    const open: [number, Port][] = [];
    for (let i = 0; i < L.JIT_PORTS; i++) {
      const offset = Atomics.load(this.#host, (L.HOST_JIT_PORTS >> 2) + i);
      if (offset !== 0) open.push([i, this.#port(offset)]);
    }
    return open;
  }

  #port(offset: number): Port {
    let port = this.#ports.get(offset);
    if (port === undefined) {
      port = new Port(this.#engine.memory.buffer, offset);
      this.#ports.set(offset, port);
    }
    return port;
  }

  /** Serves requests, those of all ports in one module; whether one was delivered. */
  #look(): boolean {
    const started = this.#now();
    const batch = { bodies: [] as Body[], entries: [] as Entry[], covered: new Coverage(), bytes: 0 };
    const askers = new Set<number>();
    const open = this.#open();
    const again = new Map<number, Set<Posted>>(open.map(([number]) => [number, new Set()]));
    if (!this.#translator.take()) return false;
    for (const [number, port] of open) {
      const isFull = () => {
        const { bodies, bytes } = batch;
        return (
          bodies.length >= MOST_REGIONS ||
          bytes >= MOST_BYTES ||
          (bodies.length > 0 && this.#now() - started >= MOST_TIME)
        );
      };
      while (!isFull()) {
        const request = port.take();
        if (request === undefined) break;
        if (request.told) {
          this.#keep(request);
          continue;
        }
        askers.add(number);
        // Asked for before what has it was there.
        if (batch.covered.has(request.hpa)) continue;
        for (const known of this.#serve(request, batch, number)) again.get(number)!.add(known);
      }
    }
    this.#translator.leave();
    for (const [number, port] of open) {
      for (const posted of again.get(number)!) this.#deliver(posted, number, port);
    }
    const { bodies, entries } = batch;
    if (bodies.length > 0) {
      const module = assembleModule(bodies);
      // Compiled here, and found compiled by the harts.
      const compiling = this.#now();
      if (this.#kept.push(new WebAssembly.Module(module)) > KEPT) this.#kept.shift();
      count(this.#engine.u32, 'compiling', (this.#now() - compiling) * 1000);
      const posted = this.#deliveries.add({ module, entries }, open.length === 1);
      for (const [number, port] of open) {
        if (askers.has(number) || this.#knows(port, posted)) this.#deliver(posted, number, port);
      }
    }
    return bodies.length > 0;
  }

  #deliver(posted: Posted, number: number, port: Port): void {
    if (port.deliver(posted.message)) this.#deliveries.sent(posted, number);
  }

  /** Has the realm of a port been where one of the regions lies? It would soon ask for it. */
  #knows({ realm }: Port, { hpas }: Posted): boolean {
    if (realm === undefined) return false;
    const decoded = L.REALM_AREA + realm * L.REALM_STRIDE + L.REALM_DECODED;
    return hpas.some((hpa) => this.#engine.u32[(decoded + (hpa >>> 12) * 4) >>> 2] !== 0);
  }

  /** Collects the region for the next module; or returns modules that have it already, and those of its page, to be delivered once more. */
  #serve(request: Request, batch: Collected, number: number): readonly Posted[] {
    const { hpa, features } = request;
    const translator = this.#translator;
    translator.lay(hpa, features);
    const known = this.#deliveries.find(hpa, features, translator);
    if (known !== undefined) {
      if (!this.#isDue(request, number, KNOWN_PATIENCE) || this.#deliveries.onItsWay(hpa, number)) return [];
      return [known, ...this.#deliveries.beside(hpa, number)];
    }
    const found = this.#archive?.find(translator, hpa & 0xffe, features);
    if (found !== undefined) {
      if (!this.#isDue(request, number, KEPT_PATIENCE)) return [];
      if (this.#archive!.isOld(found)) count(this.#engine.u32, 'fromCache', 1);
      this.#collect(request, found, batch);
      return [];
    }
    if (!this.#isDue(request, number)) return [];
    const started = this.#now();
    const translation = translator.translate(hpa & 0xffe, request);
    count(this.#engine.u32, 'translating', (this.#now() - started) * 1000);
    if (translation === undefined) {
      count(this.#engine.u32, 'refused', 1);
      return [];
    }
    this.#archive?.add(translation, features);
    count(this.#engine.u32, 'instructions', translator.region.instructions);
    this.#collect(request, translation, batch);
    return [];
  }

  /** Keeps a region that a hart has had before there was anybody to ask. */
  #keep(request: Request): void {
    const { hpa, features } = request;
    if (this.#archive === undefined) return;
    this.#translator.lay(hpa, features);
    if (this.#archive.find(this.#translator, hpa & 0xffe, features) !== undefined) return;
    const translation = this.#translator.translate(hpa & 0xffe, request);
    if (translation !== undefined) this.#archive.add(translation, features);
  }

  #collect({ hpa, features }: Request, translation: Translation, batch: Collected): void {
    const entry = entryOf(hpa, features, translation, batch.bodies);
    batch.entries.push(entry);
    batch.covered.add(hpa, translation.covered);
    batch.bytes += entry.bytes;
  }

  /** Have all harts together met a block so often, within a short time? */
  #isDue({ hpa }: Request, number: number, patience = PATIENCE): boolean {
    const now = this.#now();
    let known = this.#asked.get(hpa);
    if (known === undefined || now - known.since >= SOON) {
      if (this.#asked.size >= MOST_COUNTED) this.#asked.clear();
      known = { meetings: 0, times: [], since: now };
      this.#asked.set(hpa, known);
    }
    // Whoever asks again has met it twice as often.
    const times = known.times[number] ?? 0;
    known.times[number] = times + 1;
    known.meetings += times < 2 ? 1 : 1 << (times - 1);
    if (known.meetings < meetingsOf(patience)) return false;
    // Whoever asks again had it dropped meanwhile, and waits half as long.
    known.times[number] = patience >> 1;
    known.meetings = meetingsOf(patience >> 1);
    return true;
  }
}

/** How often a hart has met a block that it asks for for the `times`-th time. */
function meetingsOf(times: number): number {
  return 1 << (times - 1);
}

type Wait = (words: Int32Array, index: number, value: number, timeout: number) => string | Promise<string>;

const waitBlocking: Wait = (words, index, value, timeout) => Atomics.wait(words, index, value, timeout);

/** Of ES2024, and there in all versions of Node.js that we know. */
const { waitAsync } = Atomics as unknown as {
  waitAsync: (...wait: Parameters<Wait>) => { readonly value: string | Promise<string> };
};

const waitInTurns: Wait = (...wait) => waitAsync(...wait).value;
