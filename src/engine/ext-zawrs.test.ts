// Zawrs: a hart that waits for another one's store leaves the engine after a while, and nowhere else. Unpriv. ISA, "Zawrs".
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { bareHart, begin, CODE, X } from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import type { Engine } from './index.js';

const WORD = 0x8010_0000;
const BELL = L.DEVICE_AREA;

let engine: Engine;

beforeEach(async () => {
  engine = await bareHart(2);
});

/** Runs a program from its start; the reason it stopped for, and how many instructions it came. */
function run(source: string, budget = 1000): { reason: number; at: number } {
  begin(engine, `li s1, ${WORD}\nstart:\n${source}\nhere: j here`);
  const before = engine.view.getBigUint64(X + L.INSTRET, true);
  const reason = engine.run(X, budget);
  return { reason, at: Number(engine.view.getBigUint64(X + L.INSTRET, true) - before) };
}

const LI = assemble(`li s1, ${WORD}`, { base: CODE }).bytes.length / 4;

describe.each([
  ['a thread for itself', BELL],
  ['a thread for all harts', 0],
])('a hart with %s', (_, bell) => {
  beforeEach(() => engine.view.setUint32(X + L.BELL, bell, true));

  it.each(['wrs.nto', 'wrs.sto'])(
    '%s_with nothing stored to its reservation set_leaves the engine behind it',
    (wrs) => {
      expect(run(`lr.w t0, (s1)\n${wrs}`)).toEqual({ reason: L.EXIT_WRS, at: LI + 2 });
      expect(engine.wrsOver(X)).toBe(false);
      engine.u32[WORD >>> 2] = 1;
      expect(engine.wrsOver(X)).toBe(true);
    },
  );

  it('a doubleword stored to in its upper half only_goes on', () => {
    expect(run('lr.d t0, (s1)\nli t1, 1\nsw t1, 4(s1)\nwrs.nto').reason).toBe(L.EXIT_BUDGET);
    expect(run('sd zero, 0(s1)\nlr.d t0, (s1)\nwrs.nto').reason).toBe(L.EXIT_WRS);
  });

  it('without a reservation_goes on', () => {
    expect(run('wrs.nto').reason).toBe(L.EXIT_BUDGET);
    expect(run('lr.w t0, (s1)\nsc.w t1, zero, (s1)\nwrs.nto').reason).toBe(L.EXIT_BUDGET);
  });

  it('with an interrupt that it takes_has a reason to go on', () => {
    expect(run('csrwi mie, 8\nlr.w t0, (s1)\nwrs.nto').reason).toBe(L.EXIT_WRS);
    engine.setLines(X, 8, true);
    expect(engine.wrsOver(X)).toBe(false);
    engine.csrWrite(X, 0x300, engine.csrRead(X, 0x300) | 8n);
    expect(engine.wrsOver(X)).toBe(true);
  });

  it('in virtual time, or alone_goes on', () => {
    engine.view.setUint32(X + L.TIME_MODE, 1, true);
    expect(run('lr.w t0, (s1)\nwrs.nto').reason).toBe(L.EXIT_BUDGET);
    engine.view.setUint32(X + L.TIME_MODE, 0, true);
    engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
    expect(run('lr.w t0, (s1)\nwrs.nto').reason).toBe(L.EXIT_BUDGET);
  });
});
