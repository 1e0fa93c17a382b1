// Where the pages of a restored guest lie until it touches them: the page part of a snapshot, in memory that threads share
// or in a file. Pages are kept in clusters of up to 16 neighbours, compressed together; a cluster that was unpacked is kept for a while,
// since whoever touches a page soon touches its neighbours.
import { inflateSync } from 'fflate';
import { crc32 } from '../../boot/index.js';
import { PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { RamBacking } from '../guest-ram.js';

/** Pages of a cluster. */
export const CLUSTER_PAGES = 16;
/** Bytes of a cluster's entry in the index: see {@link readCluster}. */
export const CLUSTER_ENTRY_BYTES = 24;

/** Random access to the bytes of a snapshot. */
export interface ByteSource {
  readonly size: number;
  /** Fewer bytes at the end of the source. */
  read(offset: number, length: number): Uint8Array;
  /** Unpacks deflated bytes, faster than this library can by itself. */
  inflate?(bytes: Uint8Array, length: number): Uint8Array;
}

/** Opens a file in whatever thread the machine runs. */
export type OpenBacking = (path: string) => ByteSource;

/** Where a snapshot's pages are, as plain data that can be posted to a worker. */
export interface BackingPlace {
  readonly from: { readonly bytes: Uint8Array } | { readonly path: string };
  /** The index: one entry per cluster. */
  readonly index: Uint8Array;
}

/** One cluster: page `k` of it is there if bit `k` of `present` is set. */
export interface Cluster {
  readonly offset: number;
  readonly length: number;
  readonly checksum: number;
  readonly present: number;
}

/** An entry: u64 offset, u32 length, u32 CRC-32 of the packed bytes, u16 pages present; for the rest see format.ts. */
export function readCluster(index: DataView, number: number): Cluster {
  const at = number * CLUSTER_ENTRY_BYTES;
  return {
    offset: Number(index.getBigUint64(at, true)),
    length: index.getUint32(at + 8, true),
    checksum: index.getUint32(at + 12, true),
    present: index.getUint16(at + 16, true),
  };
}

export function writeCluster(index: DataView, number: number, cluster: Cluster): void {
  const at = number * CLUSTER_ENTRY_BYTES;
  index.setBigUint64(at, BigInt(cluster.offset), true);
  index.setUint32(at + 8, cluster.length, true);
  index.setUint32(at + 12, cluster.checksum, true);
  index.setUint16(at + 16, cluster.present, true);
}

export function countPages(present: number): number {
  let count = 0;
  for (let rest = present; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Opens the pages of a snapshot in this thread. @throws HypercraftError `NO_FILES` */
export function openBacking(place: BackingPlace, openFile?: OpenBacking): RamBacking {
  return new ClusterBacking(sourceOf(place.from, openFile), place.index);
}

export function sourceOf(from: BackingPlace['from'], openFile?: OpenBacking): ByteSource {
  if ('bytes' in from) {
    const { bytes } = from;
    return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
  }
  if (openFile === undefined) throw new HypercraftError('NO_FILES', 'this platform has no files to restore from');
  return openFile(from.path);
}

/** The unpacked pages of one cluster. @throws HypercraftError `SNAPSHOT_CORRUPT` */
export function unpackCluster(source: ByteSource, cluster: Cluster): Uint8Array {
  const packed = source.read(cluster.offset, cluster.length);
  const length = countPages(cluster.present) * PAGE_SIZE;
  if (packed.length !== cluster.length || crc32(packed) !== cluster.checksum) throw corrupt();
  try {
    const bytes = source.inflate?.(packed, length) ?? inflateSync(packed, { out: new Uint8Array(length) });
    if (bytes.length === length) return bytes;
  } catch {
    throw corrupt();
  }
  throw corrupt();
}

function corrupt(): HypercraftError {
  return new HypercraftError('SNAPSHOT_CORRUPT', 'a part of the memory in the snapshot is damaged');
}

/** Clusters kept unpacked. */
const KEPT = 64;

class ClusterBacking implements RamBacking {
  readonly #source: ByteSource;
  readonly #index: DataView;
  readonly #kept = new Map<number, { readonly present: number; readonly bytes: Uint8Array }>();

  constructor(source: ByteSource, index: Uint8Array) {
    this.#source = source;
    this.#index = new DataView(index.buffer, index.byteOffset, index.byteLength);
  }

  /** Sources count from 1: 16 for each cluster. */
  load(source: number, target: Uint8Array): void {
    const number = Math.floor((source - 1) / CLUSTER_PAGES);
    const place = (source - 1) % CLUSTER_PAGES;
    const { present, bytes } = this.#unpacked(number);
    const at = countPages(present & ((1 << place) - 1)) * PAGE_SIZE;
    target.set(bytes.subarray(at, at + PAGE_SIZE));
  }

  #unpacked(number: number): { readonly present: number; readonly bytes: Uint8Array } {
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const cluster = readCluster(this.#index, number);
    const unpacked = { present: cluster.present, bytes: unpackCluster(this.#source, cluster) };
    if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(number, unpacked);
    return unpacked;
  }
}
