// Carry-less products, Zbc and Zbkc. Unpriv. ISA, '"B" Extension for Bit Manipulation', Zbc; scalar cryptography, Zbkc.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, TestHart, u64 } from './engine-testing/hart.js';
import { expectBinary } from './engine-testing/operands.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

/** All 127 bits of the product of polynomials over GF(2). */
function product(a: bigint, b: bigint): bigint {
  let sum = 0n;
  for (let i = 0n; i < 64n; i++) if ((b >> i) & 1n) sum ^= a << i;
  return sum;
}

describe('carry-less products', () => {
  test('clmul_any operands_low half', () => expectBinary(hart, 'clmul a0, a1, a2', (a, b) => u64(product(a, b))));
  test('clmulh_any operands_high half', () => expectBinary(hart, 'clmulh a0, a1, a2', (a, b) => product(a, b) >> 64n));
  test('clmulr_any operands_bits from 63 on', () =>
    expectBinary(hart, 'clmulr a0, a1, a2', (a, b) => u64(product(a, b) >> 63n)));

  test('Zbc and Zbkc off_all are illegal', () => {
    hart.configure({ off: ['Zbc', 'Zbkc'] });
    for (const name of ['clmul', 'clmulh', 'clmulr']) {
      hart.load(`${name} a0, a1, a2`);
      expect([name, hart.run({ a0: 7n }), hart.x('a0')]).toEqual([name, cause.illegal, 7n]);
    }
  });

  test('Zbkc alone_has no clmulr', () => {
    hart.configure({ off: ['Zbc'] });
    hart.load('clmul a0, a1, a2; clmulh a0, a1, a2');
    expect(hart.run()).toBe('done');
    hart.load('clmulr a0, a1, a2');
    expect(hart.run()).toBe(cause.illegal);
  });
});
