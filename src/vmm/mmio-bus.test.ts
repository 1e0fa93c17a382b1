// The MMIO bus: who answers where, what is split, and that hostile addresses find nobody.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BusDevice, MmioBus } from './mmio-bus.js';

/** A device that remembers accesses; reads give the offset and width. */
function recorder(name: string, size: number): BusDevice & { readonly log: string[] } {
  const log: string[] = [];
  return {
    name,
    size,
    log,
    read: (offset, width) => {
      log.push(`r${width}@${offset}`);
      return (0x8000_0000 | (width << 16) | offset) >>> 0;
    },
    write: (offset, width, value) => {
      log.push(`w${width}@${offset}=${value.toString(16)}`);
    },
  };
}

describe('MmioBus', () => {
  it('access_ofEachWidth_reachesTheDeviceAtItsOffset', () => {
    const bus = new MmioBus();
    const device = recorder('device', 0x100);
    bus.attach(0x1000_0000n, device);
    expect(bus.read(0x1000_0003n, 1)).toBe(0x8001_0003n);
    expect(bus.read(0x1000_0002n, 2)).toBe(0x8002_0002n);
    expect(bus.write(0x1000_00fcn, 4, 0xffff_ffff_1234_5678n)).toBe(true);
    expect(bus.write(0x1000_0001n, 1, 0x1ffn)).toBe(true);
    expect(device.log).toEqual(['r1@3', 'r2@2', 'w4@252=12345678', 'w1@1=ff']);
  });

  it('eightByteAccess_isSplit_lowHalfFirst', () => {
    const bus = new MmioBus();
    const device = recorder('device', 0x10);
    bus.attach(0n, device);
    expect(bus.read(8n, 8)).toBe(0x8004_000c_8004_0008n);
    bus.write(0n, 8, 0x1122_3344_5566_7788n);
    expect(device.log).toEqual(['r4@8', 'r4@12', 'w4@0=55667788', 'w4@4=11223344']);
  });

  it.each<[string, bigint, 1 | 2 | 4 | 8]>([
    ['below', 0xfffn, 1],
    ['behind', 0x1100n, 1],
    ['across the end', 0x10fcn, 8],
    ['misaligned', 0x1001n, 2],
    ['at the top of the space', 0xffff_ffff_ffff_fff8n, 8],
  ])('access_%s_findsNobody', (_, gpa, width) => {
    const bus = new MmioBus();
    bus.attach(0x1000n, recorder('device', 0x100));
    expect(bus.read(gpa, width)).toBeUndefined();
    expect(bus.write(gpa, width, 0n)).toBe(false);
  });

  it('attach_overlapping_isATypedError_andDetachMakesRoom', () => {
    const bus = new MmioBus();
    const first = recorder('first', 0x100);
    bus.attach(0x1000n, first);
    expect(() => bus.attach(0x10ffn, recorder('second', 1))).toThrowError(
      expect.objectContaining({ code: 'MMIO_OVERLAP' }),
    );
    expect(() => bus.attach(-1n, recorder('third', 1))).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    bus.detach(first);
    bus.attach(0x10ffn, recorder('second', 1));
    expect(bus.regions().map(({ base }) => base)).toEqual([0x10ffn]);
    expect(() => bus.detach(first)).toThrowError(expect.objectContaining({ code: 'MMIO_NOT_ATTACHED' }));
  });

  it('anySetOfDevices_answersExactlyInItsWindows', () => {
    const window = fc.record({ base: fc.nat(4000), size: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(window, { maxLength: 20 }), fc.array(fc.nat(4400), { maxLength: 50 }), (windows, probes) => {
        const bus = new MmioBus();
        const owner = new Map<number, number>();
        windows.forEach(({ base, size }, index) => {
          const bytes = Array.from({ length: size }, (_, i) => base + i);
          const taken = bytes.some((at) => owner.has(at));
          const device = { ...recorder(`d${index}`, size), read: () => index };
          if (taken) expect(() => bus.attach(BigInt(base), device)).toThrow();
          else {
            bus.attach(BigInt(base), device);
            for (const at of bytes) owner.set(at, index);
          }
        });
        for (const at of probes) {
          const expected = owner.get(at);
          expect(bus.read(BigInt(at), 1)).toBe(expected === undefined ? undefined : BigInt(expected));
        }
      }),
    );
  });
});
