// An interpreter whose instructions each jump through a table to the next one is one loop: their jumps meet in a block of their own (region.ts).
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const [A0, A2, A6, S0, S1, S2] = [10, 12, 16, 8, 9, 18];
const PROGRAM = DATA + 0x800;
const ELSEWHERE = CODE + 0x1000;
const NEXT = 'lbu a5, 0(s0)\n addi s0, s0, 1\n slli a5, a5, 3\n add a5, a5, s1\n ld a5, 0(a5)\n addi a4, a4, 1\n jr a5';
/** Its instructions: adds, mixes, counts down and ends the turn, and leaves for code of another page. */
const INTERPRETER = `start: ${NEXT}
  adds: addi a0, a0, 3\n ${NEXT}
  mixes: slli a3, a0, 1\n xor a1, a1, a3\n ${NEXT}
  turns: mv s0, s2\n addi a2, a2, 1\n ${NEXT}
  skips: beqz a0, nothing\n addi s0, s0, 1\n nothing: ${NEXT}`;
const AWAY = `addi a6, a6, 1\n ${NEXT}`;

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

/** Runs a program of the interpreter's instructions, which must end with one that begins anew. */
function interpret(program: readonly string[], budgets: readonly number[]): void {
  const options = { base: CODE, symbols: { DATA, CODE } };
  const { bytes, symbols } = assemble(INTERPRETER, options);
  twins.put(CODE, bytes);
  twins.put(ELSEWHERE, assemble(AWAY, { base: ELSEWHERE, symbols: { DATA, CODE } }).bytes);
  const names = ['adds', 'mixes', 'turns', 'skips'];
  const table = names.map((name) => BigInt(symbols.get(name)!));
  twins.put(DATA, new Uint8Array(new BigUint64Array([...table, BigInt(ELSEWHERE)]).buffer));
  twins.put(
    PROGRAM,
    Uint8Array.from(program, (name) => [...names, 'away'].indexOf(name)),
  );
  twins.setX(S0, BigInt(PROGRAM));
  twins.setX(S1, BigInt(DATA));
  twins.setX(S2, BigInt(PROGRAM));
  expect(twins.runToEnd(budgets, 60_000)).toBe('budget');
}

describe('jumps through a table that meet', () => {
  it('lead to the case that is next, under any budget', () => {
    interpret(['adds', 'mixes', 'adds', 'skips', 'mixes', 'adds', 'turns'], [1999, 1000, 77, 3001, 5]);
    expect(twins.x(A0)).toBeGreaterThan(2000n);
    expect(twins.x(A2)).toBeGreaterThan(500n);
    expect(twins.retiredTranslated).toBeGreaterThan(40_000n);
  });

  it('leave for what is none of their cases', () => {
    interpret(['adds', 'away', 'mixes', 'away', 'turns'], [1999, 501]);
    expect(twins.x(A6)).toBeGreaterThan(1000n);
    expect(twins.retiredTranslated).toBeGreaterThan(30_000n);
  });
});
