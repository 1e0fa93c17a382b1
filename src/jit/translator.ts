// From guest code to the body of a function: what is translated is a copy of the page, decoded apart from what harts run, so that it may be
// done by any thread, and its result is a function of the code, its place in the page and the features it was decoded for; nothing else.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { FunctionWriter } from './function.js';
import type { Body } from './module.js';
import { ENDS_NEXT, lengthOf, Region } from './region.js';

/** The features a decoded page is for, as two words. */
export type Features = readonly [low: number, high: number];

/** A translated region. */
export interface Translation {
  /** Byte offset in its page of the first instruction. */
  readonly offset: number;
  /** Guest instructions: the most that one way through it has. */
  readonly instructions: number;
  /** The bytes of the page it was made from, as ascending pairs of offsets [from, to). */
  readonly covered: Uint16Array;
  readonly body: Body;
}

const PAGE_BYTES = 4096;

/** Translates regions, one at a time. */
export class Translator {
  /** The region translated last. */
  readonly region = new Region();
  readonly writer: FunctionWriter;
  readonly #engine: Engine;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #decode: (offset: number) => void;
  readonly #marks = new Uint8Array(PAGE_BYTES / 2 + 2);
  #desk = 0;
  #slots = 0;

  /** @param chain regions call one another in tail position, where the runtime can */
  constructor(engine: Engine, chain: boolean) {
    this.#engine = engine;
    this.#u16 = new Uint16Array(engine.memory.buffer);
    this.#i32 = new Int32Array(engine.memory.buffer);
    this.writer = new FunctionWriter(this.region, chain);
    this.#decode = (offset) => engine.decodeAt(this.#slots, offset, this.#desk + L.DESK_PAGE);
  }

  /** Takes a desk, to {@link lay} pages on until it is {@link leave left}; false if others have them all. */
  take(): boolean {
    for (let desk = L.DESK_AREA; desk < L.DESK_AREA + L.DESKS * L.DESK_BYTES; desk += L.DESK_BYTES) {
      if (Atomics.compareExchange(this.#i32, desk >>> 2, 0, 1) !== 0) continue;
      this.#desk = desk;
      this.#slots = desk + L.DESK_SLOTS;
      return true;
    }
    return false;
  }

  leave(): void {
    Atomics.store(this.#i32, this.#desk >>> 2, 0);
  }

  /** Lays a copy of the page that host address `hpa` is in on the desk, to be read with these features; returns one more. */
  lay(hpa: number, features: Features): Uint8Array {
    const { u8, u32 } = this.#engine;
    const slots = this.#slots;
    const page = hpa - (hpa % PAGE_BYTES);
    u8.copyWithin(this.#desk + L.DESK_PAGE, page, page + PAGE_BYTES);
    u8.fill(0, slots, slots + L.DECODED_STRIDE);
    this.#u16[(slots + 2048 * L.SLOT_BYTES) >>> 1] = S.S_PAGE_END;
    this.#u16[(slots + 2049 * L.SLOT_BYTES) >>> 1] = S.S_PAGE_END;
    u32[(slots + L.DECODED_FEATURES) >>> 2] = features[0];
    u32[(slots + L.DECODED_FEATURES + 4) >>> 2] = features[1];
    return u8.slice(this.#desk + L.DESK_PAGE, this.#desk + L.DESK_PAGE + PAGE_BYTES);
  }

  /** Translates the region that begins at byte `offset` of the page on the desk; undefined if that is one for the interpreter. */
  translate(offset: number): Translation | undefined {
    const { region, writer } = this;
    const slots = { u16: this.#u16, i32: this.#i32 };
    this.#decode(offset);
    if (!region.build(slots, this.#slots, offset, this.#decode) || region.size[0] === 0) return undefined;
    writer.out.clear();
    writer.write(slots);
    const body = { code: writer.out.take(), hints: Uint32Array.from(writer.hints) };
    return { offset, instructions: region.instructions, covered: this.#covered(), body };
  }

  /** Which bytes of the page the region was made from: its instructions, those for the interpreter included. */
  #covered(): Uint16Array {
    const { region } = this;
    const marks = this.#marks;
    marks.fill(0);
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      const end = region.end[b]!;
      const last = region.ending[b] === ENDS_NEXT ? end : end + lengthOf(this.#u16[region.slot(end) >>> 1]!);
      marks.fill(1, region.start[b]! >> 1, Math.min(last, PAGE_BYTES) >> 1);
    }
    const ranges: number[] = [];
    for (let half = 0; half <= PAGE_BYTES / 2; half++) {
      if (marks[half] !== (half > 0 ? marks[half - 1] : 0)) ranges.push(half * 2);
    }
    return Uint16Array.from(ranges);
  }
}

/** The features that the decoded page of a host address is for, undefined if it has none. */
export function featuresOf(engine: Engine, hpa: number): Features | undefined {
  const base = engine.u32[(L.PAGE_DECODED + (hpa >>> 12) * 4) >>> 2]!;
  if (base === 0) return undefined;
  const at = (base + L.DECODED_FEATURES) >>> 2;
  return [engine.u32[at]!, engine.u32[at + 1]!];
}

/** Does a host page hold these bytes of a translation? */
export function holds(engine: Engine, hpa: number, page: Uint8Array, covered: Uint16Array): boolean {
  const { u8 } = engine;
  const base = hpa - (hpa % PAGE_BYTES);
  for (let i = 0; i < covered.length; i += 2) {
    for (let at = covered[i]!; at < covered[i + 1]!; at++) if (u8[base + at] !== page[at]) return false;
  }
  return true;
}
