// One translation as archive.ts keeps it, with a checksum of its own. All numbers are little-endian, all parts padded to 4:
//   u32 bytes of the record     u32 x 2 checksum of what follows
//   u32 offset in its page | longest << 16           u64 features
//   u32 ranges      u32 hints      u32 bytes of code
//   u16[] ranges      the bytes they cover      u32[] hints      code

import type { Body } from './module.js';
import { bytesIn, type Features, type Translation } from './translator.js';

const HEAD = 12;
const FIELDS = 6;
const PAGE_BYTES = 4096;

const padded = (bytes: number): number => (bytes + 3) & ~3;

/** A translation with what it is known by. */
export interface Kept extends Translation {
  readonly features: Features;
  /** Whether it is of an earlier run. */
  readonly old: boolean;
}

/**
 * A record's translation, in the record's own bytes; undefined if it is not as it was written or its parts do not fit together.
 * @param old whether it is of an earlier run: what this one has written itself is not looked through once more
 */
export function parse(record: Uint8Array, old = true): Kept | undefined {
  const { buffer, byteOffset, length } = record;
  if (length % 4 !== 0 || length < HEAD + FIELDS * 4) return undefined;
  const words = new Uint32Array(buffer, byteOffset, length / 4);
  if (words[0] !== length || (old && !isWhole(words))) return undefined;
  const [place, low, high, ranges, hints, size] = words.subarray(HEAD / 4, HEAD / 4 + FIELDS);
  if (ranges! % 2 !== 0 || ranges! > PAGE_BYTES || hints! > length || size! > length) return undefined;
  let at = HEAD + FIELDS * 4;
  if (at + padded(ranges! * 2) > length) return undefined;
  const covered = new Uint16Array(buffer, byteOffset + at, ranges!);
  at += padded(covered.byteLength);
  for (let i = 0; i < covered.length; i++) {
    if (covered[i]! > PAGE_BYTES || (i > 0 && covered[i]! <= covered[i - 1]!)) return undefined;
  }
  const bytes = bytesIn(covered);
  const hintsAt = at + padded(bytes);
  const codeAt = hintsAt + hints! * 4;
  if (codeAt + padded(size!) !== length || size === 0 || bytes === 0) return undefined;
  const body: Body = {
    hints: new Uint32Array(buffer, byteOffset + hintsAt, hints!),
    code: record.subarray(codeAt, codeAt + size!),
  };
  return {
    offset: place! & 0xfff,
    longest: place! >>> 16,
    features: [low!, high!],
    covered,
    source: record.subarray(at, at + bytes) as Uint8Array<ArrayBuffer>,
    body,
    old,
  };
}

/** The same in bytes of its own. */
export function detached({ covered, source, body, ...rest }: Kept): Kept {
  const { hints, code } = body;
  return {
    ...rest,
    covered: covered.slice(),
    source: source.slice(),
    body: { hints: Uint32Array.from(hints), code: code.slice() },
  };
}

/** Bytes of a translation's record. */
export function recordBytes({ covered, source, body: { hints, code } }: Kept): number {
  return (
    HEAD + FIELDS * 4 + padded(covered.byteLength) + padded(source.length) + hints.length * 4 + padded(code.length)
  );
}

/** Fills `record`, which has a record's length and begins at a multiple of 4. */
export function serialize(kept: Kept, record: Uint8Array): void {
  const { offset, longest, features, covered, source, body } = kept;
  const { hints, code } = body;
  const { buffer, byteOffset, length } = record;
  record.fill(0);
  const words = new Uint32Array(buffer, byteOffset, length / 4);
  words[0] = length;
  words.set(
    [(offset | (longest << 16)) >>> 0, features[0], features[1], covered.length, hints.length, code.length],
    HEAD / 4,
  );
  let at = HEAD + FIELDS * 4;
  new Uint16Array(buffer, byteOffset + at, covered.length).set(covered);
  at += padded(covered.byteLength);
  record.set(source, at);
  at += padded(source.length);
  words.set(hints, at / 4);
  record.set(code, at + hints.length * 4);
  const [first, second] = checksum(words);
  words[1] = first;
  words[2] = second;
}

/** Were two translations made from the same bytes of a page? */
export function sameCode(a: Translation, b: Translation): boolean {
  return a.offset === b.offset && same(a.covered, b.covered) && same(a.source, b.source);
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Is the record as it was written? */
function isWhole(words: Uint32Array): boolean {
  const [first, second] = checksum(words);
  return words[1] === first && words[2] === second;
}

/** Two sums of 32 bits of all that follows them, as FNV-1a has them but by words, with different factors. */
function checksum(words: Uint32Array): [number, number] {
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
