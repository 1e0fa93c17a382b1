// Pages that hold code and then data: stores reach them directly again, and code that is put there once more runs as it is written.
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { bareHart, CODE, X } from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import type { Engine } from './index.js';

const OTHER = CODE + 0x1_0000;

let engine: Engine;
beforeEach(async () => {
  engine = await bareHart();
});

const isCode = (at: number): boolean =>
  (engine.view.getUint16(L.PAGE_FLAGS + (at >>> 12) * 2, true) & L.PAGE_HAS_CODE) !== 0;
const reg = (r: number): bigint => engine.view.getBigUint64(X + L.X + r * 8, true);

/**
 * Calls code that it writes at OTHER (li a0, 7; ret), clears `cleared` bytes of the page, stores `stores` times to its end, then writes
 * li a0, 9 there and calls that.
 */
function run(cleared: number, stores: number): void {
  const { bytes } = assemble(
    `li s0, ${OTHER}
     li t0, 0x8082451d
     sw t0, 0(s0)
     fence.i
     jalr s0
     mv s1, a0
     li t0, ${OTHER}
     li t1, ${OTHER + cleared}
     clear: bgeu t0, t1, cleared
     sd zero, 0(t0)
     addi t0, t0, 8
     j clear
     cleared: li t0, ${stores}
     li t1, ${OTHER + 4000}
     again: sd t0, 0(t1)
     addi t0, t0, -1
     bnez t0, again
     halt: j halt`,
    { base: CODE },
  );
  engine.u8.set(bytes, CODE);
  engine.invalidateCode(CODE, bytes.length);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  for (let i = 0; i < 300; i++) engine.run(X, 1000);
}

function callAgain(): void {
  const { bytes } = assemble(
    `li s0, ${OTHER}\n li t0, 0x80824525\n sw t0, 0(s0)\n fence.i\n jalr s0\n mv s2, a0\n halt: j halt`,
    { base: CODE },
  );
  engine.u8.set(bytes, CODE);
  engine.invalidateCode(CODE, bytes.length);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 1000);
}

describe('a page that held code', () => {
  it('and is cleared_is one for data again after some stores', () => {
    run(4096, 1000);
    expect(reg(9)).toBe(7n);
    expect(isCode(OTHER)).toBe(false);
    expect(isCode(CODE)).toBe(true);
    callAgain();
    expect(reg(18)).toBe(9n);
    expect(isCode(OTHER)).toBe(true);
  });

  it('and still does stays one until there were many stores beside the code', () => {
    run(0, 1000);
    expect(isCode(OTHER)).toBe(true);
    run(0, 60_000);
    expect(isCode(OTHER)).toBe(false);
    callAgain();
    expect(reg(18)).toBe(9n);
  });

  it('and is stored to once in a while_runs what was stored last', () => {
    run(512, 10);
    expect(isCode(OTHER)).toBe(true);
    callAgain();
    expect(reg(18)).toBe(9n);
  });
});
