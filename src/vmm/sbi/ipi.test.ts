// The clock and the interrupts from hart to hart: TIME and IPI.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { EID, Fixture } from './testing/fixture.js';

const ALL = -1n;
const HARTS_1_2 = [0b11n, 1n] as const;

describe('time', () => {
  it('setTimer_programsTheComparator_forAll64Bits', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.time, 0, -1n).error).toBe(SbiError.success);
    expect(fixture.hart().deadline).toBe((1n << 64n) - 1n);
  });
});

describe('ipi', () => {
  const pending = (fixture: Fixture) => fixture.platform.harts.map((hart) => hart.softwareInterrupt);

  it('sendIpi_reachesExactlyTheMask', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.ipi, 0, ...HARTS_1_2).error).toBe(SbiError.success);
    expect(pending(fixture)).toEqual([false, true, true, false]);
  });

  it('sendIpi_toAll_skipsStoppedHarts', () => {
    const fixture = new Fixture({ running: 3 });
    expect(fixture.ecall(EID.ipi, 0, 0n, ALL).error).toBe(SbiError.success);
    expect(pending(fixture)).toEqual([true, true, true, false]);
  });

  it('sendIpi_toHartThatIsNot_invalidParam_andReachesNobody', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.ipi, 0, 0b11n, 3n).error).toBe(SbiError.invalidParam);
    expect(fixture.ecall(EID.ipi, 0, 1n, -2n).error).toBe(SbiError.invalidParam);
    expect(pending(fixture)).toEqual([false, false, false, false]);
  });
});
