// Words that loops carry in their low halves are the registers' whole values wherever the interpreter takes over: random loops of word, bitwise and
// 64-bit operations, entered with words and with what is none, left in the middle by accesses across pages, CSRs and the budget.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const REGISTERS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 't0', 't1', 't2', 't3'];
const register = fc.constantFrom(...REGISTERS);
const [WORDS, BITS, LONGS] = [
  ['addw', 'subw', 'sllw', 'srlw', 'sraw', 'mulw'],
  ['and', 'or', 'xor'],
  ['add', 'sub', 'mul', 'sltu', 'slt', 'srl'],
];

const three = (names: readonly string[]) =>
  fc.tuple(fc.constantFrom(...names), register, register, register).map(([op, d, p, q]) => `${op} ${d}, ${p}, ${q}`);
const two = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), register, register, fc.integer({ min: -9, max: 9 }))
    .map(([op, d, p, i]) => `${op} ${d}, ${p}, ${i}`);
const move = fc.tuple(register, register).map(([d, p]) => `mv ${d}, ${p}`);
/** At the end of the page, or across it: the interpreter makes those. */
const access = fc
  .tuple(fc.constantFrom('lw', 'lwu', 'lb', 'lhu', 'ld', 'sw', 'sd'), register, fc.constantFrom(0, 8, 16, 24, 30))
  .map(([op, r, at]) => `${op} ${r}, ${at}(s0)`);
const leaving = register.map((r) => `csrrw ${r}, mscratch, ${r}`);

const step = fc.oneof(
  { weight: 8, arbitrary: three(WORDS) },
  { weight: 4, arbitrary: two(['addiw', 'andi', 'xori']) },
  { weight: 5, arbitrary: three(BITS) },
  { weight: 6, arbitrary: move },
  { weight: 5, arbitrary: three(LONGS) },
  { weight: 4, arbitrary: access },
  { weight: 1, arbitrary: leaving },
);
/** How a register comes into the loop: as it was, as a word, or as what is none. */
const before = fc
  .tuple(register, fc.constantFrom('lw', 'ld', 'addiw', 'mul', 'li'), fc.integer({ min: 0, max: 3 }))
  .map(([r, op, i]) =>
    op === 'addiw'
      ? `addiw ${r}, ${r}, ${i}`
      : op === 'mul'
        ? `mul ${r}, ${r}, s2`
        : op === 'li'
          ? `li ${r}, ${i - 2}`
          : `${op} ${r}, ${i * 8}(s0)`,
  );
/** Some of the steps lie behind a branch. */
const body = fc.tuple(fc.array(step, { minLength: 3, maxLength: 40 }), fc.nat(40), fc.nat(8), register, register);

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});

describe('words that a loop carries', () => {
  it('in random loops_are what the interpreter has at each look', () => {
    let translated = 0n;
    fc.assert(
      fc.property(
        fc.array(before, { maxLength: 12 }),
        body,
        fc.integer({ min: 2, max: 9 }),
        (outer, [steps, from, length, p, q], turns) => {
          twins.reset();
          const lines = [...steps];
          const at = Math.min(from, lines.length);
          lines.splice(Math.min(at + length, lines.length), 0, 'skip:');
          lines.splice(at, 0, `bltu ${p}, ${q}, skip`);
          const source = `outer: ${outer.join('\n')}\n li s1, ${turns}\n inner: ${lines.join('\n')}\n addiw s1, s1, -1\n bnez s1, inner\n j outer`;
          twins.put(CODE, assemble(source, { base: CODE }).bytes);
          twins.setX(8, BigInt(DATA + 4096 - 32));
          twins.setX(18, 0x1234_5678_9abc_def1n);
          for (const r of [10, 11, 12, 13, 14, 15, 16, 17, 5, 6, 7, 28])
            twins.setX(r, 0x8765_4321_0fed_cba9n * BigInt(r));
          expect(twins.runToEnd([1999, 377, 3001, 77, 31, 13], 12_000)).toBe('budget');
          translated += twins.retiredTranslated;
        },
      ),
      { numRuns: Number(process.env.HYPERCRAFT_FUZZ ?? 40) },
    );
    expect(translated).toBeGreaterThan(10_000n);
  });

  it('and make more of in between_are all of it where the interpreter takes over', () => {
    twins.reset();
    const source = `outer: addiw a0, s2, 0\n li s1, 2
      inner: add a0, a0, s2\n lw a1, 30(s0)\n add a2, a2, a0\n addw a0, a0, a1\n addiw s1, s1, -1\n bnez s1, inner\n j outer`;
    twins.put(CODE, assemble(source, { base: CODE }).bytes);
    twins.setX(8, BigInt(DATA + 4096 - 32));
    twins.setX(18, 0x1234_5678_9abc_def1n);
    expect(twins.runToEnd([1999, 377, 77], 12_000)).toBe('budget');
    expect(twins.x(12)).not.toBe(0n);
  });
});
