// Hot code is found by samples: one for so many instructions that were interpreted, however slices and budgets are cut; and whoever counts
// instructions, or reads the clock, does not notice.

import { beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { CODE, TestHart } from './engine-testing/hart.js';
import * as L from './hart/layout.js';

const SAMPLE_EVERY = 4096;
const REGISTERS = ['t0', 't1', 't2'] as const;
/** A slice goes on to a jump, and a sample to the next one. */
const TOLERANCE = 64;
/** Blocks whose meetings are counted. */
const COUNTED = 4096;

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => {
  hart.configure();
  const { u32, realmArea } = hart.engine;
  u32.fill(0, (realmArea + L.REALM_HOT_TABLE) >>> 2, (realmArea + L.REALM_HOT_TABLE + COUNTED * 8) >>> 2);
  word(realmArea + L.REALM_HOT_COUNT, 0);
  word(L.VCPU_AREA + L.SAMPLE_LEFT, SAMPLE_EVERY);
});

function word(at: number, value?: number): number {
  const { u32 } = hart.engine;
  if (value !== undefined) u32[at >>> 2] = value;
  return u32[at >>> 2]!;
}

function start(source: string, { jit }: { jit: boolean }): void {
  hart.load(source);
  hart.set64('PC', BigInt(CODE));
  hart.set64('INSTRET', 0n);
  for (const x of REGISTERS) hart.setX(x, 0n);
  word(L.HOST_CONTROL + L.HOST_JIT, jit ? 1 : 0);
  word(L.HOST_CONTROL + L.HOST_HOT_THRESHOLD, 4);
}

describe('a loop that is interpreted', () => {
  test.each([100_000, 5000, 333])('in runs of %i instructions_is hot after four samples', (budget) => {
    start('loop: addi t0, t0, 1\n addi t1, t1, 1\n j loop', { jit: true });
    const hot = () => word(hart.engine.realmArea + L.REALM_HOT_COUNT);
    let ran = 0;
    const run = (until: number) => {
      for (; ran < until; ran += Math.min(budget, until - ran)) {
        hart.engine.run(L.VCPU_AREA, Math.min(budget, until - ran));
      }
    };
    run(4 * SAMPLE_EVERY - TOLERANCE);
    expect(hot()).toBe(0);
    run(6 * SAMPLE_EVERY);
    expect(hot()).toBeGreaterThan(0);
    expect(word(hart.engine.realmArea + L.REALM_HOT_QUEUE)).toBe(CODE);
  });

  it.each([
    ['user', 0, 1],
    ['supervisor', 1, 0],
  ])('in %s mode_says so', (_, mode, said) => {
    start('loop: addi t0, t0, 1\n addi t1, t1, 1\n j loop', { jit: true });
    hart.engine.view.setUint32(L.VCPU_AREA + L.PRIV, mode, true);
    hart.engine.run(L.VCPU_AREA, 6 * SAMPLE_EVERY);
    expect(word(hart.engine.realmArea + L.REALM_HOT_COUNT)).toBeGreaterThan(0);
    expect(word(hart.engine.realmArea + L.REALM_HOT_QUEUE)).toBe(CODE + said);
  });
});

describe('code that has no jump for pages', () => {
  const PAGE = 4096;
  /** The blocks that were queued, of a loop over three pages with `before` in front of it. */
  function queued(before: string, options: { jit: boolean }): Set<number> {
    start(`${before}.option norvc\nloop: ${'addi t0, t0, 1\n'.repeat(3000)} j loop`, options);
    const { realmArea } = hart.engine;
    const found = new Set<number>();
    for (let ran = 0; ran < 2_000_000; ran += 20_000) {
      hart.engine.run(L.VCPU_AREA, 20_000);
      for (let i = word(realmArea + L.REALM_HOT_COUNT); i-- > 0; )
        found.add(word(realmArea + L.REALM_HOT_QUEUE + 4 * i));
    }
    return found;
  }

  // The crossing instruction belongs to neither page.
  test.each([
    ['', 0],
    ['c.nop\n', 2],
  ])('is hot where it comes to another page (%j before it)', (before, offset) => {
    const blocks = queued(before, { jit: true });
    for (const page of [1, 2]) expect(blocks).toContain(CODE + page * PAGE + offset);
  });

  test('is not looked at where nothing is translated', () => {
    expect(queued('', { jit: false })).toEqual(new Set());
  });
});

describe('a program that counts its instructions', () => {
  const COUNTS = `loop: ${'addi t0, t0, 1\n'.repeat(40)} csrr t1, instret\n add t2, t2, t1\n j loop`;

  test('has the same counts_whether hot code is looked for or not', () => {
    const counts = [false, true].map((jit) => {
      start(COUNTS, { jit });
      expect(hart.engine.run(L.VCPU_AREA, 200_000)).toBe(L.EXIT_BUDGET);
      return REGISTERS.map((x) => hart.x(x));
    });
    expect(counts[1]).toEqual(counts[0]);
  });
});
