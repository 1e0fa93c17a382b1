// The Unix `ar` archive, which is the outside of a Debian package. deb(5); ar(5), the common format.

import { HypercraftError } from '../../isa/error.js';
import type { ByteSource } from '../decompress.js';
import { ByteReader } from './byte-reader.js';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const HEADER_END = '`\n';

export interface ArMember {
  readonly name: string;
  readonly size: number;
  /** The body; to be read before the next member is asked for, or not at all. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * The members of an `ar` archive in order.
 *
 * @throws HypercraftError `AR_MAGIC`, `AR_TRUNCATED`, `AR_CORRUPT`.
 */
export async function* readAr(source: ByteSource): AsyncGenerator<ArMember, void, void> {
  const reader = new ByteReader(source);
  try {
    if (ascii(await reader.read(MAGIC.length)) !== MAGIC) throw new HypercraftError('AR_MAGIC', 'not an ar archive');
    for (;;) {
      const header = await reader.read(HEADER_BYTES);
      if (header.length === 0) return;
      if (header.length < HEADER_BYTES) throw new HypercraftError('AR_TRUNCATED', 'ar archive cut short in a header');
      const text = ascii(header);
      const digits = text.slice(48, 58).trim();
      if (text.slice(58) !== HEADER_END || !/^\d{1,10}$/.test(digits)) {
        throw new HypercraftError('AR_CORRUPT', 'broken member header in an ar archive');
      }
      const size = Number(digits);
      const name = text.slice(0, 16).trimEnd().replace(/\/$/, '');
      const body = new CountedBody(reader, size);
      yield { name, size, body };
      const rest = size - body.taken;
      const skipped = await reader.skip(rest);
      if (skipped < rest) throw new HypercraftError('AR_TRUNCATED', `ar archive cut short in '${name}'`);
      if (size % 2 === 1) await reader.skip(1);
    }
  } finally {
    await reader.close();
  }
}

class CountedBody implements AsyncIterable<Uint8Array> {
  taken = 0;

  constructor(
    readonly reader: ByteReader,
    readonly size: number,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, void> {
    for await (const part of this.reader.take(this.size - this.taken)) {
      this.taken += part.length;
      yield part;
    }
    if (this.taken < this.size) throw new HypercraftError('AR_TRUNCATED', 'ar archive cut short in a member');
  }
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
