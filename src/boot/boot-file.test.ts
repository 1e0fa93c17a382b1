// Files that are read by the piece: the plan and the memory of a guest are what they are for the same bytes.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BootFile, piecesOf } from './boot-file.js';
import { makeElf } from './elf.test-support.js';
import { loadImage } from './kernel.js';
import { virtMachine } from './machine-description.js';
import { planBoot } from './plan.js';

/** A file of these bytes that reads `most` at a time. */
function fileOf(content: Uint8Array, most = Number.POSITIVE_INFINITY): BootFile {
  return {
    size: content.length,
    readInto: (offset, bytes) => {
      const some = content.subarray(offset, offset + Math.min(most, bytes.length));
      bytes.set(some);
      return some.length;
    },
  };
}

function image(size: number): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => i * 7);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0, true);
  view.setBigUint64(8, 0x20_0000n, true);
  view.setBigUint64(16, BigInt(size) + 4096n, true);
  view.setBigUint64(24, 0n, true);
  view.setUint32(0x38, 0x05435352, true);
  return bytes;
}

const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 64n << 20n } });

describe('a plan from files', () => {
  it.each([
    ['a Linux Image', image(700_001)],
    ['raw bytes', new Uint8Array(300_000).fill(0x13)],
  ])('of %s_is that from their bytes, and has none of them', async (_, kernel) => {
    const initrd = Uint8Array.from({ length: 600_000 }, (_, i) => i >> 3);
    const plain = await planBoot({ machine, kernel, initrd });
    const plan = await planBoot({ machine, kernel: fileOf(kernel), initrd: fileOf(initrd, 1000) });
    expect({ ...plan, segments: [] }).toEqual({ ...plain, segments: [] });
    const content = plan.segments.map(({ bytes, file }) => {
      return file === undefined ? bytes : Buffer.concat(Array.from(piecesOf(file), ({ bytes }) => bytes.slice()));
    });
    expect(plan.segments.map(({ what, gpa }) => [what, gpa])).toEqual(
      plain.segments.map(({ what, gpa }) => [what, gpa]),
    );
    content.forEach((bytes, i) => {
      expect(Buffer.compare(bytes, plain.segments[i]!.bytes), plan.segments[i]!.what).toBe(0);
    });
    const held = plan.segments.filter(({ file }) => file !== undefined).map(({ bytes }) => bytes.length);
    expect(held).toEqual([0, 0]);
  });

  it('of a kernel that is wrapped, or ELF_reads it as a whole', async () => {
    const kernel = image(100_000);
    const elf = makeElf({
      entry: 0x8000_0000n,
      segments: [{ vaddr: 0x8000_0000n, paddr: 0x8000_0000n, data: kernel }],
    });
    const wrapped = await loadImage(fileOf(new Uint8Array(gzipSync(kernel))));
    expect(wrapped.kind === 'linux' && wrapped.file === undefined && Buffer.compare(wrapped.bytes, kernel)).toBe(0);
    expect(await loadImage(fileOf(elf))).toEqual(await loadImage(elf));
  });

  it('that are empty_is none, or has no initrd', async () => {
    await expect(loadImage(fileOf(new Uint8Array(0)))).rejects.toMatchObject({ code: 'IMAGE_EMPTY' });
    const { initrd } = await planBoot({ machine, kernel: image(4096), initrd: fileOf(new Uint8Array(0)) });
    expect(initrd).toBeUndefined();
  });
});

it('a file that has become shorter_is an error of its own', () => {
  const file: BootFile = { ...fileOf(new Uint8Array(1000)), size: 2000 };
  expect(() => [...piecesOf(file)]).toThrow(expect.objectContaining({ code: 'BOOT_FILE_CUT' }));
});
