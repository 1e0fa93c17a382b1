// Translations that outlive the process: a second boot of the same kernel finds its hot code translated. What is found is compared with the code
// itself, byte by byte, never with a hash of it; a file that is damaged, cut short or another version's gives less or nothing, and never
// something wrong.
//
// A file is read by the piece: its head when it is opened, a region when there is code that may be its. All numbers are little-endian, all parts
// padded to 4:
//   u32 magic      u32 length of the version, the version      u32 entries
//   entries, by rising place: u32 place      u32 position in the file and u32 bytes of the record      u32 generations since it was last used
//   records (archive-record.ts)

import { type Kept, parse, sameCode, serialize } from './archive-record.js';
import type { Features, Translation } from './translator.js';

const MAGIC = 0x324a_4348; // "HCJ2"
/** Words of an entry, and where in it they are. */
const ENTRY = 4;
const PLACE = 0;
const POSITION = 1;
const BYTES = 2;
const AGE = 3;
/** Generations a region is kept without being used. */
const OLDEST = 32;
/** Bytes a file may have. */
const MAX_BYTES = 16 << 20;
/** What has become of an entry in this run. */
const USED = 1;
const BROKEN = 2;

const padded = (bytes: number): number => (bytes + 3) & ~3;

/** A file that is open. */
export interface JitFile {
  readonly size: number;
  /** `length` bytes from `offset` on, or as many as there are. */
  read(offset: number, length: number): Uint8Array;
}

/** What a region is looked for by: the page on a translator's desk. */
export interface DeskPage {
  /** The halfword at a byte offset. */
  half(offset: number): number;
  has(covered: Uint16Array, source: Uint8Array): boolean;
}

export class Archive {
  readonly #version: string;
  readonly #limit: number;
  #file: JitFile | undefined;
  /** The file's entries. */
  #entries: Uint32Array = new Uint32Array(0);
  #fate = new Uint8Array(0);
  /** This run's, by place. */
  readonly #added = new Map<number, Kept[]>();
  /** Something has been added since it was last written. */
  changed = false;

  /** @param version of everything that decides about a translation beside the guest's code */
  constructor(version: string, limit = MAX_BYTES) {
    this.#version = version;
    this.#limit = limit;
  }

  /** Regions. */
  get size(): number {
    let size = this.#fate.reduce((count, fate) => count + (fate === BROKEN ? 0 : 1), 0);
    for (const list of this.#added.values()) size += list.length;
    return size;
  }

  /** The translation of the block at `offset` of a page, if there is one. */
  find(page: DeskPage, offset: number, features: Features): Translation | undefined {
    const place = placeOf(offset, page.half(offset));
    const fits = (kept: Kept): boolean =>
      kept.offset === offset && sameFeatures(kept.features, features) && page.has(kept.covered, kept.source);
    const added = this.#added.get(place)?.find(fits);
    if (added !== undefined) return added;
    for (let i = this.#first(place); i < this.#fate.length && this.#word(i, PLACE) === place; i++) {
      const kept = this.#read(i);
      if (kept === undefined || !fits(kept)) continue;
      this.#fate[i] = USED;
      return kept;
    }
    return undefined;
  }

  /** Is it of an earlier run? */
  isOld(translation: Translation): boolean {
    return (translation as Kept).old;
  }

  /** Keeps a translation. */
  add(translation: Translation, features: Features): void {
    const kept = { ...translation, features, old: false };
    const place = placeOfCode(kept);
    const list = this.#added.get(place);
    if (list === undefined) this.#added.set(place, [kept]);
    else if (list.some((other) => sameFeatures(other.features, features) && sameCode(other, kept))) return;
    else list.push(kept);
    this.changed = true;
  }

  /** Takes in what a file has that is of this version and whole, when it is asked for. */
  open(file: JitFile): void {
    const head = header(this.#version);
    const start = aligned(file.read(0, head.length + 4));
    if (start.length < head.length + 4 || head.some((byte, i) => start[i] !== byte)) return;
    const [count] = new Uint32Array(start.buffer, start.byteOffset + head.length, 1);
    const bytes = count! * ENTRY * 4;
    if (head.length + 4 + bytes > file.size) return;
    const entries = aligned(file.read(head.length + 4, bytes));
    if (entries.length < bytes) return;
    this.#file = file;
    this.#entries = new Uint32Array(entries.buffer, entries.byteOffset, count! * ENTRY);
    this.#fate = new Uint8Array(count!);
  }

  #word(entry: number, word: number): number {
    return this.#entries[entry * ENTRY + word]!;
  }

  /** The first entry of a place, or where it would be. */
  #first(place: number): number {
    let low = 0;
    for (let high = this.#fate.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#word(middle, PLACE) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A region of the file, undefined if it is not what it was. */
  #read(entry: number): Kept | undefined {
    if (this.#fate[entry] === BROKEN) return undefined;
    const record = this.#record(entry);
    const kept = record && parse(record);
    if (kept === undefined) this.#fate[entry] = BROKEN;
    return kept;
  }

  #record(entry: number): Uint8Array | undefined {
    const bytes = this.#word(entry, BYTES);
    if (bytes === 0 || bytes > this.#limit) return undefined;
    const record = this.#file!.read(this.#word(entry, POSITION), bytes);
    return record.length === bytes ? aligned(record) : undefined;
  }

  /** A file of all that is kept, what was used last first, as much as it may have. */
  write(): Uint8Array<ArrayBuffer> {
    this.changed = false;
    const all: { place: number; age: number; bytes: number; record: () => Uint8Array | undefined }[] = [];
    for (const [place, list] of this.#added) {
      for (const kept of list) {
        const record = serialize(kept);
        all.push({ place, age: 0, bytes: record.length, record: () => record });
      }
    }
    for (let i = 0; i < this.#fate.length; i++) {
      const age = this.#fate[i] === USED ? 0 : this.#word(i, AGE) + 1;
      if (this.#fate[i] === BROKEN || age > OLDEST) continue;
      all.push({ place: this.#word(i, PLACE), age, bytes: this.#word(i, BYTES), record: () => this.#record(i) });
    }
    all.sort((a, b) => a.age - b.age);
    const head = header(this.#version);
    let room = this.#limit - head.length - 4;
    const chosen = all.filter(({ bytes }) => {
      room -= ENTRY * 4 + padded(bytes);
      return room >= 0;
    });
    chosen.sort((a, b) => a.place - b.place);
    const index = head.length + 4;
    const length = chosen.reduce((sum, { bytes }) => sum + padded(bytes), index + chosen.length * ENTRY * 4);
    const file = new Uint8Array(length);
    file.set(head);
    const words = new Uint32Array(file.buffer);
    words[head.length / 4] = chosen.length;
    let at = index + chosen.length * ENTRY * 4;
    for (const [i, { place, age, bytes, record }] of chosen.entries()) {
      // One that cannot be read any more leaves a hole, which is no region of anything.
      file.set(record() ?? [], at);
      words.set([place, at, bytes, age], index / 4 + i * ENTRY);
      at += padded(bytes);
    }
    return file;
  }
}

function sameFeatures(a: Features, b: Features): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

/** What a region is found by: its offset in the page, and the first halfword there. */
function placeOf(offset: number, half: number): number {
  return offset * 0x10000 + half;
}

function placeOfCode({ covered, source, offset }: Translation): number {
  let at = 0;
  for (let i = 0; i < covered.length; i += 2) {
    if (offset >= covered[i]! && offset < covered[i + 1]!) {
      at += offset - covered[i]!;
      break;
    }
    at += covered[i + 1]! - covered[i]!;
  }
  return placeOf(offset, source[at]! | (source[at + 1]! << 8));
}

/** As a plain array that words may be read from. */
function aligned({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(buffer, byteOffset, length);
  return byteOffset % 4 === 0 ? bytes : bytes.slice();
}

function header(version: string): Uint8Array {
  const text = new TextEncoder().encode(version);
  const head = new Uint8Array(8 + padded(text.length));
  const view = new DataView(head.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  head.set(text, 8);
  return head;
}
