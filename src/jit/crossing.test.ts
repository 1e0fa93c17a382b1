// An instruction that crosses its page in translated code, and what may happen to its second half: one test for each way.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { entry, leaf, paged, RWX, TABLES, USER, word } from './jit-testing/paging.js';
import { CODE, Twins, X } from './jit-testing/twins.js';

const PAGE = 0x1000;
const [A0, A1, S2] = [10, 11, 18];
const BUDGETS = [1999, 1000, 3001, 77];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

const bytesOf = (source: string, base: number): Uint8Array => assemble(source, { base, symbols: { CODE } }).bytes;

/** A loop whose second instruction crosses the page at CODE; `body` is behind it. */
function load(crossing: string, body = 'addi a2, a2, 1'): void {
  const at = CODE + PAGE - 6;
  twins.put(at, bytesOf(`loop: addi a0, a0, 1\n ${crossing}\n ${body}\n j loop`, at));
  twins.set64(L.PC, BigInt(at));
}

/** Puts what follows the first page of the loop with another instruction in its middle to the beginning of a page. */
function put(page: number, crossing: string): void {
  const at = CODE + PAGE - 6;
  twins.put(page, bytesOf(`loop: addi a0, a0, 1\n ${crossing}\n addi a2, a2, 1\n j loop`, at).subarray(6));
}

const missed = (): bigint => twins.get64(L.STAT_REGIONS_MISSED);

/** Runs the loop; all but a few of its turns are translated whole. */
function runWhole(): void {
  expect(twins.runToEnd(BUDGETS)).toBe('budget');
  const before = missed();
  expect(twins.runToEnd(BUDGETS)).toBe('budget');
  expect(missed() - before).toBeLessThan(50n);
}

describe('an instruction that crosses its page', () => {
  it.each([
    ['arithmetic', 'addi a1, a1, 5'],
    ['a load', 'lw a1, 0(s4)'],
    ['a store', 'sw a1, 0(s4)'],
    ['relative to pc', 'auipc a1, 16'],
    ['of doubles', 'fadd.d f1, f1, f2'],
    ['half of an idiom', 'srli a1, a0, 32'],
  ])('(%s)_is part of its region', (_, crossing) => {
    twins.setX(20, 0x8010_0000n);
    load(crossing);
    runWhole();
  });

  it('and ends what the one before began_does its own half', () => {
    // The two are one operation, unless the second is left to the interpreter.
    const at = CODE + PAGE - 10;
    const source = 'loop: addi a1, a1, -7\n slli a1, a1, 32\n srli a1, a1, 32\n add s3, s3, a1\n j loop';
    twins.put(at, bytesOf(source, at));
    twins.set64(L.PC, BigInt(at));
    runWhole();
    for (let i = 0; i < 5; i++) {
      twins.both((engine) => engine.flushTlb(X));
      expect(twins.run(1000)).toBe('budget');
    }
  });

  it.each([
    ['jumps on', 'jal a1, NEXT'],
    ['jumps back', 'jal x0, BACK'],
    ['calls back', 'jal ra, BACK'],
    ['jumps to what a register says', 'jalr x0, 0(s5)'],
    ['branches on', 'bnez a0, NEXT'],
    ['branches back', 'bnez a0, BACK'],
    ['branches back now and then', 'beq t2, a4, BACK'],
    ['branches back often', 'bne t2, a4, BACK'],
  ])('and %s_is part of its region', (_, crossing) => {
    // BACK is in the page that the instruction begins in, NEXT behind the one that follows it.
    const at = CODE + PAGE - 14;
    const symbols = { BACK: BigInt(at), NEXT: BigInt(CODE + PAGE + 6) };
    const source = `loop: addi a0, a0, 1\n addi t2, t2, 1\n andi t2, t2, 7\n ${crossing}\n addi a2, a2, 1\n addi a3, a3, 1\n j loop`;
    twins.put(at, assemble(source, { base: at, symbols }).bytes);
    twins.setX(14, 3n);
    twins.setX(21, BigInt(CODE + PAGE + 2));
    twins.set64(L.PC, BigInt(at));
    runWhole();
    // Behind the same first half, whatever that makes of it.
    put(CODE + PAGE, 'addi a1, a1, 1');
    twins.runToEnd(BUDGETS);
  });

  it('and is for the interpreter_is left to it', () => {
    load('csrr a1, instret');
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
  });

  it('whose second half the program overwrites_is what it has become', () => {
    // The store reaches the next page only: 1 and 2 in turn are what is added to a1.
    load('addi a1, a1, 1', 'xor t0, t0, t1\n sh t0, 0(s2)');
    const halves = [1, 2].map((n) => bytesOf(`addi a1, a1, ${n}`, CODE)).map((b) => BigInt(b[2]! | (b[3]! << 8)));
    twins.setX(5, halves[0]!);
    twins.setX(6, halves[0]! ^ halves[1]!);
    twins.setX(S2, BigInt(CODE + PAGE));
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
    expect(twins.x(A1)).toBeGreaterThan(twins.x(A0) + 1000n);
  });

  it('whose second half the host overwrites between two runs_is what it has become', () => {
    load('addi a1, a1, 1');
    runWhole();
    const before = twins.x(A1);
    put(CODE + PAGE, 'addi a1, a1, 256');
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
    expect(twins.x(A1) - before).toBeGreaterThan(256n * 3000n);
  });

  it('whose next page is mapped elsewhere_is what stands there', () => {
    paged(twins);
    load('addi a1, a1, 1');
    put(CODE + 2 * PAGE, 'addi a1, a1, 256');
    runWhole();
    const before = twins.x(A1);
    entry(twins, 1, CODE + 2 * PAGE, RWX);
    twins.both((engine) => engine.flushTlb(X));
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
    expect(twins.x(A1) - before).toBeGreaterThan(256n * 3000n);
  });

  it.each([
    ['is not mapped any more', 0n],
    ['may not be executed any more', RWX & ~8n],
    ["is a user's now", RWX | USER],
  ])('whose next page %s_faults there', (_, flags) => {
    paged(twins);
    load('addi a1, a1, 1');
    runWhole();
    entry(twins, 1, CODE + PAGE, flags);
    twins.both((engine) => engine.flushTlb(X));
    expect(twins.runToEnd(BUDGETS)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(12n);
    expect(twins.pc).toBe(BigInt(CODE + PAGE - 2));
    expect(twins.get64(L.EXIT_TVAL)).toBe(BigInt(CODE + PAGE));
  });

  it('whose next page gave its entry to another that begins alike_faults there', () => {
    paged(twins);
    load('addi a1, a1, 1');
    // 4 MiB further: the same entry of the fetch bank.
    const far = CODE + 0x40_0000 + PAGE;
    twins.put(TABLES + 0x1000 + 8 * 2, word(leaf(TABLES + 0x3000, 1n), 8));
    twins.put(TABLES + 0x3000, new Uint8Array(0x1000));
    twins.put(TABLES + 0x3000 + 8, word(leaf(CODE + 2 * PAGE, RWX), 8));
    put(CODE + 2 * PAGE, 'addi a1, a1, 1');
    twins.put(CODE + 2 * PAGE + 2, bytesOf('jr s5', far + 2));
    twins.setX(21, BigInt(CODE + PAGE - 6));
    runWhole();
    entry(twins, 1, CODE + PAGE, 0n);
    twins.both((engine) => engine.flushTlb(X));
    twins.set64(L.PC, BigInt(far + 2));
    expect(twins.runToEnd(BUDGETS)).toBe('trap');
    expect(twins.pc).toBe(BigInt(CODE + PAGE - 2));
    expect(twins.get64(L.EXIT_TVAL)).toBe(BigInt(CODE + PAGE));
  });

  it('in one of two mappings of its page_has the second half of its own', () => {
    // Each leads to the other's beginning; a1 gets 1 and 256 in turn.
    paged(twins);
    for (const [index, pa] of [
      [4, CODE],
      [5, CODE + 2 * PAGE],
    ] as const)
      entry(twins, index, pa, RWX);
    const at = CODE + PAGE - 6;
    twins.put(at, bytesOf(`addi a0, a0, 1\n addi a1, a1, 1\n j CODE + ${5 * PAGE - 6}`, at));
    const other = CODE + 2 * PAGE;
    twins.put(
      other,
      bytesOf(`addi a0, a0, 1\n addi a1, a1, 256\n j CODE + ${PAGE - 6}`, CODE + 5 * PAGE - 6).subarray(6),
    );
    twins.both((engine) => engine.flushTlb(X));
    twins.set64(L.PC, BigInt(at));
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
    expect(twins.x(A1)).toBeGreaterThan(twins.x(A0) * 120n);
    expect(twins.x(A1)).toBeLessThan(twins.x(A0) * 137n);
  });
});
