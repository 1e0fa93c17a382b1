// Taking software events: entry and exit context in both modes, priorities, preemption, and which hart is chosen.
import { describe, expect, it } from 'vitest';
import { HartState } from './context.js';
import { poke, RAM } from './testing/fake-platform.js';
import { ECALL_PC, EID, Fixture } from './testing/fixture.js';

const [WRITE, REGISTER, ENABLE, COMPLETE, INJECT, UNMASK, MASK] = [1, 2, 4, 6, 7, 8, 9];
const [LOCAL, GLOBAL, LOCAL_RAS] = [0xffff_0000n, 0xffff_8000n, 0n];
const [PRIORITY, PREFERRED, SEPC, A7] = [1n, 3n, 6n, 9n];
const ENTRY = RAM + 0x2000n;
const BUFFER = RAM + 0x800n;
const [SIE, SPIE, SPP] = [1n << 1n, 1n << 5n, 1n << 8n];
const [SPV, SPVP] = [1n << 7n, 1n << 8n];
const NEXT = ECALL_PC + 4n;

const sse = (fixture: Fixture, fid: number, ...args: bigint[]) => fixture.ecall(EID.sse, fid, ...args);

function arm(fixture: Fixture, event: bigint, entry = ENTRY, on = 0): void {
  fixture.ecallOn(on, EID.sse, REGISTER, event, entry, 0xa7n);
  fixture.ecallOn(on, EID.sse, ENABLE, event);
}

function attribute(fixture: Fixture, event: bigint, id: bigint, value: bigint): void {
  poke(fixture.platform, BUFFER, value);
  expect(sse(fixture, WRITE, event, id, 1n, BUFFER, 0n).error).toBe(0n);
}

describe('a guest in VS', () => {
  it('injected_entersTheHandler_andCompletes_whereItWas', () => {
    const fixture = new Fixture();
    const hart = fixture.hart();
    arm(fixture, LOCAL);
    sse(fixture, UNMASK);
    hart.writeCsr('vsstatus', SIE);
    hart.writeCsr('vsepc', 0x123n);
    sse(fixture, INJECT, LOCAL, 0n);

    expect([hart.pc, hart.readCsr('vsepc')]).toEqual([ENTRY, NEXT]);
    expect(hart.readCsr('vsstatus') & (SIE | SPIE | SPP)).toBe(SPIE | SPP);
    expect([hart.gpr[16], hart.gpr[17], hart.gpr[10]]).toEqual([0n, 0xa7n, 0n]);
    expect([hart.privilege, hart.readCsr('hstatus'), hart.readCsr('sepc')]).toEqual([1, 0n, 0n]);

    hart.gpr[10] = 0x55n; // as the handler restored it
    hart.gpr[16] = BigInt(COMPLETE);
    hart.gpr[17] = EID.sse;
    expect(fixture.sbi.call(hart)).toBe('resume');
    expect([hart.pc, hart.readCsr('vsepc'), hart.readCsr('vsstatus') & (SIE | SPIE | SPP)]).toEqual([
      NEXT,
      0x123n,
      SIE,
    ]);
    expect([hart.gpr[10], hart.gpr[16], hart.gpr[17]]).toEqual([0x55n, BigInt(INJECT), EID.sse]);
  });

  it('userMode_isInterruptedFromOutside_andReturnedTo', () => {
    const fixture = new Fixture();
    const hart = fixture.hart(1);
    arm(fixture, LOCAL, ENTRY, 1);
    fixture.ecallOn(1, EID.sse, UNMASK);
    hart.privilege = 0;
    hart.virtualized = true;
    hart.pc = 0x4000n;
    hart.gpr[16] = 6n;
    hart.gpr[17] = 7n;
    fixture.platform.kicked.length = 0;
    sse(fixture, INJECT, LOCAL, 1n);
    expect(fixture.platform.kicked).toEqual([1]);
    expect(fixture.sbi.ready(hart)).toBe(true);
    expect([hart.pc, hart.privilege, hart.virtualized, hart.gpr[16]]).toEqual([ENTRY, 1, true, 1n]);
    expect(hart.readCsr('vsstatus') & SPP).toBe(0n);

    fixture.ecallOn(1, EID.sse, COMPLETE);
    expect([hart.pc, hart.privilege, hart.gpr[16], hart.gpr[17]]).toEqual([0x4000n, 0, 6n, 7n]);
  });
});

describe('an operating system in S', () => {
  it.each([
    { privilege: 0, spvp: 0n },
    { privilege: 1, spvp: SPVP },
  ])('its guest at privilege $privilege is interrupted, and virtualization restored', ({ privilege, spvp }) => {
    const fixture = new Fixture({ mode: 'firmware' });
    const hart = fixture.hart();
    arm(fixture, LOCAL);
    sse(fixture, UNMASK);
    fixture.sbi.signal(Number(LOCAL), 0);
    hart.virtualized = true;
    hart.privilege = privilege;
    hart.pc = 0x9000n;
    hart.writeCsr('sstatus', SPIE);
    const before = spvp === 0n ? SPVP : 0n;
    hart.writeCsr('hstatus', before | (1n << 9n));

    fixture.sbi.ready(hart);
    expect([hart.pc, hart.virtualized, hart.privilege]).toEqual([ENTRY, false, 1]);
    expect(hart.readCsr('hstatus')).toBe(SPV | spvp | (1n << 9n));
    expect(hart.readCsr('sstatus')).toBe((privilege ? SPP : 0n) | (1n << 24n)); // the fake takes SDT

    fixture.ecall(EID.sse, COMPLETE);
    expect([hart.pc, hart.virtualized, hart.privilege]).toEqual([0x9000n, true, privilege]);
    expect([hart.readCsr('hstatus'), hart.readCsr('sstatus')]).toEqual([before | (1n << 9n), SPIE]);
  });

  it('itself_isInterrupted_withSpvClear_andSpvpKept', () => {
    const fixture = new Fixture({ mode: 'firmware' });
    const hart = fixture.hart();
    arm(fixture, LOCAL);
    sse(fixture, UNMASK);
    hart.writeCsr('hstatus', SPV | SPVP);
    sse(fixture, INJECT, LOCAL, 0n);
    expect(hart.readCsr('hstatus')).toBe(SPVP);
    fixture.ecall(EID.sse, COMPLETE);
    expect([hart.virtualized, hart.readCsr('hstatus')]).toEqual([false, SPV | SPVP]);
  });
});

describe('completion', () => {
  it('withoutARunningEvent_isAnOrdinaryCall', () => {
    const fixture = new Fixture();
    expect(sse(fixture, COMPLETE)).toMatchObject({ error: 0n, outcome: 'resume' });
    expect(fixture.hart().pc).toBe(NEXT);
  });

  it('handler_mayChangeWhereItReturns', () => {
    const fixture = new Fixture();
    arm(fixture, LOCAL);
    sse(fixture, UNMASK);
    sse(fixture, INJECT, LOCAL, 0n);
    fixture.hart().writeCsr('vsepc', 0x6000n);
    attribute(fixture, LOCAL, SEPC, 0x42n);
    attribute(fixture, LOCAL, A7, 0x43n);
    sse(fixture, COMPLETE);
    const hart = fixture.hart();
    // The handler's own calls moved pc, but it returns to vsepc as it left it.
    expect([hart.pc, hart.readCsr('vsepc'), hart.gpr[17]]).toEqual([0x6000n, 0x42n, 0x43n]);
  });

  it('signalledWhileRunning_runsAgainAfterwards', () => {
    const fixture = new Fixture();
    arm(fixture, LOCAL);
    sse(fixture, UNMASK);
    sse(fixture, INJECT, LOCAL, 0n);
    sse(fixture, INJECT, LOCAL, 0n);
    expect(fixture.hart().pc).toBe(NEXT); // still in the handler
    sse(fixture, COMPLETE);
    expect(fixture.hart().pc).toBe(ENTRY);
    sse(fixture, COMPLETE);
    expect(fixture.hart().pc).toBe(NEXT);
  });
});

describe('priority', () => {
  const OTHER = ENTRY + 0x100n;

  it('moreUrgent_preempts_lessUrgent_waits', () => {
    const fixture = new Fixture();
    const hart = fixture.hart();
    attribute(fixture, LOCAL, PRIORITY, 5n);
    attribute(fixture, GLOBAL, PRIORITY, 4n);
    arm(fixture, LOCAL, ENTRY);
    arm(fixture, GLOBAL, OTHER);
    sse(fixture, UNMASK);
    sse(fixture, INJECT, LOCAL, 0n);
    expect(hart.pc).toBe(ENTRY);
    sse(fixture, INJECT, GLOBAL);
    expect([hart.pc, hart.readCsr('vsepc')]).toEqual([OTHER, NEXT]);
    sse(fixture, INJECT, LOCAL, 0n);
    expect(hart.pc).toBe(NEXT); // in the urgent handler still

    hart.writeCsr('vsepc', ENTRY + 8n);
    sse(fixture, COMPLETE);
    expect(hart.pc).toBe(ENTRY + 8n); // back in the first handler, which runs once more after it completes
    sse(fixture, COMPLETE);
    expect(hart.pc).toBe(ENTRY);
  });

  it('samePriority_lowerIdFirst', () => {
    const fixture = new Fixture();
    arm(fixture, LOCAL, ENTRY);
    arm(fixture, LOCAL_RAS, OTHER);
    sse(fixture, INJECT, LOCAL, 0n);
    fixture.sbi.signal(Number(LOCAL_RAS), 0);
    sse(fixture, UNMASK);
    expect(fixture.hart().pc).toBe(OTHER);
    sse(fixture, COMPLETE);
    expect(fixture.hart().pc).toBe(ENTRY);
  });
});

describe('which hart', () => {
  const runner = (fixture: Fixture) => {
    for (const hart of fixture.platform.harts) fixture.sbi.ready(hart);
    return fixture.platform.harts.filter((hart) => hart.pc === ENTRY).map(({ id }) => id);
  };

  function globalFor(preferred: bigint, unmasked: number[]): Fixture {
    const fixture = new Fixture();
    attribute(fixture, GLOBAL, PREFERRED, preferred);
    arm(fixture, GLOBAL);
    for (const on of unmasked) fixture.ecallOn(on, EID.sse, UNMASK);
    fixture.platform.kicked.length = 0;
    return fixture;
  }

  it('preferredHart_takesIt', () => {
    const fixture = globalFor(2n, [0, 1, 2, 3]);
    sse(fixture, INJECT, GLOBAL);
    expect(fixture.platform.kicked).toEqual([2]);
    expect(runner(fixture)).toEqual([2]);
  });

  it('preferredHartStopped_anotherTakesIt_onlyOne', () => {
    const fixture = globalFor(2n, [1, 2, 3]);
    fixture.ecallOn(2, EID.hsm, 1);
    sse(fixture, INJECT, GLOBAL);
    expect(runner(fixture)).toEqual([1]);
  });

  it('preferredHartMasked_takesItOnceUnmasked_thoughOthersAre', () => {
    const fixture = globalFor(2n, [1, 3]);
    sse(fixture, INJECT, GLOBAL);
    expect(runner(fixture)).toEqual([]);
    fixture.ecallOn(2, EID.sse, UNMASK);
    expect(runner(fixture)).toEqual([2]);
  });

  it('preferredHartMasksWithTheEventPending_keepsIt', () => {
    const fixture = globalFor(2n, [1, 2]);
    sse(fixture, INJECT, GLOBAL);
    fixture.platform.kicked.length = 0;
    fixture.ecallOn(2, EID.sse, MASK);
    expect(fixture.platform.kicked).toEqual([]);
    expect(runner(fixture)).toEqual([]);
  });

  it('noPreferredHart_whicheverIsUnmaskedTakesIt', () => {
    const fixture = new Fixture();
    arm(fixture, GLOBAL);
    fixture.ecallOn(3, EID.sse, UNMASK);
    sse(fixture, INJECT, GLOBAL);
    expect(runner(fixture)).toEqual([3]);
  });

  it('hartThatStopsInTheHandler_leavesTheEventToOthers', () => {
    const fixture = globalFor(2n, [1, 2]);
    sse(fixture, INJECT, GLOBAL);
    fixture.sbi.ready(fixture.hart(2));
    sse(fixture, INJECT, GLOBAL);
    fixture.ecallOn(2, EID.hsm, 1);
    expect(fixture.hart(2).hsm).toBe(HartState.stopped);
    expect(fixture.platform.kicked.at(-1)).toBe(1);
    fixture.hart(2).pc = 0n;
    expect(runner(fixture)).toEqual([1]);
  });

  it('maskedHart_takesNothing', () => {
    const fixture = new Fixture();
    arm(fixture, LOCAL);
    sse(fixture, INJECT, LOCAL, 0n);
    fixture.sbi.ready(fixture.hart());
    expect(fixture.hart().pc).toBe(NEXT);
    sse(fixture, UNMASK);
    expect(fixture.hart().pc).toBe(ENTRY);
  });
});

describe('a double trap', () => {
  const DOUBLE_TRAP = 1n;

  it('enabledAndUnmasked_entersTheHandler_fromWhereTheHartStands', () => {
    const fixture = new Fixture();
    const hart = fixture.hart();
    arm(fixture, DOUBLE_TRAP);
    sse(fixture, UNMASK);
    hart.pc = RAM + 0x40n;
    expect(fixture.sbi.doubleTrap(hart)).toBe(true);
    expect([hart.pc, hart.readCsr('vsepc')]).toEqual([ENTRY, RAM + 0x40n]);
    // Another one in that very handler is nobody's to handle.
    expect(fixture.sbi.doubleTrap(hart)).toBe(false);
  });

  it('notEnabled_orMasked_isNobodysToHandle', () => {
    const fixture = new Fixture();
    sse(fixture, UNMASK);
    expect(fixture.sbi.doubleTrap(fixture.hart())).toBe(false);
    arm(fixture, DOUBLE_TRAP);
    sse(fixture, MASK);
    expect(fixture.sbi.doubleTrap(fixture.hart())).toBe(false);
  });
});

it.each(['hypervisor', 'firmware'] as const)('%s_interruptedBeforeALandingPad_keepsItForLater', (mode) => {
  const fixture = new Fixture({ mode });
  const hart = fixture.hart();
  const SPELP = 1n << 23n;
  const status = mode === 'hypervisor' ? 'vsstatus' : 'sstatus';
  arm(fixture, LOCAL);
  sse(fixture, UNMASK);
  hart.landingPadExpected = true; // an ecall cannot leave it so, an interrupted jump can
  hart.writeCsr(status, 0n);
  sse(fixture, INJECT, LOCAL, 0n);
  expect([hart.pc, hart.landingPadExpected, hart.readCsr(status) & SPELP]).toEqual([ENTRY, false, SPELP]);
  hart.gpr[16] = BigInt(COMPLETE);
  hart.gpr[17] = EID.sse;
  fixture.sbi.call(hart);
  expect([hart.pc, hart.landingPadExpected, hart.readCsr(status) & SPELP]).toEqual([NEXT, true, 0n]);
});
