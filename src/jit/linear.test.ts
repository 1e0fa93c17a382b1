// Whether a vCPU's memory is linear, as its TLB says after loads that a guest has made.
import { beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { isLinear } from './linear.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
/** Sv39: a root whose entry 2 maps 0x8000_0000 as it is, by a gigapage, and entry 0 leads to a table of single pages. */
const ROOT = 0x8010_0000;
const [MIDDLE, LEAVES, PAGES] = [ROOT + 0x1000, ROOT + 0x2000, ROOT + 0x10_0000];
const [V, RWX, AD] = [1, 0xe, 0xc0];

let engine: Engine;
beforeEach(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
});

const pte = (at: number, to: number, bits: number): void =>
  engine.view.setBigUint64(at, (BigInt(to >>> 12) << 10n) | BigInt(bits), true);

/** Loads from 64 pages, one after the other, with paging on if there is a `satp`. */
function load(from: number, satp = 0n): void {
  const { bytes } = assemble(
    `li t0, ${satp}\n csrw satp, t0\n li t0, 0x20800\n csrs mstatus, t0\n li s0, ${from}\n li s1, ${from + 64 * 4096}\n li s2, 4096\n
     next: ld a0, 0(s0)\n add s0, s0, s2\n bltu s0, s1, next\n end: j end`,
    { base: CODE },
  );
  engine.u8.set(bytes, CODE);
  engine.invalidateCode(CODE, bytes.length);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 2000);
}

/** The pages at 0 lie one after the other in memory, or every one elsewhere. */
function map(scattered: boolean): bigint {
  pte(ROOT, MIDDLE, V);
  pte(ROOT + 16, CODE, V | RWX | AD);
  pte(MIDDLE, LEAVES, V);
  for (let page = 0; page < 64; page++) {
    pte(LEAVES + page * 8, PAGES + (scattered ? (page * 27) % 64 : page) * 4096, V | RWX | AD);
  }
  return (8n << 60n) | BigInt(ROOT >>> 12);
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
