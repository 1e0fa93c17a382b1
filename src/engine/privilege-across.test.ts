// Accesses across a page and misaligned ones that are made as another mode: what is reported, and that nothing is half done.
// Priv. ISA, Hypervisor, "Hypervisor Virtual-Machine Load and Store Instructions", "Transformed Instruction or Pseudoinstruction for mtinst
// or htinst"; "Machine Status (mstatus) Register" (GVA).
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RAM, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset();
  machine.openPmp();
});

const CODE = RAM + 0x3000;
const DATA = RAM + 0x6000;
const ROOT = RAM + 0x20_0000;
const LEAF = 0xdfn;
const [LOAD_GUEST, STORE_GUEST] = [21, 23];
const GVA = { mstatus: 1n << 38n, hstatus: 1n << 6n };

/** A second stage that maps the given guest pages, which lie in a row from 0x10000 on, each to the page of DATA or not. */
function guestPages(...mapped: readonly boolean[]): void {
  const table = (at: number): bigint => (BigInt(at) >> 2n) | 1n;
  machine.poke(ROOT, table(ROOT + 0x4000));
  machine.poke(ROOT + 0x4000, table(ROOT + 0x5000));
  mapped.forEach((there, page) => {
    machine.poke(ROOT + 0x5000 + (0x10 + page) * 8, there ? (BigInt(DATA + page * 0x1000) >> 2n) | LEAF : 0n);
  });
  machine.write('hgatp', (8n << 60n) | (BigInt(ROOT) >> 12n));
  machine.program(CODE, 'hlv.d a0, (a1)\nhsv.d a0, (a1)\nhlvx.wu a0, (a1)');
  machine.write('medeleg', (1n << 21n) | (1n << 23n));
  machine.write('hstatus', 1n << 8n);
}

describe('hypervisor access across two pages', () => {
  test('both mapped_goes through', () => {
    guestPages(true, true);
    machine.poke(DATA + 0xff8, 0x1122_3344_5566_7788n);
    machine.poke(DATA + 0x1000, 0x99aa_bbcc_ddee_ff00n);
    machine.write('a1', 0x10ffd);
    expect(machine.step('HS', CODE)).toBeUndefined();
    expect(machine.read('a0')).toBe(0xccdd_eeff_0011_2233n);
    machine.write('a0', 0x0102_0304_0506_0708n);
    expect(machine.step('HS', CODE + 4)).toBeUndefined();
    expect([machine.peek(DATA + 0xff8), machine.peek(DATA + 0x1000)]).toEqual([
      0x0607_0844_5566_7788n,
      0x99aa_bb01_0203_0405n,
    ]);
  });

  test.each([
    ['hlv.d', 0, 8, LOAD_GUEST],
    ['hsv.d', 4, 8, STORE_GUEST],
    ['hlvx.wu', 8, 4, LOAD_GUEST],
  ])('%s, second page missing_reports where it begins, and how far into the access', (_, offset, bytes, cause) => {
    guestPages(true, false);
    machine.poke(DATA + 0xff8, 7n);
    machine.write('a0', -1n);
    for (let before = 1; before < bytes; before++) {
      machine.write('a1', 0x11000 - before);
      expect(machine.step('HS', CODE + offset)).toMatchObject({ level: 'HS', cause, tval: 0x11000n });
      expect(machine.read('htval')).toBe(0x11000n >> 2n);
      expect((machine.read('htinst') >> 15n) & 31n).toBe(BigInt(before));
      expect(machine.read('hstatus') & GVA.hstatus).toBe(GVA.hstatus);
    }
    expect(machine.peek(DATA + 0xff8)).toBe(7n); // no byte of a store that faults is written
  });

  test.each([
    ['hlv.d', 0],
    ['hsv.d', 4],
  ])('%s, both pages missing_reports the first byte', (_, offset) => {
    guestPages(false, false);
    machine.write('a1', 0x10ffd);
    expect(machine.step('HS', CODE + offset)).toMatchObject({ tval: 0x10ffdn });
    expect((machine.read('htinst') >> 15n) & 31n).toBe(0n);
  });
});

describe('misaligned atomic', () => {
  const MPRV = 1n << 17n;
  const MPV = 1n << 39n;

  test.each([
    ['lr.d a0, (a1)', 4],
    ['sc.d a0, a0, (a1)', 6],
    ['amoadd.d a0, a0, (a1)', 6],
  ])("%s made in M-mode as VS_tells that the address is the guest's", (text, cause) => {
    machine.program(CODE, text);
    machine.write('a1', DATA + 13); // past 16 bytes, which Zama16b would forgive
    for (const virtual of [true, false]) {
      machine.write('mstatus', MPRV | (1n << 11n) | (virtual ? MPV : 0n));
      expect(machine.step('M', CODE)).toMatchObject({ level: 'M', cause, tval: BigInt(DATA + 13) });
      expect(machine.read('mstatus') & GVA.mstatus).toBe(virtual ? GVA.mstatus : 0n);
    }
  });
});

test('software check_delegation_exists with what raises it', () => {
  const bits = () => {
    machine.write('medeleg', -1n);
    machine.write('hedeleg', -1n);
    return [machine.read('medeleg'), machine.read('hedeleg')].map((value) => (value >> 18n) & 1n);
  };
  expect(bits()).toEqual([1n, 1n]);
  machine.reset(['Smdbltrp', 'Zicfilp']);
  expect(bits()).toEqual([1n, 1n]);
  machine.reset(['Smdbltrp', 'Zicfilp', 'Zicfiss']);
  expect(bits()).toEqual([0n, 0n]);
});
