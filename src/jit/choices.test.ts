// What a branch skips and translated code chooses is what the interpreter has, at every look: random loops of lesser and greater values, absolute ones and
// counts, of words and of what is none.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as S from '../engine/generated/slots.js';
import { assemble } from '../isa/index.js';
import { isChoice } from './choices.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const REGISTERS = ['a0', 'a1', 'a2', 'a3', 'a4', 'a5'];
const register = fc.constantFrom(...REGISTERS, 'zero');
const target = fc.constantFrom(...REGISTERS);
const branch = fc
  .tuple(fc.constantFrom('blt', 'bge', 'bltu', 'bgeu', 'beq', 'bne'), register, register)
  .map(([op, p, q]) => `${op} ${p}, ${q}, 1f`);
const skipped = fc.oneof(
  fc.tuple(target, register).map(([d, p]) => `mv ${d}, ${p}`),
  fc.tuple(target, register).map(([d, p]) => `sext.w ${d}, ${p}`),
  fc.tuple(target, fc.integer({ min: -9, max: 9 })).map(([d, i]) => `addi ${d}, ${d}, ${i}`),
  fc.tuple(target, fc.integer({ min: -9, max: 9 })).map(([d, i]) => `addiw ${d}, ${d}, ${i}`),
  target.map((d) => `neg ${d}, ${d}`),
  target.map((d) => `negw ${d}, ${d}`),
);
const step = fc
  .tuple(fc.constantFrom('addw', 'add', 'xor', 'subw', 'mul'), target, register, register)
  .map(([op, d, p, q]) => `${op} ${d}, ${p}, ${q}`);
/** At the end of the page, or across it: the interpreter makes those. */
const access = fc.tuple(target, fc.constantFrom(0, 30)).map(([d, at]) => `lw ${d}, ${at}(s0)`);
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(branch, skipped).map(([jump, one]) => [jump, one, '1:']) },
  { weight: 3, arbitrary: step.map((one) => [one]) },
  { weight: 1, arbitrary: access.map((one) => [one]) },
);

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});

describe('an instruction that a branch skips', () => {
  it('in random loops_is done or not as by the interpreter, and counted so', () => {
    let translated = 0n;
    fc.assert(
      fc.property(
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 2, max: 30 }),
        (pieces, turns) => {
          twins.reset();
          // Labels are named once each.
          const lines = pieces.flatMap((piece, i) =>
            piece.map((line) => line.replace('1:', `l${i}:`).replace('1f', `l${i}`)),
          );
          const source = `outer: li s1, ${turns}\n inner: ${lines.join('\n')}\n addiw s1, s1, -1\n bnez s1, inner\n j outer`;
          twins.put(CODE, assemble(source, { base: CODE }).bytes);
          twins.setX(8, BigInt(DATA + 4096 - 32));
          for (const r of [10, 11, 12, 13, 14, 15])
            twins.setX(r, BigInt.asUintN(64, 0x8765_4321_0fed_cba9n << BigInt(r)));
          expect(twins.runToEnd([1999, 377, 3001, 77, 31, 13], 12_000)).toBe('budget');
          translated += twins.retiredTranslated;
        },
      ),
      { numRuns: Number(process.env.HYPERCRAFT_FUZZ ?? 40) },
    );
    expect(translated).toBeGreaterThan(10_000n);
  });

  const of = (op: number, a: number, b: number, imm = 0) => ({ op, a, b, imm });
  const less = of(S.S_BLT, 10, 11);
  it.each([
    ['the lesser of two values', less, of(S.S_MV, 12, 11), true],
    ['the same as a word', less, of(S.S_ADDIW, 12, 11), true],
    ['an absolute value', of(S.S_BGE, 10, 0), of(S.S_SUB, 10, 0, 10), true],
    ['a count', of(S.S_BNE, 10, 0), of(S.S_ADDIW, 12, 12, 1), true],
    ['a counter that wraps', of(S.S_BNE, 12, 11), of(S.S_ADDI, 12, 12, -5), false],
    ['a copy by a test for equality', of(S.S_BEQ, 10, 0), of(S.S_MV, 12, 11), false],
    ['a constant', less, of(S.S_LI, 12, 0, 1), false],
    ['a load', less, of(S.S_LW, 12, 11), false],
    ['nothing', less, of(S.S_MV, 0, 11), false],
  ])('%s_is chosen as it should be', (_, branch, instruction, chosen) => {
    expect(isChoice(branch, instruction)).toBe(chosen);
  });
});
