// Translated code remembers what it calls (engine/hart/calls.ts): one test for each way in which that is no longer so.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { entry, leaf, paged, RW, RWX, TABLES, word } from './jit-testing/paging.js';
import { CODE, DATA, Twins, X } from './jit-testing/twins.js';

const [T0, T1, A0, A1, S0, S1, S2] = [5, 6, 10, 11, 8, 9, 18];
const FUNCTIONS = CODE + 0x1000;
const LIVE = 1;
const BUDGETS = [1999, 1000, 3001, 77];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

function load(at: number, source: string): void {
  twins.put(at, assemble(source, { base: at, symbols: { DATA, CODE, FUNCTIONS } }).bytes);
}

const CALLER = 'loop: addi a0, a0, 1\n jal ra, FUNCTIONS\n add s0, s0, a1\n j loop';

/** Runs until most is done in translated code. */
function warm(): void {
  const before = twins.retiredTranslated;
  expect(twins.runToEnd(BUDGETS, 12_000)).toBe('budget');
  expect(twins.retiredTranslated - before).toBeGreaterThan(6000n);
}

describe('a function that translated code has called', () => {
  it('overwritten by its caller before each call_is called as it is', () => {
    // One of two instructions that add to a1, and back again.
    load(CODE, 'loop: xor t0, t0, t1\n sw t0, 0(s2)\n jal ra, FUNCTIONS\n add s0, s0, a1\n j loop');
    load(FUNCTIONS, 'addi a1, a1, 1\n ret');
    const [one, other] = ['addi a1, a1, 1', 'addi a1, a1, 256'].map((text) => {
      const { bytes } = assemble(text, { base: CODE });
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    });
    twins.setX(T0, BigInt(one!));
    twins.setX(T1, BigInt(one! ^ other!));
    twins.setX(S2, BigInt(FUNCTIONS));
    expect(twins.runToEnd(BUDGETS)).toBe('budget');
    expect(twins.x(A1)).toBeGreaterThan(twins.x(S1) + 10_000n);
  });

  it('overwritten by the host between two runs_is called as it is', () => {
    load(CODE, CALLER);
    load(FUNCTIONS, 'li a1, 1\n ret');
    warm();
    const before = twins.x(S0);
    load(FUNCTIONS, 'li a1, 64\n ret');
    warm();
    expect(twins.x(S0) - before).toBeGreaterThan(64n * 2000n);
  });

  it('dropped, its function too_is called when it is back', () => {
    load(CODE, CALLER);
    load(FUNCTIONS, 'li a1, 1\n ret');
    warm();
    const engine = twins.translated;
    for (let round = 0; round < 3; round++) {
      for (let region = 0; region < L.MAX_REGIONS; region++) {
        const record = L.REGION_AREA + region * L.REGION_BYTES;
        const function_ = engine.u32[record >>> 2]!;
        if (engine.u32[(record + 12) >>> 2] !== LIVE) continue;
        engine.removeRegion(region);
        engine.setFunction(function_, null);
      }
      warm();
    }
  });

  it('whose page is mapped elsewhere, with a fence for its address_is the one that is there', () => {
    paged(twins);
    entry(twins, 0x102, TABLES + 0x2000, RW);
    load(
      CODE,
      `loop: addi a0, a0, 1
        andi t2, a0, 15
        bnez t2, again
        xor t0, t0, t1
        sd t0, 8(s1)
        sfence.vma s2, zero
      again: jal ra, FUNCTIONS
        add s0, s0, a1
        j loop`,
    );
    load(FUNCTIONS, 'li a1, 1\n ret');
    load(CODE + 0x3000, 'li a1, 1024\n ret');
    twins.setX(T0, leaf(FUNCTIONS, RWX));
    twins.setX(T1, leaf(FUNCTIONS, RWX) ^ leaf(CODE + 0x3000, RWX));
    twins.setX(S1, BigInt(DATA + 0x2000));
    twins.setX(S2, BigInt(FUNCTIONS));
    expect(twins.runToEnd(BUDGETS, 40_000)).toBe('budget');
    expect(twins.x(S0)).toBeGreaterThan(40_000n * 64n);
  });

  it('whose page had to leave the TLB meanwhile_is the one that is there after a fence', () => {
    // A page 4 MiB further has the same place among fetches; its function comes between.
    paged(twins);
    const far = FUNCTIONS + L.X_ENTRIES * 4096;
    twins.put(TABLES + 0x1000 + 8 * 2, word(leaf(TABLES + 0x3000, 1n), 8));
    twins.put(TABLES + 0x3000 + 8, word(leaf(CODE + 0x2000, RWX), 8));
    load(CODE, CALLER);
    load(FUNCTIONS, 'li a1, 1\n ret');
    load(CODE + 0x2000, 'li a1, 1\n ret');
    load(CODE + 0x3000, 'li a1, 64\n ret');
    warm();
    const at = twins.get64(L.PC);
    twins.set64(L.PC, BigInt(far));
    twins.setX(1, at);
    const a1 = twins.x(A1);
    expect(twins.run(2)).toBe('budget');
    twins.setX(A1, a1);
    expect(twins.get64(L.PC)).toBe(at);
    entry(twins, 1, CODE + 0x3000, RWX);
    twins.both((engine) => engine.fence(X, { of: 'supervisor', range: { start: BigInt(FUNCTIONS), size: 4096n } }));
    const before = twins.x(S0);
    warm();
    expect(twins.x(S0) - before).toBeGreaterThan(64n * 2000n);
  });

  it('of whose page another privilege knows nothing_is not called by it', () => {
    paged(twins);
    load(CODE, CALLER);
    load(FUNCTIONS, 'li a1, 1\n ret');
    warm();
    // In user mode none of it may be fetched; in machine mode all of it is where it was.
    twins.set32(L.PRIV, 0);
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(12n);
    twins.set32(L.PRIV, 3);
    expect(twins.x(A0)).toBeGreaterThan(0n);
    warm();
  });
});
