// The form of a snapshot: a header, a description as text, an index of clusters of pages, and the clusters, packed. Everything
// has a checksum, and nothing is believed before it was checked: a snapshot may come from anywhere.
//
//   +0   "HCSNAP\r\n"                            +24  u32 CRC-32 of the index
//   +8   u32 version                             +28  u32 CRC-32 of the 28 bytes before
//   +12  u32 bytes of the description            +32  description
//   +16  u32 CRC-32 of the description           ...  index: 24 bytes per cluster, by rising address
//   +20  u32 clusters                            ...  clusters, in the order of the index, without gaps
//
// A cluster's entry: u64 offset of its packed bytes, u32 their number, u32 their CRC-32, u16 which of its 16 pages are there
// (the others are zeros), u16 zero, u32 which cluster of the guest's memory it is: guest physical address / 64 KiB.
import { crc32 } from '../../boot/index.js';
import { PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import { type ByteSource, CLUSTER_ENTRY_BYTES, CLUSTER_PAGES, readCluster } from './backing.js';

export const SNAPSHOT_VERSION = 1;
export const HEADER_BYTES = 32;
const MAGIC = Uint8Array.from([...'HCSNAP\r\n'], (letter) => letter.charCodeAt(0));
const CLUSTER_BYTES = CLUSTER_PAGES * PAGE_SIZE;
/** What a description can need at most: 64 vCPUs and their devices. */
const MOST_DESCRIPTION = 16 << 20;
/** Clusters in 4 GiB. */
const MOST_CLUSTERS = 1 << 16;
/** Packing adds little to what cannot be packed. */
const MOST_PACKED = CLUSTER_BYTES + 1024;

/** The parts of a snapshot that are read before anything runs. */
export interface SnapshotParts {
  readonly description: string;
  readonly index: Uint8Array;
  readonly clusters: number;
}

export function writeHeader(description: Uint8Array, index: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  const view = new DataView(header.buffer);
  view.setUint32(8, SNAPSHOT_VERSION, true);
  view.setUint32(12, description.length, true);
  view.setUint32(16, crc32(description), true);
  view.setUint32(20, index.length / CLUSTER_ENTRY_BYTES, true);
  view.setUint32(24, crc32(index), true);
  view.setUint32(28, crc32(header.subarray(0, 28)), true);
  return header;
}

/** @throws HypercraftError `SNAPSHOT_FORMAT`, `SNAPSHOT_VERSION`, `SNAPSHOT_TRUNCATED`, `SNAPSHOT_CORRUPT` */
export function readParts(source: ByteSource): SnapshotParts {
  const header = source.read(0, HEADER_BYTES);
  if (header.length < MAGIC.length || MAGIC.some((byte, at) => header[at] !== byte)) {
    throw new HypercraftError('SNAPSHOT_FORMAT', 'this is not a snapshot');
  }
  if (header.length < HEADER_BYTES) throw truncated();
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const version = view.getUint32(8, true);
  if (version !== SNAPSHOT_VERSION) {
    throw new HypercraftError('SNAPSHOT_VERSION', `version ${version} of snapshots is unknown here`);
  }
  if (crc32(header.subarray(0, 28)) !== view.getUint32(28, true)) throw corrupt('header');
  const length = view.getUint32(12, true);
  const clusters = view.getUint32(20, true);
  if (length > MOST_DESCRIPTION || clusters > MOST_CLUSTERS) throw corrupt('header');
  const description = checked(source, { offset: HEADER_BYTES, length }, view.getUint32(16, true), 'description');
  const place = { offset: HEADER_BYTES + length, length: clusters * CLUSTER_ENTRY_BYTES };
  const index = checked(source, place, view.getUint32(24, true), 'index');
  checkIndex(source, index, place.offset + place.length);
  // A copy: decoders do not take bytes that are shared between threads.
  return { description: new TextDecoder().decode(description.slice()), index: index.slice(), clusters };
}

/** Which 64 KiB of the guest a cluster is. */
export function clusterPlace(index: DataView, number: number): number {
  return index.getUint32(number * CLUSTER_ENTRY_BYTES + 20, true);
}

export function setClusterPlace(index: DataView, number: number, place: number): void {
  index.setUint32(number * CLUSTER_ENTRY_BYTES + 20, place, true);
}

function checked(
  source: ByteSource,
  { offset, length }: { readonly offset: number; readonly length: number },
  checksum: number,
  what: string,
): Uint8Array {
  const bytes = source.read(offset, length);
  if (bytes.length !== length) throw truncated();
  if (crc32(bytes) !== checksum) throw corrupt(what);
  return bytes;
}

function checkIndex(source: ByteSource, index: Uint8Array, start: number): void {
  const view = new DataView(index.buffer, index.byteOffset, index.byteLength);
  let offset = start;
  let last = -1;
  for (let number = 0; number < index.length / CLUSTER_ENTRY_BYTES; number++) {
    const cluster = readCluster(view, number);
    const place = clusterPlace(view, number);
    const fits =
      cluster.offset === offset && cluster.length <= MOST_PACKED && cluster.length > 0 && cluster.present !== 0;
    if (!fits || place <= last) throw corrupt('index');
    offset += cluster.length;
    last = place;
  }
  if (source.size < offset) throw truncated();
  if (source.size > offset) throw corrupt('end');
}

function truncated(): HypercraftError {
  return new HypercraftError('SNAPSHOT_TRUNCATED', 'the snapshot ends before its end');
}

function corrupt(what: string): HypercraftError {
  return new HypercraftError('SNAPSHOT_CORRUPT', `the ${what} of the snapshot is damaged`);
}
