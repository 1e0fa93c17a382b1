// Packed pages come back as they were, and no bytes whatever make unpacking throw, hang or write elsewhere.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostPacked, pack, unpack } from './lz4.js';

const PAGE = 4096;

function packed(bytes: Uint8Array): Uint8Array {
  const target = new Uint8Array(mostPacked(bytes.length));
  return target.slice(0, pack(bytes, target));
}

/** Pages as memory has them: runs, repetitions, and noise. */
const page = fc
  .array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 900 })).map(([byte, count]) => new Uint8Array(count).fill(byte)),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((parts) => {
    const bytes = new Uint8Array(PAGE);
    for (let at = 0, i = 0; at < PAGE; i++) {
      const part = parts[i % parts.length]!;
      bytes.set(part.subarray(0, PAGE - at), at);
      at += part.length;
    }
    return bytes;
  });

describe('LZ4 blocks', () => {
  it('any page_packed and unpacked_is the same', () => {
    fc.assert(
      fc.property(page, (bytes) => {
        const block = packed(bytes);
        const target = new Uint8Array(PAGE);
        expect(unpack(block, 0, block.length, target)).toBe(true);
        expect(target).toEqual(bytes);
      }),
    );
  });

  it('a page of noise_packed_fits in what is promised', () => {
    const bytes = Uint8Array.from({ length: PAGE }, (_, i) => Math.imul(i, 0x9e37_79b1) >>> 11);
    expect(packed(bytes).length).toBeLessThanOrEqual(mostPacked(PAGE));
  });

  it('any bytes_unpacked_are refused or fill the page, and nothing beyond it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (block) => {
        const whole = new Uint8Array(64 + 16).fill(0xaa);
        unpack(block, 0, block.length, whole.subarray(8, 72));
        expect([...whole.subarray(0, 8), ...whole.subarray(72)]).toEqual(new Array(16).fill(0xaa));
      }),
      { numRuns: 2000 },
    );
  });

  it('a page_packed then cut or changed_never gives a block that is too short', () => {
    fc.assert(
      fc.property(page, fc.nat(), fc.nat(255), (bytes, where, change) => {
        const block = packed(bytes);
        expect(unpack(block, 0, where % block.length, new Uint8Array(PAGE))).toBe(false);
        block[where % block.length]! ^= change;
        unpack(block, 0, block.length, new Uint8Array(PAGE));
      }),
    );
  });

  const program = spawnSync('lz4', ['--version']);
  it.skipIf(program.error !== undefined)('a block_in a frame_is read by the lz4 program', () => {
    const bytes = Uint8Array.from({ length: PAGE }, (_, i) => (i >> 5) * 7 + (i % 9 === 0 ? i : 0));
    const block = packed(bytes);
    // Legacy frame: magic, then blocks with their size.
    const frame = new Uint8Array(8 + block.length);
    const view = new DataView(frame.buffer);
    view.setUint32(0, 0x184c_2102, true);
    view.setUint32(4, block.length, true);
    frame.set(block, 8);
    expect(new Uint8Array(spawnSync('lz4', ['-d', '-c'], { input: frame }).stdout)).toEqual(bytes);
  });
});
