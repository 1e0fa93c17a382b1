// Properties of every line of the instruction tables: its encodings are told apart, and text, word and operands say the same.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble } from './assemble.js';
import { decode } from './decode.js';
import { disassemble, ignoredBits } from './disassemble.js';
import { expandCompressed } from './expansion.js';
import {
  closeExtensions,
  featureBits,
  featureSet,
  instructionFeatures,
  instructions,
  operations,
} from './extensions/index.js';
import { allFields, extract, fits, insert } from './fields.js';
import { lookup, matches } from './matching.js';

const anyWord = fc.integer({ min: 0, max: 0xffff_ffff });

function assembleOne(text: string, base: bigint): number {
  const { bytes } = assemble(text, { base });
  const view = new DataView(bytes.buffer);
  return bytes.length === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
}

/** Rounding modes 5 and 6 are both printed as `unknown`. */
const ambiguous = (text: string): boolean => /,unknown$/.test(text) && !text.startsWith('fence');

describe('instruction tables', () => {
  const rows = instructions.map((instruction, n) => [`${n} ${instruction.name}`, instruction] as const);

  test.each(rows)('%s: its disassembly assembles to the same word', (_, instruction) => {
    const free = (~instruction.mask & ~ignoredBits(instruction) & (instruction.length === 2 ? 0xffff : ~0)) >>> 0;
    fc.assert(
      fc.property(anyWord, fc.bigInt({ min: 0n, max: 2n ** 63n }), (bits, at) => {
        const word = ((bits & free) | instruction.match) >>> 0;
        fc.pre(matches(instruction, word));
        const pc = at & ~1n;
        const text = disassemble(word, pc);
        fc.pre(!ambiguous(text));
        expect(assembleOne(text, pc)).toBe(word);
      }),
      { numRuns: 40 },
    );
  });

  test('two_lines_overlap_only_when_one_is_a_special_case_of_the_other', () => {
    for (const a of instructions) {
      for (const b of instructions) {
        if (a === b || a.length !== b.length) continue;
        const common = a.mask & b.mask;
        if ((a.match & common) !== (b.match & common)) continue;
        const nested = common === (a.mask | 0) || common === (b.mask | 0);
        // C.LUI with rd=sp is C.ADDI16SP, and with immediate 0 a may-be-operation; the constraints keep them apart.
        expect(nested || a.constraints.length > 0 || b.constraints.length > 0, `${a.name} and ${b.name}`).toBe(true);
      }
    }
  });

  test('every_compressed_instruction_stands_for_a_legal_one', () => {
    const wrong: string[] = [];
    for (let half = 0; half < 65536; half++) {
      if ((half & 3) === 3) continue;
      const executed = expandCompressed(half);
      const legal = lookup(half) !== undefined;
      if (legal !== (executed !== 0) || (legal && !lookup(executed))) wrong.push(half.toString(16));
    }
    expect(wrong).toEqual([]);
  });

  test('operation_numbers_are_dense_from_1', () => {
    expect([...operations.values()]).toEqual(Array.from({ length: operations.size }, (_, n) => n + 1));
  });

  test('hints_have_the_operation_of_the_base_instruction', () => {
    expect(decode(0x0200_6013 + (1 << 20))?.name).toBe('prefetch.r');
    expect(decode(0x0010_6013)?.op).toBe(operations.get('ori'));
    expect(decode(0x900a)).toMatchObject({ name: 'c.ntl.p1', op: operations.get('add'), length: 2 });
  });
});

test('features_of instructions_are those of the tables, in their order', () => {
  const asked = instructions.filter((instruction) => !instruction.hint).map((instruction) => instruction.feature);
  expect(instructionFeatures).toEqual([...new Set(asked)]);
});

describe('fields', () => {
  test.each([...allFields().keys()])('%s gives back what was inserted', (name) => {
    const field = allFields().get(name)!;
    fc.assert(
      fc.property(anyWord, (word) => {
        const value = extract(field, word);
        expect(fits(field, value)).toBe(true);
        expect(extract(field, insert(field, value))).toBe(value);
      }),
    );
  });
});

describe('features', () => {
  test('fit_into_two_words_and_follow_the_extensions_that_are_on', () => {
    const bit = (name: string): bigint => 1n << BigInt(featureBits.get(name)!);

    const rv64gc = featureSet(['G', 'C', 'S']);

    expect(Math.max(...featureBits.values())).toBeLessThan(128);
    for (const name of ['I', 'M', 'Zaamo', 'Zalrsc', 'F', 'D', 'C', 'Zicsr', 'Zifencei', 'Machine', 'S', 'U']) {
      expect(rv64gc & bit(name), name).not.toBe(0n);
    }
    for (const name of ['H', 'Zbb|Zbkb', 'D&Zfa', 'Svinval&H']) expect(rv64gc & bit(name), name).toBe(0n);
    expect(featureSet(['Zbkb']) & bit('Zbb|Zbkb')).not.toBe(0n);
    expect(featureSet(['Zfa', 'F']) & bit('D&Zfa')).toBe(0n);
    expect(featureSet(['Zfa', 'D']) & bit('D&Zfa')).not.toBe(0n);
  });

  test('extensions_bring_those_they_depend_on', () => {
    expect([...closeExtensions(['Zkn'])].sort()).toEqual(['Zbkb', 'Zbkc', 'Zbkx', 'Zkn', 'Zknd', 'Zkne', 'Zknh']);
  });
});
