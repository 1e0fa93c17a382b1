// Which instruction a word is: the tables ordered so that the most special encoding is tried first.

import { allInstructions } from './extensions/tables.js';
import { extract } from './fields.js';
import type { Instruction } from './instruction.js';

function population(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The instructions of one length, special encodings before the general ones they are part of. */
export function bySpeciality(length: 2 | 4): Instruction[] {
  const chosen = allInstructions().filter((i) => i.length === length);
  return chosen.sort((a, b) => population(b.mask) - population(a.mask));
}

/** Is the word this instruction, and not one of its reserved encodings? */
export function matches(instruction: Instruction, word: number): boolean {
  if ((word & instruction.mask) >>> 0 !== instruction.match) return false;
  return instruction.constraints.every(({ field, value }) => extract(field, word) !== value);
}

function bucketize(length: 2 | 4, key: (word: number) => number, keys: number, keyMask: number): Instruction[][] {
  const buckets: Instruction[][] = Array.from({ length: keys }, () => []);
  for (const i of bySpeciality(length)) {
    for (let word = 0, n = 0; n < keys; n++) {
      word = length === 4 ? n << 2 : ((n & 7) << 13) | (n >> 3);
      const known = (i.mask & keyMask) >>> 0;
      if ((word & known) >>> 0 === (i.match & known) >>> 0) buckets[key(word)]!.push(i);
    }
  }
  return buckets;
}

const wordKey = (word: number): number => (word >>> 2) & 31;
const halfKey = (half: number): number => ((half >> 13) & 7) | ((half & 3) << 3);
/** Made when the first word is looked up: a program that only runs guests never does, and starts the sooner. */
let words: Instruction[][] | undefined;
let halves: Instruction[][] | undefined;

/**
 * The instruction that a word holds, or undefined when it is illegal. A word whose low two bits are not 3 is a
 * compressed instruction; its upper half is not looked at. Without `hints` a named hint is the base instruction it is.
 */
export function lookup(word: number, hints = true): Instruction | undefined {
  words ??= bucketize(4, wordKey, 32, 0x7c);
  halves ??= bucketize(2, halfKey, 32, 0xe003);
  const bucket = (word & 3) === 3 ? words[wordKey(word)]! : halves[halfKey(word)]!;
  const bits = (word & 3) === 3 ? word >>> 0 : word & 0xffff;
  return bucket.find((i) => matches(i, bits) && (hints || !i.hint));
}
