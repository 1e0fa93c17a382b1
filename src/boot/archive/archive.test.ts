// ar, tar, Debian packages and cpio: what goes in comes out, in pieces of any size, and broken files are typed errors.
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brokenCopies, onlyTypedErrors } from '../broken.test-support.js';
import { readAr } from './ar.js';
import { makeAr, makeDeb, makeTar, tarHeader } from './archive.test-support.js';
import { type CpioEntry, readCpio, S_IFCHR, S_IFDIR, S_IFLNK, S_IFREG, writeCpio } from './cpio.js';
import { readDeb } from './deb.js';
import { readTar, type TarEntry } from './tar.js';

const DATA = new TextEncoder().encode('content of a file');
const LONG = `${'directory/'.repeat(20)}file`;
const FILES = {
  './': '',
  './usr/bin/tool': DATA,
  'usr/bin/link': 'tool',
  [LONG]: DATA.subarray(0, 3),
  empty: new Uint8Array(0),
};

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
}

function byPath(entries: readonly TarEntry[]): Record<string, TarEntry> {
  return Object.fromEntries(entries.map((entry) => [entry.path, entry]));
}

describe('readTar', () => {
  it.each([1, 7, 512, 100_000])('archive_inPiecesOf%i_givesItsEntries', async (size) => {
    const entries = byPath(await all(readTar(inPieces(makeTar(FILES), size))));
    expect(entries['usr/bin/tool']).toMatchObject({ type: 'file', mode: 0o644, bytes: DATA });
    expect(entries['usr/bin/link']).toMatchObject({ type: 'symlink', target: 'tool' });
    expect(entries[LONG]!.bytes).toEqual(DATA.subarray(0, 3));
    expect(entries.empty!.bytes).toHaveLength(0);
  });

  it('entriesNotWanted_arePassedOver', async () => {
    const entries = await all(readTar([makeTar(FILES)], ({ path }) => path === 'empty'));
    expect(entries.map(({ path }) => path)).toEqual(['empty']);
  });

  it('paxHeaders_giveLongPaths', async () => {
    const path = `${'é'.repeat(80)}/x`;
    const body = `path=${path}\n`;
    const bytes = Buffer.byteLength(body) + 4;
    const record = Buffer.alloc(512, `${bytes} ${body}`.padEnd(512, '\0'));
    const archive = Buffer.concat([
      tarHeader('pax', 'x', bytes, ''),
      record,
      tarHeader('short', '0', 0, ''),
      new Uint8Array(1024),
    ]);
    expect((await all(readTar([archive]))).map((entry) => entry.path)).toEqual([path]);
  });

  it.each([
    ['cut in a header', makeTar(FILES).slice(0, 700), 'TAR_TRUNCATED'],
    ['cut in a body', makeTar({ a: DATA }).slice(0, 520), 'TAR_TRUNCATED'],
    ['with a wrong checksum', makeTar(FILES).fill(0x41, 0, 5), 'TAR_CORRUPT'],
    ['with a huge entry', new Uint8Array(tarHeader('huge', '0', 2 ** 32, '')), 'TAR_TOO_LARGE'],
  ])('archive_%s_isATypedError', async (_, archive, code) => {
    await expect(all(readTar([archive]))).rejects.toMatchObject({ name: 'HypercraftError', code });
  });

  it('brokenArchives_giveOnlyTypedErrors', async () => {
    const whole = makeTar(FILES);
    await fc.assert(
      fc.asyncProperty(brokenCopies(whole), (file) => onlyTypedErrors(() => all(readTar(inPieces(file, 100))))),
      { numRuns: 300 },
    );
  });
});

describe('readAr', () => {
  it('members_comeInOrder_readOrNot', async () => {
    const archive = makeAr({ first: DATA, second: DATA.subarray(0, 4), 'third/': new Uint8Array(0) });
    const seen: [string, number][] = [];
    for await (const { name, body } of readAr(inPieces(archive, 10))) {
      const read = name === 'second' ? await all(body) : [];
      seen.push([name, read.reduce((sum, piece) => sum + piece.length, 0)]);
    }
    expect(seen).toEqual([
      ['first', 0],
      ['second', 4],
      ['third', 0],
    ]);
  });

  it.each([
    ['another kind of file', new Uint8Array(100), 'AR_MAGIC'],
    ['cut in a header', makeAr({ a: DATA }).slice(0, 40), 'AR_TRUNCATED'],
    ['cut in a member', makeAr({ a: DATA }).slice(0, 75), 'AR_TRUNCATED'],
    ['with a broken header', makeAr({ a: DATA }).fill(0x41, 60, 68), 'AR_CORRUPT'],
  ])('archive_%s_isATypedError', async (_, archive, code) => {
    await expect(all(readAr([archive]))).rejects.toMatchObject({ name: 'HypercraftError', code });
  });
});

describe('readDeb', () => {
  it.each([
    ['plain', '', (bytes: Uint8Array) => bytes],
    ['gzip', '.gz', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ])('%s_package_givesItsFiles', async (_, suffix, compress) => {
    const deb = makeDeb(FILES, suffix, compress);
    expect(byPath(await all(readDeb([deb], 'data')))['usr/bin/tool']!.bytes).toEqual(DATA);
    expect((await all(readDeb([deb], 'control'))).map(({ path }) => path)).toEqual(['control']);
  });

  it.for([
    ['xz', '.xz'],
    ['zstd', '.zst'],
  ] as const)('%s_package_givesItsFiles', async ([program, suffix], { skip }) => {
    const compress = (bytes: Uint8Array) => new Uint8Array(execFileSync(program, ['-c'], { input: bytes }));
    try {
      compress(DATA);
    } catch {
      skip(`${program} is not installed`);
    }
    const deb = makeDeb(FILES, suffix, compress);
    expect(byPath(await all(readDeb(inPieces(deb, 100), 'data')))['usr/bin/tool']!.bytes).toEqual(DATA);
  });

  it.each([
    ['of another format', makeAr({ 'debian-binary': Buffer.from('3.0\n') })],
    ['without data', makeAr({ 'debian-binary': Buffer.from('2.0\n') })],
    ['compressed in an unknown way', makeDeb(FILES, '.lz9')],
  ])('package_%s_isATypedError', async (_, deb) => {
    await expect(all(readDeb([deb], 'data'))).rejects.toMatchObject({ name: 'HypercraftError', code: 'DEB_FORMAT' });
  });

  it('brokenPackages_giveOnlyTypedErrors', async () => {
    const whole = makeDeb(FILES, '.gz', (bytes) => new Uint8Array(gzipSync(bytes)));
    await fc.assert(
      fc.asyncProperty(brokenCopies(whole), (file) => onlyTypedErrors(() => all(readDeb([file], 'data')))),
      { numRuns: 300 },
    );
  });
});

describe('cpio', () => {
  const entries: CpioEntry[] = [
    { path: 'dev', mode: S_IFDIR | 0o755 },
    { path: 'dev/console', mode: S_IFCHR | 0o600, device: { major: 5, minor: 1 } },
    { path: 'init', mode: S_IFREG | 0o755, data: DATA, mtime: 7 },
    { path: 'sh', mode: S_IFLNK | 0o777, data: new TextEncoder().encode('/bin/busybox') },
  ];

  it('entries_comeBackAsWritten', () => {
    const read = readCpio(writeCpio(entries));
    expect(read.map(({ path, mode }) => [path, mode])).toEqual(entries.map(({ path, mode }) => [path, mode]));
    expect(read[1]!.device).toEqual({ major: 5, minor: 1 });
    expect(read[2]).toMatchObject({ data: DATA, mtime: 7 });
  });

  it('programCpio_readsTheArchive', ({ skip }) => {
    let listing = '';
    try {
      listing = execFileSync('cpio', ['-itv', '--quiet'], { input: writeCpio(entries), encoding: 'utf8' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') skip('cpio is not installed');
      throw error;
    }
    expect(listing).toMatch(/crw-------.* 5, +1 .*dev\/console/);
    expect(listing).toContain('sh -> /bin/busybox');
  });

  it.each(['', '/etc', 'a/../b', 'a//b', 'nul\0', 'TRAILER!!!'])('path_%j_isATypedError', (path) => {
    const write = () => writeCpio([{ path, mode: S_IFREG }]);
    expect(write).toThrowError(expect.objectContaining({ code: 'CPIO_PATH' }));
  });

  it('brokenArchives_giveOnlyTypedErrors', async () => {
    const whole = writeCpio(entries);
    await fc.assert(
      fc.asyncProperty(brokenCopies(whole), (file) => onlyTypedErrors(() => readCpio(file))),
      { numRuns: 1000 },
    );
  });
});
