// May-be-operations and the compressed instructions that came late: Zimop, Zcmop, Zcb. Unpriv. ISA, '"Zimop" and "Zcmop" Extensions
// for May-Be-Operations', '"Zc*" Extension for Code Size Reduction'.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Gpr } from '../isa/index.js';
import { cause, DATA, sext, TestHart, u64 } from './engine-testing/hart.js';
import { integers } from './engine-testing/operands.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

describe('Zimop', () => {
  const all = [
    ...Array.from({ length: 32 }, (_, n) => `mop.r.${n} a0, a1`),
    ...Array.from({ length: 8 }, (_, n) => `mop.rr.${n} a0, a1, a2`),
  ];

  test('every one_any mode_writes 0 to rd', () => {
    for (const text of all) {
      hart.load(text);
      for (const mode of ['M', 'U', 'VU'] as const) {
        expect([text, hart.run({ a0: 5n, a1: 7n, a2: 9n }, mode)]).toEqual([text, 'done']);
        expect([hart.x('a0'), hart.x('a1'), hart.x('a2')]).toEqual([0n, 7n, 9n]);
      }
    }
  });

  test('shadow-stack encodings_Zicfiss off_are the may-be-operations they are made of', () => {
    hart.load('sspush ra; sspush t0; sspopchk ra; sspopchk t0; ssrdp a0');
    expect(hart.run({ a0: 5n, ra: 1n, t0: 2n, sp: 3n })).toBe('done');
    expect((['a0', 'ra', 't0', 'sp'] as Gpr[]).map((r) => hart.x(r))).toEqual([0n, 1n, 2n, 3n]);
  });

  test('Zimop off_illegal', () => {
    hart.configure({ off: ['Zimop', 'Zicfiss'] });
    for (const text of [...all, 'sspush ra', 'ssrdp a0']) {
      hart.load(text);
      expect([text, hart.run({ a0: 5n }), hart.x('a0')]).toEqual([text, cause.illegal, 5n]);
    }
  });
});

describe('Zcmop', () => {
  const numbers = [1, 3, 5, 7, 9, 11, 13, 15];

  test('every one_writes no register and takes two bytes', () => {
    for (const n of numbers) {
      hart.load(`c.mop.${n}; c.li a0, 3`);
      const xn = `x${n}` as Gpr;
      hart.setX(xn, 0x1234n);
      expect(hart.run({ a0: 5n })).toBe('done');
      expect([n, hart.x('a0'), hart.x(xn)]).toEqual([n, 3n, 0x1234n]);
    }
  });

  test('all of them_Zimop off_still do nothing', () => {
    hart.configure({ off: ['Zimop', 'Zicfiss'] });
    for (const n of numbers) {
      hart.load(`c.mop.${n}`);
      expect([n, hart.run()]).toEqual([n, 'done']);
    }
  });

  test('Zcmop off, or an even number_illegal', () => {
    for (const n of [0, 2, 4, 16]) {
      hart.loadWords(0x6001 | (n << 7)); // c.lui xn, 0; of x2 it is c.addi16sp sp, 0
      expect([n, hart.run()]).toEqual([n, cause.illegal]);
    }
    hart.configure({ off: ['Zcmop'] });
    for (const n of numbers) {
      hart.load(`c.mop.${n}`);
      expect([n, hart.run()]).toEqual([n, cause.illegal]);
    }
  });
});

describe('Zcb', () => {
  test.each<[string, (a: bigint) => bigint]>([
    ['c.zext.b', (a) => a & 0xffn],
    ['c.sext.b', (a) => sext(8, a)],
    ['c.zext.h', (a) => a & 0xffffn],
    ['c.sext.h', (a) => sext(16, a)],
    ['c.zext.w', (a) => a & 0xffff_ffffn],
    ['c.not', (a) => u64(~a)],
  ])('%s_any value_changes the register in place', (name, expected) => {
    for (const register of ['s0', 'a0', 'a5'] as const) {
      hart.load(`${name} ${register}`);
      for (const a of integers) {
        expect(hart.run({ [register]: a })).toBe('done');
        expect(hart.x(register)).toBe(expected(a));
      }
    }
  });

  test('c.mul_any values_is the low half of the product', () => {
    hart.load('c.mul a0, a1');
    for (const a of integers) {
      for (const b of integers) {
        hart.run({ a0: a, a1: b });
        expect(hart.x('a0')).toBe(u64(a * b));
      }
    }
  });

  test('loads and stores_every offset_reach what their long forms reach', () => {
    hart.setMemory(DATA, 8, 0xf7e6_d5c4_b3a2_9180n);
    for (const offset of [0, 1, 2, 3]) {
      hart.load(`c.lbu a0, ${offset}(a1)`);
      expect(hart.run({ a1: BigInt(DATA) })).toBe('done');
      expect(hart.x('a0')).toBe(hart.memory(DATA + offset, 1));
      hart.load(`c.sb a0, ${offset}(a1)`);
      expect(hart.run({ a0: 0xabcn, a1: BigInt(DATA + 8) })).toBe('done');
      expect(hart.memory(DATA + 8 + offset, 1)).toBe(0xbcn);
    }
    for (const offset of [0, 2]) {
      hart.load(`c.lhu a0, ${offset}(a1); c.lh a2, ${offset}(a1); c.sh a3, ${offset}(a4)`);
      expect(hart.run({ a1: BigInt(DATA), a3: 0x1_2345n, a4: BigInt(DATA + 16) })).toBe('done');
      const half = hart.memory(DATA + offset, 2);
      expect([hart.x('a0'), hart.x('a2')]).toEqual([half, sext(16, half)]);
      expect(hart.memory(DATA + 16 + offset, 2)).toBe(0x2345n);
    }
  });

  test('an extension off that an expansion needs_only those are illegal', () => {
    const needs = {
      'c.sext.b a0': 'Zbb',
      'c.zext.h a0': 'Zbb',
      'c.sext.h a0': 'Zbb',
      'c.zext.w a0': 'Zba',
      'c.mul a0, a1': 'M',
    };
    for (const [text, extension] of Object.entries(needs)) {
      hart.configure({ off: [extension] });
      hart.load(text);
      expect([text, hart.run()]).toEqual([text, cause.illegal]);
      hart.load('c.zext.b a0; c.not a0; c.lbu a0, 0(a1)');
      expect(hart.run({ a1: BigInt(DATA) })).toBe('done');
    }
  });

  test('Zcb off_illegal', () => {
    hart.configure({ off: ['Zcb'] });
    for (const text of [
      'c.zext.b a0',
      'c.zext.w a0',
      'c.not a0',
      'c.mul a0, a1',
      'c.lbu a0, 0(a1)',
      'c.sh a0, 0(a1)',
    ]) {
      hart.load(text);
      expect([text, hart.run({ a1: BigInt(DATA) })]).toEqual([text, cause.illegal]);
    }
  });
});
