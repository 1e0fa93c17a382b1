// Loops whose bodies are written several times do what the interpreter does, wherever they are left.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { explainRegion } from './explain.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const FUZZ = Number(process.env.HYPERCRAFT_FUZZ ?? 30);
const A0 = 10;
const S0 = 8;
/** What is handed on, as rounds of SHA-2 do with theirs. */
const STATE = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

function load(source: string): void {
  twins.reset();
  twins.put(CODE, assemble(source, { base: CODE, symbols: { DATA, CODE } }).bytes);
  const words = new BigUint64Array(512).map((_, i) => 0x9e37_79b9_7f4a_7c15n * BigInt(i + 1));
  twins.put(DATA, new Uint8Array(words.buffer));
  twins.setX(S0, BigInt(DATA));
  for (const i of STATE.keys()) twins.setX(A0 + i, 0x0123_4567_89ab_cdefn * BigInt(i + 3));
}

/** How often the instruction at this offset was translated. */
function written(offset: number): number {
  const text = explainRegion(twins.translated, CODE)?.text ?? '';
  return text.split(`;; ${(CODE + offset).toString(16)}: `).length - 1;
}

const filler = (count: number): string =>
  Array.from({ length: count }, (_, i) => `xori t${i % 3}, t${(i + 1) % 3}, ${i}`).join('\n');
const handingOn = (moves: number): string =>
  Array.from({ length: moves }, (_, i) => `mv ${STATE[moves - i]}, ${STATE[moves - i - 1]}`).join('\n');

describe('a loop', () => {
  it.each([
    [6, 0, 4],
    [7, 0, 2],
    [3, 4, 4],
    [22, 0, 2],
    [23, 0, 1],
    [40, 3, 1],
    [40, 4, 4],
    [87, 7, 4],
    [88, 7, 1],
  ])('of %i instructions, %i moves and two more_is written %i times', (others, moves, times) => {
    load(`loop: ${filler(others)}\n ${handingOn(moves)}\n addi s1, s1, 1\n j loop`);
    expect(twins.runToEnd([1000], 6000)).toBe('budget');
    expect(written(0)).toBe(times);
  });

  it('that hands its registers on, left anywhere_has them where the interpreter has them', () => {
    const step = fc.oneof(
      fc.constantFrom('ld t0, 0(s2)', 'ld t1, 8(s2)', 'lw t2, 4(s2)', 'sd a0, 2040(s2)', 'add a4, a4, t0'),
      fc.constantFrom(
        'srli t3, a0, 14\n slli t4, a0, 50\n or t3, t3, t4',
        'srliw t5, a4, 6\n slliw t6, a4, 26\n or t5, t5, t6',
      ),
      fc.constantFrom('xor a0, a0, t3', 'add a0, a0, t1', 'and t2, a1, a2', 'addw a4, a4, t5', 'sub t0, t2, a7'),
      fc.constantFrom('beqz t2, skip', 'bltu a0, a1, skip', 'bgez t3, skip'),
    );
    const program = fc.record({
      steps: fc.array(step, { minLength: 8, maxLength: 40 }),
      rounds: fc.integer({ min: 1, max: 90 }),
      moves: fc.integer({ min: 4, max: 7 }),
      budgets: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 }),
      stride: fc.constantFrom(0, 8, 16, 200),
    });
    let translated = 0n;
    fc.assert(
      fc.property(program, ({ steps, rounds, moves, budgets, stride }) => {
        const skips = steps.filter((each) => each.includes('skip')).length;
        let open = 0;
        const body = steps.map((each) => (each.includes('skip') ? each.replace('skip', `skip${open++}`) : each));
        const labels = Array.from({ length: skips }, (_, i) => `skip${i}:`).join('\n');
        load(
          `outer: mv s2, s0\n li s3, ${rounds}\n loop: ${body.join('\n')}\n ${labels}\n ${handingOn(moves)}\n addi s2, s2, ${stride}\n addi s3, s3, -1\n bnez s3, loop\n addi s4, s4, 1\n j outer`,
        );
        twins.runToEnd(budgets, 12_000);
        translated += twins.retiredTranslated;
      }),
      { numRuns: FUZZ },
    );
    expect(translated).toBeGreaterThan(1000n * BigInt(FUZZ));
  });
});
