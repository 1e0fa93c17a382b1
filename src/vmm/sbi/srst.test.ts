// Power off and reboot.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { EID, Fixture } from './testing/fixture.js';

describe('system reset', () => {
  it.each([
    [0n, 0n, ['shutdown', 'none']],
    [1n, 0n, ['cold-reboot', 'none']],
    [2n, 1n, ['warm-reboot', 'system-failure']],
    [1n << 32n, 0n, ['shutdown', 'none']],
  ])('type %s reason %s does not return', (type, reason, expected) => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.srst, 0, type, reason).outcome).toBe('reset');
    expect(fixture.platform.resets).toEqual([expected]);
  });

  it.each([
    [3n, 0n],
    [0xefff_ffffn, 0n],
    [0xf000_0000n, 0n],
    [0n, 2n],
    [0n, 0xdfff_ffffn],
    [0n, 0xe000_0000n],
    [0n, 0xffff_ffffn],
  ])('type %s reason %s invalidParam', (type, reason) => {
    const fixture = new Fixture();
    const { error, outcome } = fixture.ecall(EID.srst, 0, type, reason);
    expect([error, outcome]).toEqual([SbiError.invalidParam, 'resume']);
    expect(fixture.platform.resets).toEqual([]);
  });

  it('resetNotOffered_notSupported', () => {
    const fixture = new Fixture();
    fixture.platform.resetOffered = false;
    expect(fixture.ecall(EID.srst, 0, 1n, 0n).error).toBe(SbiError.notSupported);
  });
});
