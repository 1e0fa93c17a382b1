// Snapshots in files: read piece by piece while the guest runs.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HypercraftError } from '../../isa/error.js';
import type { ByteSource } from '../../vmm/index.js';

const registry = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/** Opens a snapshot; it is closed when nobody uses it any more. @throws HypercraftError `FILE_UNREADABLE` */
export function openSnapshotFile(path: string): ByteSource {
  let descriptor: number;
  let size: number;
  try {
    descriptor = openSync(path, 'r');
    size = fstatSync(descriptor).size;
  } catch (cause) {
    throw new HypercraftError('FILE_UNREADABLE', `${path}: ${(cause as Error).message}`, { cause });
  }
  // Not in every version of Node.js, nor needed before a snapshot is opened.
  const { crc32 } = process.getBuiltinModule('node:zlib') as { crc32?: (bytes: Uint8Array) => number };
  const source: ByteSource = {
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
    ...(crc32 && { crc32 }),
  };
  registry.register(source, descriptor);
  return source;
}
