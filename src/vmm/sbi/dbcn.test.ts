// The debug console.
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { poke, RAM, RAM_BYTES } from './testing/fake-platform.js';
import { ECALL_PC, EID, Fixture } from './testing/fixture.js';

describe('debug console', () => {
  const [WRITE, READ, WRITE_BYTE] = [0, 1, 2];
  const END = RAM + BigInt(RAM_BYTES);
  const badRanges: [length: bigint, low: bigint, high: bigint][] = [
    [1n, 0n, 0n],
    [1n, END, 0n],
    [2n, END - 1n, 0n],
    [1n << 60n, RAM, 0n],
    [-1n, RAM, 0n],
    [1n, RAM, 1n],
    [0x1000n, -0x800n, 0n],
    [0n, RAM, 1n],
  ];

  it('write_sendsGuestMemory', () => {
    const fixture = new Fixture();
    poke(fixture.platform, RAM + 0x800n, 0x6f6c_6c65_68n); // "hello"
    const { error, value } = fixture.ecall(EID.dbcn, WRITE, 5n, RAM + 0x800n, 0n);
    expect([error, value, fixture.platform.output]).toEqual([SbiError.success, 5n, 'hello']);
  });

  it('write_isPartial_ifTheConsoleIsFull_orTheTextLong', () => {
    const fixture = new Fixture();
    fixture.platform.room = 3;
    expect(fixture.ecall(EID.dbcn, WRITE, 5n, RAM, 0n)).toMatchObject({ error: 0n, value: 3n, outcome: 'resume' });
    expect(fixture.ecall(EID.dbcn, WRITE, 5n, RAM, 0n)).toMatchObject({ error: 0n, value: 0n });
    fixture.platform.room = Number.POSITIVE_INFINITY;
    expect(fixture.ecall(EID.dbcn, WRITE, BigInt(RAM_BYTES), RAM, 0n).value).toBe(0x1_0000n);
  });

  it('read_fillsGuestMemory_asFarAsBytesGo', () => {
    const fixture = new Fixture();
    fixture.platform.input = [1, 2, 3];
    expect(fixture.ecall(EID.dbcn, READ, 2n, RAM, 0n)).toMatchObject({ error: 0n, value: 2n });
    expect(fixture.ecall(EID.dbcn, READ, 9n, RAM + 2n, 0n)).toMatchObject({ error: 0n, value: 1n });
    expect(fixture.ecall(EID.dbcn, READ, 9n, RAM, 0n)).toMatchObject({ error: 0n, value: 0n });
    expect([...fixture.platform.ram.subarray(0, 4)]).toEqual([1, 2, 3, 0]);
  });

  it.each(badRanges)('length %s at %s, %s invalidParam, and no byte lost', (length, low, high) => {
    const fixture = new Fixture();
    fixture.platform.input = [1];
    expect(fixture.ecall(EID.dbcn, WRITE, length, low, high).error).toBe(SbiError.invalidParam);
    expect(fixture.ecall(EID.dbcn, READ, length, low, high).error).toBe(SbiError.invalidParam);
    expect([fixture.platform.output, fixture.platform.input]).toEqual(['', [1]]);
  });

  it('nothingToWriteOrRead_succeeds_whereverItIs', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.dbcn, WRITE, 0n, 0n, 0n)).toMatchObject({ error: 0n, value: 0n });
    expect(fixture.ecall(EID.dbcn, READ, 0n, 0n, 0n)).toMatchObject({ error: 0n, value: 0n });
  });

  it('writeByte_writesTheLowByte_orRetries', () => {
    const fixture = new Fixture();
    expect(fixture.ecall(EID.dbcn, WRITE_BYTE, 0xff41n)).toMatchObject({ error: 0n, value: 0n });
    expect(fixture.platform.output).toBe('A');
    fixture.platform.room = 0;
    expect(fixture.ecall(EID.dbcn, WRITE_BYTE, 0x42n).outcome).toBe('retry');
    expect([fixture.hart().pc, fixture.hart().gpr[10]]).toEqual([ECALL_PC, 0x42n]);
  });
});
