// What translated code reaches through a window is what the page tables say, whatever happens to them, to code among the data and to the hart's context.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { entry, paged, RW, RWX } from './jit-testing/paging.js';
import { CODE, DATA, Twins, X } from './jit-testing/twins.js';

const [A0, A2, S0, S1] = [10, 12, 8, 9];
const FUZZ = Number(process.env.HYPERCRAFT_FUZZ ?? 20);
const BUDGETS = [1999, 1000, 3001, 77];
const PAGES = 6;
/** Pages as the walk sees them, from DATA on. */
const PAGE = 0x100;
const [R, CLEAN, UNTOUCHED] = [0x43n, 0x47n, 0x07n];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

function load(source: string, at = CODE): void {
  twins.put(at, assemble(source, { base: at, symbols: { DATA, CODE } }).bytes);
}

const LOADS = L.WINDOWS;
const STORES = L.WINDOWS + L.WINDOW_BYTES;

/** Is it open? */
function isOpen(window: number): boolean {
  return twins.get64(window + L.WINDOW_SPAN) !== 0n;
}

function warm(most = 12_000): void {
  expect(twins.runToEnd(BUDGETS, most)).toBe('budget');
}

/** Accesses of all sizes anywhere in the pages, also across their ends; s0 is the next address, a2 what was loaded. */
const ANYWHERE = `
  loop: li t0, 1103515245
  mul a0, a0, t0
  addi a0, a0, 1013
  srli t1, a0, 13
  li t2, ${PAGES * 4096 - 16}
  remu t1, t1, t2
  li s0, DATA
  add s0, s0, t1
  ld t3, 0(s0)
  xor a2, a2, t3
  sw a2, 1(s0)
  lhu t4, 3(s0)
  add a2, a2, t4
  sb a2, 9(s0)
  lw t5, 4(s0)
  sd t5, 2(s0)
  j loop`;

describe('a window', () => {
  it('on pages that are mapped elsewhere, protected, touched and fenced in any order_shows what is there', () => {
    const step = fc.record({
      page: fc.nat(PAGES - 1),
      to: fc.nat(PAGES - 1),
      flags: fc.constantFrom(RW, RW, RW, RW, R, CLEAN, UNTOUCHED, 0n),
      fence: fc.constantFrom('host', 'all', 'page' as const),
      budget: fc.constantFrom(...BUDGETS),
    });
    let [opened, faults] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 30 }), fc.boolean(), (steps, hardware) => {
        twins.reset();
        paged(twins);
        for (let page = 0; page < PAGES; page++) entry(twins, PAGE + page, DATA + 0x1000 * page, RW);
        twins.both((engine) => engine.csrWrite(X, 0x30a, hardware ? 1n << 61n : 0n)); // menvcfg.ADUE
        load(ANYWHERE);
        load(`sfence.vma\n 1: j 1b`, CODE + 0x800);
        load(`sfence.vma s1\n 1: j 1b`, CODE + 0x900);
        warm(6000);
        for (const { page, to, flags, fence, budget } of steps) {
          if (isOpen(STORES)) opened++;
          entry(twins, PAGE + page, DATA + 0x1000 * to, flags);
          if (fence === 'host') twins.both((engine) => engine.flushTlb(X));
          else {
            twins.setX(S1, BigInt(DATA + 0x1000 * page));
            twins.set64(L.PC, BigInt(CODE + (fence === 'all' ? 0x800 : 0x900)));
            twins.run(3);
            twins.set64(L.PC, BigInt(CODE));
          }
          for (let runs = 0; runs < 3; runs++) {
            if (twins.run(budget) !== 'trap') continue;
            faults++;
            twins.set64(L.PC, BigInt(CODE));
          }
        }
      }),
      { numRuns: FUZZ },
    );
    expect(opened).toBeGreaterThan(2 * FUZZ);
    expect(faults).toBeGreaterThan(FUZZ);
  });

  it('over data in which code is written, run and written again_runs what was written last', () => {
    paged(twins);
    for (let page = 0; page < PAGES; page++) entry(twins, PAGE + page, DATA + 0x1000 * page, RWX);
    // Walks through the pages with stores; now and then writes `addi a2, a2, n; ret` where it is, and calls it.
    load(`
      li s1, DATA
      li s2, DATA + ${PAGES * 4096}
      mv s0, s1
      loop: sd a0, 0(s0)
      ld a3, 0(s0)
      addi s0, s0, 56
      addi a0, a0, 1
      andi t0, a0, 511
      bnez t0, next
      li t5, DATA + 0x2f00
      bgtu s0, t5, next
      slli t1, a0, 11
      li t2, 0x00060613
      srli t1, t1, 20
      slli t1, t1, 20
      or t1, t1, t2
      li t2, 0x8067
      sw t1, 64(s0)
      sw t2, 68(s0)
      fence.i
      addi t3, s0, 64
      jalr t3
      next: addi t4, s0, 128
      bltu t4, s2, loop
      mv s0, s1
      j loop`);
    twins.setX(A0, 1n);
    let opened = 0;
    for (let round = 0; round < 12; round++) {
      warm();
      if (isOpen(STORES)) opened++;
    }
    expect(opened).toBeGreaterThan(3);
    expect(twins.x(A2)).not.toBe(0n);
    expect(twins.retiredTranslated).toBeGreaterThan(80_000n);
  });

  it('of one address space_is not that of another one', () => {
    // The same addresses through two tables: of the second, page 0 of the data is the first's page 5.
    paged(twins);
    for (let page = 0; page < PAGES; page++) entry(twins, PAGE + page, DATA + 0x1000 * page, RW);
    twins.put(DATA, new Uint8Array(new BigUint64Array(512).fill(1n).buffer));
    twins.put(DATA + 0x5000, new Uint8Array(new BigUint64Array(512).fill(1000n).buffer));
    load('loop: ld a1, 0(s0)\n add a2, a2, a1\n xori s0, s0, 8\n j loop');
    twins.setX(S0, BigInt(DATA));
    warm();
    expect(isOpen(LOADS)).toBe(true);
    const first = twins.get64(L.SATP);
    const second = (first & ~0xfffn) | ((first & 0xfffn) + 16n); // another root, 64 KiB further
    const at = Number(second & 0xfffn & 0xfffffn) * 4096;
    expect(at).toBeGreaterThan(0);
    const root = Number((second & 0xfffffffffffn) << 12n);
    twins.both((engine) => {
      for (const table of [0, 1, 2]) {
        const from = Number((first & 0xfffffffffffn) << 12n) + table * 0x1000;
        engine.u8.copyWithin(root + table * 0x1000, from, from + 0x1000);
      }
      for (const [slot, table] of [
        [root + 16, 1],
        [root + 0x1000, 2],
      ] as const) {
        engine.view.setBigUint64(slot, ((BigInt(root + table * 0x1000) >> 12n) << 10n) | 1n, true);
      }
      engine.view.setBigUint64(root + 0x2000 + 8 * PAGE, ((BigInt(DATA + 0x5000) >> 12n) << 10n) | RW, true);
      engine.csrWrite(X, 0x180, second);
    });
    const before = twins.x(A2);
    warm();
    expect(twins.x(A2) - before).toBeGreaterThan(1000n * 1000n);
    twins.both((engine) => engine.csrWrite(X, 0x180, first));
    const back = twins.x(A2);
    warm();
    expect(twins.x(A2) - back).toBeLessThan(10_000n);
  });
});
