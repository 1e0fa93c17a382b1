// Host memory: bounds, and decoded instructions dropped by writes from outside.
import { describe, expect, it } from 'vitest';
import { PAGE_FLAGS, PAGE_HAS_CODE, RAM_AREA } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { HostMemory } from './memory.js';

function setUp() {
  const buffer = new ArrayBuffer(RAM_AREA + 0x4000);
  const u8 = new Uint8Array(buffer);
  const invalidated: [number, number][] = [];
  const engine = {
    u8,
    view: new DataView(buffer),
    invalidateCode: (at: number, n: number) => invalidated.push([at, n]),
  };
  return { u8, invalidated, memory: new HostMemory(engine as unknown as Engine, buffer.byteLength) };
}

describe('HostMemory', () => {
  it('read_afterAWrite_isACopy', () => {
    const { memory } = setUp();
    memory.write(RAM_AREA + 8, new Uint8Array([1, 2, 3]));
    const bytes = memory.read(RAM_AREA + 8, 3);
    bytes[0] = 9;
    expect([...memory.read(RAM_AREA + 8, 3)]).toEqual([1, 2, 3]);
    memory.writeU64(RAM_AREA, 0x1122_3344_5566_7788n);
    expect(memory.readU32(RAM_AREA)).toBe(0x5566_7788);
  });

  it.each([
    ['below memory', RAM_AREA - 1, 1],
    ['across the end', RAM_AREA + 0x3fff, 2],
    ['negative length', RAM_AREA, -1],
    ['not an address', Number.NaN, 1],
  ])('access_%s_isATypedError', (_, at, length) => {
    const { memory } = setUp();
    expect(() => memory.fill(at, length, 1)).toThrowError(expect.objectContaining({ code: 'HOST_MEMORY_RANGE' }));
  });

  it('write_acrossPagesOneOfWhichHoldsCode_dropsExactlyThatPart', () => {
    const { memory, u8, invalidated } = setUp();
    new Uint16Array(u8.buffer, PAGE_FLAGS)[RAM_AREA / 4096 + 1] = PAGE_HAS_CODE;
    memory.write(RAM_AREA + 0xff0, new Uint8Array(0x1100));
    expect(invalidated).toEqual([[RAM_AREA + 0x1000, 0x1000]]);
  });
});
