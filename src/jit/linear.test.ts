// Whether a vCPU's memory is linear, as its TLB says after loads that a guest has made.
import { beforeEach, describe, expect, it } from 'vitest';
import {
  AD,
  bareHart,
  begin,
  E,
  enter,
  layRoot,
  map as mapAt,
  PAGES,
  R,
  satp,
  V,
  W,
  X,
} from '../engine/engine-testing/low-pages.js';
import type { Engine } from '../engine/index.js';
import { isLinear } from './linear.js';

let engine: Engine;
beforeEach(async () => {
  engine = await bareHart();
});

/** Loads from 64 pages, one after the other, with paging on if there is a `satp`. */
function load(from: number, table = 0n): void {
  begin(
    engine,
    `${enter(table)}\n li s0, ${from}\n li s1, ${from + 64 * 4096}\n li s2, 4096\n
     next: ld a0, 0(s0)\n add s0, s0, s2\n bltu s0, s1, next\n end: j end`,
  );
  engine.run(X, 2000);
}

/** The pages at 0 lie one after the other in memory, or every one elsewhere. */
function map(scattered: boolean): bigint {
  layRoot(engine);
  for (let page = 0; page < 64; page++) {
    mapAt(engine, page, PAGES + (scattered ? (page * 27) % 64 : page) * 4096, V | R | W | E | AD);
  }
  return satp();
}

describe('memory', () => {
  it('without paging_is linear', () => {
    load(PAGES);
    expect(isLinear(engine, X)).toBe(true);
  });

  it('whose pages lie one after the other_is linear', () => {
    load(0, map(false));
    expect(isLinear(engine, X)).toBe(true);
  });

  it('whose pages lie anywhere_is not', () => {
    load(0, map(true));
    expect(isLinear(engine, X)).toBe(false);
  });
});
