// Pages packed as LZ4 blocks (the "LZ4 Block Format Description" of the LZ4 project): a snapshot's pages are unpacked one by one while a
// guest waits for them, in a program that has just started, so what counts is how little code has to run for a page.

const MIN_MATCH = 4;
/** The format's end of block: the last 5 bytes are literals, and no match begins in the last 12. */
const LAST_LITERALS = 5;
const MATCH_LIMIT = 12;
/** A length that does not fit into its half of the token goes on in bytes of up to 255. */
const NIBBLE = 15;
const TABLE_BITS = 12;
const KNUTH = 0x9e37_79b1;

/** Where a hash was seen last, plus 1. */
const table = new Uint16Array(1 << TABLE_BITS);

/** Bytes that packing `length` bytes can take at most. */
export function mostPacked(length: number): number {
  return length + Math.ceil(length / 255) + 16;
}

/** Packs up to 64 KiB to the beginning of `target`; returns how many bytes it took. `target` holds {@link mostPacked}. */
export function pack(source: Uint8Array, target: Uint8Array): number {
  const { length } = source;
  table.fill(0);
  let anchor = 0;
  let out = 0;
  for (let at = 0; at < length - MATCH_LIMIT; ) {
    const word = wordAt(source, at);
    const slot = Math.imul(word, KNUTH) >>> (32 - TABLE_BITS);
    const candidate = table[slot]! - 1;
    table[slot] = at + 1;
    if (candidate < 0 || wordAt(source, candidate) !== word) {
      at++;
      continue;
    }
    let end = at + MIN_MATCH;
    for (let from = candidate + MIN_MATCH; end < length - LAST_LITERALS && source[end] === source[from]; from++) end++;
    const more = end - at - MIN_MATCH;
    out = putLiterals(target, out, source, { from: anchor, to: at, more });
    target[out++] = (at - candidate) & 0xff;
    target[out++] = (at - candidate) >> 8;
    if (more >= NIBBLE) out = putLength(target, out, more - NIBBLE);
    at = end;
    anchor = end;
  }
  return putLiterals(target, out, source, { from: anchor, to: length, more: 0 });
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** A token with the bytes that stand for themselves, and how much longer than 4 the match after them is. */
function putLiterals(
  target: Uint8Array,
  start: number,
  source: Uint8Array,
  { from, to, more }: { readonly from: number; readonly to: number; readonly more: number },
): number {
  const count = to - from;
  let out = start;
  target[out++] = (Math.min(count, NIBBLE) << 4) | Math.min(more, NIBBLE);
  if (count >= NIBBLE) out = putLength(target, out, count - NIBBLE);
  for (let at = from; at < to; at++) target[out++] = source[at]!;
  return out;
}

function putLength(target: Uint8Array, start: number, length: number): number {
  let out = start;
  let rest = length;
  for (; rest >= 255; rest -= 255) target[out++] = 255;
  target[out++] = rest;
  return out;
}

/**
 * Unpacks `source[from, to)` into `target`; whether that was a block that fills it exactly. The block may be anything: nothing outside of
 * the two is touched.
 */
export function unpack(source: Uint8Array, from: number, to: number, target: Uint8Array): boolean {
  const { length } = target;
  let at = from;
  let out = 0;
  while (at < to) {
    const token = source[at++]!;
    let count = token >> 4;
    if (count === NIBBLE) {
      for (let byte = 255; byte === 255 && at < to; count += byte) byte = source[at++]!;
    }
    if (count > to - at || count > length - out) return false;
    for (const end = out + count; out < end; ) target[out++] = source[at++]!;
    if (at === to) return out === length;
    if (to - at < 2) return false;
    const distance = source[at]! | (source[at + 1]! << 8);
    at += 2;
    let match = token & NIBBLE;
    if (match === NIBBLE) {
      for (let byte = 255; byte === 255 && at < to; match += byte) byte = source[at++]!;
    }
    match += MIN_MATCH;
    if (distance === 0 || distance > out || match > length - out) return false;
    for (const end = out + match; out < end; out++) target[out] = target[out - distance]!;
  }
  return false;
}
