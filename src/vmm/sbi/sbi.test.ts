// The registry and the way of a call: unknown ids, the calling convention, users' extensions, save and restore.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HartState } from './context.js';
import { SbiError, success } from './result.js';
import { RAM } from './testing/fake-platform.js';
import { ECALL_PC, EID, Fixture } from './testing/fixture.js';
import { encodeVersion, PACKAGE_VERSION, SPECIFICATION } from './version.js';

describe('dispatch', () => {
  it('unknownExtension_notSupported', () => {
    const { error, outcome } = new Fixture().ecall(0x1234_5678n, 0);
    expect([error, outcome]).toEqual([SbiError.notSupported, 'resume']);
  });

  it.each(Object.entries(EID))('unknownFunction_of_%s_notSupported', (_name, id) => {
    for (const fid of [100n, -1n, 1n << 32n]) expect(new Fixture().ecall(id, fid).error).toBe(SbiError.notSupported);
  });

  it('extensionId_withUpperBitsSet_isAnotherExtension', () => {
    expect(new Fixture().ecall(EID.base | (1n << 32n), 0).error).toBe(SbiError.notSupported);
  });

  it('anyCall_returns_pcAfterEcall_and_otherRegistersPreserved', () => {
    const fixture = new Fixture();
    const hart = fixture.hart();
    hart.gpr[5] = 55n;
    hart.gpr[12] = 12n;
    fixture.ecall(EID.base, 0, 1n, 2n, 3n, 4n, 5n, 6n);
    expect(hart.pc).toBe(ECALL_PC + 4n);
    expect([...hart.gpr.subarray(12, 18)]).toEqual([3n, 4n, 5n, 6n, 0n, EID.base]);
    expect(hart.gpr[5]).toBe(55n);
  });

  it('failedCall_returns_zeroInA1', () => {
    const { error, value } = new Fixture().ecall(EID.hsm, 2, 99n, 7n);
    expect([error, value]).toEqual([SbiError.invalidParam, 0n]);
  });

  it('anyCall_whateverTheArguments_neitherThrowsNorHangs', () => {
    const wide = fc.oneof(
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.constantFrom(0n, 1n, (1n << 64n) - 1n, 1n << 63n, RAM, RAM + 8n, 1n << 60n),
    );
    const extension = fc.oneof(fc.constantFrom(...Object.values(EID)), fc.bigInt({ min: 0n, max: 8n }), wide);
    const calls = fc.array(fc.tuple(extension, fc.integer({ min: 0, max: 10 }), fc.array(wide, { maxLength: 6 })));
    fc.assert(
      fc.property(calls, fc.constantFrom('hypervisor' as const, 'firmware' as const), (list, mode) => {
        const fixture = new Fixture({ mode });
        for (const [id, fid, args] of list) {
          fixture.ecall(id, fid, ...args);
          fixture.sbi.ready(fixture.hart());
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('base', () => {
  it('identity_of_implementation', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.base, 0).value).toBe(BigInt(SPECIFICATION.major) << 24n);
    expect(fixture.ecall(EID.base, 1).value).toBe(0x6863n);
    expect(fixture.ecall(EID.base, 2).value).toBe(encodeVersion(PACKAGE_VERSION));
  });

  it('implementationVersion_is_the_packages', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(PACKAGE_VERSION).toBe(manifest.version);
    expect(encodeVersion('1.2.3-rc.1')).toBe(0x010203n);
  });

  it('options_change_identity', () => {
    const fixture = new Fixture({ version: { major: 0, minor: 2 }, implementationId: 3 });
    expect(fixture.ecall(EID.base, 0).value).toBe(2n);
    expect(fixture.ecall(EID.base, 1).value).toBe(3n);
  });

  it('probe_offered_isOne_absent_isZero', () => {
    const fixture = new Fixture();
    for (const id of [...Object.values(EID), 0x53_5441n, 0n, 8n]) expect(fixture.ecall(EID.base, 3, id).value).toBe(1n);
    const absent = { nacl: 0x4e41_434cn, mpxy: 0x4d50_5859n, cppc: 0x4350_5043n, dbtr: 0x4442_5452n };
    for (const id of [...Object.values(absent), 9n, -1n]) expect(fixture.ecall(EID.base, 3, id).value).toBe(0n);
  });

  it('machineIds_come_from_the_hart', () => {
    const fixture = new Fixture();
    fixture.hart().writeCsr('mvendorid', 1n);
    fixture.hart().writeCsr('marchid', 2n);
    fixture.hart().writeCsr('mimpid', 3n);
    expect([4, 5, 6].map((fid) => fixture.ecall(EID.base, fid).value)).toEqual([1n, 2n, 3n]);
  });
});

describe('extensions of the user', () => {
  const echo = {
    id: 0x0900_0001,
    name: 'echo',
    functions: [(call: { arg(i: number): bigint }) => success(call.arg(0) + call.arg(5))],
  };

  it('registered_isProbedAndCalled', () => {
    const fixture = new Fixture({ extensions: [echo] });
    expect(fixture.ecall(EID.base, 3, 0x0900_0001n).value).toBe(1n);
    expect(fixture.ecall(0x0900_0001n, 0, 1n, 0n, 0n, 0n, 0n, 41n).value).toBe(42n);
  });

  it('idWithBit31_isSignExtendedInTheRegister', () => {
    const fixture = new Fixture({ extensions: [{ ...echo, id: 0x8000_0001 }] });
    expect(fixture.ecall(0xffff_ffff_8000_0001n, 0, 5n).value).toBe(5n);
    expect(fixture.ecall(0x8000_0001n, 0, 5n).error).toBe(SbiError.notSupported);
  });

  it('probeOfZero_hidesItsFunctions', () => {
    const fixture = new Fixture({ extensions: [{ ...echo, probe: () => 0n }] });
    expect(fixture.ecall(EID.base, 3, 0x0900_0001n).value).toBe(0n);
    expect(fixture.ecall(0x0900_0001n, 0).error).toBe(SbiError.notSupported);
  });

  it('takenOrImpossibleId_throws', () => {
    const { sbi } = new Fixture();
    expect(() => sbi.registerExtension({ ...echo, id: 0x10 })).toThrowError(
      expect.objectContaining({ code: 'SBI_EXTENSION_EXISTS' }),
    );
    expect(() => sbi.registerExtension({ ...echo, id: -1 })).toThrowError(
      expect.objectContaining({ code: 'SBI_EXTENSION_ID' }),
    );
  });

  it('without_leavesExtensionOut', () => {
    const fixture = new Fixture({ without: ['SSE'] });
    expect(fixture.ecall(EID.base, 3, EID.sse).value).toBe(0n);
    expect(fixture.ecall(EID.sse, 8).error).toBe(SbiError.notSupported);
  });
});

describe('state', () => {
  it('reset_stopsAllHarts_and_forgets', () => {
    const fixture = new Fixture();
    fixture.ecall(EID.sse, 8);
    fixture.ecall(EID.sse, 2, 0xffff_8000n, RAM, 0n);
    fixture.sbi.reset();
    expect(fixture.platform.harts.map(({ hsm }) => hsm)).toEqual(Array(4).fill(HartState.stopped));
    expect(fixture.sbi.save()).toEqual(new Fixture({ running: 0 }).sbi.save());
  });

  it('saved_isStructuredCloneable_and_restores', () => {
    const fixture = new Fixture({ running: 2 });
    fixture.ecall(EID.pmu, 2, 3n, 1n, 4n, 0xf_0005n);
    fixture.ecall(EID.time, 0, 1n);
    fixture.ecall(EID.sse, 2, 0xffff_0000n, RAM, 9n);
    const saved = structuredClone(fixture.sbi.save());
    const other = new Fixture();
    other.sbi.restore(saved);
    expect(other.sbi.save()).toEqual(saved);
    expect(other.ecall(EID.pmu, 5, 3n).value).toBe(1n);
    expect(other.ecall(EID.hsm, 2, 3n).value).toBe(BigInt(HartState.stopped));
  });

  it('stateOfAnotherMachine_isRefused', () => {
    const saved = new Fixture({ ids: [0, 1] }).sbi.save();
    expect(() => new Fixture().sbi.restore(saved)).toThrowError(
      expect.objectContaining({ code: 'SBI_STATE_MISMATCH' }),
    );
  });

  it('hostSignal_of_unknownEventOrHart_throws', () => {
    const { sbi } = new Fixture();
    expect(() => sbi.signal(0x4000)).toThrowError(expect.objectContaining({ code: 'SSE_EVENT_UNKNOWN' }));
    expect(() => sbi.signal(0, 77)).toThrowError(expect.objectContaining({ code: 'SBI_HART_UNKNOWN' }));
  });
});
