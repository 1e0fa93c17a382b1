// Double traps: a trap that comes while its level cannot take one. Priv. ISA, "Double Trap Control in mstatus Register", "Double Trap
// Control in sstatus Register"; Smdbltrp, Ssdbltrp; Hypervisor, "Trap Return".
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  EXIT_BUDGET,
  EXIT_CAUSE,
  EXIT_CRITICAL,
  EXIT_TRAP,
  EXIT_TVAL2,
  OWN_HS,
  OWN_M,
  OWNED,
  PC,
} from './hart/layout.js';
import type { Mode } from './privilege-testing/hart.js';
import { HANDLER, RAM, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset([]);
  machine.openPmp();
  machine.program(RAM, 'ecall\nmret\nsret\nunimp');
});

const DTE = 1n << 59n;
const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SDT = 1n << 24n;
const MDT = 1n << 42n;
const DOUBLE_TRAP = 16;
const ECALL = RAM;
const MRET = RAM + 4;
const SRET = RAM + 8;
const everything = -1n;

const has = (csr: 'mstatus' | 'sstatus' | 'vsstatus', bit: bigint) => (machine.read(csr) & bit) !== 0n;

describe('M-mode', () => {
  test('reset_trapsAreDisabled_untilSoftwareIsReady', () => {
    machine.reset([]);
    machine.write('mstatus', MDT);
    expect(has('mstatus', MDT)).toBe(true);
    machine.reset(['Smdbltrp']);
    machine.write('mstatus', MDT);
    expect(has('mstatus', MDT)).toBe(false);
  });

  test('interruptsEnabled_whileTrapsAreDisabled_staysOff', () => {
    machine.write('mstatus', MDT | MIE);
    expect(machine.read('mstatus') & (MDT | MIE)).toBe(MDT);
    machine.write('mstatus', MIE);
    expect(machine.read('mstatus') & (MDT | MIE)).toBe(MIE);
    machine.write('mstatus', MDT | MIE);
    expect(machine.read('mstatus') & (MDT | MIE)).toBe(MDT);
  });

  test('trap_setsIt_andASecondOneStopsTheHartWithNothingChanged', () => {
    expect(machine.step('M', ECALL)).toMatchObject({ level: 'M', cause: 11 });
    expect(has('mstatus', MDT)).toBe(true);
    const before = [machine.read('mstatus'), machine.read('mcause'), machine.read('mepc')];
    machine.write('pc', RAM + 12);
    expect(machine.run(10)).toBe(EXIT_CRITICAL);
    expect(machine.u64(PC)).toBe(BigInt(RAM + 12));
    expect(machine.u64(EXIT_CAUSE)).toBe(2n);
    expect([machine.read('mstatus'), machine.read('mcause'), machine.read('mepc')]).toEqual(before);
  });

  test.each(['U', 'HS', 'VS', 'VU', 'M'] as Mode[])('MRET_to%s_makesTrapsPossible_atTheLevelsItLeaves', (mode) => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('vsstatus', SDT);
    const [mpp, mpv] = { U: [0n, 0n], HS: [1n, 0n], VS: [1n, 1n], VU: [0n, 1n], M: [3n, 0n] }[mode]!;
    machine.write('mstatus', MDT | SDT | (mpp! << 11n) | (mpv! << 39n));
    expect(machine.step('M', MRET)).toBeUndefined();
    expect(machine.mode).toBe(mode);
    expect([has('mstatus', MDT), has('mstatus', SDT), has('vsstatus', SDT)]).toEqual([
      false,
      mode === 'M' || mode === 'HS',
      mode !== 'VU',
    ]);
  });

  test('SRET_inMMode_clearsItToo', () => {
    machine.write('mstatus', MDT | (1n << 8n));
    expect(machine.step('M', SRET)).toBeUndefined();
    expect([machine.mode, has('mstatus', MDT)]).toEqual(['HS', false]);
  });
});

describe('S-mode', () => {
  beforeEach(() => machine.write('medeleg', everything));

  test('fieldsExist_onlyWhereTheLevelAboveEnablesThem', () => {
    for (const csr of ['sstatus', 'mstatus', 'vsstatus'] as const) {
      machine.write(csr, SDT);
      expect(has(csr, SDT)).toBe(false);
    }
    machine.write('henvcfg', DTE);
    expect(machine.read('henvcfg')).toBe(0n);
    machine.write('menvcfg', DTE);
    machine.write('sstatus', SDT);
    machine.write('vsstatus', SDT);
    expect([has('sstatus', SDT), has('mstatus', SDT), has('vsstatus', SDT)]).toEqual([true, true, false]);
    machine.write('henvcfg', DTE);
    machine.write('vsstatus', SDT);
    expect(has('vsstatus', SDT)).toBe(true);
    machine.write('menvcfg', 0n);
    expect([has('sstatus', SDT), has('vsstatus', SDT), machine.read('henvcfg')]).toEqual([false, false, 0n]);
  });

  test('SIE_whileTrapsAreDisabled_staysOff', () => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    for (const csr of ['sstatus', 'vsstatus'] as const) {
      machine.write(csr, SIE | SDT);
      expect(machine.read(csr) & (SIE | SDT)).toBe(SDT);
      machine.write(csr, SIE);
      expect(machine.read(csr) & (SIE | SDT)).toBe(SIE);
    }
  });

  test('secondTrap_goesToMachineMode_withTheFirstCauseInMtval2', () => {
    machine.write('menvcfg', DTE);
    expect(machine.step('U', ECALL)).toMatchObject({ level: 'HS', cause: 8 });
    expect(has('sstatus', SDT)).toBe(true);
    expect(machine.step('HS', RAM + 12)).toEqual({
      level: 'M',
      cause: DOUBLE_TRAP,
      tval: machine.read('mtval'),
      epc: BigInt(RAM + 12),
    });
    expect(machine.read('mtval2')).toBe(2n);
    expect((machine.read('mstatus') >> 11n) & 3n).toBe(1n);
    expect(machine.read('scause')).toBe(8n);
  });

  test('withoutDte_tooManyTraps_areAsEver', () => {
    machine.step('U', ECALL);
    expect(machine.step('HS', RAM + 12)).toMatchObject({ level: 'HS', cause: 2 });
  });

  test('guestTrap_inTheGuestsHandler_goesToMachineMode', () => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('hedeleg', everything);
    expect(machine.step('VU', ECALL)).toMatchObject({ level: 'VS', cause: 8 });
    expect(has('vsstatus', SDT)).toBe(true);
    expect(machine.step('VS', RAM + 12)).toMatchObject({ level: 'M', cause: DOUBLE_TRAP });
    expect([machine.read('mtval2'), (machine.read('mstatus') >> 39n) & 1n]).toEqual([2n, 1n]);
    // What the host's handler takes is none of the guest's doing.
    machine.reset([]);
    machine.openPmp();
    machine.program(RAM, 'ecall');
    machine.write('medeleg', everything);
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('vsstatus', SDT);
    expect(machine.step('VS', ECALL)).toMatchObject({ level: 'HS', cause: 10 });
  });

  test('interrupt_whileTheHandlerCannotTakeOne_isADoubleTrapWithItsInterruptBit', () => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('hideleg', 1n << 10n);
    machine.write('mie', 1n << 10n);
    machine.write('hvip', 1n << 10n);
    machine.write('vsstatus', SDT);
    // In VU interrupts of VS are always on.
    expect(machine.step('VU', RAM + 12)).toMatchObject({ level: 'M', cause: DOUBLE_TRAP });
    expect(machine.read('mtval2')).toBe((1n << 63n) | 10n);
  });

  test('SRET_makesTrapsPossibleAgain', () => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('sstatus', SDT | (1n << 8n));
    expect(machine.step('HS', SRET)).toBeUndefined();
    expect(has('sstatus', SDT)).toBe(false);
    machine.write('vsstatus', SDT | (1n << 8n));
    expect(machine.step('VS', SRET)).toBeUndefined();
    expect(has('vsstatus', SDT)).toBe(false);
    machine.write('vsstatus', SDT);
    machine.write('hstatus', 1n << 7n);
    machine.write('sstatus', 1n << 8n);
    expect(machine.step('HS', SRET)).toBeUndefined();
    expect([machine.mode, has('vsstatus', SDT)]).toEqual(['VS', true]);
    machine.write('hstatus', 1n << 7n);
    machine.write('sstatus', 0n);
    expect(machine.step('HS', SRET)).toBeUndefined();
    expect([machine.mode, has('vsstatus', SDT)]).toEqual(['VU', false]);
  });

  test('machineModeOfTheMonitor_doubleTrap_isAnExit', () => {
    machine.write('menvcfg', DTE);
    machine.write('henvcfg', DTE);
    machine.write('hedeleg', everything);
    machine.write('vsstatus', SDT);
    machine.setU32(OWNED, OWN_M | OWN_HS);
    machine.mode = 'VS';
    machine.write('pc', RAM + 12);
    expect(machine.run(5)).toBe(EXIT_TRAP);
    expect([machine.u64(EXIT_CAUSE), machine.u64(EXIT_TVAL2), machine.mode]).toEqual([16n, 2n, 'VS']);
    machine.write('vsstatus', 0n);
    expect(machine.run(1)).toBe(EXIT_BUDGET);
    expect(machine.read('pc')).toBe(BigInt(HANDLER.VS));
  });
});
