// Fences that others ask of a hart: at its next safepoint it drops what is meant, and keeps the rest. SBI specification, "RFENCE Extension".
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AD,
  bareHart,
  begin,
  PAGES as DATA,
  enter,
  layRoot,
  map as mapAt,
  R,
  satp,
  V,
  W,
  X,
} from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import type { Engine, Fence } from './index.js';

const ASID = 7;
const COUNT = 100;

/** Loads the first doubleword of each page; the sum is in a0. */
const READ = `
  ${enter(satp(ASID))}
  li a0, 0
  li s0, 0
  li s1, ${COUNT * 4096}
  li s2, 4096
next:
  ld a1, 0(s0)
  add a0, a0, a1
  add s0, s0, s2
  bne s0, s1, next
end: j end`;

let engine: Engine;
beforeEach(async () => {
  engine = await bareHart();
  layRoot(engine);
  for (let page = 0; page < COUNT; page++) map(page, DATA);
  engine.view.setBigUint64(DATA, 1n, true);
  engine.view.setBigUint64(DATA + 0x1000, 1000n, true);
});

const map = (page: number, to: number): void => mapAt(engine, page, to, V | R | W | AD);

/** What the pages hold together, and how many had to be walked to. */
function read(): { sum: bigint; walks: number } {
  const walks = (): number => Number(engine.view.getBigUint64(X + L.STAT_WALKS, true));
  const before = walks();
  begin(engine, READ);
  engine.run(X, 2000);
  return { sum: engine.view.getBigUint64(X + L.X + 10 * 8, true), walks: walks() - before };
}

/** Has every page lead elsewhere once all of them are cached. */
function remap(): void {
  read();
  expect(read()).toEqual({ sum: BigInt(COUNT), walks: 0 });
  for (let page = 0; page < COUNT; page++) map(page, DATA + 0x1000);
}

const pages = (first: number, count: number): Fence['range'] => ({
  start: BigInt(first) * 4096n,
  size: BigInt(count) * 4096n,
});

describe('a fence that is asked of a hart', () => {
  it('of a range_drops its pages and no other', () => {
    remap();
    engine.requestFence(X, { of: 'supervisor', range: pages(10, 3) });
    expect(read()).toEqual({ sum: BigInt(COUNT - 3) + 3000n, walks: 3 });
  });

  it('of a range in one address space_drops its pages there', () => {
    remap();
    engine.requestFence(X, { of: 'supervisor', range: pages(0, 2), asid: ASID });
    engine.requestFence(X, { of: 'supervisor', range: pages(4, 2), asid: ASID + 1 });
    expect(read()).toEqual({ sum: BigInt(COUNT - 2) + 2000n, walks: 2 });
  });

  it('of more pages than are worth being looked for, or of all_drops all', () => {
    remap();
    engine.requestFence(X, { of: 'supervisor', range: pages(0, 90) });
    expect(read().sum).toBe(BigInt(COUNT) * 1000n);
    for (let page = 0; page < COUNT; page++) map(page, DATA);
    engine.requestFence(X, { of: 'supervisor' });
    expect(read().sum).toBe(BigInt(COUNT));
  });

  it('of a guest or of what lies under it_leaves alone what is no guest of the hart', () => {
    remap();
    engine.requestFence(X, { of: 'guest' });
    engine.requestFence(X, { of: 'guest-physical' });
    expect(read()).toEqual({ sum: BigInt(COUNT), walks: 0 });
  });

  it('among more than wait at a time_is performed with all the others', () => {
    remap();
    for (let page = 0; page < L.FENCE_RECORDS + 2; page++) {
      engine.requestFence(X, { of: 'supervisor', range: pages(page, 1) });
    }
    // More than are kept apart drop everything.
    expect(read().sum).toBe(BigInt(COUNT) * 1000n);
    // The records are free again.
    for (let page = 0; page < COUNT; page++) map(page, DATA);
    for (let page = 0; page < L.FENCE_RECORDS; page++) {
      engine.requestFence(X, { of: 'supervisor', range: pages(page, 1) });
    }
    expect(read()).toEqual({
      sum: BigInt(COUNT - L.FENCE_RECORDS) * 1000n + BigInt(L.FENCE_RECORDS),
      walks: L.FENCE_RECORDS,
    });
  });

  it('performed at once_is like one that was asked for', () => {
    remap();
    engine.fence(X, { of: 'supervisor', range: pages(98, 2) });
    expect(read()).toEqual({ sum: BigInt(COUNT - 2) + 2000n, walks: 2 });
  });
});
