// Integer operands worth trying, and properties over pairs of them.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { TestHart } from './hart.js';

/** Zero, ones, the edges of the integer types, patterns that tell bytes and nibbles apart. */
export const integers: readonly bigint[] = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_fffen,
  0x0123_4567_89ab_cdefn,
  0xfedc_ba98_7654_3210n,
  0xaaaa_5555_cccc_3333n,
];

export const anyInteger = fc.oneof(fc.constantFrom(...integers), fc.bigInt(0n, 2n ** 64n - 1n));

/** `instruction` writes a0 from a1: it must be what `expected` says, for all the edges and for random values. */
export function expectUnary(hart: TestHart, instruction: string, expected: (a: bigint) => bigint): void {
  hart.load(instruction);
  const check = (a: bigint): void => {
    expect(hart.run({ a1: a })).toBe('done');
    if (hart.x('a0') !== expected(a)) expect.fail(text(instruction, [a], hart.x('a0'), expected(a)));
  };
  for (const a of integers) check(a);
  fc.assert(fc.property(anyInteger, check), { numRuns: 200 });
}

/** `instruction` writes a0 from a1 and a2. */
export function expectBinary(hart: TestHart, instruction: string, expected: (a: bigint, b: bigint) => bigint): void {
  hart.load(instruction);
  const check = (a: bigint, b: bigint): void => {
    expect(hart.run({ a1: a, a2: b })).toBe('done');
    if (hart.x('a0') !== expected(a, b)) expect.fail(text(instruction, [a, b], hart.x('a0'), expected(a, b)));
  };
  for (const a of integers) for (const b of integers) check(a, b);
  fc.assert(fc.property(anyInteger, anyInteger, check), { numRuns: 200 });
}

function text(instruction: string, operands: bigint[], got: bigint, wanted: bigint): string {
  const hex = (v: bigint): string => `0x${v.toString(16)}`;
  return `${instruction} of ${operands.map(hex).join(', ')} gave ${hex(got)}, not ${hex(wanted)}`;
}
