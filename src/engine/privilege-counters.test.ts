// Counters: which instructions they count, in which modes, and the interrupt when they overflow.
// Priv. ISA, "Hardware Performance Monitor", "Machine Counter-Inhibit"; Smcntrpmf; Sscofpmf; Shlcofideleg.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Mode, modeNames } from './privilege-testing/hart.js';
import { HANDLER, INTERRUPT, RAM, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset();
  machine.openPmp();
});

const CYCLES = 1n;
const INSTRUCTIONS = 2n;
const OF = 1n << 63n;
const LCOFI = 1n << 13n;
const INHIBIT: Record<Mode, bigint> = { M: 1n << 62n, HS: 1n << 61n, U: 1n << 60n, VS: 1n << 59n, VU: 1n << 58n };
const LOOP = RAM + 0x100;

/** Runs `count` instructions of a loop in a mode. */
function spin(mode: Mode, count: number): void {
  machine.program(LOOP, 'nop\nnop\nj . - 8');
  machine.mode = mode;
  machine.write('pc', LOOP);
  machine.run(count);
}

describe('counting', () => {
  test.each([CYCLES, INSTRUCTIONS])('event %s_counts_everyInstruction', (event) => {
    machine.write('mhpmevent7', event);
    machine.write('mhpmcounter7', 100n);
    spin('U', 50);
    expect(machine.read('mhpmcounter7')).toBe(150n);
    machine.write('mcountinhibit', 1n << 7n);
    spin('U', 50);
    expect(machine.read('mhpmcounter7')).toBe(150n);
    machine.write('mcountinhibit', 0n);
    machine.write('mhpmevent7', 0n);
    spin('U', 50);
    expect(machine.read('mhpmcounter7')).toBe(150n);
  });

  test('anyModes_anyFilters_eachCounterCountsWhereItMay', () => {
    const counters = [
      ['mcycle', 'mcyclecfg', 0n],
      ['minstret', 'minstretcfg', 0n],
      ['mhpmcounter3', 'mhpmevent3', CYCLES],
      ['mhpmcounter31', 'mhpmevent31', INSTRUCTIONS],
    ] as const;
    const filter = fc.subarray([...modeNames]);
    const stay = fc.tuple(fc.constantFrom(...modeNames), fc.integer({ min: 1, max: 40 }));
    fc.assert(
      fc.property(
        fc.array(filter, { minLength: 4, maxLength: 4 }),
        fc.array(stay, { maxLength: 8 }),
        (filters, stays) => {
          const expected = counters.map(([counter, config, event], n) => {
            machine.write(
              config,
              filters[n]!.reduce<bigint>((bits, mode) => bits | INHIBIT[mode], event),
            );
            machine.write(counter, 1000n);
            return 1000n;
          });
          for (const [mode, count] of stays) {
            spin(mode, count);
            filters.forEach((inhibited, n) => {
              if (!inhibited.includes(mode)) expected[n]! += BigInt(count);
            });
          }
          expect(counters.map(([counter]) => machine.read(counter))).toEqual(expected);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('trapsAndReturns_countWhereTheyComeFrom_andTrapsNotAtAll', () => {
    // A user-mode program of 2 instructions and an ecall; a handler of 4 that skips the ecall.
    machine.program(HANDLER.M, 'csrr t0, mepc\naddi t0, t0, 4\ncsrw mepc, t0\nmret');
    machine.program(RAM, 'nop\nnop\necall\nnop\nj .');
    for (const [inhibited, counted] of [
      [['M'], 3n],
      [['U'], 4n],
      [['M', 'U'], 0n],
      [[], 7n],
    ] as const) {
      machine.write(
        'minstretcfg',
        (inhibited as readonly Mode[]).reduce<bigint>((bits, mode) => bits | INHIBIT[mode], 0n),
      );
      machine.mode = 'U';
      machine.write('pc', RAM);
      machine.write('minstret', 0n);
      while (machine.read('pc') !== BigInt(RAM + 16)) machine.run(1);
      expect([inhibited, machine.read('minstret')]).toEqual([inhibited, counted]);
    }
  });

  test('filters_withoutTheirExtension_doNotExist', () => {
    machine.reset(['Smdbltrp', 'Sscofpmf', 'Smcntrpmf']);
    machine.write('mhpmevent3', -1n);
    expect(machine.read('mhpmevent3')).toBe((1n << 56n) - 1n);
    machine.program(RAM, 'csrr a0, mcyclecfg\ncsrr a0, scountovf');
    expect(machine.step('M', RAM)?.cause).toBe(2);
    expect(machine.step('M', RAM + 4)?.cause).toBe(2);
  });

  test('csrWrite_ofACounter_takesEffectAfterTheInstruction', () => {
    machine.write('mhpmevent3', INSTRUCTIONS);
    machine.program(RAM, 'csrw mhpmcounter3, a0\ncsrr a1, mhpmcounter3\ncsrr a2, mhpmcounter3');
    machine.write('a0', 500);
    for (let i = 0; i < 3; i++) machine.step('M', RAM + 4 * i);
    expect([machine.read('a1'), machine.read('a2')]).toEqual([500n, 501n]);
  });
});

describe('overflow', () => {
  test('overflow_setsItsBit_pendsTheInterrupt_once', () => {
    machine.write('mhpmevent5', CYCLES);
    machine.write('mhpmcounter5', -3n);
    spin('U', 2);
    expect([machine.read('mhpmevent5') >> 63n, machine.read('mip') & LCOFI]).toEqual([0n, 0n]);
    spin('U', 100);
    expect([machine.read('mhpmcounter5'), machine.read('mhpmevent5')]).toEqual([99n, CYCLES | OF]);
    expect(machine.read('mip') & LCOFI).toBe(LCOFI);
    machine.mode = 'M';
    expect(machine.read('scountovf')).toBe(1n << 5n);
    machine.write('mip', 0n);
    machine.write('mhpmcounter5', -3n);
    spin('U', 100);
    expect(machine.read('mip') & LCOFI).toBe(0n);
    machine.write('mhpmevent5', CYCLES);
    machine.write('mhpmcounter5', -3n);
    spin('U', 100);
    expect(machine.read('mip') & LCOFI).toBe(LCOFI);
  });

  test.each([1, 2, 7, 1000, 40_000])('interrupt_after%sInstructions_comesAtExactlyThatOne', (count) => {
    machine.write('mideleg', LCOFI);
    machine.write('mie', LCOFI);
    machine.write('mhpmevent9', INSTRUCTIONS | INHIBIT.M | INHIBIT.HS);
    machine.write('mhpmcounter9', -BigInt(count));
    machine.program(HANDLER.HS, 'j .');
    const before = machine.retired;
    machine.program(LOOP, 'nop\nnop\nj . - 8');
    machine.mode = 'U';
    machine.write('pc', LOOP);
    machine.run(100_000);
    expect([machine.mode, machine.read('scause')]).toEqual(['HS', INTERRUPT | 13n]);
    expect(machine.read('mhpmcounter9')).toBe(0n);
    expect(machine.read('sepc')).toBe(BigInt(LOOP + 4 * (count % 3)));
    expect(machine.retired - before).toBeGreaterThan(BigInt(count));
  });

  test('counterThatStartsOnAReturn_overflowsInTheModeItCounts', () => {
    machine.write('mideleg', LCOFI);
    machine.write('mie', LCOFI);
    machine.write('mhpmevent9', INSTRUCTIONS | INHIBIT.M | INHIBIT.HS);
    machine.write('mhpmcounter9', -4n);
    machine.program(RAM, 'mret');
    machine.program(LOOP, 'nop\nnop\nnop\nnop\nnop\nnop');
    machine.program(HANDLER.HS, 'j .');
    machine.mode = 'M';
    machine.write('mepc', LOOP);
    machine.write('mstatus', 0n);
    machine.write('pc', RAM);
    machine.run(50);
    expect([machine.read('scause'), machine.read('sepc')]).toEqual([INTERRUPT | 13n, BigInt(LOOP + 16)]);
  });

  test('writes_neverOverflow', () => {
    machine.write('mhpmevent3', INSTRUCTIONS);
    machine.write('mhpmcounter3', -1000n);
    machine.program(RAM, 'csrw mhpmcounter3, zero\nnop\nnop\ncsrw mhpmcounter3, a0\ncsrw mhpmcounter3, a1\nnop');
    machine.write('a0', -10);
    machine.write('a1', 10);
    machine.mode = 'M';
    machine.write('pc', RAM);
    machine.run(6);
    expect([machine.read('mhpmevent3') >> 63n, machine.read('mip') & LCOFI]).toEqual([0n, 0n]);
    expect(machine.read('mhpmcounter3')).toBe(11n);
  });

  test('scountovf_eachMode_seesTheCountersItMayRead', () => {
    for (const n of [3, 4, 5, 6]) machine.write(`mhpmevent${n}` as 'mhpmevent3', OF);
    machine.write('mcounteren', (1n << 3n) | (1n << 4n));
    machine.write('hcounteren', (1n << 4n) | (1n << 5n));
    machine.program(RAM, 'csrr a0, scountovf');
    const seen = (mode: Mode) => {
      expect(machine.step(mode, RAM)).toBeUndefined();
      return machine.read('a0');
    };
    expect([seen('M'), seen('HS'), seen('VS')]).toEqual([0x78n, 0x18n, 0x10n]);
    expect(machine.step('U', RAM)?.cause).toBe(2);
    expect(machine.step('VU', RAM)?.cause).toBe(22);
  });

  test('interruptDelegatedToAGuest_arrivesThereAsNumber13', () => {
    machine.write('mideleg', LCOFI);
    machine.write('hideleg', LCOFI);
    machine.mode = 'VS';
    machine.write('mie', LCOFI);
    machine.write('mip', LCOFI);
    expect([machine.read('vsie'), machine.read('vsip')]).toEqual([LCOFI, LCOFI]);
    machine.write('vsstatus', 2n);
    expect(machine.step('VS', RAM)).toMatchObject({ level: 'VS' });
    expect(machine.read('vscause')).toBe(INTERRUPT | 13n);
    machine.write('vsip', 0n);
    expect(machine.read('mip') & LCOFI).toBe(0n);
    machine.write('hideleg', 0n);
    expect([machine.read('vsie'), machine.read('vsip')]).toEqual([0n, 0n]);
  });

  test.each([
    [[], LCOFI],
    [['Shlcofideleg'], 0n],
    [['Sscofpmf', 'Shlcofideleg'], 0n],
  ] as const)('overflow_without %j_canBeDelegatedToGuestsOrNot', (off, expected) => {
    machine.reset([...off]);
    machine.write('mideleg', -1n);
    machine.write('hideleg', -1n);
    expect(machine.read('hideleg') & LCOFI).toBe(expected);
  });
});
