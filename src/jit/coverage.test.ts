// Code that is in a region already is translated once more only when it is met often: what regions cover, and who waits.
import { beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { figuresOf } from './figures.js';
import { Jit } from './jit.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
/** Two loops, one in the other, and one beside them. */
const PROGRAM = `outer: addi a0, a0, 1
  li a1, 8
inner: addi a1, a1, -1
  bnez a1, inner
  j outer
beside: addi a2, a2, 1
  j beside`;

let engine: Engine;
let jit: Jit;
let offsets: { readonly outer: number; readonly inner: number; readonly beside: number };

beforeEach(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  jit = new Jit(engine);
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  const { bytes } = assemble(PROGRAM, { base: CODE });
  engine.u8.set(bytes, CODE);
  offsets = { outer: CODE, inner: CODE + 8, beside: CODE + 20 };
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 100);
});

/** The engine found a block hot. */
function hot(hpa: number): void {
  engine.u32[(engine.realmArea + L.REALM_HOT_QUEUE) >>> 2] = hpa;
  engine.u32[(engine.realmArea + L.REALM_HOT_COUNT) >>> 2] = 1;
  jit.translate(X);
}

const regions = () => figuresOf(engine.u32).regions;

describe('a hot block', () => {
  it('that no region has_is translated at once', () => {
    hot(offsets.outer);
    hot(offsets.beside);
    expect(regions()).toBe(2);
  });

  it('that is in a region already_is translated when it stays hot', () => {
    hot(offsets.outer);
    for (let i = 0; i < 5; i++) hot(offsets.inner);
    expect(regions()).toBe(1);
    hot(offsets.inner);
    expect(regions()).toBe(2);
  });

  it('whose region is gone_is translated at once', () => {
    hot(offsets.outer);
    expect(jit.code.covers(offsets.inner)).toBe(true);
    engine.invalidateCode(CODE, 4);
    engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    engine.run(X, 100);
    jit.code.collect();
    expect(jit.code.covers(offsets.inner)).toBe(false);
    hot(offsets.inner);
    expect(regions()).toBe(2);
  });
});
