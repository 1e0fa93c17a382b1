// The pages that translated code keeps of the TLB are true in all regions and forgotten in time: one test for each way in which they might not be.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { entry, paged, RW } from './jit-testing/paging.js';
import { CODE, DATA, Twins, X } from './jit-testing/twins.js';

const [A0, A2, A3, S0, S1, S2, S3, S4] = [10, 12, 13, 8, 9, 18, 19, 20];
const FUNCTIONS = CODE + 0x1000;
const R = 0x43n; // A R V
const BUDGETS = [1999, 1000, 3001, 77];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

function load(at: number, source: string): void {
  twins.put(at, assemble(source, { base: at, symbols: { DATA, CODE, FUNCTIONS } }).bytes);
}

/** A page of words that are all the same. */
function fill(at: number, value: bigint): void {
  twins.put(at, new Uint8Array(new BigUint64Array(512).fill(value).buffer));
}

/** Walks through the page at s1, again and again, and adds up what is there. */
const SUM = `
  loop: ld a1, 0(s0)
  add a2, a2, a1
  addi s0, s0, 8
  addi a0, a0, -1
  bnez a0, loop
  mv s0, s1
  li a0, 64
  j loop`;

/** Runs until most is done in translated code. */
function warm(): void {
  const before = twins.retiredTranslated;
  expect(twins.runToEnd(BUDGETS, 12_000)).toBe('budget');
  expect(twins.retiredTranslated - before).toBeGreaterThan(6000n);
}

describe('a page that translated code has kept', () => {
  it('and that is mapped elsewhere between two runs_is the one that is there', () => {
    paged(twins);
    fill(DATA, 1n);
    fill(DATA + 0x1000, 1000n);
    load(CODE, SUM);
    twins.setX(S0, BigInt(DATA));
    twins.setX(S1, BigInt(DATA));
    twins.setX(A0, 64n);
    warm();
    entry(twins, 0x100, DATA + 0x1000, RW);
    twins.both((engine) => engine.flushTlb(X));
    const before = twins.x(A2);
    warm();
    expect(twins.x(A2) - before).toBeGreaterThan(1000n * 1000n);
  });

  it('for loads by one region_does not let another one store to it', () => {
    paged(twins);
    entry(twins, 0x100, DATA, R);
    load(CODE, `${SUM.replace('j loop', 'jal ra, FUNCTIONS\n j loop')}`);
    load(FUNCTIONS, 'again: sd a1, 0(s2)\n addi s2, s2, 8\n addi a3, a3, -1\n bgtz a3, again\n ret');
    const aim = (at: number) => {
      twins.setX(S2, BigInt(at));
      twins.setX(A3, 32n);
    };
    twins.setX(S0, BigInt(DATA));
    twins.setX(S1, BigInt(DATA));
    twins.setX(A0, 64n);
    for (let round = 0; round < 30; round++) {
      aim(DATA + 0x1000);
      expect(twins.run(777)).toBe('budget');
    }
    expect(twins.retiredTranslated).toBeGreaterThan(10_000n);
    aim(DATA);
    expect(twins.runToEnd(BUDGETS)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(15n);
  });

  it('and for which a function that is called has put another one there_is found again by the caller', () => {
    fill(DATA, 1n);
    fill(DATA + 0x1000, 1000n);
    load(CODE, 'loop: ld a1, 0(s0)\n add a2, a2, a1\n xori s0, s0, 8\n jal ra, FUNCTIONS\n j loop');
    load(
      FUNCTIONS,
      'again: ld a1, 0(s2)\n add a3, a3, a1\n xori s2, s2, 8\n addi a0, a0, 1\n andi a4, a0, 7\n bnez a4, again\n ret',
    );
    twins.setX(S0, BigInt(DATA));
    twins.setX(S2, BigInt(DATA + 0x1000));
    warm();
    warm();
    expect(twins.x(A3)).toBe(1000n * twins.x(A0));
    expect(twins.x(A2)).toBeGreaterThan(100n);
  });

  it('in locals of a loop that a table leads to_is none before the loop has looked one up', () => {
    // Each page lies elsewhere: no windows.
    paged(twins);
    entry(twins, 0x100, DATA + 0x1000, RW);
    entry(twins, 0x101, DATA, RW);
    // Cases by turns: the one that counts, and the loop itself.
    load(
      CODE,
      `ld a5, 0(s1)
      ld a5, 0(s4)
      loop: andi t1, a0, 1
      slli t1, t1, 2
      add t1, t1, s2
      lw t1, 0(t1)
      add t1, t1, s3
      jr t1
      addi a2, a2, 1
      j next
      again: ld a4, 0(s0)
      addi s0, s0, 8
      addi a3, a3, -1
      bnez a3, again
      j next
      next: addi a0, a0, 1
      mv s0, s1
      li a3, 3
      j loop`,
    );
    twins.put(DATA + 0x1800, new Uint8Array(new Uint32Array([32, 40]).buffer));
    twins.setX(S2, BigInt(DATA + 0x800));
    twins.setX(S3, BigInt(CODE));
    twins.setX(S4, BigInt(DATA + 0x1000));
    twins.setX(S0, BigInt(DATA));
    twins.setX(S1, BigInt(DATA));
    twins.setX(A3, 3n);
    warm();
    warm();
    // Nothing is mapped at 0, which is what locals begin with.
    twins.setX(S0, 0n);
    twins.setX(S1, 0n);
    twins.setX(A0, 1n);
    twins.set64(L.PC, BigInt(CODE + 8));
    expect(twins.runToEnd(BUDGETS)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(13n);
  });
});
