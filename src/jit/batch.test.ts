// What a hart that translates by itself tells of the time it takes.
import { expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { translateBatch } from './batch.js';
import { figuresOf } from './figures.js';
import { Translator } from './translator.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;

it('a batch of two regions_counts the time of translating each, and of nothing else', async () => {
  const engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  const blocks = [CODE, CODE + 0x1000];
  for (const block of blocks) {
    engine.u8.set(assemble('loop: addi a0, a0, 1\n j loop', { base: block }).bytes, block);
    engine.view.setBigUint64(X + L.PC, BigInt(block), true);
    engine.run(X, 2);
  }
  let milliseconds = 0;
  const hot = blocks.map((hpa) => ({ hpa, program: false }));
  const { translated } = translateBatch(engine, new Translator(engine, false), hot, { now: () => milliseconds++ });
  expect(translated).toBe(2);
  expect(figuresOf(engine.u32)).toMatchObject({ translating: 2000, compiling: 0 });
});
