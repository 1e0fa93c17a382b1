// Translations that outlive the process: a second boot of the same kernel finds its hot code translated. What is found is compared with the code
// itself, byte by byte, never with a hash of it; a file that is damaged, cut short or another version's gives less or nothing, and never
// something wrong.
//
// A file is u32 magic, u32 length of the version, the version; then one record a region, all numbers little-endian, all parts padded to 4:
//   u32 bytes of the record     u32 x 2 checksum of what follows
//   u32 offset in its page | longest << 16           u64 features      u32 page, a number      u32 generations since it was last used
//   u32 ranges      u32 hints      u32 bytes of code
//   u16[] ranges      the bytes they cover      u32[] hints      code

import type { Body } from './module.js';
import { bytesIn, type Features, type Translation } from './translator.js';

const MAGIC = 0x314a_4348; // "HCJ1"
const HEAD = 12;
const FIELDS = 8;
const PAGE_BYTES = 4096;
/** Generations a region is kept without being used. */
const OLDEST = 12;
/** Bytes a file may have. */
const MAX_BYTES = 16 << 20;

const padded = (bytes: number): number => (bytes + 3) & ~3;

/** A translation with what it is known by. */
interface Kept extends Translation {
  readonly features: Features;
  /** Regions of one page have the same number. */
  readonly page: number;
  /** The bytes of its record, undefined for one of this run. */
  readonly record: Uint8Array | undefined;
  age: number;
  checked: boolean;
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
  /** By offset in the page and the halfword there. */
  readonly #places = new Map<number, Kept[]>();
  readonly #pages = new Map<number, Kept[]>();
  /** Numbers of this run's pages, by their host page. */
  readonly #numbers = new Map<number, number>();
  #last = 0;
  /** Regions. */
  size = 0;
  /** Something has been added since it was last written. */
  changed = false;

  /** @param version of everything that decides about a translation beside the guest's code */
  constructor(version: string, limit = MAX_BYTES) {
    this.#version = version;
    this.#limit = limit;
  }

  /** The translation of the block at `offset` of a page, if there is one. */
  find(page: DeskPage, offset: number, features: Features): Translation | undefined {
    for (const kept of this.#places.get(placeOf(offset, page.half(offset))) ?? []) {
      if (this.#fits(kept, page, offset, features)) return kept;
    }
    return undefined;
  }

  /** Is it of an earlier run? */
  isOld(translation: Translation): boolean {
    return (translation as Kept).record !== undefined;
  }

  #fits(kept: Kept, page: DeskPage, offset: number, features: Features): boolean {
    if (kept.offset !== offset || kept.features[0] !== features[0] || kept.features[1] !== features[1]) return false;
    if (!page.has(kept.covered, kept.source)) return false;
    if (!kept.checked) {
      if (!isWhole(kept.record!)) {
        this.#forget(kept);
        return false;
      }
      kept.checked = true;
    }
    kept.age = 0;
    return true;
  }

  /** Keeps a translation of the page of host address `hpa`. */
  add(translation: Translation, hpa: number, features: Features): void {
    const hostPage = hpa >>> 12;
    let page = this.#numbers.get(hostPage);
    if (page === undefined) {
      page = ++this.#last;
      this.#numbers.set(hostPage, page);
    }
    this.#keep({ ...translation, features, page, record: undefined, age: 0, checked: true });
    this.changed = true;
  }

  /** The next region found in the page of `hpa` and those added to it are together from now on. */
  join(found: Translation, hpa: number): void {
    this.#numbers.set(hpa >>> 12, (found as Kept).page);
  }

  #keep(kept: Kept): void {
    const at = sourceAt(kept);
    const place = placeOf(kept.offset, kept.source[at]! | (kept.source[at + 1]! << 8));
    push(this.#places, place, kept);
    push(this.#pages, kept.page, kept);
    this.size++;
  }

  #forget(kept: Kept): void {
    for (const lists of [this.#places, this.#pages]) {
      for (const list of lists.values()) {
        const at = list.indexOf(kept);
        if (at >= 0) list.splice(at, 1);
      }
    }
    this.size--;
  }

  /** Takes in what a file has that is of this version and whole. */
  read(file: Uint8Array): void {
    // A plain array, aligned: Node's buffers are slow to make views of.
    const bytes = file.byteOffset % 4 === 0 ? new Uint8Array(file.buffer, file.byteOffset, file.length) : file.slice();
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const head = header(this.#version);
    if (bytes.length < head.length || head.some((byte, i) => bytes[i] !== byte)) return;
    for (let at = head.length; at + HEAD + FIELDS * 4 <= bytes.length; ) {
      const length = view.getUint32(at, true);
      if (length % 4 !== 0 || length < HEAD + FIELDS * 4 || at + length > bytes.length) return;
      const kept = parse(bytes.subarray(at, at + length));
      if (kept === undefined) return;
      this.#keep(kept);
      this.#last = Math.max(this.#last, kept.page);
      at += length;
    }
  }

  /** A file of all that is kept, what was used last first, as much as it may have. */
  write(): Uint8Array<ArrayBuffer> {
    this.changed = false;
    const all = [...this.#pages.values()].flat().filter(({ age }) => age <= OLDEST);
    all.sort((a, b) => a.age - b.age);
    const parts: Uint8Array[] = [header(this.#version)];
    let length = parts[0]!.length;
    for (const kept of all) {
      const record = serialize(kept);
      if (length + record.length > this.#limit) break;
      parts.push(record);
      length += record.length;
    }
    const file = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      file.set(part, at);
      at += part.length;
    }
    return file;
  }
}

/** Where in `source` the bytes of the region's first instruction are. */
function sourceAt({ covered, offset }: Translation): number {
  let at = 0;
  for (let i = 0; i < covered.length; i += 2) {
    if (offset >= covered[i]! && offset < covered[i + 1]!) return at + offset - covered[i]!;
    at += covered[i + 1]! - covered[i]!;
  }
  return 0;
}

function placeOf(offset: number, half: number): number {
  return offset * 0x10000 + half;
}

function push(lists: Map<number, Kept[]>, key: number, kept: Kept): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [kept]);
  else list.push(kept);
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

/** A record's parts, undefined if they do not fit together. Its checksum is looked at when it is used. */
function parse(record: Uint8Array): Kept | undefined {
  const { buffer, byteOffset } = record;
  const words = new Uint32Array(buffer, byteOffset, record.length / 4);
  const [place, low, high, page, age, ranges, hints, size] = words.subarray(HEAD / 4, HEAD / 4 + FIELDS);
  if (ranges! % 2 !== 0 || ranges! > PAGE_BYTES || hints! > record.length || size! > record.length) return undefined;
  let at = HEAD + FIELDS * 4;
  if (at + padded(ranges! * 2) > record.length) return undefined;
  const covered = new Uint16Array(buffer, byteOffset + at, ranges!);
  at += padded(covered.byteLength);
  for (let i = 0; i < covered.length; i++) {
    if (covered[i]! > PAGE_BYTES || (i > 0 && covered[i]! <= covered[i - 1]!)) return undefined;
  }
  const bytes = bytesIn(covered);
  const hintsAt = at + padded(bytes);
  const codeAt = hintsAt + hints! * 4;
  if (codeAt + padded(size!) !== record.length || size === 0 || bytes === 0) return undefined;
  const source = record.subarray(at, at + bytes) as Uint8Array<ArrayBuffer>;
  const body: Body = {
    hints: new Uint32Array(buffer, byteOffset + hintsAt, hints!),
    code: record.subarray(codeAt, codeAt + size!),
  };
  return {
    offset: place! & 0xfff,
    longest: place! >>> 16,
    features: [low!, high!],
    page: page!,
    age: age! + 1,
    covered,
    source,
    body,
    record,
    checked: false,
  };
}

function serialize({ offset, longest, features, page, age, covered, source, body }: Kept): Uint8Array {
  const { hints, code } = body;
  const length =
    HEAD + FIELDS * 4 + padded(covered.byteLength) + padded(source.length) + hints.length * 4 + padded(code.length);
  const record = new Uint8Array(length);
  const words = new Uint32Array(record.buffer);
  words[0] = length;
  words.set(
    [(offset | (longest << 16)) >>> 0, features[0], features[1], page, age, covered.length, hints.length, code.length],
    HEAD / 4,
  );
  let at = HEAD + FIELDS * 4;
  new Uint16Array(record.buffer, at, covered.length).set(covered);
  at += padded(covered.byteLength);
  record.set(source, at);
  at += padded(source.length);
  words.set(hints, at / 4);
  record.set(code, at + hints.length * 4);
  const [first, second] = checksum(record);
  words[1] = first;
  words[2] = second;
  return record;
}

/** Is the record as it was written? */
function isWhole(record: Uint8Array): boolean {
  const words = new Uint32Array(record.buffer, record.byteOffset, record.length / 4);
  const [first, second] = checksum(record);
  return words[1] === first && words[2] === second;
}

/** Two sums of 32 bits of all that follows them, as FNV-1a has them but by words, with different factors. */
function checksum(record: Uint8Array): [number, number] {
  const words = new Uint32Array(record.buffer, record.byteOffset, record.length / 4);
  let a = 0x811c_9dc5 ^ words[0]!;
  let b = 0x9e37_79b9 ^ words[0]!;
  for (let i = HEAD / 4; i < words.length; i++) {
    const word = words[i]!;
    a = Math.imul(a ^ word, 0x0100_0193);
    a ^= a >>> 15;
    b = Math.imul((b << 13) | (b >>> 19), 0x85eb_ca6b) ^ word;
  }
  return [a >>> 0, b >>> 0];
}
