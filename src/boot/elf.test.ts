// The ELF loader: what it reads, and that no broken file gets past it or breaks it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenCopies, onlyTypedErrors } from './broken.test-support.js';
import { parseElf } from './elf.js';
import { makeElf } from './elf.test-support.js';

const CODE = new Uint8Array([0x13, 0, 0, 0, 0x73, 0, 0x10, 0]);
const KERNEL = {
  entry: 0xffff_ffff_8000_0004n,
  segments: [
    { vaddr: 0xffff_ffff_8000_0000n, paddr: 0x8020_0000n, data: CODE },
    { vaddr: 0xffff_ffff_8000_1000n, paddr: 0x8020_1000n, data: CODE.subarray(0, 4), memorySize: 0x100n },
  ],
  symbols: { _start: 0xffff_ffff_8000_0000n, main: 0xffff_ffff_8000_0004n, $x: 0xffff_ffff_8000_0000n },
};

/** A copy of the kernel with one field overwritten. */
function changed(at: number, value: bigint, width: 1 | 2 | 8): Uint8Array {
  const bytes = makeElf(KERNEL);
  const view = new DataView(bytes.buffer);
  if (width === 1) view.setUint8(at, Number(value));
  else if (width === 2) view.setUint16(at, Number(value), true);
  else view.setBigUint64(at, value, true);
  return bytes;
}

describe('parseElf', () => {
  it('segments_lieAtPhysicalAddresses_withTheirZeros', () => {
    const { segments } = parseElf(makeElf(KERNEL));
    expect(segments.map(({ physicalAddress, memorySize }) => [physicalAddress, memorySize])).toEqual([
      [0x8020_0000n, 8n],
      [0x8020_1000n, 0x100n],
    ]);
    expect(segments[0]!.bytes).toEqual(CODE);
  });

  it('entry_isTranslatedToItsPhysicalAddress', () => {
    expect(parseElf(makeElf(KERNEL)).entry).toBe(0x8020_0004n);
    expect(parseElf(makeElf({ ...KERNEL, entry: 0x1234n })).entry).toBe(0x1234n);
  });

  it('symbols_areFoundByNameAndByAddress_withoutMappingSymbols', () => {
    const { symbols } = parseElf(makeElf(KERNEL));
    expect(symbols.size).toBe(2);
    expect(symbols.addressOf('main')).toBe(0xffff_ffff_8000_0004n);
    expect(symbols.addressOf('missing')).toBeUndefined();
    expect(symbols.nearest(0xffff_ffff_8000_0010n)).toEqual({ name: 'main', offset: 12n });
    expect(symbols.nearest(0xffff_ffff_8000_0000n)).toEqual({ name: '_start', offset: 0n });
    expect(symbols.nearest(0n)).toBeUndefined();
  });

  it.each([
    ['an empty file', new Uint8Array(0), 'ELF_TRUNCATED'],
    ['a file of another kind', new Uint8Array(100), 'ELF_MAGIC'],
    ['half a header', makeElf(KERNEL).slice(0, 40), 'ELF_TRUNCATED'],
    ['32 bits', changed(4, 1n, 1), 'ELF_CLASS'],
    ['big-endian', changed(5, 2n, 1), 'ELF_ENDIAN'],
    ['x86-64', changed(18, 62n, 2), 'ELF_MACHINE'],
    ['an object file', changed(16, 1n, 2), 'ELF_TYPE'],
    ['no segments', makeElf({ entry: 0n, segments: [] }), 'ELF_EMPTY'],
    ['tiny program headers', changed(54, 8n, 2), 'ELF_HEADER'],
    ['too many program headers', changed(56, 0xffffn, 2), 'ELF_HEADER'],
    ['program headers behind the end', changed(32, 1n << 40n, 8), 'ELF_TRUNCATED'],
    ['a segment behind the end', changed(64 + 8, 1n << 62n, 8), 'ELF_TRUNCATED'],
    ['more in the file than in memory', changed(64 + 40, 4n, 8), 'ELF_SEGMENT'],
    ['a segment larger than any memory', changed(64 + 40, (1n << 64n) - 1n, 8), 'ELF_SEGMENT'],
    ['overlapping segments', changed(64 + 56 + 24, 0x8020_0004n, 8), 'ELF_OVERLAP'],
    ['sections behind the end', changed(40, 1n << 40n, 8), 'ELF_TRUNCATED'],
  ])('file_with_%s_isATypedError', (_, file, code) => {
    expect(() => parseElf(file)).toThrowError(expect.objectContaining({ name: 'HypercraftError', code }));
  });

  it('brokenFiles_giveOnlyTypedErrors', async () => {
    const whole = makeElf(KERNEL);
    await fc.assert(
      fc.asyncProperty(brokenCopies(whole), (file) => onlyTypedErrors(() => parseElf(file))),
      { numRuns: 2000 },
    );
  });
});
