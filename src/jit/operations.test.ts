// Everything the translator translates, and everything it leaves: random programs run interpreted and translated, compared at every stop.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { codeOf, type Kind, POINTERS, type Program, programs } from './jit-testing/program.js';
import { CODE, DATA, listing, Twins } from './jit-testing/twins.js';

const TABLES = 0x8020_0000;
const V = 1n;
const RW = 0xc7n; // D A W R V
const RWX = 0xcfn;
const READ = 0x43n;

/** Instructions that fill a region, so that what it has must be chosen. */
const LITTLE_ROOM = 24;

let twins: Twins;
let large: Twins;
let small: Twins;
beforeAll(async () => {
  [large, small] = await Promise.all([Twins.create(), Twins.create({ room: LITTLE_ROOM })]);
});

/** Sv39: the code as it is, data with one page elsewhere, one not there and one read-only. S-mode. */
function pageTables(): void {
  const entry = (at: number, pa: number, flags: bigint) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, ((BigInt(pa) >> 12n) << 10n) | flags, true);
    twins.put(at, bytes);
  };
  entry(TABLES + 8 * 2, TABLES + 0x1000, V);
  entry(TABLES + 0x1000, TABLES + 0x2000, V); // 0x8000_0000, 2 MiB: code and data
  for (let page = 0; page < 4; page++) entry(TABLES + 0x2000 + 8 * page, CODE + 0x1000 * page, RWX);
  entry(TABLES + 0x2000 + 8 * 0x100, DATA, RW);
  entry(TABLES + 0x2000 + 8 * 0x101, DATA + 0x4000, RW);
  entry(TABLES + 0x2000 + 8 * 0x103, DATA + 0x3000, READ);
  twins.both((engine) => {
    engine.csrWrite(L.VCPU_AREA, 0x180, (8n << 60n) | (BigInt(TABLES) >> 12n));
    engine.csrWrite(L.VCPU_AREA, 0x306, 7n);
    engine.flushTlb(L.VCPU_AREA);
  });
  twins.set32(L.PRIV, 1);
}

let retired = 0n;
let all = 0n;

/** Runs a program to its end, going on behind every instruction that traps. */
function check(program: Program): void {
  const { bytes, end } = codeOf(program);
  twins.reset();
  twins.put(CODE + program.offset, bytes);
  program.registers.forEach((value, r) => {
    twins.setX(r, r === 0 ? 0n : r in POINTERS ? BigInt(POINTERS[r]!) : value);
  });
  program.floats.forEach((value, r) => {
    twins.setF(r, value);
  });
  twins.setX(1, BigInt(end));
  twins.setX(3, BigInt(CODE));
  twins.setX(31, BigInt(program.fuel));
  twins.both((engine) => engine.csrWrite(L.VCPU_AREA, 3, BigInt(program.fcsr)));
  twins.set64(L.PC, BigInt(CODE + program.offset));
  if (program.paged) pageTables();
  try {
    for (let traps = 0; traps < 40; traps++) {
      if (twins.runToEnd(program.budgets, 8000) !== 'trap') break;
      const pc = Number(twins.pc);
      if (pc === end || pc < CODE || pc >= end) break;
      const half = twins.plain.view.getUint16(pc, true);
      twins.set64(L.PC, BigInt(pc + ((half & 3) === 3 || half === 0 ? 4 : 2)));
    }
  } catch (error) {
    const pointers = `fuel ${program.fuel} budgets ${program.budgets} paged ${program.paged} fcsr ${program.fcsr}`;
    throw new Error(`${(error as Error).message}\n${pointers}\n${listing(bytes, CODE + program.offset)}`);
  } finally {
    retired += twins.retiredTranslated;
    all += twins.get64(L.INSTRET);
  }
}

const cases: [string, Partial<Record<Kind, number>>][] = [
  ['arithmetic', { arithmetic: 20, branch: 1 }],
  ['loads and stores', { arithmetic: 3, memory: 6, branch: 1, back: 1 }],
  ['sums and products of doubles', { double: 8, memory: 2, back: 1 }],
  ['singles', { single: 10, singleMemory: 2, double: 1, float: 1, branch: 1, back: 1 }],
  ['floats that the engine does in place', { float: 8, double: 2, memory: 2, back: 1 }],
  ['atomics', { atomic: 6, memory: 3, arithmetic: 2, branch: 1, back: 1 }],
  [
    'branches, loops, calls and returns',
    { arithmetic: 4, branch: 4, jump: 2, back: 2, call: 2, return: 1, indirect: 2 },
  ],
  [
    'everything',
    {
      arithmetic: 8,
      memory: 5,
      atomic: 2,
      double: 2,
      float: 1,
      branch: 3,
      jump: 1,
      back: 1,
      call: 1,
      return: 1,
      indirect: 1,
      system: 1,
    },
  ],
  ['programs that change themselves', { arithmetic: 6, memory: 2, branch: 3, back: 2, call: 1, return: 1, patch: 2 }],
]; // prettier-ignore

describe('translated code', () => {
  it.each(cases)('of %s_does what the interpreter does', (_, weights) => {
    twins = large;
    compare(weights);
  });

  it.each(cases.filter(([, { branch }]) => branch !== undefined))(
    'of %s in regions without room_does what the interpreter does',
    (_, weights) => {
      twins = small;
      compare(weights);
    },
  );

  function compare(weights: Partial<Record<Kind, number>>): void {
    const before = retired;
    const runs = Number(process.env.HYPERCRAFT_FUZZ ?? 150);
    fc.assert(fc.property(programs(weights), check), {
      numRuns: runs,
      endOnFailure: false,
      interruptAfterTimeLimit: 600_000,
    });
    if (process.env.HYPERCRAFT_FUZZ) console.log(`${retired} of ${all} instructions retired translated`);
    // Else nothing was tried.
    expect(retired - before).toBeGreaterThan(1000n);
  }
});
