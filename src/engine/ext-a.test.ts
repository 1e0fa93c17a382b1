// Atomic memory operations of every width, compare-and-swap, LR and SC. Unpriv. ISA, "Zaamo", "Zalrsc", "Zabha", "Zacas", "Zama16b".
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, DATA, sext, TestHart, u64 } from './engine-testing/hart.js';
import { anyInteger, integers } from './engine-testing/operands.js';
import { ALL, pageTable, pte } from './engine-testing/paging.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

const widths = { b: 1, h: 2, w: 4, d: 8 } as const;
type Width = keyof typeof widths;

const signed = (bits: number, v: bigint): bigint => BigInt.asIntN(bits, v);
const unsigned = (bits: number, v: bigint): bigint => BigInt.asUintN(bits, v);

/** What memory holds afterwards, from what it held and rs2. */
const operations: Record<string, (bits: number, a: bigint, b: bigint) => bigint> = {
  amoswap: (_, _a, b) => b,
  amoadd: (_, a, b) => a + b,
  amoxor: (_, a, b) => a ^ b,
  amoand: (_, a, b) => a & b,
  amoor: (_, a, b) => a | b,
  amomin: (bits, a, b) => (signed(bits, a) < signed(bits, b) ? a : b),
  amomax: (bits, a, b) => (signed(bits, a) > signed(bits, b) ? a : b),
  amominu: (bits, a, b) => (unsigned(bits, a) < unsigned(bits, b) ? a : b),
  amomaxu: (bits, a, b) => (unsigned(bits, a) > unsigned(bits, b) ? a : b),
};
const every = Object.keys(operations).flatMap((name) =>
  (Object.keys(widths) as Width[]).map((w) => [name, w] as const),
);

/** Runs `text` with memory holding `before` at offset 16 of 48 bytes, and checks that the bytes around stay. */
function atomic(
  text: string,
  bytes: number,
  offset: number,
  before: bigint,
  registers: Record<string, bigint>,
): bigint {
  const at = DATA + 16 + offset;
  hart.setMemory(DATA, 48, 0x5an * ((2n ** 384n - 1n) / 0xffn));
  hart.setMemory(at, bytes, before);
  const frame = hart.memory(DATA, 48);
  hart.load(text);
  expect([text, hart.run({ a1: BigInt(at), ...registers })]).toEqual([text, 'done']);
  const after = hart.memory(at, bytes);
  hart.setMemory(at, bytes, before);
  expect(hart.memory(DATA, 48)).toBe(frame);
  return after;
}

describe('AMOs', () => {
  test.each(every)('%s.%s_any operands_memory and rd as specified', (name, width) => {
    const bytes = widths[width];
    const bits = 8 * bytes;
    const text = `${name}.${width} a0, a2, (a1)`;
    const check = (a: bigint, b: bigint): void => {
      const after = atomic(text, bytes, 0, unsigned(bits, a), { a2: b, a0: 0x77n });
      expect([a, b, after]).toEqual([a, b, unsigned(bits, operations[name]!(bits, a, b))]);
      expect(hart.x('a0')).toBe(sext(bits, a));
    };
    for (const a of integers.slice(0, 12)) for (const b of integers.slice(8)) check(a, b);
    fc.assert(fc.property(anyInteger, anyInteger, check), { numRuns: 60 });
  });

  test.each(every)('%s.%s_misaligned within 16 bytes_is done all the same', (name, width) => {
    const bytes = widths[width];
    const bits = 8 * bytes;
    for (let offset = 0; offset + bytes <= 16; offset++) {
      for (const suffix of ['', '.aqrl']) {
        const text = `${name}.${width}${suffix} a0, a2, (a1)`;
        const [a, b] = [0x8123_4567_89ab_cdefn, 0x7edc_ba98_7654_3210n];
        const after = atomic(text, bytes, offset, unsigned(bits, a), { a2: b });
        expect([text, offset, after]).toEqual([text, offset, unsigned(bits, operations[name]!(bits, a, b))]);
        expect(hart.x('a0')).toBe(sext(bits, a));
      }
    }
  });

  test('amoadd_across 16 bytes or without Zama16b_store misaligned with the address', () => {
    const attempt = (text: string, offset: number): [number | 'done', bigint] => {
      hart.load(text);
      const result = hart.run({ a1: BigInt(DATA + offset), a2: 1n });
      return [result, hart.tval];
    };
    for (const [width, offset] of [
      ['h', 15],
      ['w', 13],
      ['d', 9],
      ['d', 15],
    ] as const) {
      const result = attempt(`amoadd.${width} a0, a2, (a1)`, offset);
      expect([width, offset, result]).toEqual([width, offset, [cause.storeMisaligned, BigInt(DATA + offset)]]);
    }
    hart.configure({ off: ['Zama16b'] });
    for (const [width, offset] of [
      ['h', 1],
      ['w', 2],
      ['d', 4],
    ] as const) {
      const result = attempt(`amoadd.${width} a0, a2, (a1)`, offset);
      expect([width, offset, result]).toEqual([width, offset, [cause.storeMisaligned, BigInt(DATA + offset)]]);
    }
    expect(attempt('amoadd.b a0, a2, (a1)', 3)[0]).toBe('done');
  });

  test('same register for all operands_reads them before it writes', () => {
    hart.setMemory(DATA, 8, 5n);
    hart.load('amoadd.d a1, a1, (a1)');
    expect(hart.run({ a1: BigInt(DATA) })).toBe('done');
    expect([hart.x('a1'), hart.memory(DATA, 8)]).toEqual([5n, 5n + BigInt(DATA)]);
  });

  test('rd = x0_memory changes and x0 does not', () => {
    expect(atomic('amoadd.w zero, a2, (a1)', 4, 0, 7n, { a2: 8n })).toBe(15n);
    expect(hart.x('zero')).toBe(0n);
  });

  test('page without write permission_store page fault also for what would not change memory', () => {
    hart.setCsr('satp', pageTable(hart, [{ va: 0x4000_0000, pa: DATA, flags: ALL & ~pte.W }]));
    for (const text of [
      'amoor.w a0, zero, (a1)',
      'amocas.w a0, a2, (a1)',
      'amocas.q a2, a4, (a1)',
      'amoadd.b a0, a2, (a1)',
    ]) {
      hart.load(text);
      expect([text, hart.run({ a0: 1n, a1: 0x4000_0000n }, 'U'), hart.tval]).toEqual([
        text,
        cause.storePage,
        0x4000_0000n,
      ]);
    }
  });

  test('code that an AMO changes_is executed as changed', () => {
    const program = hart.load(`
        call target
        lw a2, 0(a1)
        amoadd.w zero, a3, (a1)
        call target
        j end
      target: addi a0, a0, 1
        ret
      end: nop`);
    expect(hart.run({ a0: 0n, a1: program.symbols.get('target')!, a3: 1n << 20n })).toBe('done');
    expect(hart.x('a0')).toBe(3n); // 1, then 2
  });

  test('Zaamo, Zabha off_illegal', () => {
    hart.configure({ off: ['Zaamo', 'Zacas', 'Zabha', 'Zicfiss', 'A'] });
    for (const [name, width] of every) {
      hart.load(`${name}.${width} a0, a2, (a1)`);
      expect(hart.run({ a1: BigInt(DATA) })).toBe(cause.illegal);
    }
    hart.configure({ off: ['Zabha'] });
    for (const [name, width] of every) {
      hart.load(`${name}.${width} a0, a2, (a1)`);
      expect(hart.run({ a1: BigInt(DATA) })).toBe(width === 'b' || width === 'h' ? cause.illegal : 'done');
    }
  });
});

describe('compare and swap', () => {
  test.each(Object.keys(widths) as Width[])(
    'amocas.%s_any operands_swaps when the low part of rd is there',
    (width) => {
      const bytes = widths[width];
      const bits = 8 * bytes;
      const text = `amocas.${width} a0, a2, (a1)`;
      const check = (held: bigint, expected: bigint, value: bigint, offset: number): void => {
        const after = atomic(text, bytes, offset, unsigned(bits, held), { a0: expected, a2: value });
        const swaps = unsigned(bits, held) === unsigned(bits, expected);
        expect([held, expected, after]).toEqual([held, expected, unsigned(bits, swaps ? value : held)]);
        expect(hart.x('a0')).toBe(sext(bits, held));
      };
      for (const held of integers) {
        check(held, held, ~held & (2n ** 64n - 1n), 0);
        check(held, u64(held ^ (1n << 40n)), 0x1122_3344_5566_7788n, 0); // above a word it does not count
        check(held, held ^ 1n, 0x1122_3344_5566_7788n, 0);
        for (let offset = 1; offset + bytes <= 16; offset++) check(held, held, 0x99n, offset);
      }
      fc.assert(
        fc.property(anyInteger, anyInteger, anyInteger, (a, b, c) => check(a, b, c, 0)),
        { numRuns: 50 },
      );
    },
  );

  test('amocas.q_both halves equal_swaps both', () => {
    const held = 0x1111_2222_3333_4444_5555_6666_7777_8888n;
    const pair = { a4: held & (2n ** 64n - 1n), a5: held >> 64n, a2: 3n, a3: 4n };
    const text = 'amocas.q a4, a2, (a1)';
    expect(atomic(text, 16, 0, held, pair)).toBe((4n << 64n) | 3n);
    expect([hart.x('a4'), hart.x('a5')]).toEqual([pair.a4, pair.a5]);
    for (const other of [
      { ...pair, a4: pair.a4 ^ 1n },
      { ...pair, a5: pair.a5 ^ (1n << 63n) },
    ]) {
      expect(atomic(text, 16, 0, held, other)).toBe(held);
      expect([hart.x('a4'), hart.x('a5')]).toEqual([pair.a4, pair.a5]);
    }
  });

  test('amocas with x0_reads as zero, as a pair too, and discards', () => {
    expect(atomic('amocas.w zero, a2, (a1)', 4, 0, 0n, { a2: 9n })).toBe(9n);
    expect(atomic('amocas.d zero, a2, (a1)', 8, 0, 1n, { a2: 9n })).toBe(1n);
    const ra = { ra: 0x123n };
    expect(atomic('amocas.q zero, a2, (a1)', 16, 0, 0n, { ...ra, a2: 5n, a3: 6n })).toBe((6n << 64n) | 5n);
    expect([hart.x('zero'), hart.x('ra')]).toEqual([0n, 0x123n]);
    expect(atomic('amocas.q a4, zero, (a1)', 16, 0, 7n, { ...ra, a4: 7n, a5: 0n })).toBe(0n);
  });

  test('amocas.q_odd register or misaligned address_illegal and store misaligned', () => {
    const word = (rd: number, rs2: number): number =>
      (5 << 27) | (rs2 << 20) | (11 << 15) | (4 << 12) | (rd << 7) | 0x2f;
    for (const [rd, rs2] of [
      [15, 12],
      [14, 13],
      [1, 12],
    ] as const) {
      hart.loadWords(word(rd, rs2));
      expect([rd, rs2, hart.run({ a1: BigInt(DATA) })]).toEqual([rd, rs2, cause.illegal]);
    }
    hart.loadWords(word(14, 12));
    expect(hart.run({ a1: BigInt(DATA + 8) })).toBe(cause.storeMisaligned);
    expect(hart.run({ a1: BigInt(DATA + 16) })).toBe('done');
  });

  test('Zacas off_illegal, and of bytes without Zabha', () => {
    hart.configure({ off: ['Zacas'] });
    for (const width of ['b', 'h', 'w', 'd', 'q']) {
      hart.load(`amocas.${width} a0, a2, (a1)`);
      expect(hart.run({ a1: BigInt(DATA) })).toBe(cause.illegal);
    }
    hart.configure({ off: ['Zabha'] });
    hart.load('amocas.b a0, a2, (a1)');
    expect(hart.run({ a1: BigInt(DATA) })).toBe(cause.illegal);
    hart.load('amocas.w a0, a2, (a1)');
    expect(hart.run({ a1: BigInt(DATA) })).toBe('done');
  });
});

describe('LR and SC', () => {
  test.each([
    ['w', 4],
    ['d', 8],
  ] as const)('lr.%s, sc of the same_succeeds once', (width, bytes) => {
    hart.setMemory(DATA, 16, 0xffff_ffff_8000_0001n);
    hart.load(`lr.${width} a0, (a1); sc.${width} a2, a3, (a1); sc.${width} a4, a3, (a1)`);
    expect(hart.run({ a1: BigInt(DATA), a3: 0x55n })).toBe('done');
    expect(hart.x('a0')).toBe(0xffff_ffff_8000_0001n);
    expect([hart.x('a2'), hart.x('a4') !== 0n, hart.memory(DATA, bytes)]).toEqual([0n, true, 0x55n]);
  });

  test.each([
    ['no lr before it', 'sc.w a2, a3, (a1)'],
    ['another address', 'lr.w a0, (a1); addi a1, a1, 8; sc.w a2, a3, (a1)'],
    ['another width', 'lr.w a0, (a1); sc.d a2, a3, (a1)'],
    ['another value stored between', 'lr.w a0, (a1); sw a1, 0(a1); sc.w a2, a3, (a1)'],
    ['another sc between', 'lr.w a0, (a1); addi a4, a1, 8; sc.w a5, a3, (a4); sc.w a2, a3, (a1)'],
  ])('sc_%s_fails and stores nothing', (_, text) => {
    hart.setMemory(DATA, 16, 0n);
    hart.load(text);
    expect(hart.run({ a1: BigInt(DATA), a3: 0x55n })).toBe('done');
    expect(hart.x('a2')).not.toBe(0n);
    expect(hart.memory(DATA, 16) & 0xffn).not.toBe(0x55n);
    expect(hart.memory(DATA + 8, 8)).toBe(0n);
  });

  test('lr, sc_misaligned_their own exceptions, also with Zama16b', () => {
    for (const [text, expected] of [
      ['lr.w a0, (a1)', cause.loadMisaligned],
      ['lr.d a0, (a1)', cause.loadMisaligned],
      ['sc.w a0, a2, (a1)', cause.storeMisaligned],
      ['sc.d a0, a2, (a1)', cause.storeMisaligned],
    ] as const) {
      hart.load(text);
      expect([text, hart.run({ a1: BigInt(DATA + 2) }), hart.tval]).toEqual([text, expected, BigInt(DATA + 2)]);
    }
  });

  test('Zalrsc off_illegal', () => {
    hart.configure({ off: ['Zalrsc', 'A'] });
    for (const text of ['lr.w a0, (a1)', 'lr.d a0, (a1)', 'sc.w a0, a2, (a1)', 'sc.d a0, a2, (a1)']) {
      hart.load(text);
      expect([text, hart.run({ a1: BigInt(DATA) })]).toEqual([text, cause.illegal]);
    }
  });
});
