// Translated guest code in a file, for the next run. The file appears by rename, so a reader never sees half of one. It is code that will run with
// guests' memory in reach: a file that others could have written is not read.
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { threadId } from 'node:worker_threads';
import type { JitStore } from '../../vmm/index.js';
import { cacheDirectory } from './cache-directory.js';
import { pieceReader } from './piece-reader.js';

/** The directory that `off`, a path or nothing at all names. */
export function jitCacheDirectory(value: string | undefined): string | undefined {
  return value === 'off' ? undefined : value === undefined ? join(cacheDirectory(), 'jit') : resolve(value);
}

const NAME = 'regions.bin';
/** Bytes of a file that is read; the library writes half as much at most. */
const MAX_BYTES = 32 << 20;

/** The store in a directory, which is made when there is something to keep. */
export function openJitStore(directory: string): JitStore {
  const path = join(directory, NAME);
  return {
    open() {
      const descriptor = openSync(path, 'r');
      const { size, uid, mode } = fstatSync(descriptor);
      const mine = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
      if (mine && size <= MAX_BYTES) return pieceReader(descriptor, size);
      closeSync(descriptor);
      return undefined;
    },
    async save(pieces) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}.new`;
      try {
        const descriptor = openSync(temporary, 'w', 0o600);
        try {
          for (const piece of pieces) writeFileSync(descriptor, piece);
        } finally {
          closeSync(descriptor);
        }
        renameSync(temporary, path);
      } catch (error) {
        rmSync(temporary, { force: true });
        throw error;
      }
    },
    draft() {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const name = `${path}.${process.pid}-${threadId}.draft`;
      const descriptor = openSync(name, 'wx+', 0o600);
      // It needs no name, and so nothing is left of it whatever becomes of us.
      rmSync(name);
      let size = 0;
      const reader = pieceReader(descriptor, 0);
      return {
        append(bytes) {
          for (let done = 0; done < bytes.length; )
            done += writeSync(descriptor, bytes, done, bytes.length - done, size + done);
          size += bytes.length;
        },
        readInto: (offset, into) => reader.readInto(offset, into),
      };
    },
  };
}
