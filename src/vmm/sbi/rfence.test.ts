// Fences on other harts.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { fenceRange } from './rfence.js';
import { EID, Fixture } from './testing/fixture.js';

const ALL = -1n;
const HARTS_1_2 = [0b11n, 1n] as const;

describe('rfence', () => {
  const firmware = () => new Fixture({ mode: 'firmware' });

  it('fenceI_reachesTheMask', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.rfence, 0, ...HARTS_1_2).error).toBe(SbiError.success);
    expect(fixture.platform.fences).toEqual([{ harts: [1, 2], fence: { kind: 'fence.i' } }]);
  });

  it('sfenceVma_ofRange_coversItsPages', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.rfence, 1, 1n, 0n, 0x1800n, 0x1000n).error).toBe(SbiError.success);
    expect(fixture.platform.fences[0]).toEqual({
      harts: [0],
      fence: { kind: 'sfence.vma', range: { start: 0x1000n, size: 0x2000n } },
    });
  });

  it('sfenceVmaAsid_carriesTheAsid_andRefusesOneTooLarge', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.rfence, 2, 1n, 0n, 0n, 0n, 0xffffn).error).toBe(SbiError.success);
    expect(fixture.platform.fences[0]!.fence).toEqual({ kind: 'sfence.vma', asid: 0xffff });
    expect(fixture.ecall(EID.rfence, 2, 1n, 0n, 0n, 0n, 0x1_0000n).error).toBe(SbiError.invalidParam);
  });

  it('hfenceGvma_ofOperatingSystem_carriesTheVmid', () => {
    const fixture = firmware();
    expect(fixture.ecall(EID.rfence, 3, 0n, ALL, 0x8000_0000n, 0x1000n, 7n).error).toBe(SbiError.success);
    expect(fixture.ecall(EID.rfence, 4, 0n, ALL, 0n, 0n).error).toBe(SbiError.success);
    expect(fixture.platform.fences.map(({ fence }) => fence)).toEqual([
      { kind: 'hfence.gvma', range: { start: 0x8000_0000n, size: 0x1000n }, vmid: 7 },
      { kind: 'hfence.gvma' },
    ]);
    expect(fixture.ecall(EID.rfence, 3, 0n, ALL, 0n, 0n, 0x4000n).error).toBe(SbiError.invalidParam);
  });

  it('hfenceVvma_meansTheCallersCurrentVmid', () => {
    const fixture = firmware();
    fixture.hart().writeCsr('hgatp', (8n << 60n) | (5n << 44n) | 0x80000n);
    fixture.ecall(EID.rfence, 5, 0b10n, 0n, 0n, ALL, 3n);
    fixture.ecall(EID.rfence, 6, 0b10n, 0n, 0n, ALL);
    expect(fixture.platform.fences).toEqual([
      { harts: [1], fence: { kind: 'hfence.vvma', asid: 3, vmid: 5 } },
      { harts: [1], fence: { kind: 'hfence.vvma', vmid: 5 } },
    ]);
  });

  it.each([3, 4, 5, 6])('hfence_%i_ofGuest_orOfHartWithoutH_notSupported', (fid) => {
    expect(new Fixture().ecall(EID.rfence, fid, 1n, 0n).error).toBe(SbiError.notSupported);
    const fixture = firmware();
    fixture.hart(2).writeCsr('misa', 0n);
    expect(fixture.ecall(EID.rfence, fid, 0b100n, 0n).error).toBe(SbiError.notSupported);
    expect(fixture.ecall(EID.rfence, fid, 0b010n, 0n).error).toBe(SbiError.success);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('fence_%i_onHartThatIsNot_invalidParam', (fid) => {
    const fixture = firmware();
    expect(fixture.ecall(EID.rfence, fid, 1n, 4n).error).toBe(SbiError.invalidParam);
    expect(fixture.platform.fences).toEqual([]);
  });

  it('range_pastTheEnd_invalidAddress', () => {
    expect(new Fixture().ecall(EID.rfence, 1, 1n, 0n, -0x1000n, 0x2000n).error).toBe(SbiError.invalidAddress);
  });

  it('fenceOnNobody_orOfNothing_succeeds_withoutAFence', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.rfence, 1, 0n, 0n, 0n, 0n).error).toBe(SbiError.success);
    expect(fixture.ecall(EID.rfence, 1, 1n, 0n, 0x1000n, 0n).error).toBe(SbiError.success);
    expect(fixture.platform.fences).toEqual([]);
  });
});

describe('fenceRange', () => {
  const top = 1n << 64n;

  it.each([
    [0n, 0n, 'everything'],
    [0x1000n, top - 1n, 'everything'],
    [0n, 1n << 60n, 'everything'],
    [0x1000n, 0n, 'nothing'],
    [0x1fffn, 2n, { start: 0x1000n, size: 0x2000n }],
    [top - 0x1000n, 0x1000n, { start: top - 0x1000n, size: 0x1000n }],
    [top - 1n, 1n, { start: top - 0x1000n, size: 0x1000n }],
    [top - 0x1000n, 0x1001n, undefined],
    [0n, 512n * 4096n, { start: 0n, size: 512n * 4096n }],
    [1n, 512n * 4096n, 'everything'],
  ])('start %s size %s', (start, size, expected) => {
    expect(fenceRange(start, size)).toEqual(expected);
  });
});
