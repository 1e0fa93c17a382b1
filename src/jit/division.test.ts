// Divisions of translated code where they are not what machines do: by zero, by -1, and where the quotient is too large.
import { beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const [A0, S0, S1] = [10, 8, 9];
const OPERANDS = [0n, 1n, 7n, -1n, -7n, 1n << 31n, -(1n << 31n), 1n << 32n, 0xffff_ffffn, 1n << 63n, (1n << 63n) - 1n];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});

describe('the quotient and the rest of any two numbers', () => {
  it.each(['div', 'divu', 'divw', 'divuw'])('by %s and its other half_are what the interpreter says', (divides) => {
    const rests = divides.replace('div', 'rem');
    twins.reset();
    // Each pair in turn; what came of all of them is mixed into a0.
    const code = `loop: ld a1, 0(s0)\n ld a2, 8(s0)\n ${divides} a3, a1, a2\n ${rests} a4, a1, a2\n slli a5, a0, 7\n srli a0, a0, 3
      xor a0, a0, a5\n add a0, a0, a3\n xor a0, a0, a4\n addi s0, s0, 16\n bne s0, s1, loop\n mv s0, s2\n j loop`;
    twins.put(CODE, assemble(code, { base: CODE }).bytes);
    const pairs = BigInt64Array.from(OPERANDS.flatMap((a) => OPERANDS.flatMap((b) => [a, b])));
    twins.put(DATA, new Uint8Array(pairs.buffer));
    twins.setX(S0, BigInt(DATA));
    twins.setX(S1, BigInt(DATA + pairs.byteLength));
    twins.setX(18, BigInt(DATA));
    expect(twins.runToEnd([1999, 77, 3001], 12_000)).toBe('budget');
    expect(twins.retiredTranslated).toBeGreaterThan(8000n);
    expect(twins.x(A0)).not.toBe(0n);
  });
});
