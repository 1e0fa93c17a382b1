// Telling shapes of guest code, and what they become: the text is checked in beside this file, to be read when it changes.
import { beforeAll, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { LINEAR_WEIGHT, PROGRAM_WEIGHT, SCATTERED_ACCESS, SYSTEM_WEIGHT } from './endings.js';
import { FUSES } from './exactness.js';
import { type Explanation, explainRegion, translatedRegions } from './explain.js';
import { Jit } from './jit.js';
import { ANYWHERE, type Setting } from './setting.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;

const shapes: [string, string][] = [
  ['arithmetic', 'addi a0, a0, 1\n add a1, a0, a2\n mulhu a3, a0, a1\n divw a4, a3, a0\n czero.eqz a5, a0, a1\n wfi'],
  ['loads and stores', 'ld a0, 8(s0)\n lbu a1, 0(a0)\n sw a1, 4(s0)\n lw zero, 0(s1)\n wfi'],
  ['pointers in linear memory', 'ld a0, 8(s0)\n lw a1, 4(a0)\n ld a2, 8(sp)\n sw a1, 0(a2)\n wfi'],
  [
    'a table on one page and one on two',
    'again: andi a5, a0, 15\n sh2add a5, a5, s0\n lw a1, 0(a5)\n andi a5, a0, 255\n sh3add a5, a5, s1\n ld a2, 0(a5)\n ld a3, 0(a5)\n srli a0, a0, 1\n bnez a0, again\n wfi',
  ],
  ['loop', 'loop: ld a0, 0(s0)\n add a1, a1, a0\n addi s0, s0, 8\n bne s0, s1, loop\n wfi'],
  [
    'nested loops',
    'outer: li a1, 9\n inner: addi a1, a1, -1\n add a2, a2, a1\n bnez a1, inner\n addi a0, a0, -1\n bnez a0, outer\n wfi',
  ],
  ['if and else', 'bltz a0, less\n addi a1, a1, 1\n j join\n less: addi a1, a1, -1\n join: slli a1, a1, 2\n wfi'],
  [
    'the lesser and a count',
    'again: mv a2, a0\n bge a1, a0, one\n mv a2, a1\n one: beqz a2, two\n addiw a3, a3, 1\n two: add a0, a0, a2\n bnez a0, again\n wfi',
  ],
  [
    'switch by comparisons',
    'beqz a0, one\n li t0, 1\n beq a0, t0, two\n li a1, 3\n j join\n one: li a1, 1\n j join\n two: li a1, 2\n join: add a2, a2, a1\n wfi',
  ],
  [
    'switch by a table',
    'again: slli a5, a0, 2\n add a5, a5, s0\n lw a5, 0(a5)\n add a5, a5, s1\n jr a5\n li a1, 1\n j again\n li a1, 2\n j again\n addi a1, a1, 3\n j again\n addi sp, sp, -16\n wfi',
  ],
  [
    'jumps through a table that meet',
    'again: addi a1, a1, 1\n slli a5, a0, 3\n add a5, a5, s0\n ld a5, 0(a5)\n xor a0, a0, a1\n jr a5\n other: addi a2, a2, 1\n slli a5, a0, 3\n add a5, a5, s0\n ld a5, 0(a5)\n srli a0, a0, 1\n jr a5\n addi sp, sp, -16\n wfi',
  ],
  ['call and return in the page', 'call: jal ra, sub\n addi a1, a1, 1\n jal ra, sub\n wfi\n sub: add a0, a0, a1\n ret'],
  [
    'a call of a function that calls',
    'again: jal ra, sub\n addi a1, a1, 1\n bnez a1, again\n wfi\n sub: addi sp, sp, -16\n sd ra, 0(sp)\n jalr ra, 0(s0)\n ld ra, 0(sp)\n addi sp, sp, 16\n ret',
  ],
  ['a call that comes back', 'again: addi a0, a0, 1\n jalr ra, 0(s0)\n add a1, a1, a0\n bne a1, a2, again\n wfi'],
  [
    'words and fields',
    'lw a0, 0(s0)\n lw a1, 8(s0)\n lw a2, 16(s0)\n lw a3, 24(s0)\n addw a0, a0, a1\n xor a0, a0, a2\n subw a0, a0, a3\n sw a0, 0(s1)\n wfi',
  ],
  ['jumps that leave', '.space 3072\n start: beqz a0, far\n la t0, far\n jr t0\n .space 1200\n far: wfi'],
  ['sums of doubles', 'fld f1, 0(s0)\n fadd.d f2, f2, f1\n fmul.d f3, f1, f2, rtz\n fsd f2, 8(s0)\n wfi'],
  [
    'sums of singles',
    'flw f1, 0(s0)\n fmul.s f3, f1, f2\n fadd.s f2, f2, f3\n fsw f2, 8(s0)\n fcvt.d.s f4, f2\n fsd f2, 16(s0)\n wfi',
  ],
  ['floats by the engine', 'fcvt.w.d a0, f1, rtz\n fcvt.d.l f2, a0\n fmadd.d f3, f1, f2, f3\n fsqrt.d f4, f3\n wfi'],
  [
    'atomics',
    'again: lr.w a0, (s0)\n add a1, a0, a2\n sc.w a3, a1, (s0)\n bnez a3, again\n amoadd.d a4, a1, (s1)\n fence\n wfi',
  ],
  [
    'irreducible',
    'bnez a0, b\n a: addi a1, a1, 1\n b: addi a2, a2, 1\n bnez a1, a\n c: addi a3, a3, 1\n bnez a2, b\n wfi',
  ],
  ['both ways into a loop', 'bnez a0, second\n first: addi a1, a1, 1\n second: addi a2, a2, -1\n bnez a2, first\n wfi'],
  ['end of the page', '.space 4088\n start: addi a0, a0, 1\n addi a1, a1, 1\n addi a2, a2, 1'],
]; // prettier-ignore

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
});

describe('a region', () => {
  it.each(shapes)('of %s_becomes the code that is on file', async (name, source) => {
    const { bytes, symbols } = assemble(source, { base: CODE });
    engine.u8.fill(0, CODE, CODE + 0x3000);
    engine.u8.set(bytes, CODE);
    engine.invalidateCode(CODE, 0x3000);
    engine.initVcpu(X);
    engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
    const start = Number(symbols.get('start') ?? BigInt(CODE));
    // The page is known once something of it has run.
    engine.view.setBigUint64(X + L.PC, BigInt(start), true);
    engine.run(X, 1);
    const explanation = explainRegion(engine, start, BigInt(start), {
      linear: name.includes('linear'),
      program: false,
    })!;
    expect(WebAssembly.validate(explanation.module)).toBe(true);
    expect(explanation.text).not.toContain('unknown');
    // What becomes of a product and a sum depends on the runtime.
    const file = FUSES && source.includes('fmadd') ? `${name} where products are fused` : name;
    await expect(explanation.text).toMatchFileSnapshot(`jit-testing/${file.replaceAll(' ', '-')}.wat`);
  });
});

describe('what is translated', () => {
  it('is listed by its address, and each can be explained', async () => {
    const running = await Engine.create(Engine.createMemory(), () => 0);
    running.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
    new Jit(running, { always: true });
    const { bytes } = assemble('loop: addi a0, a0, 1\n addi a1, a1, -1\n bnez a1, loop\n wfi', { base: CODE + 64 });
    running.u8.set(bytes, CODE + 64);
    running.initVcpu(X);
    running.view.setUint32(X + L.OWNED, L.OWN_M, true);
    running.view.setBigUint64(X + L.PC, BigInt(CODE + 64), true);
    running.view.setBigUint64(X + 8 * 11, 100_000n, true);
    expect(translatedRegions(running)).toEqual([]);
    for (let i = 0; i < 3; i++) running.run(X, 4000);
    expect(translatedRegions(running)).toContain(CODE + 64);
    expect(explainRegion(running, CODE + 64)!.text).toContain('80000040: addi a0,a0,1');
    // Another realm, that has decoded nothing itself, sees the same.
    const beside = await Engine.create(running.memory, () => 0, undefined, undefined, L.MAX_REALMS);
    expect(explainRegion(beside, CODE + 64)!.text).toBe(explainRegion(running, CODE + 64)!.text);
    running.u8[CODE + 64]! ^= 0x80;
    running.invalidateCode(CODE + 64, 4);
    expect(translatedRegions(running)).toEqual([]);
  });

  /** The region that begins with `source`. */
  async function regionOf(source: string, setting: Setting): Promise<Explanation> {
    const { bytes } = assemble(source, { base: CODE });
    const running = await Engine.create(Engine.createMemory(), () => 0);
    running.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
    running.u8.set(bytes, CODE);
    running.initVcpu(X);
    running.view.setUint32(X + L.OWNED, L.OWN_M, true);
    running.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    running.run(X, 1);
    return explainRegion(running, CODE, BigInt(CODE), setting)!;
  }

  it.each([
    ['linear', 'system', 'addi a0, a0, 1', LINEAR_WEIGHT],
    ['linear', 'system', 'lw a0, 0(a1)', LINEAR_WEIGHT],
    ['scattered', 'system', 'addi a0, a0, 1', SYSTEM_WEIGHT],
    ['scattered', 'system', 'lw a0, 0(a1)', SYSTEM_WEIGHT / SCATTERED_ACCESS],
    ['scattered', 'program', 'addi a0, a0, 1', PROGRAM_WEIGHT],
    ['scattered', 'program', 'lw a0, 0(a1)', PROGRAM_WEIGHT / SCATTERED_ACCESS],
  ])('of %s memory and a %s (%s)_has so many instructions at most', async (memory, code, instruction, most) => {
    const setting = { linear: memory === 'linear', program: code === 'program' };
    expect((await regionOf(`${instruction}\n`.repeat(1000), setting)).instructions).toBe(most);
  });

  it('that has no room for all of a block_ends where that begins', async () => {
    // A branch, the instructions where it runs on, and nothing of as many where it goes.
    for (const [linear, long] of [
      [true, 200],
      [false, 100],
    ] as const) {
      const block = `${'addi a0, a0, 1\n'.repeat(long)} j begin\n`;
      const source = `begin: beqz a0, over\n${block} over: ${block}`;
      expect((await regionOf(source, { linear, program: false })).instructions).toBe(long + 2);
    }
  });

  it('that has no room for all_has its loop, not what the loop leads to', async () => {
    const long = 'addi a3, a3, 1\n'.repeat(65);
    // Out of the loop first, and on in it last.
    const source = `begin: beqz a0, out\n beqz a1, out\n ${long} beqz a2, begin\n ${long} j begin\n out: ${long} wfi`;
    const { text, instructions } = await regionOf(source, ANYWHERE);
    expect(instructions).toBe(2 + 65 + 1 + 65 + 1);
    expect(text).not.toContain('wfi');
  });
});
