// A file that is read piece by piece, and closed when nobody uses it any more.
import { closeSync, readSync } from 'node:fs';

const registry = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/** What has an open file's bytes. */
export interface PieceReader {
  readonly size: number;
  /** `length` bytes from `offset` on, or as many as there are. */
  read(offset: number, length: number): Uint8Array;
}

export function pieceReader(descriptor: number, size: number): PieceReader {
  const reader: PieceReader = {
    size,
    read: (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
  };
  registry.register(reader, descriptor);
  return reader;
}
