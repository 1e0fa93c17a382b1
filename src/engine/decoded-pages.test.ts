// The pool of decoded pages: what a place held before is never run, and a place that nobody has had costs what is decoded in it.
import { describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { CODE, X } from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import { Engine } from './index.js';

const POOL = L.REALM_AREA + L.REALM_PAGES;

/** Runs `source` by a new instance of the engine over `memory`; what a0 is then. */
async function run(memory: WebAssembly.Memory, source: string): Promise<bigint> {
  const engine = await Engine.create(memory, () => 0);
  engine.u8.fill(0, CODE, CODE + 4096);
  engine.u8.set(assemble(source, { base: CODE }).bytes, CODE);
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 4);
  return engine.view.getBigUint64(X + L.X + 8 * 10, true);
}

it('a place that an earlier instance has used_is empty', async () => {
  const memory = Engine.createMemory();
  expect(await run(memory, 'li a0, 1\n halt: j halt')).toBe(1n);
  expect(await run(memory, 'li a0, 2\n halt: j halt')).toBe(2n);
});

it('a place that nobody has had_is not touched but where something is decoded', async () => {
  const memory = Engine.createMemory();
  const words = new Uint32Array(memory.buffer);
  // What is never so: were the place cleared, this would be gone.
  const far = (POOL + 1024 * L.SLOT_BYTES) >>> 2;
  words[far] = 0xffff_fffe;
  expect(await run(memory, 'li a0, 1\n halt: j halt')).toBe(1n);
  expect(words[POOL >>> 2]).not.toBe(0);
  expect(words[far]).toBe(0xffff_fffe);
});

describe('a hart that goes from page to page', () => {
  /** Where the pages are that it comes to once each, and how many. */
  const FAR = 0x9000_0000;
  const PAGES = 5000;
  let engine: Engine;

  /** In each page, at one of two offsets, something of its own that is added up. */
  async function walk(): Promise<void> {
    engine = await Engine.create(Engine.createMemory(), () => 0);
    engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
    for (let i = 0; i < PAGES; i++) {
      const at = FAR + i * 0x1000 + (i % 2) * 0x804;
      engine.u8.set(assemble(`addi a0, a0, ${i % 97}\n ret`, { base: at }).bytes, at);
    }
    const home = `
      li a0, 0
      li t0, ${FAR}
      li t1, ${FAR + PAGES * 0x1000}
      li t3, 0x1000
      li t4, 0x804
      next: jalr ra, t0
      add t0, t0, t3
      xor t0, t0, t4
      bltu t0, t1, next
      halt: j halt`;
    engine.u8.set(assemble(home, { base: CODE }).bytes, CODE);
    engine.initVcpu(X);
    engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
    engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    for (let left = PAGES * 8; left > 0; left -= 1000) engine.run(X, 1000);
  }

  const sum = Array.from({ length: PAGES }, (_, i) => i % 97).reduce((all, one) => all + one);

  it('of which there are more than the pool has places_runs what each has now', async () => {
    await walk();
    expect(engine.view.getBigUint64(X + L.X + 8 * 10, true)).toBe(BigInt(sum));
    // Those that went are pages without code once more: stores need not look.
    const flags = new Uint16Array(engine.memory.buffer, L.PAGE_FLAGS);
    const first = FAR >>> 12;
    const decoded = Array.from({ length: PAGES }, (_, i) => engine.decodedPage(first + i) !== 0);
    expect(Array.from({ length: PAGES }, (_, i) => (flags[first + i]! & 1) !== 0)).toEqual(decoded);
    expect(decoded.filter(Boolean).length).toBeLessThanOrEqual(L.DECODED_PAGES);
    expect(decoded.filter(Boolean).length).toBeGreaterThan(L.DECODED_PAGES / 2);
  });

  it('and whose own page would give its place away_goes on with an instruction that ends in the next one', async () => {
    engine = await Engine.create(Engine.createMemory(), () => 0);
    engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
    const others = L.DECODED_PAGES - 1;
    const ret = assemble('ret', { base: FAR }).bytes;
    for (let i = 0; i < others; i++) engine.u8.set(ret, FAR + i * 0x1000);
    // The pool is full when the last of them has been run, and the place of the page that came first is the next to go.
    const home = `
      li t0, ${FAR}
      li t1, ${FAR + others * 0x1000}
      li t3, 0x1000
      next: jalr ra, t0
      add t0, t0, t3
      bltu t0, t1, next
      li t4, ${CODE + 0xffe}
      jr t4`;
    engine.u8.set(assemble(home, { base: CODE }).bytes, CODE);
    engine.u8.set(assemble('addi a1, a1, 0x123\n halt: j halt', { base: CODE + 0xffe }).bytes, CODE + 0xffe);
    engine.initVcpu(X);
    engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
    engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    for (let left = others * 5; left > 0; left -= 1000) expect(engine.run(X, 1000)).toBe(L.EXIT_BUDGET);
    expect(engine.view.getBigUint64(X + L.X + 8 * 11, true)).toBe(0x123n);
    expect(engine.decodedPage((CODE >>> 12) + 1)).not.toBe(0);
  });
});
