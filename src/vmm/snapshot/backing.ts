// Where the pages of a restored guest lie until it touches them: the page part of a snapshot, in memory that threads share
// or in a file. Pages are packed one by one and lie together in clusters of up to 16 neighbours, which are read and checked at once,
// since whoever touches a page soon touches its neighbours.
import { crc32 } from '../../boot/crc32.js';
import { PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { RamBacking } from '../guest-ram.js';
import { unpack } from './lz4.js';

/** Pages of a cluster. */
export const CLUSTER_PAGES = 16;
/** Bytes of a cluster's entry in the index: see {@link readCluster}. */
export const CLUSTER_ENTRY_BYTES = 24;

/** Random access to the bytes of a snapshot. */
export interface ByteSource {
  readonly size: number;
  /** Fewer bytes at the end of the source. */
  read(offset: number, length: number): Uint8Array;
  /** The CRC-32 of bytes, faster than this library can by itself. */
  crc32?(bytes: Uint8Array): number;
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
  /** Which 64 KiB of the guest's memory it is: guest physical address / 64 KiB. */
  readonly place: number;
}

/** An entry: u64 offset, u32 length, u32 CRC-32 of the cluster, u16 pages present, u16 zero, u32 place. */
export function readCluster(index: DataView, number: number): Cluster {
  const at = number * CLUSTER_ENTRY_BYTES;
  return {
    offset: Number(index.getBigUint64(at, true)),
    length: index.getUint32(at + 8, true),
    checksum: index.getUint32(at + 12, true),
    present: index.getUint16(at + 16, true),
    place: index.getUint32(at + 20, true),
  };
}

export function writeCluster(index: DataView, number: number, cluster: Cluster): void {
  const at = number * CLUSTER_ENTRY_BYTES;
  index.setBigUint64(at, BigInt(cluster.offset), true);
  index.setUint32(at + 8, cluster.length, true);
  index.setUint32(at + 12, cluster.checksum, true);
  index.setUint16(at + 16, cluster.present, true);
  index.setUint32(at + 20, cluster.place, true);
}

export function countPages(present: number): number {
  let count = 0;
  for (let rest = present; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Opens the pages of a snapshot in this thread. @throws HypercraftError `NO_FILES` */
export function openBacking(place: BackingPlace, openFile?: OpenBacking): ClusterBacking {
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

/** A cluster's bytes, checked: the packed length of each page as u16, then the packed pages. A page of full length is not packed. */
class PackedCluster {
  readonly #present: number;
  readonly #bytes: Uint8Array;
  /** Where each page begins; one more than there are pages. */
  readonly #starts: Uint32Array;

  /** @throws HypercraftError `SNAPSHOT_CORRUPT` */
  constructor(source: ByteSource, { offset, length, checksum, present }: Cluster) {
    const bytes = source.read(offset, length);
    const count = countPages(present);
    if (bytes.length !== length || length < count * 2) throw corrupt();
    if ((source.crc32?.(bytes) ?? crc32(bytes)) !== checksum) throw corrupt();
    this.#present = present;
    this.#bytes = bytes;
    this.#starts = new Uint32Array(count + 1);
    this.#starts[0] = count * 2;
    for (let i = 0; i < count; i++) {
      this.#starts[i + 1] = this.#starts[i]! + (bytes[i * 2]! | (bytes[i * 2 + 1]! << 8));
    }
    if (this.#starts[count] !== length) throw corrupt();
  }

  /** Unpacks page `number` of the 16; false if it is not there: it is zeros. @throws HypercraftError `SNAPSHOT_CORRUPT` */
  load(number: number, target: Uint8Array): boolean {
    if ((this.#present & (1 << number)) === 0) return false;
    const nth = countPages(this.#present & ((1 << number) - 1));
    const [from, to] = [this.#starts[nth]!, this.#starts[nth + 1]!];
    if (to - from === PAGE_SIZE) target.set(this.#bytes.subarray(from, to));
    else if (!unpack(this.#bytes, from, to, target)) throw corrupt();
    return true;
  }
}

function corrupt(): HypercraftError {
  return new HypercraftError('SNAPSHOT_CORRUPT', 'a part of the memory in the snapshot is damaged');
}

/** Clusters kept. */
const KEPT = 64;

/** The pages of a snapshot. */
export class ClusterBacking implements RamBacking {
  readonly #source: ByteSource;
  readonly #index: DataView;
  readonly #kept = new Map<number, PackedCluster>();

  constructor(source: ByteSource, index: Uint8Array) {
    this.#source = source;
    this.#index = new DataView(index.buffer, index.byteOffset, index.byteLength);
  }

  /** @throws HypercraftError `SNAPSHOT_CORRUPT` */
  load(page: number, target: Uint8Array): boolean {
    const number = this.#find(Math.floor(page / CLUSTER_PAGES));
    return number !== undefined && this.#cluster(number).load(page % CLUSTER_PAGES, target);
  }

  *pages(): Generator<number> {
    for (let number = 0; number < this.#count; number++) {
      const { place, present } = readCluster(this.#index, number);
      for (let page = 0; page < CLUSTER_PAGES; page++) if (present & (1 << page)) yield place * CLUSTER_PAGES + page;
    }
  }

  /** Unpacks everything. @throws HypercraftError `SNAPSHOT_CORRUPT` */
  verify(): void {
    const target = new Uint8Array(PAGE_SIZE);
    for (const page of this.pages()) this.load(page, target);
  }

  get #count(): number {
    return this.#index.byteLength / CLUSTER_ENTRY_BYTES;
  }

  /** The cluster at a place, by halving: the index is in order. */
  #find(place: number): number | undefined {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.#index.getUint32(middle * CLUSTER_ENTRY_BYTES + 20, true);
      if (found === place) return middle;
      if (found < place) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  #cluster(number: number): PackedCluster {
    const known = this.#kept.get(number);
    if (known !== undefined) return known;
    const cluster = new PackedCluster(this.#source, readCluster(this.#index, number));
    if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(number, cluster);
    return cluster;
  }
}
