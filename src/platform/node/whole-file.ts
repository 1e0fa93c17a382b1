// Large files with as little memory as can be: as one piece, or one piece after the other in the same place. Where each has a place of its own, as in
// Node.js's streams, the C library keeps them all for the process once it has been given back larger ones.
import { type FileHandle, open } from 'node:fs/promises';

/** The bytes of a file, which may be a pipe. @throws what `open` does */
export async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const stat = await file.stat();
    // Of a pipe, or a file of the system's, nobody knows its size.
    if (!stat.isFile() || stat.size === 0) return new Uint8Array(await file.readFile());
    return await readSized(file, stat.size);
  } finally {
    await file.close();
  }
}

async function readSized(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await file.read(bytes, done, size - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Bytes of a piece. */
const PIECE = 1 << 20;

/** The bytes of a file, of which each piece is there until the next one is asked for. @throws what `open` does */
export async function* passingPieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  const file = await open(path, 'r');
  try {
    const piece = new Uint8Array(PIECE);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, null);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
