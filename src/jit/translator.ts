// From guest code to the body of a function: what is translated is a copy of the page, decoded apart from what harts run, so that it may be
// done by any thread, and its result is a function of the code, its place in the page and the features it was decoded for; of a guess at what stands behind
// the page, which holds only where it is true (crossing.ts); and, where not all of the code fits, of what other regions of the page begin with (selection.ts).

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { LAST, PAGE_BYTES } from './crossing.js';
import { ENDING, ENDS_NEXT, ENDS_SLOW, lengthOf, MAX_BLOCKS, type Slots } from './endings.js';
import { FunctionWriter } from './function.js';
import { decodedAnywhere, Heads } from './heads.js';
import type { Body } from './module.js';
import { Region } from './region.js';
import { ANYWHERE } from './setting.js';

/** The features a decoded page is for, as two words. */
export type Features = readonly [low: number, high: number];

/** A translated region. */
export interface Translation {
  /** Byte offset in its page of the first instruction. */
  readonly offset: number;
  /** Guest instructions that one way through it may have at most. */
  readonly longest: number;
  /** The bytes of the page it was made from, as ascending pairs of offsets [from, to). */
  readonly covered: Uint16Array;
  /** Those bytes, one range after the other. */
  readonly source: Uint8Array<ArrayBuffer>;
  readonly body: Body;
}

/** Translates regions, one at a time. */
export class Translator {
  /** The region translated last. */
  readonly region = new Region();
  readonly writer: FunctionWriter;
  readonly #engine: Engine;
  readonly #u16: Uint16Array;
  readonly #i32: Int32Array;
  readonly #view: Slots;
  readonly #decode: (offset: number) => void;
  readonly #starts = new Int32Array(MAX_BLOCKS);
  readonly #ends = new Int32Array(MAX_BLOCKS);
  readonly #heads: Heads;
  readonly #findHeads = () => this.#heads.of(this.#page);
  #desk = 0;
  #page = 0;
  #slots = 0;

  /**
   * @param chain regions call one another in tail position, where the runtime can
   * @param room what a region may weigh; by default by its setting
   */
  constructor(engine: Engine, chain: boolean, room?: number) {
    this.#engine = engine;
    this.region.room = room;
    this.#heads = new Heads(engine);
    this.#u16 = new Uint16Array(engine.memory.buffer);
    this.#i32 = new Int32Array(engine.memory.buffer);
    this.#view = { u16: this.#u16, i32: this.#i32 };
    this.writer = new FunctionWriter(this.region, chain);
    this.#decode = (offset) => {
      engine.decodeAt(this.#slots, offset, this.#desk + L.DESK_PAGE);
      if (this.region.secondHalf !== undefined) this.#decodeAcross(this.region.secondHalf);
    };
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

  /** Lays a copy of the page that host address `hpa` is in on the desk, to be read with these features. */
  lay(hpa: number, features: Features): void {
    this.#i32[(this.#desk + L.DESK_FEATURES) >>> 2] = features[0];
    this.#i32[(this.#desk + L.DESK_FEATURES + 4) >>> 2] = features[1];
    this.#engine.layDesk(this.#desk, hpa - (hpa % PAGE_BYTES));
    this.region.secondHalf = this.#secondHalf(hpa >>> 12);
    this.#page = hpa >>> 12;
  }

  /** What any realm has last seen behind the end of a page, where an instruction crosses it. */
  #secondHalf(page: number): number | undefined {
    for (const base of decodedAnywhere(this.#engine, page)) {
      const slot = base + LAST * (L.SLOT_BYTES / 2);
      const known = this.#i32[(slot + 4) >>> 2]!;
      if (this.#u16[slot >>> 1] === S.S_CROSS && (known & L.CROSS_KNOWN) !== 0) return known & 0xffff;
    }
    return undefined;
  }

  /** The instruction that crosses the page, if it is decoded by now and not for the interpreter. */
  #decodeAcross(half: number): void {
    const at = (this.#slots + LAST * (L.SLOT_BYTES / 2)) >>> 1;
    if (this.#u16[at] !== S.S_CROSS) return;
    this.#engine.decodeAcross(this.#slots, half, this.#desk + L.DESK_PAGE);
    if (ENDING[this.#u16[at]!] === ENDS_SLOW) this.#u16[at] = S.S_CROSS;
  }

  /** The halfword at a byte offset of the page on the desk. */
  half(offset: number): number {
    return this.#u16[(this.#desk + L.DESK_PAGE + offset) >>> 1]!;
  }

  /** Does the page on the desk hold what a translation was made from? */
  has(covered: Uint16Array, source: Uint8Array): boolean {
    return holds(this.#engine, this.#desk + L.DESK_PAGE, covered, source);
  }

  /**
   * Translates the region that begins at byte `offset` of the page on the desk; undefined if that is one for the interpreter.
   * @param heads finds, by halfword of the page, whether another region begins there; by default as it is
   */
  translate(offset: number, setting = ANYWHERE, heads = this.#findHeads): Translation | undefined {
    const { region, writer } = this;
    this.#decode(offset);
    // What is met as the first of a region has its slot overwritten, and could not be told from one that crosses nothing.
    if (offset === LAST && (this.half(offset) & 3) === 3) return undefined;
    if (!region.build(this.#view, this.#slots, offset, this.#decode, setting, heads) || region.size[0] === 0)
      return undefined;
    writer.out.clear();
    writer.linear = setting.linear;
    writer.write(this.#view);
    const body = { code: writer.out.take(), hints: writer.takeHints() };
    const covered = this.#covered();
    this.#heads.add(this.#page * PAGE_BYTES + offset);
    return { offset, longest: region.longest, covered, source: this.#source(covered), body };
  }

  /** Which bytes of the page the region was made from: its instructions, those for the interpreter included. */
  #covered(): Uint16Array {
    const { region } = this;
    const starts = this.#starts;
    const ends = this.#ends;
    let count = 0;
    // Blocks are few, and most follow one another: they are inserted in order.
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      const start = region.start[b]!;
      let end = region.end[b]!;
      if (region.ending[b] !== ENDS_NEXT && b !== region.dispatch) end += lengthOf(this.#u16[region.slot(end) >>> 1]!);
      if (end > PAGE_BYTES) end = PAGE_BYTES;
      let at = count++;
      for (; at > 0 && starts[at - 1]! > start; at--) {
        starts[at] = starts[at - 1]!;
        ends[at] = ends[at - 1]!;
      }
      starts[at] = start;
      ends[at] = end;
    }
    let ranges = 0;
    for (let i = 1; i < count; i++) {
      if (starts[i]! <= ends[ranges]!) {
        if (ends[i]! > ends[ranges]!) ends[ranges] = ends[i]!;
      } else {
        starts[++ranges] = starts[i]!;
        ends[ranges] = ends[i]!;
      }
    }
    const covered = new Uint16Array(2 * (ranges + 1));
    for (let i = 0; i <= ranges; i++) {
      covered[2 * i] = starts[i]!;
      covered[2 * i + 1] = ends[i]!;
    }
    return covered;
  }

  /** Those bytes. */
  #source(covered: Uint16Array): Uint8Array<ArrayBuffer> {
    const { u8 } = this.#engine;
    const page = this.#desk + L.DESK_PAGE;
    const source = new Uint8Array(bytesIn(covered));
    for (let i = 0, to = 0; i < covered.length; i += 2) {
      for (let at = covered[i]!; at < covered[i + 1]!; at++) source[to++] = u8[page + at]!;
    }
    return source;
  }
}

/** Bytes in ascending pairs of offsets [from, to). */
export function bytesIn(covered: Uint16Array): number {
  let bytes = 0;
  for (let i = 0; i < covered.length; i += 2) bytes += covered[i + 1]! - covered[i]!;
  return bytes;
}

/** The features that the decoded page of a host address is for, undefined if it has none. */
export function featuresOf(engine: Engine, hpa: number): Features | undefined {
  const base = engine.decodedPage(hpa >>> 12);
  if (base === 0) return undefined;
  const at = (engine.decodedHead(base) + L.HEAD_FEATURES) >>> 2;
  return [engine.u32[at]!, engine.u32[at + 1]!];
}

/** Do the bytes of a page, that lie at `page`, have what a translation was made from? */
export function holds({ u8 }: Engine, page: number, covered: Uint16Array, source: Uint8Array): boolean {
  for (let i = 0, from = 0; i < covered.length; i += 2) {
    for (let at = covered[i]!; at < covered[i + 1]!; at++) if (u8[page + at] !== source[from++]) return false;
  }
  return true;
}

/** Can this runtime call in tail position (WebAssembly 3.0, "Tail Calls")? */
export function hasTailCalls(): boolean {
  // (module (func return_call 0))
  return WebAssembly.validate(
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b),
  );
}
