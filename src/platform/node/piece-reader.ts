// A file that is read piece by piece, and closed when nobody uses it any more.
import { closeSync, readSync } from 'node:fs';

const registry = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/** What has an open file's bytes. */
export interface PieceReader {
  readonly size: number;
  /** Fills `bytes` with what is there from `offset` on; how many there were. */
  readInto(offset: number, bytes: Uint8Array): number;
  /** `length` bytes from `offset` on, or as many as there are. */
  read(offset: number, length: number): Uint8Array;
}

export function pieceReader(descriptor: number, size: number): PieceReader {
  const reader: PieceReader = {
    size,
    readInto: (offset, bytes) => {
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(descriptor, bytes, done, bytes.length - done, offset + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    read: (offset, length) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, reader.readInto(offset, bytes));
    },
  };
  registry.register(reader, descriptor);
  return reader;
}
