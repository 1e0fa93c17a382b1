// Half-precision loads and stores, and which floating-point instructions a hart without Zfh, Zfhmin or Zfa has. The arithmetic is
// tested in fpu.test.ts. Unpriv. ISA, '"Zfh" and "Zfhmin" Extensions for Half-Precision Floating-Point'.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, DATA, TestHart } from './engine-testing/hart.js';
import { ALL, pageTable, pte } from './engine-testing/paging.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

describe('flh and fsh', () => {
  test('flh_any bits_boxes them, also misaligned and across a page', () => {
    for (const offset of [0, 1, 0xfff - 16]) {
      for (const bits of [0n, 0x3c00n, 0x8000n, 0x7e01n, 0xffffn]) {
        hart.setMemory(DATA + 16 + offset, 2, bits);
        hart.load('flh fa0, -16(a1)');
        expect(hart.run({ a1: BigInt(DATA + 32 + offset) })).toBe('done');
        expect(hart.f(10)).toBe(0xffff_ffff_ffff_0000n | bits);
      }
    }
  });

  test('fsh_any register_stores the low 16 bits whatever is above', () => {
    hart.setMemory(DATA, 16, 2n ** 128n - 1n);
    hart.setF(11, 0x0123_4567_89ab_cdefn);
    hart.load('fsh fa1, 2047(a1)');
    expect(hart.run({ a1: BigInt(DATA + 4 - 2047) })).toBe('done');
    expect(hart.memory(DATA, 16)).toBe((2n ** 128n - 1n) ^ (0x3210n << 32n));
  });

  test('flh, fsh_floating point off_illegal before any access', () => {
    hart.setCsr('mstatus', 0n);
    for (const text of ['flh fa0, 0(a1)', 'fsh fa0, 0(a1)']) {
      hart.load(text);
      expect(hart.run({ a1: 0xffff_0000_0000_0000n })).toBe(cause.illegal);
    }
  });

  test('flh_state initial_becomes dirty', () => {
    hart.setCsr('mstatus', 1n << 13n);
    hart.load('flh fa0, 0(a1)');
    hart.run({ a1: BigInt(DATA) });
    expect((hart.csr('mstatus') >> 13n) & 3n).toBe(3n);
  });

  test('flh, fsh_page that forbids it_page fault', () => {
    hart.setCsr('satp', pageTable(hart, [{ va: 0x4000_0000, pa: DATA, flags: ALL & ~pte.W }]));
    hart.load('flh fa0, 0(a1); fsh fa0, 2(a1)');
    expect(hart.run({ a1: 0x4000_0000n }, 'U')).toBe(cause.storePage);
    expect(hart.tval).toBe(0x4000_0002n);
    hart.load('flh fa0, 0(a1)');
    expect(hart.run({ a1: 0x4000_1000n }, 'U')).toBe(cause.loadPage);
  });
});

describe('features', () => {
  const moves = ['flh fa0, 0(a1)', 'fsh fa0, 0(a1)', 'fmv.x.h a0, fa0', 'fmv.h.x fa0, a0', 'fcvt.s.h fa0, fa1'];
  const doubles = ['fcvt.d.h fa0, fa1', 'fcvt.h.d fa0, fa1'];
  const arithmetic = ['fadd.h fa0, fa1, fa2', 'fmadd.h fa0, fa1, fa2, fa3', 'fsqrt.h fa0, fa1', 'feq.h a0, fa0, fa1'];
  const more = [
    'fclass.h a0, fa0',
    'fcvt.w.h a0, fa0',
    'fcvt.h.l fa0, a0',
    'fsgnj.h fa0, fa0, fa1',
    'fmin.h fa0, fa0, fa1',
  ];
  const additional = [
    'fli.s fa0, 1.0',
    'fround.d fa0, fa1',
    'fminm.s fa0, fa1, fa2',
    'fleq.d a0, fa0, fa1',
    'fcvtmod.w.d a0, fa0, rtz',
  ];

  function expectAll(texts: readonly string[], expected: number | 'done'): void {
    for (const text of texts) {
      hart.load(text);
      expect([text, hart.run({ a1: BigInt(DATA) })]).toEqual([text, expected]);
    }
  }

  test('everything on_all run', () => {
    expectAll([...moves, ...doubles, ...arithmetic, ...more, ...additional, 'fli.h fa0, 1.0'], 'done');
  });
  test('Zfhmin alone_moves and converts only', () => {
    hart.configure({ off: ['Zfh'] });
    expectAll([...moves, ...doubles, ...additional], 'done');
    expectAll([...arithmetic, ...more, 'fli.h fa0, 1.0'], cause.illegal);
  });
  test('neither_nothing of half precision', () => {
    hart.configure({ off: ['Zfh', 'Zfhmin'] });
    expectAll([...moves, ...doubles, ...arithmetic, ...more], cause.illegal);
    expectAll(additional, 'done');
  });
  test('Zfa off_illegal', () => {
    hart.configure({ off: ['Zfa'] });
    expectAll([...additional, 'fli.h fa0, 1.0'], cause.illegal);
    expectAll(arithmetic, 'done');
  });
  test('D off_single and half precision stay', () => {
    hart.configure({ off: ['D'] });
    expectAll(
      ['fadd.d fa0, fa1, fa2', 'fld fa0, 0(a1)', 'fsd fa0, 0(a1)', 'c.fld fa0, 0(a1)', ...doubles],
      cause.illegal,
    );
    expectAll(['fadd.s fa0, fa1, fa2', 'flw fa0, 0(a1)', ...moves, ...arithmetic, 'fli.s fa0, 1.0'], 'done');
  });
  test('F off_nothing, nor its CSRs', () => {
    hart.configure({ off: ['F', 'D', 'Zfh', 'Zfhmin', 'Zfa'] });
    expectAll(['fadd.s fa0, fa1, fa2', 'flw fa0, 0(a1)', 'fsw fa0, 0(a1)', 'csrr a0, fcsr', ...moves], cause.illegal);
    hart.setCsr('mstatus', 3n << 13n);
    expect(hart.csr('mstatus') & (3n << 13n)).toBe(0n);
  });
});
