// Compressed boot files: every format unpacks to the same, damage is a typed error, and nothing grows without limit.
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenCopies, onlyTypedErrors } from './broken.test-support.js';
import { loadImage } from './kernel.js';
import { unwrap } from './unwrap.js';

const PLAIN = new TextEncoder().encode('a kernel, or something like it. '.repeat(3000));
// `xz --check=crc32` and `zstd` of the 32 bytes "0123456789abcdef" twice, so that the tests need neither program.
const SMALL = new TextEncoder().encode('0123456789abcdef'.repeat(2));
const FORMATS = {
  gzip: new Uint8Array(gzipSync(SMALL)),
  xz: fromHex(
    'fd377a585a0000016922de360200210116000000742fe5a3e0001f00165d00180c42926a67bc0ed1332ce4cc4229c09c346308d0000000000eb5597700012e20cf9cef109042990d010000000001595a',
  ),
  zstd: fromHex('28b52ffd0458b500008030313233343536373839616263646566010006994bc5e6718e'),
} as const;

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Quicker than a deep comparison of two long arrays. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function has(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An EFI "zboot" envelope around `payload`. */
function zboot(payload: Uint8Array): Uint8Array {
  const file = new Uint8Array(512 + payload.length);
  const view = new DataView(file.buffer);
  file.set([0x4d, 0x5a, 0, 0, 0x7a, 0x69, 0x6d, 0x67]);
  view.setUint32(8, 512, true);
  view.setUint32(12, payload.length, true);
  file.set(payload, 512);
  return file;
}

describe('unwrap', () => {
  it.each(Object.entries(FORMATS))('%s_smallFile_unpacks', async (format, file) => {
    const { bytes, layers } = await unwrap(file);
    expect(bytes).toEqual(SMALL);
    expect(layers).toEqual([format]);
  });

  it.for([
    ['gzip', ['-9c']],
    ['xz', ['-9c']],
    ['xz', ['-c', '--check=crc32']],
    ['zstd', ['-19c']],
  ] as const)('%s_%j_asTheProgramMakesIt_unpacks', async ([program, args], { skip }) => {
    skip(!has(program), `${program} is not installed`);
    const file = new Uint8Array(execFileSync(program, [...args], { input: PLAIN }));
    expect(same((await unwrap(file)).bytes, PLAIN)).toBe(true);
  });

  it('plainFile_staysAsItIs', async () => {
    const { bytes, layers } = await unwrap(PLAIN);
    expect(bytes).toBe(PLAIN);
    expect(layers).toEqual([]);
  });

  it('efiZbootKernel_unpacksToItsPayload', async () => {
    const { bytes, layers } = await unwrap(zboot(FORMATS.gzip));
    expect(bytes).toEqual(SMALL);
    expect(layers).toEqual(['zboot', 'gzip']);
  });

  it('gzip_withPaddingBehindIt_unpacks', async () => {
    const padded = new Uint8Array(FORMATS.gzip.length + 4096);
    padded.set(FORMATS.gzip);
    expect((await unwrap(padded)).bytes).toEqual(SMALL);
  });

  it.each(Object.entries(FORMATS))('%s_cutShort_isATypedError', async (_, file) => {
    for (const length of [6, 12, file.length >> 1, file.length - 5]) {
      const cut = file.slice(0, length);
      await expect(unwrap(cut), `${length} bytes`).rejects.toMatchObject({ code: 'COMPRESSED_CORRUPT' });
    }
  });

  it('gzip_withAWrongByteInItsData_isATypedError', async () => {
    const file = FORMATS.gzip.slice();
    file[12] = file[12]! ^ 4;
    await expect(unwrap(file)).rejects.toMatchObject({ code: 'COMPRESSED_CORRUPT' });
  });

  it('bomb_isStoppedAtTheLimit', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(64 * 1024 * 1024)));
    await expect(unwrap(bomb, 1024 * 1024)).rejects.toMatchObject({ code: 'COMPRESSED_TOO_LARGE' });
  });

  it('fileInFileInFile_isStoppedAfterFourLayers', async () => {
    let file: Uint8Array = FORMATS.gzip;
    for (let i = 0; i < 5; i++) file = new Uint8Array(gzipSync(file));
    await expect(unwrap(file)).rejects.toMatchObject({ code: 'COMPRESSED_TOO_LARGE' });
  });

  it('zstd_askingForAnEnormousWindow_isATypedError', async () => {
    const file = FORMATS.zstd.slice();
    file[4] = 0;
    file[5] = 0xf8; // 2 ** 41 bytes
    await expect(unwrap(file)).rejects.toMatchObject({ code: 'COMPRESSED_TOO_LARGE' });
  });

  it.each(Object.entries(FORMATS))('%s_brokenFiles_giveOnlyTypedErrors', async (_, file) => {
    await fc.assert(
      fc.asyncProperty(brokenCopies(file), (broken) => onlyTypedErrors(() => unwrap(broken, 1024 * 1024))),
      { numRuns: 400 },
    );
  });

  it('emptyFile_isATypedErrorOfTheLoader', async () => {
    await expect(loadImage(new Uint8Array(0))).rejects.toMatchObject({ code: 'IMAGE_EMPTY' });
  });
});
