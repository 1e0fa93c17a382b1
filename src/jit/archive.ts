// Translations that outlive the process: a second boot of the same kernel finds its hot code translated. What is found is compared with the code
// itself, byte by byte, never with a hash of it; a file that is damaged, cut short or another version's gives less or nothing, and never
// something wrong.
//
// A file is read by the piece: its head when it is opened, a region when there is code that may be its. All numbers are little-endian, all parts
// padded to 4:
//   u32 magic      u32 length of the version, the version      u32 entries
//   entries, by rising place: u32 place      u32 position in the file and u32 bytes of the record      u32 generations since it was last used
//   records (archive-record.ts)

import { AddedRecords, type JitDraft } from './archive-added.js';
import { detached, type Kept, parse, recordBytes, sameCode, serialize } from './archive-record.js';
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
/** Regions of one place that a run adds: code that is written anew and anew at the same place is of no use later, and would have to be looked through. */
const MOST_ALIKE = 64;
/** Bytes that are written at once. */
const PIECE = 1 << 18;
/** What has become of an entry in this run. */
const USED = 1;
const BROKEN = 2;

const padded = (bytes: number): number => (bytes + 3) & ~3;

/** A file that is open. */
export interface JitFile {
  readonly size: number;
  /** Fills `bytes` with what is there from `offset` on; how many there were. */
  readInto(offset: number, bytes: Uint8Array): number;
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
  /** The record that was read last: there are thousands, and what each of them left behind would have to be collected. */
  #scratch = new Uint8Array(0);
  /** This run's. */
  readonly #added: AddedRecords;
  /** Something has been added since it was last written. */
  changed = false;

  /**
   * @param version of everything that decides about a translation beside the guest's code
   * @param draft where this run's regions may be until they are written; in memory by default
   */
  constructor(version: string, limit = MAX_BYTES, draft: () => JitDraft | undefined = () => undefined) {
    this.#version = version;
    this.#limit = limit;
    this.#added = new AddedRecords(draft);
  }

  /** Regions. */
  get size(): number {
    return this.#fate.reduce((count, fate) => count + (fate === BROKEN ? 0 : 1), this.#added.size);
  }

  /** The translation of the block at `offset` of a page, if there is one. */
  find(page: DeskPage, offset: number, features: Features): Translation | undefined {
    const place = placeOf(offset, page.half(offset));
    const fits = (kept: Kept): boolean =>
      kept.offset === offset && sameFeatures(kept.features, features) && page.has(kept.covered, kept.source);
    const added = this.#findAdded(place, fits);
    if (added !== undefined) return detached(added);
    for (let i = this.#first(place); i < this.#fate.length && this.#word(i, PLACE) === place; i++) {
      const kept = this.#read(i);
      if (kept === undefined || !fits(kept)) continue;
      this.#fate[i] = USED;
      return detached(kept);
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
    if (this.#added.at(place).length >= MOST_ALIKE) return;
    if (this.#findAdded(place, (other) => sameFeatures(other.features, features) && sameCode(other, kept))) return;
    const record = this.#room(recordBytes(kept));
    serialize(kept, record);
    this.#added.add(place, record);
    this.changed = true;
  }

  /** Takes in what a file has that is of this version and whole, when it is asked for. */
  open(file: JitFile): void {
    const head = header(this.#version);
    const start = new Uint8Array(head.length + 4);
    if (file.readInto(0, start) < start.length || head.some((byte, i) => start[i] !== byte)) return;
    const [count] = new Uint32Array(start.buffer, head.length, 1);
    const bytes = count! * ENTRY * 4;
    if (head.length + 4 + bytes > file.size) return;
    const entries = new Uint32Array(count! * ENTRY);
    if (file.readInto(head.length + 4, new Uint8Array(entries.buffer)) < bytes) return;
    this.#file = file;
    this.#entries = entries;
    this.#fate = new Uint8Array(count!);
  }

  /** One of this run's, until the next record is read. */
  #findAdded(place: number, fits: (kept: Kept) => boolean): Kept | undefined {
    for (const added of this.#added.at(place)) {
      const record = this.#room(added.bytes);
      const kept = this.#added.readInto(added, record) ? parse(record, false) : undefined;
      if (kept !== undefined && fits(kept)) return kept;
    }
    return undefined;
  }

  /** The scratch, of a record's length. */
  #room(bytes: number): Uint8Array {
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(2 * bytes);
    return this.#scratch.subarray(0, bytes);
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

  /** A region of the file, until the next one is read; undefined if it is not what it was. */
  #read(entry: number): Kept | undefined {
    if (this.#fate[entry] === BROKEN) return undefined;
    const bytes = this.#word(entry, BYTES);
    const possible = bytes > 0 && bytes <= this.#limit && bytes <= this.#file!.size;
    const record = this.#room(possible ? bytes : 0);
    const kept = possible && this.#readRecord(entry, record) ? parse(record) : undefined;
    if (kept === undefined) this.#fate[entry] = BROKEN;
    return kept;
  }

  #readRecord(entry: number, record: Uint8Array): boolean {
    return this.#file!.readInto(this.#word(entry, POSITION), record) === record.length;
  }

  /** A file of all that is kept, what was used last first, as much as it may have: in pieces, each of them valid until the next one is asked for. */
  *write(): Generator<Uint8Array> {
    this.changed = false;
    const all: { place: number; age: number; bytes: number; put: (record: Uint8Array) => void }[] = [];
    for (const [place, added] of this.#added) {
      all.push({ place, age: 0, bytes: added.bytes, put: (to) => this.#added.readInto(added, to) });
    }
    for (let i = 0; i < this.#fate.length; i++) {
      const age = this.#fate[i] === USED ? 0 : this.#word(i, AGE) + 1;
      if (this.#fate[i] === BROKEN || age > OLDEST) continue;
      all.push({ place: this.#word(i, PLACE), age, bytes: this.#word(i, BYTES), put: (to) => this.#readRecord(i, to) });
    }
    all.sort((a, b) => a.age - b.age);
    const head = header(this.#version);
    let room = this.#limit - head.length - 4;
    const chosen = all.filter(({ bytes }) => {
      room -= ENTRY * 4 + padded(bytes);
      return room >= 0;
    });
    chosen.sort((a, b) => a.place - b.place);
    const start = new Uint8Array(head.length + 4 + chosen.length * ENTRY * 4);
    start.set(head);
    const words = new Uint32Array(start.buffer, head.length);
    words[0] = chosen.length;
    let position = start.length;
    for (const [i, { place, age, bytes }] of chosen.entries()) {
      words.set([place, position, bytes, age], 1 + i * ENTRY);
      position += padded(bytes);
    }
    yield start;
    const piece = new Uint8Array(chosen.reduce((most, { bytes }) => Math.max(most, padded(bytes)), PIECE));
    let at = 0;
    for (const { bytes, put } of chosen) {
      if (at + padded(bytes) > piece.length) {
        yield piece.subarray(0, at);
        at = 0;
      }
      // One that cannot be read any more leaves a hole, which is no region of anything.
      piece.fill(0, at, at + padded(bytes));
      put(piece.subarray(at, at + bytes));
      at += padded(bytes);
    }
    yield piece.subarray(0, at);
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

function header(version: string): Uint8Array {
  const text = new TextEncoder().encode(version);
  const head = new Uint8Array(8 + padded(text.length));
  const view = new DataView(head.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint32(4, text.length, true);
  head.set(text, 8);
  return head;
}
