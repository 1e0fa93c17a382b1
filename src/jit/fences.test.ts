// Fences in translated code: what they become, by what they order and by what is below. That they order it the litmus tests try (vmm/hart/parallel.test.ts).
import { beforeAll, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { explainRegion } from './explain.js';
import { ORDERED } from './fences.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
});

function translated(source: string): string {
  engine.u8.set(assemble(`${source}\n wfi`, { base: CODE }).bytes, CODE);
  engine.invalidateCode(CODE, 64);
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 1);
  return explainRegion(engine, CODE, BigInt(CODE))!.text;
}

it('machine below_by the NaN that it makes_is known for what it orders', () => {
  expect(ORDERED).toBe(process.arch === 'x64' || process.arch === 'ia32');
});

it.each(['rw, rw', 'w, r', 'iorw, iorw', 'o, i', 'w, rw', 'rw, r'])(
  'fence %s, which keeps loads behind stores_translated_is one everywhere',
  (sets) => {
    expect(translated(`addi a0, a0, 1\n fence ${sets}`)).toContain('atomic.fence');
  },
);

it.each(['fence r, rw', 'fence rw, w', 'fence w, w', 'fence r, r', 'fence.tso', 'fence i, r'])(
  '%s_translated_is a store for the compiler where the machine orders the rest',
  (fence) => {
    const text = translated(`addi a0, a0, 1\n ${fence}`);
    expect(text.includes('atomic.fence')).toBe(!ORDERED);
    expect(/i32\.const 0 i32\.store offset=/.test(text)).toBe(ORDERED);
  },
);

it('LR and SC_translated_are a load and a compare-and-swap', () => {
  const text = translated('lr.d.aq a0, (s0)\n addi a1, a0, 1\n sc.d.rl a2, a1, (s0)');
  expect(text).toMatch(/i64\.atomic\.load[\s\S]*i64\.atomic\.rmw\.cmpxchg/);
  expect(text).not.toContain('call $access');
});

it.each([
  ['amocas.w a0, a1, (s0)', 'i32.atomic.rmw.cmpxchg'],
  ['amoadd.b a0, a1, (s0)', 'i32.atomic.rmw8.add'],
  ['amoswap.h a0, a1, (s0)', 'i32.atomic.rmw16.xchg'],
])('%s_translated_is %s', (source, instruction) => {
  expect(translated(source)).toContain(instruction);
});
