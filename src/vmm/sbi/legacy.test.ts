// SBI 0.1.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { LOAD_PAGE_FAULT, poke, RAM, VIRTUAL } from './testing/fake-platform.js';
import { ECALL_PC, Fixture } from './testing/fixture.js';

const [SET_TIMER, PUTCHAR, GETCHAR, CLEAR_IPI, SEND_IPI, FENCE_I, SFENCE, SFENCE_ASID, SHUTDOWN] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  5n,
  6n,
  7n,
  8n,
];
const MASK = VIRTUAL + 0x800n;

/** A fixture with a hart mask in the guest's memory. */
function withMask(mask: bigint): Fixture {
  const fixture = new Fixture();
  poke(fixture.platform, RAM + 0x800n, mask);
  return fixture;
}

describe('calling convention', () => {
  it('functionId_isIgnored_and_a1Preserved', () => {
    const fixture = new Fixture();
    const { error, value } = fixture.ecall(SET_TIMER, 99, 5n, 77n);
    expect([error, value]).toEqual([0n, 77n]);
    expect(fixture.hart().deadline).toBe(5n);
  });

  it('reservedId_notSupported', () => {
    expect(new Fixture().ecall(9n, 0).error).toBe(SbiError.notSupported);
  });
});

describe('console', () => {
  it('putchar_writesTheLowByte', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(PUTCHAR, 0, 0x141n).error).toBe(0n);
    expect(fixture.platform.output).toBe('A');
  });

  it('putchar_withFullConsole_retriesTheEcall', () => {
    const fixture = new Fixture();
    fixture.platform.room = 0;
    expect(fixture.ecall(PUTCHAR, 0, 0x41n).outcome).toBe('retry');
    expect(fixture.hart().pc).toBe(ECALL_PC);
    expect(fixture.hart().gpr[10]).toBe(0x41n);
  });

  it('getchar_givesAByte_orMinusOne', () => {
    const fixture = new Fixture();
    fixture.platform.input = [0xe9];
    expect(fixture.ecall(GETCHAR, 0).error).toBe(0xe9n);
    expect(fixture.ecall(GETCHAR, 0).error).toBe(-1n);
  });
});

describe('harts', () => {
  it('sendIpi_readsTheMaskAtAVirtualAddress', () => {
    const fixture = withMask(0b1010n);
    expect(fixture.ecall(SEND_IPI, 0, MASK).error).toBe(0n);
    expect(fixture.platform.harts.map((hart) => hart.softwareInterrupt)).toEqual([false, true, false, true]);
  });

  it('mask_ofMoreThan64Harts_hasSeveralWords', () => {
    const fixture = new Fixture({ ids: [0, 64, 70] });
    poke(fixture.platform, RAM + 0x800n, 0n, 1n << 6n);
    fixture.ecall(SEND_IPI, 0, MASK);
    expect(fixture.platform.harts.map((hart) => hart.softwareInterrupt)).toEqual([false, false, true]);
  });

  it('mask_withBitsOfNoHart_reachesTheOthers', () => {
    const fixture = withMask(-1n);
    expect(fixture.ecall(FENCE_I, 0, MASK).error).toBe(0n);
    expect(fixture.platform.fences[0]!.harts).toEqual([0, 1, 2, 3]);
  });

  it('nullMask_meansAllHarts', () => {
    const fixture = new Fixture();
    fixture.ecall(FENCE_I, 0, 0n);
    expect(fixture.platform.fences[0]!.harts).toEqual([0, 1, 2, 3]);
  });

  it('maskThatFaults_isTheCallersFault_atTheEcall', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(SEND_IPI, 0, 0x1000n).outcome).toBe('resume');
    expect(fixture.hart().fault).toEqual({ cause: LOAD_PAGE_FAULT, tval: 0x1000n });
    expect(fixture.hart().pc).toBe(ECALL_PC);
    expect(fixture.hart().gpr[10]).toBe(0x1000n);
  });

  it('clearIpi_tellsWhetherOneWasPending', () => {
    const fixture = withMask(1n);
    fixture.ecall(SEND_IPI, 0, MASK);
    expect(fixture.ecall(CLEAR_IPI, 0).error).toBe(1n);
    expect(fixture.ecall(CLEAR_IPI, 0).error).toBe(0n);
  });

  it('remoteSfence_withAndWithoutAsid', () => {
    const fixture = withMask(0b10n);
    expect(fixture.ecall(SFENCE, 0, MASK, 0x1000n, 0x1000n).error).toBe(0n);
    expect(fixture.ecall(SFENCE_ASID, 0, MASK, 0n, -1n, 4n).error).toBe(0n);
    expect(fixture.platform.fences).toEqual([
      { harts: [1], fence: { kind: 'sfence.vma', range: { start: 0x1000n, size: 0x1000n } } },
      { harts: [1], fence: { kind: 'sfence.vma', asid: 4 } },
    ]);
  });

  it('remoteSfence_ofNothing_badRange_badAsid', () => {
    const fixture = withMask(0b10n);
    expect(fixture.ecall(SFENCE, 0, MASK, 0x1000n, 0n).error).toBe(0n);
    expect(fixture.ecall(SFENCE, 0, MASK, -1n, 2n).error).toBe(SbiError.invalidAddress);
    expect(fixture.ecall(SFENCE_ASID, 0, MASK, 0n, 0n, 1n << 16n).error).toBe(SbiError.invalidParam);
    expect(fixture.platform.fences).toEqual([]);
  });
});

it('shutdown_doesNotReturn', () => {
  const fixture = new Fixture();
  expect(fixture.ecall(SHUTDOWN, 0).outcome).toBe('reset');
  expect(fixture.platform.resets).toEqual([['shutdown', 'none']]);
});
