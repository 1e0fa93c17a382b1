// A file to boot from that is read by the piece into the guest's memory, and so never lies beside that as a whole.

import { HypercraftError } from '../isa/error.js';

/** A file that is open: a kernel, or an initrd. */
export interface BootFile {
  /** Bytes it has. */
  readonly size: number;
  /** Fills `bytes` with what is there from `offset` on; how many there were. */
  readInto(offset: number, bytes: Uint8Array): number;
}

/** Bytes of a piece, which processors keep in their caches. */
const PIECE = 1 << 18;

export function isBootFile(what: Uint8Array | BootFile): what is BootFile {
  return !(what instanceof Uint8Array);
}

/** Its first bytes, at most `length`. */
export function headOf(file: BootFile, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(length, file.size));
  return bytes.subarray(0, file.readInto(0, bytes));
}

/**
 * All of it, piece by piece, each of which is valid until the next one is asked for.
 * @throws HypercraftError `BOOT_FILE_CUT` if it has become shorter
 */
export function* piecesOf(file: BootFile): Generator<{ readonly offset: number; readonly bytes: Uint8Array }> {
  const piece = new Uint8Array(Math.min(PIECE, file.size));
  for (let offset = 0; offset < file.size; ) {
    const count = file.readInto(offset, piece.subarray(0, Math.min(piece.length, file.size - offset)));
    if (count === 0) throw new HypercraftError('BOOT_FILE_CUT', `a file of ${file.size} bytes ends after ${offset}`);
    yield { offset, bytes: piece.subarray(0, count) };
    offset += count;
  }
}
