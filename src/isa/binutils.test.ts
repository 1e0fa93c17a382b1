// The disassembler, the assembler and the expansion of compressed instructions against GNU binutils for riscv64. Without
// it (Debian package binutils-riscv64-linux-gnu) these tests are skipped.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assemble } from './assemble.js';
import { disassemble, ignoredBits } from './disassemble.js';
import { expandCompressed } from './expansion.js';
import { instructions } from './extensions/index.js';
import { lookup } from './matching.js';

const tool = (name: string): string => `riscv64-linux-gnu-${name}`;

function installed(): boolean {
  try {
    execFileSync(tool('objdump'), ['--version']);
    return true;
  } catch {
    return false;
  }
}

const architecture = `rv64imafdch_${[
  ...['zicsr', 'zifencei', 'zba', 'zbb', 'zbc', 'zbs', 'zbkb', 'zbkc', 'zbkx', 'zknd', 'zkne', 'zknh', 'zksed', 'zksh'],
  ...['zfh', 'zicbom', 'zicbop', 'zicboz', 'zawrs', 'zihintpause', 'svinval'],
].join('_')}`;

/** Extensions that binutils 2.40 does not know, and hints it shows as the base instruction. */
const unknownThere = /Zfa|Zacas|Zabha|Zcb|Zimop|Zcmop|Zicfi|Zicond|Smrnmi|Zihintntl/;

/** A generator of the numbers of Marsaglia's xorshift, so that every run tests the same words. */
function words32(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

describe.skipIf(!installed())('GNU binutils (skipped without riscv64-linux-gnu-objdump)', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hypercraft-isa-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What objdump says of each word; word n lies at address 4n. */
  function objdump(words: readonly number[]): string[] {
    const bytes = new DataView(new ArrayBuffer(words.length * 4));
    words.forEach((word, n) => {
      bytes.setUint32(n * 4, (word & 3) === 3 ? word : (word & 0xffff) | 0x0001_0000, true); // C.NOP fills the word
    });
    writeFileSync(join(folder, 'words.bin'), bytes);
    writeFileSync(join(folder, 'words.s'), `.attribute arch, "${architecture}"\n.text\n.incbin "words.bin"\n`);
    const run = (name: string, ...args: string[]): string =>
      execFileSync(tool(name), args, { cwd: folder, maxBuffer: 1 << 28, encoding: 'latin1' });
    run('as', 'words.s', '-o', 'words.o');
    run('objcopy', '-w', '-N', '$*', 'words.o'); // the mapping symbol that says it is data
    const texts: string[] = new Array(words.length).fill('');
    for (const line of run('objdump', '-d', '-z', '-M', 'no-aliases', 'words.o').split('\n')) {
      const found = /^\s*([0-9a-f]+):\t[0-9a-f ]+?\s*\t(.*)$/.exec(line);
      const address = Number.parseInt(found?.[1] ?? '1', 16);
      if (address % 4 === 0) texts[address / 4] = found![2]!.replace(/\s+[<#].*/, '').trim();
    }
    return texts;
  }

  test('all_compressed_encodings_agree_except_where_binutils_names_differ', () => {
    const halves = Array.from({ length: 65536 }, (_, n) => n).filter((half) => (half & 3) !== 3);
    const theirs = objdump(halves);

    const differences = halves.flatMap((half, n) => {
      const ours = disassemble(half, BigInt(n * 4));
      const instruction = lookup(half);
      if (instruction && unknownThere.test(instruction.feature)) return [];
      return ours === theirs[n] ? [] : [`${theirs[n]} | ${ours}`];
    });

    // binutils prints hints by other names: a shift by 0 as c.slli64 and C.NOP as an addition to zero; it takes the reserved c.addi16sp 0.
    const known = /^(c\.unimp \||c\.s\w\wi64\t|c\.addi\tzero,-?\d+ \| c\.nop|c\.addi16sp\tsp,0 \| \.2byte)/;
    expect(differences.filter((line) => !known.test(line))).toEqual([]);
    expect(differences.length).toBeLessThan(120);
  });

  test('every_32_bit_instruction_with_random_operands_agrees', () => {
    const random = words32(0x1234_5678);
    const words: number[] = [];
    for (const i of instructions) {
      if (i.length === 2 || unknownThere.test(i.feature)) continue;
      const free = (~i.mask & ~ignoredBits(i)) >>> 0;
      for (let n = 0; n < 60; n++) words.push(((random() & free) | i.match) >>> 0);
    }
    const theirs = objdump(words);

    const differences = words.flatMap((word, n) => {
      const ours = disassemble(word, BigInt(n * 4));
      const feature = lookup(word)?.feature ?? 'none';
      if (unknownThere.test(feature) || ours === theirs[n]) return [];
      // Operands binutils 2.40 does not take: rounding modes of exact conversions, CSRs of RV32 or newer than it, reserved AES rounds.
      if (theirs[n]!.startsWith('.4byte') && /^fcvt\.[sd]\.[hsw]/.test(ours)) return [];
      if (/^csr.*,0x/.test(theirs[n]!) !== /^csr.*,0x/.test(ours) || /^aes64ks1i\t.*0x[b-f]$/.test(theirs[n]!))
        return [];
      return [`${word.toString(16)}: ${theirs[n]} | ${ours}`];
    });
    expect(differences).toEqual([]);
  });

  test('random_words_are_instructions_exactly_when_binutils_says_so', () => {
    const random = words32(0x9e37_79b9);
    const words: number[] = [];
    while (words.length < 40_000) {
      const word = (random() | 3) >>> 0;
      if ((word & 0x1f) !== 0x1f) words.push(word); // longer instructions would upset objdump's stride
    }
    const theirs = objdump(words);

    const differences = words.flatMap((word, n) => {
      const instruction = lookup(word);
      const known = !theirs[n]!.startsWith('.');
      if (known === (instruction !== undefined)) return [];
      // FENCE and FENCE.I ignore fields that binutils wants to be 0.
      if (instruction && (unknownThere.test(instruction.feature) || /^(fence|fcvt)/.test(instruction.name))) return [];
      if (theirs[n]!.startsWith('aes64ks1i')) return [];
      return [`${word.toString(16)}: ${theirs[n]} | ${instruction?.name}`];
    });
    expect(differences).toEqual([]);
  });

  test('compressed_instructions_stand_for_what_binutils_says', () => {
    const halves = Array.from({ length: 65536 }, (_, n) => n).filter(
      (half) => lookup(half)?.feature === 'C' && (half & 3) !== 3,
    );
    const expansions = objdump(halves.map((half) => expandCompressed(half)));
    const compressed = objdump(halves);

    const differences = halves.flatMap((half, n) => {
      const long = expansions[n]!.replace(/^prefetch\.\w\t.*/, '');
      const short = compressed[n]!;
      return sameMeaning(short, long) ? [] : [`${half.toString(16)}: ${short} | ${long}`];
    });
    expect(differences).toEqual([]);
  });

  test('a_program_assembles_to_the_same_bytes', () => {
    const source = readFileSync(new URL('./testing/corpus.s', import.meta.url), 'utf8');
    writeFileSync(join(folder, 'corpus.s'), source);
    const run = (name: string, ...args: string[]): void => void execFileSync(tool(name), args, { cwd: folder });
    run('as', `-march=${architecture}`, '-mno-relax', 'corpus.s', '-o', 'corpus.o');
    run('ld', '-Ttext=0x80000000', '--no-relax', '-e0', 'corpus.o', '-o', 'corpus.elf');
    run('objcopy', '-O', 'binary', '-j', '.text', 'corpus.elf', 'corpus.bin');
    const theirs = new Uint8Array(readFileSync(join(folder, 'corpus.bin')));

    const ours = assemble(source, { base: 0x8000_0000 }).bytes;

    expect(ours).toEqual(theirs.subarray(0, ours.length));
    expect(theirs.length - ours.length).toBeLessThan(4); // the linker's padding
  });
});

/** Does the text of a compressed instruction mean that of the 32-bit one? Both without aliases. */
function sameMeaning(short: string, long: string): boolean {
  const [name, operands = ''] = short.split('\t');
  const o = operands.split(',');
  const base = name!.slice(2);
  const candidates: Record<string, string> = {
    addi: `addi\t${o[0]},${o[0]},${o[1]}`,
    addiw: `addiw\t${o[0]},${o[0]},${o[1]}`,
    andi: `andi\t${o[0]},${o[0]},${o[1]}`,
    addi16sp: `addi\tsp,sp,${o[1]}`,
    addi4spn: `addi\t${operands}`,
    li: `addi\t${o[0]},zero,${o[1]}`,
    lui: `lui\t${operands}`,
    mv: `add\t${o[0]},zero,${o[1]}`,
    nop: 'addi\tzero,zero,0',
    j: `jal\tzero,${o[0]}`,
    beqz: `beq\t${o[0]},zero,${o[1]}`,
    bnez: `bne\t${o[0]},zero,${o[1]}`,
    jr: `jalr\tzero,0(${o[0]})`,
    jalr: `jalr\tra,0(${o[0]})`,
    ebreak: 'ebreak',
    slli64: `slli\t${o[0]},${o[0]},0x0`,
    srli64: `srli\t${o[0]},${o[0]},0x0`,
    srai64: `srai\t${o[0]},${o[0]},0x0`,
  };
  if (/^(slli|srli|srai|add|sub|xor|or|and|addw|subw)$/.test(base)) return long === `${base}\t${o[0]},${operands}`;
  if (/^f?[ls][dw](sp)?$/.test(base)) return long === `${base.replace('sp', '')}\t${operands}`;
  return candidates[base] === long;
}
