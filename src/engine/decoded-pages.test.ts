// The pool of decoded pages: what a place held before is never run, and a place that nobody has had costs what is decoded in it.
import { expect, it } from 'vitest';
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
