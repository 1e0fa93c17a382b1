// The two places that the load/store TLB has for a page: what is found there is what the page tables say, and two pages that want the same
// one do not drive each other out. Priv. ISA, "Supervisor Memory-Management Fence Instruction".
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
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
} from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import type { Engine } from './index.js';

/** Virtual pages that share both places: so many bytes apart. */
const APART = L.LS_OTHER / L.LS_ENTRY_BYTES / (1 / 4096);
const COUNT = 5;
const RX = R | E;

let engine: Engine;
beforeEach(async () => {
  engine = await bareHart();
  layRoot(engine, 8);
});

const map = (page: number, to: number, bits: number): void => mapAt(engine, (page * APART) / 4096, to, bits);
const hostPage = (n: number): number => PAGES + n * 4096;
const walks = (): number => Number(engine.view.getBigUint64(X + L.STAT_WALKS, true));

/** Runs a program to its loop at the end; the value of a0, undefined if it traps. */
function run(source: string): bigint | undefined {
  begin(engine, `${enter(satp())}\n ${source}\n end: j end`);
  if (engine.run(X, 2000) === L.EXIT_TRAP) return undefined;
  return engine.view.getBigUint64(X + L.X + 10 * 8, true);
}

describe('two pages that want the same place', () => {
  it('loaded and stored to in turn_are walked to once', () => {
    map(0, hostPage(0), V | RX | W | AD);
    map(1, hostPage(1), V | RX | W | AD);
    const turn = `ld a0, 0(s0)\n ld a1, 0(s1)\n addi a0, a0, 1\n sd a0, 0(s0)\n sd a0, 8(s1)\n`;
    const before = walks();
    expect(run(`li s0, 0\n li s1, ${APART}\n${turn.repeat(20)}`)).toBe(20n);
    // The code's own page, and each of the two.
    expect(walks() - before).toBeLessThanOrEqual(4);
    expect(engine.view.getBigUint64(hostPage(1) + 8, true)).toBe(20n);
  });
});

describe('pages that want the same places', () => {
  it('accessed, mapped elsewhere, protected and executed in any order_are what the tables say', () => {
    const page = fc.nat(COUNT - 1);
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('load' as const), page }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('store' as const), page }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('execute' as const), page }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant('map' as const), page, to: fc.nat(7), writable: fc.boolean() }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('unmap' as const), page }) },
    );
    let [loads, stores, code] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const mapped: ({ to: number; writable: boolean } | undefined)[] = new Array(COUNT).fill(undefined);
        for (let i = 0; i < COUNT; i++) map(i, 0, 0);
        // Each page of the host begins with `li a0, n; ret`, has a word, and n changes with each store to it.
        const values = Array.from({ length: 8 }, (_, n) => n);
        for (const n of values) {
          engine.u8.set(assemble(`c.li a0, ${n}\n ret`, { base: 0 }).bytes, hostPage(n));
          engine.invalidateCode(hostPage(n), 8);
        }
        run('sfence.vma');
        for (const [i, { kind, page: at, ...more }] of steps.entries()) {
          const va = at * APART;
          const now = mapped[at];
          if (kind === 'map' || kind === 'unmap') {
            const { to, writable } = { to: 0, writable: false, ...(more as object) };
            mapped[at] = kind === 'map' ? { to, writable } : undefined;
            map(at, hostPage(to), kind === 'map' ? V | RX | AD | (writable ? W : 0) : 0);
            run(`li t0, ${va}\n sfence.vma t0`);
          } else if (kind === 'load') {
            // The immediate of the first instruction.
            const loaded = run(`li t0, ${va}\n lw a0, 0(t0)\n srli a0, a0, 2\n andi a0, a0, 31`);
            expect(loaded).toBe(now && BigInt(values[now.to]! & 31));
            if (now) loads++;
          } else if (kind === 'store') {
            const n = i & 15;
            const [half] = new Uint16Array(assemble(`c.li a0, ${n}`, { base: 0 }).bytes.slice().buffer);
            const stored = run(`li t0, ${va}\n li t1, ${half}\n sh t1, 0(t0)\n li a0, 1`);
            expect(stored).toBe(now?.writable ? 1n : undefined);
            if (now?.writable) values[now.to] = n;
            if (now?.writable) stores++;
          } else {
            // In M-mode, by the host's address: the page holds code from now on, and stores to it take another way.
            if (now === undefined) continue;
            expect(run(`li t0, ${hostPage(now.to)}\n jalr t0`)).toBe(BigInt(values[now.to]!));
            code++;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(Math.min(loads, stores, code)).toBeGreaterThan(20);
  });
});
