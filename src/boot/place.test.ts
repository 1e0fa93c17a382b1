// Where a boot lays things in memory, and which boots cannot be laid out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeElf } from './elf.test-support.js';
import { readLinuxImageHeader } from './image.js';
import { type LoadedImage, loadImage } from './kernel.js';
import { virtMachine } from './machine-description.js';
import { type PlaceRequest, placeBoot } from './place.js';
import { planBoot } from './plan.js';

const BASE = 0x8000_0000n;
const MIB = 1n << 20n;

/** A Linux Image of `fileSize` bytes that says it takes `memorySize`. */
function linuxImage(fileSize = 4096, memorySize = BigInt(fileSize), textOffset = 2n * MIB, flags = 0n): Uint8Array {
  const bytes = new Uint8Array(fileSize);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x5a4d, true);
  view.setBigUint64(8, textOffset, true);
  view.setBigUint64(16, memorySize, true);
  view.setBigUint64(24, flags, true);
  view.setUint32(32, 2, true);
  view.setBigUint64(0x30, 0x5643534952n, true);
  view.setUint32(0x38, 0x05435352, true);
  return bytes;
}

function raw(size: number): LoadedImage {
  return { kind: 'raw', bytes: new Uint8Array(size) };
}

function place(request: Partial<PlaceRequest>) {
  const memory = { base: BASE, size: 128n * MIB };
  return placeBoot({ memory, deviceTree: () => new Uint8Array(1000), ...request });
}

function withCode(code: string) {
  return expect.objectContaining({ name: 'HypercraftError', code });
}

describe('readLinuxImageHeader', () => {
  it('efiStubImage_isRecognised', () => {
    expect(readLinuxImageHeader(linuxImage(4096, 8192n))).toEqual({
      textOffset: 2n * MIB,
      imageSize: 8192n,
      flags: 0n,
      version: [0, 2],
      efiStub: true,
    });
  });

  it('declaredSizeBelowTheFiles_isTheFiles', () => {
    expect(readLinuxImageHeader(linuxImage(4096, 1n))!.imageSize).toBe(4096n);
  });

  it('otherFiles_areNone', () => {
    expect(readLinuxImageHeader(new Uint8Array(4096))).toBeUndefined();
    expect(readLinuxImageHeader(linuxImage().slice(0, 63))).toBeUndefined();
  });

  it('bigEndianOrImpossibleImages_areTypedErrors', () => {
    expect(() => readLinuxImageHeader(linuxImage(4096, 4096n, 0n, 1n))).toThrowError(withCode('IMAGE_ENDIAN'));
    expect(() => readLinuxImageHeader(linuxImage(4096, 1n << 50n))).toThrowError(withCode('IMAGE_HEADER'));
  });

  it('efiStubWhoseEndIsMissing_isATypedError', () => {
    const image = linuxImage(8192);
    const view = new DataView(image.buffer);
    view.setUint32(0x3c, 0x40, true);
    view.setUint32(0x40, 0x4550, true);
    view.setUint16(0x46, 1, true); // one section, no optional header: 4096 bytes from 4096 on
    view.setUint32(0x68, 4096, true);
    view.setUint32(0x6c, 4096, true);
    expect(readLinuxImageHeader(image)!.efiStub).toBe(true);
    for (const length of [8191, 4096, 100, 70]) {
      expect(() => readLinuxImageHeader(image.subarray(0, length))).toThrowError(withCode('IMAGE_TRUNCATED'));
    }
  });
});

describe('placeBoot', () => {
  it('linux_liesAtItsTextOffset_treeInTheLast2MiB_initrdBelowIt', async () => {
    const kernel = await loadImage(linuxImage());
    const plan = place({ kernel, initrd: new Uint8Array(5000) });
    expect(plan.entry).toBe(BASE + 2n * MIB);
    expect(plan.dtbAddress).toBe(BASE + 126n * MIB);
    expect(plan.initrd).toEqual({ start: plan.dtbAddress - 8192n, end: plan.dtbAddress - 8192n + 5000n });
    expect(plan.segments.map(({ what, gpa }) => [what, gpa])).toEqual([
      ['kernel', plan.entry],
      ['initrd', plan.initrd!.start],
      ['device tree', plan.dtbAddress],
    ]);
    expect(plan.a2).toBe(0n);
  });

  it('largeMemory_keepsTheTreeBelow3GiB', () => {
    expect(place({ memory: { base: BASE, size: 3072n * MIB }, kernel: raw(4) }).dtbAddress).toBe(3070n * MIB);
  });

  it('firmwareAndKernel_startInFirmwareWhichIsToldTheKernel', () => {
    const plan = place({ firmware: raw(300_000), kernel: raw(16) });
    expect(plan.entry).toBe(BASE);
    const information = plan.segments.find(({ gpa }) => gpa === plan.a2)!;
    const view = new DataView(information.bytes.buffer);
    expect(view.getUint32(0, true)).toBe(0x4942534f);
    expect(view.getBigUint64(16, true)).toBe(BASE + 2n * MIB);
    expect(view.getBigUint64(24, true)).toBe(1n);
  });

  it('firmwareAlone_isToldOfNoKernel', () => {
    const plan = place({ firmware: raw(300_000) });
    const information = plan.segments.find(({ gpa }) => gpa === plan.a2)!;
    expect(new DataView(information.bytes.buffer).getBigUint64(16, true)).toBe(0n);
  });

  it('firmwareLargerThan2MiB_pushesTheKernelUp', () => {
    const plan = place({ firmware: raw(3 << 20), kernel: raw(16) });
    expect(plan.segments[1]!.gpa).toBe(BASE + 4n * MIB);
  });

  it('elf_liesWhereItWasLinked_withItsSymbols', async () => {
    const data = new Uint8Array(16);
    const file = makeElf({
      entry: BASE + 8n,
      segments: [{ vaddr: BASE, paddr: BASE, data }],
      symbols: { start: BASE },
    });
    const plan = place({ kernel: await loadImage(file) });
    expect(plan.entry).toBe(BASE + 8n);
    expect(plan.segments[0]!.gpa).toBe(BASE);
    expect(plan.symbols!.addressOf('start')).toBe(BASE);
  });

  it.each<[string, Partial<PlaceRequest>, string]>([
    ['nothing to start', {}, 'NOTHING_TO_BOOT'],
    ['hardly any memory', { memory: { base: BASE, size: 4096n }, kernel: raw(4) }, 'MEMORY_TOO_SMALL'],
    ['a kernel larger than memory', { kernel: raw(200 << 20) }, 'KERNEL_TOO_LARGE'],
    ['an initrd larger than memory', { kernel: raw(4), initrd: new Uint8Array(200 << 20) }, 'INITRD_TOO_LARGE'],
    [
      'a kernel and an initrd too large together',
      { kernel: raw(100 << 20), initrd: new Uint8Array(40 << 20) },
      'BOOT_OVERLAP',
    ],
    [
      'an initrd put into the kernel',
      { kernel: raw(4096), initrd: new Uint8Array(4), initrdAddress: BASE + 2n * MIB },
      'BOOT_OVERLAP',
    ],
    ['a kernel reaching into the tree', { kernel: raw(125 << 20) }, 'BOOT_OVERLAP'],
    ['an enormous tree', { kernel: raw(4), deviceTree: () => new Uint8Array(3 << 20) }, 'DTB_TOO_LARGE'],
  ])('boot_with_%s_isATypedError', (_, request, code) => {
    expect(() => place(request)).toThrowError(withCode(code));
  });

  it('elfForAnotherAddress_isATypedErrorThatNamesBoth', async () => {
    const data = new Uint8Array(16);
    const file = makeElf({ entry: 0n, segments: [{ vaddr: 0n, paddr: 0n, data }] });
    const kernel = await loadImage(file);
    expect(() => place({ kernel })).toThrowError(withCode('SEGMENT_OUTSIDE_MEMORY'));
    expect(() => place({ kernel })).toThrowError(
      'kernel needs 0x0 to 0x10, which is not in the 128 MiB of memory at 0x80000000',
    );
  });

  it('entryOutsideMemory_isATypedError', async () => {
    const file = makeElf({ entry: 4n, segments: [{ vaddr: BASE, paddr: BASE, data: new Uint8Array(16) }] });
    const kernel = await loadImage(file);
    expect(() => place({ kernel })).toThrowError(withCode('ENTRY_OUTSIDE_MEMORY'));
  });

  it('whateverTheSizes_partsLieInMemoryAndApart', () => {
    const sizes = fc.record({
      memory: fc.integer({ min: 1, max: 64 }),
      kernel: fc.integer({ min: 1, max: 20 << 20 }),
      initrd: fc.integer({ min: 0, max: 20 << 20 }),
      tree: fc.integer({ min: 64, max: 1 << 20 }),
    });
    fc.assert(
      fc.property(sizes, ({ memory, kernel, initrd, tree }) => {
        const size = BigInt(memory) * MIB;
        try {
          const plan = place({
            memory: { base: BASE, size },
            kernel: raw(kernel),
            initrd: new Uint8Array(initrd),
            deviceTree: () => new Uint8Array(tree),
          });
          const ranges = plan.segments.map(({ gpa, bytes }) => [gpa, gpa + BigInt(bytes.length)] as const);
          ranges.sort((a, b) => (a[0] < b[0] ? -1 : 1));
          expect(ranges[0]![0] >= BASE && ranges.at(-1)![1] <= BASE + size).toBe(true);
          for (let i = 1; i < ranges.length; i++) expect(ranges[i]![0] >= ranges[i - 1]![1]).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ name: 'HypercraftError' });
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('planBoot', () => {
  const memory = { base: BASE, size: 64n * MIB };

  it('rawKernel_ofABareMachine_startsAtTheFirstByteOfMemory', async () => {
    const kernel = new Uint8Array([0x73, 0, 0x10, 0]);
    expect((await planBoot({ machine: virtMachine({ memory, mode: 'bare' }), kernel })).entry).toBe(BASE);
    expect((await planBoot({ machine: virtMachine({ memory }), kernel })).entry).toBe(BASE + 2n * MIB);
  });

  it('usersOwnTree_isCompletedAndPassed', async () => {
    const machine = virtMachine({ memory });
    const kernel = linuxImage();
    const own = (await planBoot({ machine, kernel, chosen: { bootargs: 'theirs' } })).dtb;
    const plan = await planBoot({ machine, kernel, dtb: own, chosen: { bootargs: 'ours' } });
    const text = new TextDecoder().decode(plan.dtb);
    expect(text).toContain('ours');
    expect(text).not.toContain('theirs');
  });
});
