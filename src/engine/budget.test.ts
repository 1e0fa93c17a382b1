// The budget of a run is exact however it falls: on a straight stretch longer than a page, at a jump, in short blocks. Two loops share the
// work, one that looks at the budget where it jumps and one that looks before each instruction.

import { beforeAll, describe, expect, test } from 'vitest';
import { CODE, TestHart } from './engine-testing/hart.js';
import { DECODED_SLOTS, EXIT_BUDGET, VCPU_AREA } from './hart/layout.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});

/** A loop of `stretch` additions to t0 and a jump back; after n instructions t0 is n less the jumps. */
function loopOf(stretch: number, addition: string): void {
  hart.configure();
  hart.load(`loop: ${`${addition}\n`.repeat(stretch)} j loop`);
  hart.set64('PC', BigInt(CODE));
  hart.setX('t0', 0n);
}

const budgets = [
  1,
  2,
  3,
  DECODED_SLOTS - 1,
  DECODED_SLOTS,
  DECODED_SLOTS + 1,
  7,
  2 * DECODED_SLOTS + 1,
  40_000,
  12_345,
  1,
  32_768,
  999,
];

describe.each([
  ['addi t0, t0, 1', 1],
  ['c.addi t0, 1', 2],
  ['addi t0, t0, 1', 9],
  ['c.addi t0, 1', 500],
  ['addi t0, t0, 1', 1500],
  ['c.addi t0, 1', 5000],
])('a loop of %s, %i times', (addition, stretch) => {
  test.each(['in order', 'backwards'])('budgets %s_each run_ends at its instruction', (order) => {
    loopOf(stretch, addition);
    let done = Number(hart.instret);
    const start = done;
    for (const budget of order === 'in order' ? budgets : budgets.toReversed()) {
      expect(hart.engine.run(VCPU_AREA, budget)).toBe(EXIT_BUDGET);
      done += budget;
      expect(Number(hart.instret)).toBe(done);
      const n = done - start;
      expect(Number(hart.x('t0'))).toBe(n - Math.floor(n / (stretch + 1)));
    }
  });
});
