// A Debian package: an ar archive of `debian-binary`, `control.tar.*` and `data.tar.*`. deb(5).

import { HypercraftError } from '../../isa/error.js';
import { type ByteSource, type CompressionFormat, decompress } from '../decompress.js';
import { readAr } from './ar.js';
import { readTar, type TarEntry, type TarHeader } from './tar.js';

/** Debian's largest package unpacks to a few GiB; a kernel to some hundred MiB. */
const MAX_UNPACKED = 4 * 1024 * 1024 * 1024;
const SUFFIXES: Record<string, CompressionFormat | undefined> = { xz: 'xz', zst: 'zstd', gz: 'gzip' };

/**
 * The files of a Debian package for which `want` says yes, read as a stream.
 *
 * @param part `data` for what is installed, `control` for the package's own description.
 * @throws HypercraftError `DEB_FORMAT` (not a package of format 2, no such part, unknown compression), or what reading
 * ar, tar and compressed data throws.
 */
export async function* readDeb(
  source: ByteSource,
  part: 'control' | 'data',
  want?: (header: TarHeader) => boolean,
): AsyncGenerator<TarEntry, void, void> {
  let first = true;
  for await (const member of readAr(source)) {
    if (first) {
      const version = member.name === 'debian-binary' && member.size < 64 ? await text(member.body) : '';
      if (!version.startsWith('2.')) throw new HypercraftError('DEB_FORMAT', 'not a Debian package of format 2');
      first = false;
      continue;
    }
    const [stem, suffix] = splitName(member.name);
    if (stem !== `${part}.tar`) continue;
    if (suffix === '') {
      yield* readTar(member.body, want);
      return;
    }
    const format = SUFFIXES[suffix];
    if (!format) throw new HypercraftError('DEB_FORMAT', `Debian package compressed with .${suffix}`);
    yield* readTar(decompress(format, member.body, MAX_UNPACKED), want);
    return;
  }
  throw new HypercraftError('DEB_FORMAT', `Debian package without ${part}.tar`);
}

function splitName(name: string): [string, string] {
  const match = /^(.*\.tar)(?:\.(\w+))?$/.exec(name);
  return match ? [match[1]!, match[2] ?? ''] : [name, ''];
}

async function text(body: AsyncIterable<Uint8Array>): Promise<string> {
  let all = '';
  for await (const part of body) all += String.fromCharCode(...part);
  return all;
}
