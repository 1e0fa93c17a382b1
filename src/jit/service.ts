// The translator's thread: takes requests from the ports of a host, sleeps when there are none, and delivers modules. It reads guest memory and
// writes nothing of it; what it delivers is checked against the code where it is installed.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { translateBlock } from './batch.js';
import type { Entry } from './code-cache.js';
import { count } from './figures.js';
import { assembleModule, type Body } from './module.js';
import { Port, type Request } from './port.js';
import { hasTailCalls, Translator } from './translator.js';

/** Regions that go into one module, and bytes at which it is full. */
const MOST_REGIONS = 16;
const MOST_BYTES = 64 << 10;
/** A block is translated when it is asked for so often: harts ask at the first meeting, the second, the fourth ... */
const PATIENCE = 4;
/** Blocks whose requests are counted. */
const MOST_COUNTED = 1 << 14;
/** Milliseconds between two modules: what is asked for sooner waits for company. */
const PAUSE = 4;
/** Modules kept here until harts have compiled them too: engines compile the same bytes once for all threads. */
const KEPT = 32;

export const SERVED = 1;
export const ENDING = 2;

/** Options of {@link serveTranslations}. */
export interface ServiceOptions {
  /** Milliseconds, for the figures. */
  readonly now: () => number;
}

export class TranslatorService {
  readonly #engine: Engine;
  readonly #host: Int32Array;
  readonly #translator: Translator;
  readonly #now: () => number;
  readonly #asked = new Map<number, number>();
  readonly #ports = new Map<number, Port>();
  readonly #kept: WebAssembly.Module[] = [];

  constructor(engine: Engine, { now }: ServiceOptions) {
    this.#engine = engine;
    this.#host = new Int32Array(engine.memory.buffer, L.HOST_CONTROL, 64);
    this.#translator = new Translator(engine, hasTailCalls());
    this.#now = now;
  }

  /** Serves until it is asked to end. Blocks its thread. */
  serve(): void {
    const served = L.HOST_JIT_SERVED >> 2;
    const bell = L.HOST_JIT_BELL >> 2;
    if (Atomics.compareExchange(this.#host, served, 0, SERVED) !== 0) return;
    while (Atomics.load(this.#host, served) === SERVED) {
      const seen = Atomics.load(this.#host, bell);
      if (this.round()) Atomics.wait(this.#host, served, SERVED, PAUSE);
      else Atomics.wait(this.#host, bell, seen);
    }
    Atomics.store(this.#host, served, 0);
  }

  /** Serves all ports until they have no more requests; whether there was a module to deliver. */
  round(): boolean {
    let delivered = false;
    for (let i = 0; i < L.JIT_PORTS; i++) {
      const offset = Atomics.load(this.#host, (L.HOST_JIT_PORTS >> 2) + i);
      if (offset === 0) continue;
      while (this.#look(this.#port(offset))) delivered = true;
    }
    return delivered;
  }

  #port(offset: number): Port {
    let port = this.#ports.get(offset);
    if (port === undefined) {
      port = new Port(this.#engine.memory.buffer, offset);
      this.#ports.set(offset, port);
    }
    return port;
  }

  #look(port: Port): boolean {
    const started = this.#now();
    const bodies: Body[] = [];
    const entries: Entry[] = [];
    let busy = false;
    if (!this.#translator.take()) return false;
    for (let bytes = 0; bodies.length < MOST_REGIONS && bytes < MOST_BYTES; ) {
      const request = port.take();
      if (request === undefined) break;
      busy = true;
      if (!this.#isDue(request) || entries.some(({ hpa }) => hpa === request.hpa)) continue;
      const entry = translateBlock(this.#translator, request.hpa, request.features, bodies);
      if (entry === undefined) count(this.#engine.u32, 'refused', 1);
      else {
        entries.push(entry);
        bytes += entry.bytes;
        count(this.#engine.u32, 'instructions', entry.instructions);
      }
    }
    this.#translator.leave();
    if (bodies.length > 0) {
      const module = assembleModule(bodies);
      // Compiled here, and found compiled by the hart.
      if (this.#kept.push(new WebAssembly.Module(module)) > KEPT) this.#kept.shift();
      port.deliver({ module, entries });
    }
    if (busy) count(this.#engine.u32, 'translating', (this.#now() - started) * 1000);
    return bodies.length > 0;
  }

  #isDue({ hpa }: Request): boolean {
    const times = (this.#asked.get(hpa) ?? 0) + 1;
    if (times < PATIENCE) {
      if (this.#asked.size >= MOST_COUNTED) this.#asked.clear();
      this.#asked.set(hpa, times);
      return false;
    }
    // Whoever asks again had it dropped meanwhile, and waits half as long.
    this.#asked.set(hpa, PATIENCE >> 1);
    return true;
  }
}
