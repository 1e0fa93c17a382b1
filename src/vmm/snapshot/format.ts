// The form of a snapshot: a header, a description as text, clusters of packed pages, an index of them, and a footer. It can be written
// from front to end as it is made, and read at any place. Everything has a checksum, and nothing is believed before it was checked: a
// snapshot may come from anywhere.
//
//   header, 32 bytes                              footer, 24 bytes, at the very end
//   +0   "HCSNAP\r\n"                             +0   u64 offset of the index
//   +8   u32 version                              +8   u32 clusters
//   +12  u32 bytes of the description             +12  u32 CRC-32 of the index
//   +16  u32 CRC-32 of the description            +16  u32 CRC-32 of the 16 bytes before
//   +20  two u32, zero                            +20  "END\n"
//   +28  u32 CRC-32 of the 28 bytes before
//
// Between them: the description, the clusters without gaps, and the index, 24 bytes per cluster in the order of the clusters, by
// rising address. A cluster's entry: u64 offset of its bytes, u32 their number, u32 their CRC-32, u16 which of its 16 pages are
// there (the others are zeros), u16 zero, u32 which cluster of the guest's memory it is: guest physical address / 64 KiB. A cluster's
// bytes: for each page that is there a u16, its packed length, then the packed pages; 4096 means that a page is not packed.
import { crc32 } from '../../boot/crc32.js';
import { PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import { type ByteSource, CLUSTER_ENTRY_BYTES, CLUSTER_PAGES, readCluster } from './backing.js';

export const SNAPSHOT_VERSION = 2;
export const HEADER_BYTES = 32;
export const FOOTER_BYTES = 24;
const MAGIC = letters('HCSNAP\r\n');
const END = letters('END\n');
/** What a description can need at most: 64 vCPUs and their devices. */
const MOST_DESCRIPTION = 16 << 20;
/** Clusters in 4 GiB. */
const MOST_CLUSTERS = 1 << 16;
/** A page that cannot be packed is there as it is. */
const MOST_BYTES = CLUSTER_PAGES * (PAGE_SIZE + 2);

/** The parts of a snapshot that are read before anything runs. */
export interface SnapshotParts {
  readonly description: string;
  readonly index: Uint8Array;
  readonly clusters: number;
}

export function writeHeader(description: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(MAGIC);
  const view = new DataView(header.buffer);
  view.setUint32(8, SNAPSHOT_VERSION, true);
  view.setUint32(12, description.length, true);
  view.setUint32(16, crc32(description), true);
  view.setUint32(28, crc32(header.subarray(0, 28)), true);
  return header;
}

export function writeFooter(index: Uint8Array, offset: number): Uint8Array {
  const footer = new Uint8Array(FOOTER_BYTES);
  const view = new DataView(footer.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setUint32(8, index.length / CLUSTER_ENTRY_BYTES, true);
  view.setUint32(12, crc32(index), true);
  view.setUint32(16, crc32(footer.subarray(0, 16)), true);
  footer.set(END, 20);
  return footer;
}

/** @throws HypercraftError `SNAPSHOT_FORMAT`, `SNAPSHOT_VERSION`, `SNAPSHOT_TRUNCATED`, `SNAPSHOT_CORRUPT` */
export function readParts(source: ByteSource): SnapshotParts {
  const header = source.read(0, HEADER_BYTES);
  if (!begins(header, MAGIC)) throw new HypercraftError('SNAPSHOT_FORMAT', 'this is not a snapshot');
  if (header.length < HEADER_BYTES) throw truncated();
  const view = viewOf(header);
  const version = view.getUint32(8, true);
  if (version !== SNAPSHOT_VERSION) {
    throw new HypercraftError('SNAPSHOT_VERSION', `version ${version} of snapshots is unknown here`);
  }
  if (crc32(header.subarray(0, 28)) !== view.getUint32(28, true)) throw corrupt('header');
  const length = view.getUint32(12, true);
  if (length > MOST_DESCRIPTION) throw corrupt('header');
  const { offset, clusters, checksum } = readFooter(source);
  const description = checked(source, { offset: HEADER_BYTES, length }, view.getUint32(16, true), 'description');
  const index = checked(source, { offset, length: clusters * CLUSTER_ENTRY_BYTES }, checksum, 'index');
  checkIndex(index, HEADER_BYTES + length, offset);
  // A copy: decoders do not take bytes that are shared between threads.
  return { description: new TextDecoder().decode(description.slice()), index: index.slice(), clusters };
}

function readFooter(source: ByteSource): { offset: number; clusters: number; checksum: number } {
  const start = source.size - FOOTER_BYTES;
  if (start < HEADER_BYTES) throw truncated();
  const footer = source.read(start, FOOTER_BYTES);
  if (footer.length < FOOTER_BYTES || !begins(footer.subarray(20), END)) throw truncated();
  const view = viewOf(footer);
  if (crc32(footer.subarray(0, 16)) !== view.getUint32(16, true)) throw corrupt('end');
  const offset = Number(view.getBigUint64(0, true));
  const clusters = view.getUint32(8, true);
  if (clusters > MOST_CLUSTERS || offset + clusters * CLUSTER_ENTRY_BYTES !== start) throw corrupt('end');
  return { offset, clusters, checksum: view.getUint32(12, true) };
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

function checkIndex(index: Uint8Array, start: number, end: number): void {
  const view = viewOf(index);
  let offset = start;
  let last = -1;
  for (let number = 0; number < index.length / CLUSTER_ENTRY_BYTES; number++) {
    const cluster = readCluster(view, number);
    const fits =
      cluster.offset === offset && cluster.length <= MOST_BYTES && cluster.length > 0 && cluster.present !== 0;
    if (!fits || cluster.place <= last) throw corrupt('index');
    offset += cluster.length;
    last = cluster.place;
  }
  if (offset !== end) throw corrupt('index');
}

function letters(text: string): Uint8Array {
  return Uint8Array.from([...text], (letter) => letter.charCodeAt(0));
}

function begins(bytes: Uint8Array, magic: Uint8Array): boolean {
  return bytes.length >= magic.length && magic.every((byte, at) => bytes[at] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function truncated(): HypercraftError {
  return new HypercraftError('SNAPSHOT_TRUNCATED', 'the snapshot ends before its end');
}

function corrupt(what: string): HypercraftError {
  return new HypercraftError('SNAPSHOT_CORRUPT', `the ${what} of the snapshot is damaged`);
}
