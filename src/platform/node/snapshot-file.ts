// Snapshots in files: read piece by piece while the guest runs.
import { fstatSync, openSync } from 'node:fs';
import { HypercraftError } from '../../isa/error.js';
import type { ByteSource } from '../../vmm/index.js';
import { pieceReader } from './piece-reader.js';

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
  const reader = pieceReader(descriptor, size);
  return crc32 === undefined ? reader : Object.assign(reader, { crc32 });
}
