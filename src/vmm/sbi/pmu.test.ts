// Performance counters: finding, starting, stopping, reading, snapshots and event information.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { peek, poke, RAM, RAM_BYTES } from './testing/fake-platform.js';
import { EID, Fixture } from './testing/fixture.js';

const [NUM, INFO, CONFIG, START, STOP, FW_READ, FW_READ_HI, SNAPSHOT, EVENT_INFO] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const [CYCLES, INSTRUCTIONS, CACHE_MISSES, REF_CYCLES] = [1n, 2n, 4n, 10n];
const FW = 0xf_0000n;
const [SET_TIMER, IPI_SENT, IPI_RECEIVED] = [FW + 5n, FW + 6n, FW + 7n];
const [SKIP_MATCH, CLEAR_VALUE, AUTO_START] = [1n, 2n, 4n];
const [SET_INIT, INIT_SNAPSHOT] = [1n, 2n];
const [RESET, TAKE_SNAPSHOT] = [1n, 2n];
const ALL = (1n << 19n) - 1n;
const PAGE = RAM + 0x3000n;

const pmu = (fixture: Fixture, fid: number, ...args: bigint[]) => fixture.ecall(EID.pmu, fid, ...args);
const config = (fixture: Fixture, event: bigint, flags = 0n, mask = ALL) =>
  pmu(fixture, CONFIG, 0n, mask, flags, event);

describe('counters', () => {
  it('numberAndKinds', () => {
    const fixture = new Fixture();
    expect(pmu(fixture, NUM).value).toBe(19n);
    const info = (index: bigint) => pmu(fixture, INFO, index);
    expect([0n, 1n, 2n].map((i) => info(i).value)).toEqual([0xc00n, 0xc01n, 0xc02n].map((csr) => csr | (63n << 12n)));
    for (const index of [3n, 18n]) expect(info(index).value >> 63n).toBe(1n);
    for (const index of [19n, -1n]) expect(info(index).error).toBe(SbiError.invalidParam);
  });
});

describe('config matching', () => {
  it.each([
    [CYCLES, 0n],
    [INSTRUCTIONS, 2n],
    [SET_TIMER, 3n],
    [FW + 21n, 3n],
  ])('event %s is counted by counter %s', (event, counter) => {
    expect(config(new Fixture(), event)).toMatchObject({ error: 0n, value: counter });
  });

  it.each([0n, CACHE_MISSES, REF_CYCLES, 0x1_0000n, 0x2_0000n, 0x3_0000n, FW + 22n, FW + 256n, FW + 65535n, -1n])(
    'event %s notSupported',
    (event) => {
      expect(config(new Fixture(), event).error).toBe(SbiError.notSupported);
    },
  );

  it('eventData_isReserved', () => {
    expect(pmu(new Fixture(), CONFIG, 0n, ALL, 0n, CYCLES, 1n).error).toBe(SbiError.notSupported);
  });

  it('counterThatIsNot_orReservedFlag_invalidParam', () => {
    const fixture = new Fixture();
    const sets = [
      [0n, ALL + 1n],
      [18n, 2n],
      [19n, 1n],
      [-1n, 1n],
      [0n, 1n << 63n],
    ];
    for (const [base, mask] of sets) {
      expect(pmu(fixture, CONFIG, base!, mask!, 0n, CYCLES).error).toBe(SbiError.invalidParam);
      expect(pmu(fixture, START, base!, mask!, 0n).error).toBe(SbiError.invalidParam);
      expect(pmu(fixture, STOP, base!, mask!, 0n).error).toBe(SbiError.invalidParam);
    }
    expect(config(fixture, CYCLES, 1n << 8n).error).toBe(SbiError.invalidParam);
    expect(config(fixture, CYCLES, 0xf8n).error).toBe(SbiError.success); // filters are hints
  });

  it('counterInUse_isPassedOver_untilNoneIsLeft', () => {
    const fixture = new Fixture();
    const counters = Array.from({ length: 17 }, () => config(fixture, SET_TIMER, AUTO_START));
    expect(counters.slice(0, 16).map(({ value }) => value)).toEqual(
      Array.from({ length: 16 }, (_, i) => BigInt(i + 3)),
    );
    expect(counters[16]!.error).toBe(SbiError.notSupported);
  });

  it('counterStoppedButNotReset_isTakenOnlyAsTheLast', () => {
    const fixture = new Fixture();
    config(fixture, SET_TIMER);
    expect(config(fixture, IPI_SENT).value).toBe(4n);
    expect(config(fixture, IPI_SENT, 0n, 0b1000n).value).toBe(3n);
  });

  it('skipMatch_takesTheFirst_evenStarted', () => {
    const fixture = new Fixture();
    config(fixture, SET_TIMER, AUTO_START);
    expect(config(fixture, IPI_SENT, SKIP_MATCH, 0b11000n).value).toBe(3n);
    expect(config(fixture, CYCLES, SKIP_MATCH, 1n).value).toBe(0n);
    expect(config(fixture, CYCLES, SKIP_MATCH, 0b1000n).error).toBe(SbiError.notSupported);
    expect(config(fixture, CYCLES, SKIP_MATCH, 0n).error).toBe(SbiError.notSupported);
  });

  it('clearValue_zeroes_itsAbsenceKeeps', () => {
    const fixture = new Fixture();
    fixture.hart().writeCsr('mcycle', 77n);
    config(fixture, CYCLES);
    expect(fixture.hart().readCsr('mcycle')).toBe(77n);
    config(fixture, CYCLES, CLEAR_VALUE);
    expect(fixture.hart().readCsr('mcycle')).toBe(0n);
  });
});

describe('start and stop', () => {
  it('hardwareCounter_isPresetAndInhibited', () => {
    const fixture = new Fixture();
    const hart = fixture.hart();
    config(fixture, CYCLES);
    config(fixture, INSTRUCTIONS);
    expect(pmu(fixture, START, 0n, 0b101n, SET_INIT, 500n).error).toBe(SbiError.success);
    expect([hart.readCsr('mcycle'), hart.readCsr('minstret'), hart.readCsr('mcountinhibit')]).toEqual([500n, 500n, 0n]);
    expect(pmu(fixture, STOP, 0n, 0b101n, 0n).error).toBe(SbiError.success);
    expect(hart.readCsr('mcountinhibit')).toBe(0b101n);
    expect(pmu(fixture, START, 2n, 1n, 0n, 9n).error).toBe(SbiError.success);
    expect([hart.readCsr('minstret'), hart.readCsr('mcountinhibit')]).toEqual([500n, 1n]);
  });

  it('startTwice_alreadyStarted_stopTwice_alreadyStopped_theOthersFollow', () => {
    const fixture = new Fixture();
    config(fixture, CYCLES, AUTO_START);
    config(fixture, INSTRUCTIONS);
    expect(pmu(fixture, START, 0n, 0b101n, 0n).error).toBe(SbiError.alreadyStarted);
    expect(pmu(fixture, STOP, 0n, 0b001n, 0n).error).toBe(SbiError.success);
    expect(pmu(fixture, STOP, 0n, 0b101n, 0n).error).toBe(SbiError.alreadyStopped);
    expect(fixture.hart().readCsr('mcountinhibit')).toBe(0b101n);
  });

  it('start_ofUnconfiguredCounter_orBadFlags_invalidParam', () => {
    const fixture = new Fixture();
    expect(pmu(fixture, START, 0n, 1n, 0n).error).toBe(SbiError.invalidParam);
    config(fixture, CYCLES);
    expect(pmu(fixture, START, 0n, 1n, 4n).error).toBe(SbiError.invalidParam);
    expect(pmu(fixture, START, 0n, 1n, SET_INIT | INIT_SNAPSHOT).error).toBe(SbiError.invalidParam);
    expect(pmu(fixture, STOP, 0n, 1n, 4n).error).toBe(SbiError.invalidParam);
  });

  it('stopWithReset_freesTheCounter_evenStopped', () => {
    const fixture = new Fixture();
    config(fixture, SET_TIMER, AUTO_START);
    pmu(fixture, STOP, 3n, 1n, 0n);
    expect(pmu(fixture, STOP, 3n, 1n, RESET).error).toBe(SbiError.alreadyStopped);
    expect(config(fixture, IPI_SENT).value).toBe(3n);
  });
});

describe('firmware counters', () => {
  it('countWhileStarted', () => {
    const fixture = new Fixture();
    fixture.ecall(EID.time, 0, 1n);
    config(fixture, SET_TIMER);
    fixture.ecall(EID.time, 0, 1n);
    pmu(fixture, START, 3n, 1n, SET_INIT, 100n);
    fixture.ecall(EID.time, 0, 1n);
    fixture.ecall(0n, 0, 1n);
    pmu(fixture, STOP, 3n, 1n, 0n);
    fixture.ecall(EID.time, 0, 1n);
    expect(pmu(fixture, FW_READ, 3n)).toMatchObject({ error: 0n, value: 102n });
    expect(pmu(fixture, FW_READ_HI, 3n)).toMatchObject({ error: 0n, value: 0n });
  });

  it('sentAndReceived_areCountedPerOtherHart', () => {
    const fixture = new Fixture();
    config(fixture, IPI_SENT, AUTO_START);
    fixture.ecallOn(1, EID.pmu, CONFIG, 0n, ALL, AUTO_START, IPI_RECEIVED);
    fixture.ecall(EID.ipi, 0, 0n, -1n);
    expect(pmu(fixture, FW_READ, 3n).value).toBe(3n);
    expect(fixture.ecallOn(1, EID.pmu, FW_READ, 3n).value).toBe(1n);
  });

  it.each([
    ['fence.i', 8n, 0],
    ['sfence.vma', 10n, 1],
    ['sfence.vma asid', 12n, 2],
    ['hfence.gvma', 14n, 4],
    ['hfence.gvma vmid', 16n, 3],
    ['hfence.vvma', 18n, 6],
    ['hfence.vvma asid', 20n, 5],
  ])('%s is counted as event %s', (_name, code, fid) => {
    const fixture = new Fixture({ mode: 'firmware' });
    config(fixture, FW + code, AUTO_START);
    fixture.ecallOn(1, EID.pmu, CONFIG, 0n, ALL, AUTO_START, FW + code + 1n);
    fixture.ecall(EID.rfence, fid, 0b11n, 0n, 0n, 0n, 0n);
    expect(pmu(fixture, FW_READ, 3n).value).toBe(1n);
    expect(fixture.ecallOn(1, EID.pmu, FW_READ, 3n).value).toBe(1n);
  });

  it('reconfiguredWhileStarted_countsTheNewEvent', () => {
    const fixture = new Fixture();
    config(fixture, IPI_SENT, AUTO_START);
    config(fixture, SET_TIMER, SKIP_MATCH, 0b1000n);
    fixture.ecall(EID.time, 0, 1n);
    expect(pmu(fixture, FW_READ, 3n).value).toBe(1n);
  });

  it('hardwareCounter_orNone_invalidParam', () => {
    const fixture = new Fixture();
    for (const counter of [0n, 2n, 19n, -1n]) {
      expect(pmu(fixture, FW_READ, counter).error).toBe(SbiError.invalidParam);
      expect(pmu(fixture, FW_READ_HI, counter).error).toBe(SbiError.invalidParam);
    }
  });
});

describe('snapshot', () => {
  it('stop_takesIt_relativeToTheBase_andLeavesOtherValuesAlone', () => {
    const fixture = new Fixture();
    expect(pmu(fixture, SNAPSHOT, PAGE, 0n, 0n).error).toBe(SbiError.success);
    poke(fixture.platform, PAGE, -1n, 11n, 22n, 33n);
    config(fixture, INSTRUCTIONS, AUTO_START);
    config(fixture, SET_TIMER);
    pmu(fixture, START, 3n, 1n, SET_INIT, 7n);
    fixture.hart().writeCsr('minstret', 500n);
    expect(pmu(fixture, STOP, 2n, 0b11n, TAKE_SNAPSHOT | RESET).error).toBe(SbiError.success);
    expect([0n, 8n, 16n, 24n].map((offset) => peek(fixture.platform, PAGE + offset))).toEqual([0n, 500n, 7n, 33n]);
  });

  it('start_initialisesFromIt', () => {
    const fixture = new Fixture();
    pmu(fixture, SNAPSHOT, PAGE, 0n, 0n);
    poke(fixture.platform, PAGE, 0n, 0n, 600n);
    config(fixture, SET_TIMER);
    expect(pmu(fixture, START, 2n, 0b10n, INIT_SNAPSHOT).error).toBe(SbiError.success);
    expect(pmu(fixture, FW_READ, 3n).value).toBe(600n);
  });

  it('withoutMemory_noShmem', () => {
    const fixture = new Fixture();
    config(fixture, CYCLES);
    expect(pmu(fixture, START, 0n, 1n, INIT_SNAPSHOT).error).toBe(SbiError.noShmem);
    pmu(fixture, SNAPSHOT, PAGE, 0n, 0n);
    expect(pmu(fixture, SNAPSHOT, -1n, -1n, 0n).error).toBe(SbiError.success);
    expect(pmu(fixture, STOP, 0n, 1n, TAKE_SNAPSHOT).error).toBe(SbiError.noShmem);
  });

  it.each([
    [PAGE, 0n, 1n, SbiError.invalidParam],
    [PAGE + 8n, 0n, 0n, SbiError.invalidParam],
    [PAGE, 1n, 0n, SbiError.invalidAddress],
    [-0x1000n, 0n, 0n, SbiError.invalidAddress],
    [0n, -1n, 0n, SbiError.invalidAddress],
    [RAM + BigInt(RAM_BYTES), 0n, 0n, SbiError.invalidAddress],
  ])('memory %s, %s flags %s refused with %s', (low, high, flags, error) => {
    expect(pmu(new Fixture(), SNAPSHOT, low, high, flags).error).toBe(error);
  });
});

describe('event info', () => {
  it('saysOfEachEventWhetherItIsCounted', () => {
    const fixture = new Fixture();
    const stale = 0xffff_ffffn << 32n;
    poke(fixture.platform, PAGE, CYCLES | stale, -1n, CACHE_MISSES | stale, 0n, SET_TIMER, 0n, IPI_SENT, 1n);
    expect(pmu(fixture, EVENT_INFO, PAGE, 0n, 4n, 0n).error).toBe(SbiError.success);
    const words = [0n, 16n, 32n, 48n].map((offset) => peek(fixture.platform, PAGE + offset));
    expect(words).toEqual([CYCLES | (1n << 32n), CACHE_MISSES, SET_TIMER | (1n << 32n), IPI_SENT]);
    expect(peek(fixture.platform, PAGE + 8n)).toBe((1n << 64n) - 1n);
  });

  it('reservedBitOfAnEvent_invalidParam_andNothingWritten', () => {
    const fixture = new Fixture();
    poke(fixture.platform, PAGE, CYCLES, 0n, 1n << 20n, 0n);
    expect(pmu(fixture, EVENT_INFO, PAGE, 0n, 2n, 0n).error).toBe(SbiError.invalidParam);
    expect(peek(fixture.platform, PAGE)).toBe(CYCLES);
  });

  it.each([
    [PAGE, 0n, 1n, 1n, SbiError.invalidParam],
    [PAGE + 8n, 0n, 1n, 0n, SbiError.invalidParam],
    [PAGE, 1n, 1n, 0n, SbiError.invalidAddress],
    [PAGE, 0n, 1n << 60n, 0n, SbiError.invalidAddress],
    [PAGE, 0n, -1n, 0n, SbiError.invalidAddress],
    [RAM, 0n, 4097n, 0n, SbiError.failed],
    [RAM, 0n, 0n, 0n, SbiError.success],
  ])('table at %s, %s of %s entries flags %s: %s', (low, high, entries, flags, error) => {
    expect(pmu(new Fixture(), EVENT_INFO, low, high, entries, flags).error).toBe(error);
  });
});
