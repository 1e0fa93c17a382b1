// The assembler: constants, labels, data, and what it says about mistakes.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.js';
import { decode } from './decode.js';

function wordsOf(source: string, base = 0n): number[] {
  const { bytes } = assemble(source, { base });
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, n) => view.getUint32(n * 4, true));
}

/** What LUI, ADDI, ADDIW and SLLI leave in the one register they work on. */
function evaluateConstant(words: readonly number[]): bigint {
  let value = 0n;
  for (const word of words) {
    const { name, imm, rs1 } = decode(word)!;
    const source = rs1 === 0 ? 0n : value;
    if (name === 'lui') value = BigInt(imm);
    else if (name === 'addi') value = source + BigInt(imm);
    else if (name === 'addiw') value = BigInt.asIntN(32, source + BigInt(imm));
    else if (name === 'slli') value = source << BigInt(imm);
    else throw new Error(`unexpected ${name}`);
    value = BigInt.asIntN(64, value);
  }
  return value;
}

describe('assemble', () => {
  test('li_loads_any_64_bit_constant', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), fc.nat(63), (wide, drop) => {
        const value = wide >> BigInt(drop);
        const words = wordsOf(`li a0, ${value}`);
        expect(evaluateConstant(words)).toBe(BigInt.asIntN(64, value));
        expect(words.length).toBeLessThanOrEqual(8);
      }),
      {
        numRuns: 500,
        examples: [
          [2n ** 63n, 0],
          [0x7fff_f800n, 0],
          [0xffff_f800n, 0],
          [-2049n, 0],
          [0n, 0],
        ],
      },
    );
  });

  test('labels_reach_forward_and_backward', () => {
    const words = wordsOf('loop: addi a0, a0, -1\n bnez a0, loop\n j done\n nop\ndone: ret', 0x8000_0000n);
    expect(decode(words[1]!)).toMatchObject({ name: 'bne', imm: -4 });
    expect(decode(words[2]!)).toMatchObject({ name: 'jal', rd: 0, imm: 8 });
  });

  test('local_labels_mean_the_nearest_one', () => {
    const words = wordsOf('1: j 1f\n1: j 1b\n j 1b\n1: nop');
    expect(words.slice(0, 3).map((w) => decode(w)!.imm)).toEqual([4, 0, -4]);
  });

  test('la_and_call_are_pc_relative', () => {
    const words = wordsOf('nop\n la a0, data\n call data\n tail data\n.balign 4096\ndata: .word 1', 0x8000_0000n);
    const [auipc, addi] = [decode(words[1]!)!, decode(words[2]!)!];
    expect(0x8000_0004 + auipc.imm + addi.imm).toBe(0x8000_1000);
    expect(decode(words[4]!)).toMatchObject({ name: 'jalr', rd: 1, rs1: 1 });
    expect(decode(words[6]!)).toMatchObject({ name: 'jalr', rd: 0, rs1: 6 });
  });

  test('pcrel_lo_names_the_auipc', () => {
    const words = wordsOf('nop\n1: auipc a0, %pcrel_hi(x)\n ld a1, %pcrel_lo(1b)(a0)\n.space 4096\nx:', 0n);
    expect(4 + decode(words[1]!)!.imm + decode(words[2]!)!.imm).toBe(12 + 4096);
  });

  test('data_directives_write_little_endian_bytes', () => {
    const { bytes, symbols } = assemble(`
      .equ SIZE, 2 + 3 * 4   # not (2 + 3) * 4
      start: .byte SIZE, -1, 'A', '\\n'
      .half 0x1234
      .align 2
      .asciz "a;b#c\\x41"    // the separators inside are text
      end = .
    `);
    expect([...bytes]).toEqual([14, 255, 65, 10, 0x34, 0x12, 1, 0, 97, 59, 98, 35, 99, 65, 0]);
    expect(symbols).toEqual(
      new Map([
        ['SIZE', 14n],
        ['start', 0n],
        ['end', 15n],
      ]),
    );
  });

  test('symbols_given_from_outside_can_be_used', () => {
    const { bytes } = assemble('lui a0, %hi(UART)\n sb a1, %lo(UART)(a0)', { symbols: { UART: 0x1000_0005 } });
    const view = new DataView(bytes.buffer);
    expect(decode(view.getUint32(0, true))).toMatchObject({ name: 'lui', imm: 0x1000_0000 });
    expect(decode(view.getUint32(4, true))).toMatchObject({ name: 'sb', imm: 5 });
  });

  test.each([
    ['nop\n frobnicate a0', 'ASM_UNKNOWN_INSTRUCTION', 'line 2'],
    ['addi a0, a1, 5000', 'ASM_RANGE', 'line 1'],
    ['addi a0, b1, 5', 'ASM_OPERAND', 'integer register'],
    ['addi a0, a1', 'ASM_OPERAND', '3 operands'],
    ['\n\nj nowhere', 'ASM_SYMBOL', 'line 3'],
    ['a: nop\na: nop', 'ASM_SYMBOL', 'twice'],
    ['addi a0, a1, 1 +', 'ASM_SYNTAX', '1 +'],
    ['.frob 1', 'ASM_DIRECTIVE', '.frob'],
    ['.byte 256', 'ASM_RANGE', '256'],
    ['.byte 1/0', 'ASM_RANGE', 'zero'],
    ['.ascii hello', 'ASM_SYNTAX', 'string'],
    ['beq a0, a1, 0x10000', 'ASM_RANGE', 'reach'],
    ['c.addi4spn a0, sp, 0', 'ASM_RANGE', 'reserved'],
    ['c.lw s0, 0(t0)', 'ASM_RANGE', 'x8 to x15'],
    ['fadd.s fa0, fa1, fa2, up', 'ASM_OPERAND', 'rounding mode'],
    ['li a0, later\n later = 5', 'ASM_SYMBOL', 'later'],
    ['/* a\n b */ !', 'ASM_SYNTAX', 'line 2'],
  ])('mistake: %j is %s', (source, code, message) => {
    expect(() => assemble(source)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
