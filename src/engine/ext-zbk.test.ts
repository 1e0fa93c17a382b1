// Bit manipulation for cryptography, Zbkb and Zbkx. Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy Source Instructions".
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, sext, TestHart, u64 } from './engine-testing/hart.js';
import { expectBinary, expectUnary } from './engine-testing/operands.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

const low = (bits: number, value: bigint): bigint => BigInt.asUintN(bits, value);
/** A value from what each of its parts of `width` bits is to be, counted from the bottom. */
function join(width: number, part: (n: bigint) => bigint): bigint {
  let value = 0n;
  for (let n = 0n; n < 64 / width; n++) value |= part(n) << (n * BigInt(width));
  return value;
}
const bit = (value: bigint, n: bigint): bigint => (value >> n) & 1n;

describe('Zbkb', () => {
  test('pack_two words_low and high half', () =>
    expectBinary(hart, 'pack a0, a1, a2', (a, b) => low(32, a) | (low(32, b) << 32n)));
  test('packh_two bytes_zero-extended', () =>
    expectBinary(hart, 'packh a0, a1, a2', (a, b) => low(8, a) | (low(8, b) << 8n)));
  test('packw_two halves_sign-extended', () =>
    expectBinary(hart, 'packw a0, a1, a2', (a, b) => sext(32, low(16, a) | (low(16, b) << 16n))));
  test('brev8_any value_reverses the bits of each byte', () =>
    expectUnary(hart, 'brev8 a0, a1', (a) => join(1, (n) => bit(a, (n & ~7n) | (7n - (n & 7n))))));

  test('rotations and inverted logic_Zbb off_are there all the same', () => {
    hart.configure({ off: ['Zbb'] });
    expectBinary(hart, 'andn a0, a1, a2', (a, b) => a & u64(~b));
    expectBinary(hart, 'ror a0, a1, a2', (a, b) => u64((a >> (b & 63n)) | (a << (64n - (b & 63n)))));
    expectUnary(hart, 'rev8 a0, a1', (a) => join(8, (n) => low(8, a >> (56n - 8n * n))));
  });

  test('zext.h_Zbb off_is the packw it is encoded as', () => {
    hart.configure({ off: ['Zbb'] });
    hart.load('zext.h a0, a1');
    expect(hart.run({ a1: 0x8765_ffffn })).toBe('done');
    expect(hart.x('a0')).toBe(0xffffn);
  });

  test('Zbkb off_all of its own are illegal', () => {
    hart.configure({ off: ['Zbkb'] });
    for (const text of ['pack a0, a1, a2', 'packh a0, a1, a2', 'packw a0, a1, a2', 'brev8 a0, a1']) {
      hart.load(text);
      expect([text, hart.run()]).toEqual([text, cause.illegal]);
    }
    hart.load('zext.h a0, a1'); // is Zbb's
    expect(hart.run()).toBe('done');
  });
});

describe('Zbkx', () => {
  test('xperm4_any operands_each nibble picks one of sixteen', () =>
    expectBinary(hart, 'xperm4 a0, a1, a2', (a, b) => join(4, (n) => low(4, a >> (4n * low(4, b >> (4n * n)))))));
  test('xperm8_any operands_each byte picks one of eight, zero beyond', () =>
    expectBinary(hart, 'xperm8 a0, a1, a2', (a, b) => {
      return join(8, (n) => {
        const index = low(8, b >> (8n * n));
        return index < 8n ? low(8, a >> (8n * index)) : 0n;
      });
    }));

  test('Zbkx off_both are illegal', () => {
    hart.configure({ off: ['Zbkx'] });
    for (const text of ['xperm4 a0, a1, a2', 'xperm8 a0, a1, a2']) {
      hart.load(text);
      expect([text, hart.run()]).toEqual([text, cause.illegal]);
    }
  });
});
