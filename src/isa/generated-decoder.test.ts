// The decoder generated for the engine, compiled and run: it must see every instruction as the tables do.
import { main } from 'assemblyscript/asc';
import { beforeAll, describe, expect, test } from 'vitest';
import { generate } from '../../scripts/generate-isa.js';
import { expandCompressed } from './expansion.js';
import { featureBits, instructions, operations } from './extensions/index.js';
import { lookup, matches } from './matching.js';

interface Decoder {
  decodeOp(word: number): number;
  opExtension(op: number): number;
  opFallback(op: number): number;
  expandCompressed(half: number): number;
  compressedExtension(half: number): number;
}

let decoder: Decoder;

beforeAll(async () => {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await main(['isa.ts', '--runtime', 'stub', '-O', '--outFile', 'isa.wasm'], {
    readFile: (name) => (name === 'isa.ts' ? generate() : null),
    writeFile: (name, contents) => {
      if (name === 'isa.wasm') binary = contents as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(stderr.toString());
  const { instance } = await WebAssembly.instantiate(binary! as BufferSource, {});
  decoder = instance.exports as unknown as Decoder;
}, 240_000);

/** The operation that the tables give a word. */
function expected(word: number): number {
  const instruction = lookup(word, false);
  return instruction ? operations.get(instruction.name)! : 0;
}

describe('generated decoder', () => {
  test('random_and_boundary_words_of_every_instruction_decode_as_the_tables_say', () => {
    let state = 1;
    const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0);
    for (const { mask, match, length } of instructions) {
      if (length === 2) continue;
      const words = [match, (match | ~mask) >>> 0];
      for (let n = 0; n < 50; n++) words.push(((random() & ~mask) | match) >>> 0);
      for (let bit = 0; bit < 32; bit++) words.push((match ^ (1 << bit)) >>> 0);
      for (const word of words) {
        if ((word & 3) === 3) expect(decoder.decodeOp(word), word.toString(16)).toBe(expected(word));
      }
    }
    for (let n = 0; n < 20_000; n++) {
      const word = (random() | 3) >>> 0;
      expect(decoder.decodeOp(word), word.toString(16)).toBe(expected(word));
    }
  });

  test('all_compressed_encodings_expand_as_the_tables_say', () => {
    for (let half = 0; half < 65536; half++) {
      if (decoder.expandCompressed(half) >>> 0 !== expandCompressed(half)) {
        expect.fail(`${half.toString(16)}: ${decoder.expandCompressed(half)} and not ${expandCompressed(half)}`);
      }
    }
  });

  test('every_operation_knows_its_feature', () => {
    for (const [name, op] of operations) {
      const { feature } = instructions.find((i) => i.name === name)!;
      expect(decoder.opExtension(op), name).toBe(featureBits.get(feature));
    }
    for (let half = 0; half < 65536; half++) {
      const instruction = lookup(half, false);
      if (!instruction || (half & 3) === 3) continue;
      if (decoder.compressedExtension(half) !== featureBits.get(instruction.feature)) expect.fail(half.toString(16));
    }
  });

  test('an_encoding_whose_feature_is_off_falls_back_to_the_general_instruction', () => {
    const fallback = (name: string): number => decoder.opFallback(operations.get(name)!);
    expect(fallback('pause')).toBe(operations.get('fence'));
    expect(fallback('lpad')).toBe(operations.get('auipc'));
    expect(fallback('sspush')).toBe(operations.get('mop.rr'));
    expect(fallback('ssrdp')).toBe(operations.get('mop.r'));
    expect(fallback('zext.h')).toBe(operations.get('packw'));
    expect(fallback('add')).toBe(0);
    const special = instructions.filter((i) => i.length === 4 && !i.hint && fallback(i.name) !== 0);
    for (const i of special) {
      const general = instructions.find((g) => operations.get(g.name) === fallback(i.name))!;
      expect(matches(general, i.match), i.name).toBe(true);
    }
  });
});
