// Firmware features: what the hart has, values, locks and reset.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import type { CsrMasks } from './testing/fake-platform.js';
import { EID, Fixture } from './testing/fixture.js';

const [SET, GET] = [0, 1];
const [MISALIGNED, LANDING_PAD, SHADOW_STACK, DOUBLE_TRAP, AD_UPDATING, POINTER_MASKING] = [0n, 1n, 2n, 3n, 4n, 5n];
const LOCK = 1n;
const ADUE = 1n << 61n;
const MISALIGNED_CAUSES = (1n << 4n) | (1n << 6n);

const MODES = [
  { mode: 'hypervisor', envcfg: 'henvcfg', edeleg: 'hedeleg' },
  { mode: 'firmware', envcfg: 'menvcfg', edeleg: 'medeleg' },
] as const;

/** A machine whose environment registers take only these bits. */
function withBits(bits: bigint): Fixture {
  const masks: CsrMasks = { henvcfg: bits };
  return new Fixture({ masks });
}

describe.each(MODES)('in $mode mode', ({ mode, envcfg, edeleg }) => {
  it('misalignedDelegation_followsTheDelegationRegister', () => {
    const fixture = new Fixture({ mode });
    fixture.hart().writeCsr(edeleg, 0xb1ffn);
    expect(fixture.ecall(EID.fwft, GET, MISALIGNED).value).toBe(1n);
    expect(fixture.ecall(EID.fwft, SET, MISALIGNED, 0n, 0n).error).toBe(SbiError.success);
    expect(fixture.hart().readCsr(edeleg)).toBe(0xb1ffn & ~MISALIGNED_CAUSES);
    expect(fixture.ecall(EID.fwft, GET, MISALIGNED).value).toBe(0n);
    expect(fixture.hart(1).readCsr(edeleg)).toBe(0n);
  });

  it.each([
    [LANDING_PAD, 1n, 1n << 2n],
    [SHADOW_STACK, 1n, 1n << 3n],
    [DOUBLE_TRAP, 1n, 1n << 59n],
    [AD_UPDATING, 1n, ADUE],
    [POINTER_MASKING, 7n, 2n << 32n],
    [POINTER_MASKING, 16n, 3n << 32n],
  ])('feature %s value %s sets field %s', (feature, value, field) => {
    const fixture = new Fixture({ mode });
    const hart = fixture.hart();
    hart.writeCsr(envcfg, 1n);
    expect(fixture.ecall(EID.fwft, GET, feature).value).toBe(0n);
    expect(fixture.ecall(EID.fwft, SET, feature, value, 0n).error).toBe(SbiError.success);
    expect(hart.readCsr(envcfg)).toBe(field | 1n);
    expect(fixture.ecall(EID.fwft, GET, feature).value).toBe(value);
    expect(fixture.ecall(EID.fwft, SET, feature, 0n, 0n).error).toBe(SbiError.success);
    expect(hart.readCsr(envcfg)).toBe(1n);
  });
});

describe('support', () => {
  it.each([LANDING_PAD, SHADOW_STACK, DOUBLE_TRAP, AD_UPDATING, POINTER_MASKING])(
    'feature %s of a hart without it, notSupported, and nothing changed',
    (feature) => {
      const fixture = withBits(1n);
      fixture.hart().writeCsr('henvcfg', 1n);
      expect(fixture.ecall(EID.fwft, GET, feature)).toMatchObject({ error: SbiError.notSupported, value: 0n });
      expect(fixture.ecall(EID.fwft, SET, feature, 1n, 0n).error).toBe(SbiError.notSupported);
      expect(fixture.hart().readCsr('henvcfg')).toBe(1n);
    },
  );

  it('asking_changesNothing', () => {
    const fixture = new Fixture();
    fixture.ecall(EID.fwft, GET, AD_UPDATING);
    expect(fixture.hart().readCsr('henvcfg')).toBe(0n);
    expect(fixture.platform.fences).toEqual([]);
  });

  it('maskingLengthTheHartLacks_invalidParam', () => {
    const fixture = withBits(2n << 32n);
    expect(fixture.ecall(EID.fwft, SET, POINTER_MASKING, 7n, 0n).error).toBe(SbiError.success);
    expect(fixture.ecall(EID.fwft, SET, POINTER_MASKING, 16n, 0n).error).toBe(SbiError.invalidParam);
    expect(fixture.ecall(EID.fwft, GET, POINTER_MASKING).value).toBe(7n);
  });

  it.each([6n, 0x3fff_ffffn, 0x4000_0000n, 0x8000_0000n, 0xc000_0000n, 0xffff_ffffn])(
    'feature %s, reserved or of a platform, denied',
    (feature) => {
      expect(new Fixture().ecall(EID.fwft, SET, feature, 0n, 0n).error).toBe(SbiError.denied);
      expect(new Fixture().ecall(EID.fwft, GET, feature)).toMatchObject({ error: SbiError.denied, value: 0n });
    },
  );
});

describe('set', () => {
  it.each([
    [AD_UPDATING, 2n, 0n],
    [AD_UPDATING, 1n << 32n, 0n],
    [POINTER_MASKING, 1n, 0n],
    [AD_UPDATING, 1n, 2n],
    [AD_UPDATING, 1n, 1n << 63n],
  ])('feature %s value %s flags %s invalidParam', (feature, value, flags) => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.fwft, SET, feature, value, flags).error).toBe(SbiError.invalidParam);
    expect(fixture.ecall(EID.fwft, GET, feature).value).toBe(0n);
  });

  it('locked_staysAsItIs_onThisHartOnly', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.fwft, SET, AD_UPDATING, 1n, LOCK).error).toBe(SbiError.success);
    for (const value of [0n, 1n]) {
      expect(fixture.ecall(EID.fwft, SET, AD_UPDATING, value, 0n).error).toBe(SbiError.deniedLocked);
    }
    expect(fixture.ecall(EID.fwft, GET, AD_UPDATING).value).toBe(1n);
    expect(fixture.ecall(EID.fwft, SET, LANDING_PAD, 1n, 0n).error).toBe(SbiError.success);
    expect(fixture.ecallOn(1, EID.fwft, SET, AD_UPDATING, 0n, 0n).error).toBe(SbiError.success);
  });

  it('failedSet_doesNotLock', () => {
    const fixture = new Fixture();
    fixture.ecall(EID.fwft, SET, AD_UPDATING, 5n, LOCK);
    expect(fixture.ecall(EID.fwft, SET, AD_UPDATING, 1n, 0n).error).toBe(SbiError.success);
  });

  it('changeOfAdUpdating_fencesTheHartsTranslations', () => {
    const fixture = new Fixture();
    fixture.ecallOn(2, EID.fwft, SET, AD_UPDATING, 1n, 0n);
    fixture.ecallOn(2, EID.fwft, SET, AD_UPDATING, 1n, 0n);
    expect(fixture.platform.fences).toEqual([{ harts: [2], fence: { kind: 'sfence.vma' } }]);
  });

  it('stoppedHart_startsWithTheValuesOfReset_unlocked', () => {
    const fixture = new Fixture();
    fixture.hart(1).writeCsr('hedeleg', MISALIGNED_CAUSES);
    fixture.ecallOn(1, EID.fwft, SET, MISALIGNED, 0n, LOCK);
    fixture.ecallOn(1, EID.fwft, SET, AD_UPDATING, 1n, 0n);
    fixture.ecallOn(1, EID.hsm, 1);
    expect(fixture.hart(1).readCsr('hedeleg')).toBe(MISALIGNED_CAUSES);
    expect(fixture.hart(1).readCsr('henvcfg')).toBe(0n);
    expect(fixture.ecallOn(1, EID.fwft, SET, MISALIGNED, 0n, 0n).error).toBe(SbiError.success);
  });
});
