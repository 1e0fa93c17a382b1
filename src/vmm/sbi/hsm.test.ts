// Hart states: every transition of the HSM diagram, legal and not, and suspend to RAM.
import { describe, expect, it } from 'vitest';
import { HartState } from './context.js';
import { SbiError } from './result.js';
import { ENTRY_ARMED } from './state.js';
import { RAM, RAM_BYTES } from './testing/fake-platform.js';
import { ECALL_PC, EID, Fixture } from './testing/fixture.js';

const [START, STOP, STATUS, SUSPEND] = [0, 1, 2, 3];
const RETENTIVE = 0n;
const NON_RETENTIVE = 0x8000_0000n;
const ENTRY = RAM + 0x2000n;
const SIE = 1n << 1n;
const BAD_ENTRIES = [0n, RAM + 1n, RAM + BigInt(RAM_BYTES), -2n, 1n << 56n];

const one = (options = {}) => new Fixture({ running: 1, ...options });
const status = (fixture: Fixture, id = 1n) => fixture.ecall(EID.hsm, STATUS, id).value;

describe('start', () => {
  it('stoppedHart_startPending_thenStarted_withTheRegistersPromised', () => {
    const fixture = one();
    const hart = fixture.hart(1);
    hart.writeCsr('vsatp', 8n << 60n);
    hart.writeCsr('vsstatus', SIE | (1n << 18n));
    hart.privilege = 0;
    expect(fixture.ecall(EID.hsm, START, 1n, ENTRY, 0xdeadn).error).toBe(SbiError.success);
    expect(status(fixture)).toBe(BigInt(HartState.startPending));
    expect(fixture.platform.kicked).toEqual([1]);

    expect(fixture.sbi.ready(hart)).toBe(true);
    expect(status(fixture)).toBe(BigInt(HartState.started));
    expect([hart.pc, hart.gpr[10], hart.gpr[11]]).toEqual([ENTRY, 1n, 0xdeadn]);
    expect([hart.privilege, hart.virtualized]).toEqual([1, true]);
    expect([hart.readCsr('vsatp'), hart.readCsr('vsstatus')]).toEqual([0n, 1n << 18n]);
  });

  it('inFirmwareMode_theSupervisorIsS', () => {
    const fixture = one({ mode: 'firmware' });
    const hart = fixture.hart(1);
    hart.writeCsr('satp', 8n << 60n);
    hart.writeCsr('sstatus', SIE);
    hart.virtualized = true;
    fixture.ecall(EID.hsm, START, 1n, ENTRY, 0n);
    fixture.sbi.ready(hart);
    expect([hart.readCsr('satp'), hart.readCsr('sstatus'), hart.virtualized]).toEqual([0n, 0n, false]);
  });

  it.each([
    HartState.started,
    HartState.startPending,
    HartState.stopPending,
    HartState.suspended,
    HartState.suspendPending,
    HartState.resumePending,
  ])('hartInState_%i_alreadyAvailable', (state) => {
    const fixture = one();
    fixture.hart(1).hsm = state;
    expect(fixture.ecall(EID.hsm, START, 1n, ENTRY, 0n).error).toBe(SbiError.alreadyAvailable);
    expect(fixture.hart(1).hsm).toBe(state);
  });

  it('hartThatIsNot_invalidParam', () => {
    for (const id of [4n, -1n, 1n << 32n]) {
      expect(one().ecall(EID.hsm, START, id, ENTRY, 0n).error).toBe(SbiError.invalidParam);
    }
  });

  it.each(BAD_ENTRIES)('entry_%s_invalidAddress', (entry) => {
    const fixture = one();
    expect(fixture.ecall(EID.hsm, START, 1n, entry, 0n).error).toBe(SbiError.invalidAddress);
    expect(status(fixture)).toBe(BigInt(HartState.stopped));
  });

  it('startNotYetArmed_waits', () => {
    const fixture = one();
    fixture.hart(1).hsm = HartState.startPending;
    expect(fixture.sbi.ready(fixture.hart(1))).toBe(false);
    fixture.hart(1).state[ENTRY_ARMED] = 1n;
    expect(fixture.sbi.ready(fixture.hart(1))).toBe(true);
  });
});

describe('stop', () => {
  it('startedHart_stops_andCanStartAgain', () => {
    const fixture = new Fixture();
    expect(fixture.ecallOn(1, EID.hsm, STOP).outcome).toBe('stopped');
    expect(status(fixture)).toBe(BigInt(HartState.stopped));
    fixture.hart(1).interrupt = true;
    expect(fixture.sbi.ready(fixture.hart(1))).toBe(false);
    expect(fixture.ecall(EID.hsm, START, 1n, ENTRY, 0n).error).toBe(SbiError.success);
    expect(fixture.sbi.ready(fixture.hart(1))).toBe(true);
  });

  it('stop_forgetsWhatExtensionsHoldForTheHart', () => {
    const fixture = new Fixture();
    fixture.ecallOn(1, EID.sse, 8);
    fixture.ecallOn(1, EID.sse, 2, 0xffff_0000n, ENTRY, 0n);
    fixture.ecallOn(1, EID.pmu, 2, 3n, 1n, 4n, 0xf_0005n);
    fixture.ecallOn(1, EID.fwft, 0, 0n, 1n, 1n);
    fixture.ecallOn(1, EID.hsm, STOP);
    expect([...fixture.hart(1).state].slice(3).every((word) => word === 0n)).toBe(true);
  });
});

describe('status', () => {
  it('everyState_isReportedByNumber', () => {
    const fixture = one();
    for (const state of Object.values(HartState)) {
      fixture.hart(1).hsm = state;
      expect(status(fixture)).toBe(BigInt(state));
    }
  });

  it('hartThatIsNot_invalidParam', () => {
    expect(one().ecall(EID.hsm, STATUS, 4n).error).toBe(SbiError.invalidParam);
  });
});

describe('suspend', () => {
  it('retentive_returnsSuccess_onceAnInterruptIsPending', () => {
    const fixture = new Fixture();
    const hart = fixture.hart(1);
    const { outcome, error } = fixture.ecallOn(1, EID.hsm, SUSPEND, RETENTIVE, 0n, 0n);
    expect([outcome, error]).toEqual(['suspended', SbiError.success]);
    expect(status(fixture)).toBe(BigInt(HartState.suspended));
    expect(fixture.sbi.ready(hart)).toBe(false);

    hart.interrupt = true;
    expect(fixture.sbi.ready(hart)).toBe(true);
    expect(status(fixture)).toBe(BigInt(HartState.started));
    expect(hart.pc).toBe(ECALL_PC + 4n);
  });

  it('nonRetentive_resumesAtTheAddressGiven', () => {
    const fixture = new Fixture();
    const hart = fixture.hart(1);
    expect(fixture.ecallOn(1, EID.hsm, SUSPEND, NON_RETENTIVE, ENTRY, 5n).outcome).toBe('suspended');
    hart.interrupt = true;
    expect(fixture.sbi.ready(hart)).toBe(true);
    expect([hart.pc, hart.gpr[10], hart.gpr[11]]).toEqual([ENTRY, 1n, 5n]);
  });

  it('softwareEvent_wakesTheHart', () => {
    const fixture = new Fixture();
    const hart = fixture.hart(1);
    fixture.ecallOn(1, EID.sse, 2, 0xffff_0000n, ENTRY, 0n);
    fixture.ecallOn(1, EID.sse, 4, 0xffff_0000n);
    fixture.ecallOn(1, EID.sse, 8);
    fixture.ecallOn(1, EID.hsm, SUSPEND, RETENTIVE);
    fixture.ecall(EID.sse, 7, 0xffff_0000n, 1n);
    expect(fixture.sbi.ready(hart)).toBe(true);
    expect([hart.pc, hart.readCsr('vsepc')]).toEqual([ENTRY, ECALL_PC + 4n]);
  });

  it('upperHalfOfTheType_doesNotCount', () => {
    const fixture = new Fixture();
    expect(fixture.ecallOn(1, EID.hsm, SUSPEND, -0x8000_0000n, ENTRY, 0n).outcome).toBe('suspended');
    expect(fixture.ecallOn(2, EID.hsm, SUSPEND, 1n << 32n).outcome).toBe('suspended');
  });

  it.each([1n, 0x0fff_ffffn, 0x1000_0000n, 0x7fff_ffffn, 0x8000_0001n, 0x9000_0000n, 0xffff_ffffn])(
    'type_%s_invalidParam',
    (type) => {
      const fixture = new Fixture();
      const { error, outcome } = fixture.ecall(EID.hsm, SUSPEND, type, ENTRY, 0n);
      expect([error, outcome]).toEqual([SbiError.invalidParam, 'resume']);
    },
  );

  it.each(BAD_ENTRIES)('nonRetentive_to_%s_invalidAddress', (entry) => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.hsm, SUSPEND, NON_RETENTIVE, entry, 0n).error).toBe(SbiError.invalidAddress);
    expect(status(fixture, 0n)).toBe(BigInt(HartState.started));
  });
});

describe('system suspend', () => {
  it('lastHart_sleeps_andResumesAtTheAddressGiven', () => {
    const fixture = one();
    const hart = fixture.hart();
    expect(fixture.ecall(EID.susp, 0, 0n, ENTRY, 8n).outcome).toBe('suspended');
    expect(fixture.sbi.ready(hart)).toBe(false);
    hart.interrupt = true;
    expect(fixture.sbi.ready(hart)).toBe(true);
    expect([hart.pc, hart.gpr[10], hart.gpr[11], hart.hsm]).toEqual([ENTRY, 0n, 8n, HartState.started]);
  });

  it('anotherHartNotStopped_denied', () => {
    const fixture = one();
    fixture.hart(2).hsm = HartState.suspended;
    expect(fixture.ecall(EID.susp, 0, 0n, ENTRY, 0n).error).toBe(SbiError.denied);
    expect(new Fixture().ecall(EID.susp, 0, 0n, ENTRY, 0n).error).toBe(SbiError.denied);
  });

  it('reservedOrPlatformSleepType_invalidParam', () => {
    for (const type of [1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn]) {
      expect(one().ecall(EID.susp, 0, type, ENTRY, 0n).error).toBe(SbiError.invalidParam);
    }
  });

  it.each(BAD_ENTRIES)('resumeAt_%s_invalidAddress', (entry) => {
    expect(one().ecall(EID.susp, 0, 0n, entry, 0n).error).toBe(SbiError.invalidAddress);
  });
});
