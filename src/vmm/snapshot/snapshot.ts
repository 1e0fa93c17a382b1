// Snapshots of whole machines: writing one, and what one says before it is restored.
import { crc32 } from '../../boot/crc32.js';
import type { MachineDescription } from '../../boot/index.js';
import { type HostView, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { MachineState } from '../machine/state.js';
import type { Mapping } from '../nested-page-table.js';
import type { VmConfig } from '../vm/config.js';
import {
  type BackingPlace,
  CLUSTER_ENTRY_BYTES,
  CLUSTER_PAGES,
  type Cluster,
  countPages,
  type OpenBacking,
  openBacking,
  readCluster,
  sourceOf,
  writeCluster,
} from './backing.js';
import { readParts, writeFooter, writeHeader } from './format.js';
import { mostPacked, pack } from './lz4.js';
import { filledPages } from './memory.js';
import { plainToText, textToPlain } from './plain.js';

/** Where a snapshot is: its bytes, or a file that pages are brought in from while the guest runs. */
export type SnapshotSource = Uint8Array | { readonly path: string };

/** What a machine is made of, for a snapshot or the other side of a migration. */
export interface Blueprint {
  /** The guest's name. */
  readonly name: string;
  /** Its parts. */
  readonly machine: MachineDescription;
  /** Where it started. */
  readonly boot: Pick<VmConfig['boot'], 'entry' | 'dtbAddress' | 'a2' | 'htif'>;
  /** The mode of its nested page table, if one was asked for. */
  readonly nestedPaging?: VmConfig['nestedPaging'];
  /** With virtual time: a tick is 2^n instructions. */
  readonly virtualTime?: number;
  /** Of a deterministic machine. */
  readonly seed?: bigint;
}

/** What a snapshot says about itself. */
export interface SnapshotDescription extends Blueprint {
  /** How pages are packed. */
  readonly codec: 'lz4';
  /** Everything but its memory. */
  readonly state: MachineState;
}

/** A snapshot that was checked, and where its pages are. */
export interface OpenedSnapshot {
  readonly description: SnapshotDescription;
  readonly backing: BackingPlace;
  readonly clusters: number;
  /** Bytes of memory that are not zeros, and what they take packed. */
  readonly filled: number;
  readonly packed: number;
}

const CODEC = 'lz4';

/** Packs pages that come by rising number into clusters. */
class ClusterPacker {
  readonly #lengths = new Uint16Array(CLUSTER_PAGES);
  readonly #packed = new Uint8Array(CLUSTER_PAGES * mostPacked(PAGE_SIZE));
  #place = -1;
  #present = 0;
  #count = 0;
  #bytes = 0;

  /** Whether a page belongs to the cluster that is being packed. */
  takes(page: number): boolean {
    return this.#count === 0 || Math.floor(page / CLUSTER_PAGES) === this.#place;
  }

  add(page: number, content: Uint8Array): void {
    this.#place = Math.floor(page / CLUSTER_PAGES);
    this.#present |= 1 << (page % CLUSTER_PAGES);
    const target = this.#packed.subarray(this.#bytes);
    let length = pack(content, target);
    if (length >= PAGE_SIZE) {
      target.set(content);
      length = PAGE_SIZE;
    }
    this.#lengths[this.#count++] = length;
    this.#bytes += length;
  }

  /** What came together, if anything did; the next cluster begins. */
  take(): Pick<Cluster, 'place' | 'present'> & { readonly bytes: Uint8Array } {
    const bytes = new Uint8Array(this.#count * 2 + this.#bytes);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#count; i++) view.setUint16(i * 2, this.#lengths[i]!, true);
    bytes.set(this.#packed.subarray(0, this.#bytes), this.#count * 2);
    const taken = { place: this.#place, present: this.#present, bytes };
    [this.#present, this.#count, this.#bytes] = [0, 0, 0];
    return taken;
  }
}

/** A machine that is at rest as the bytes of a snapshot, piece by piece. Its memory must stay as it is until the last one. */
export function* snapshotPieces(
  host: HostView,
  table: { mappings(): Iterable<Mapping> },
  description: Omit<SnapshotDescription, 'codec'>,
): Generator<Uint8Array> {
  const text = new TextEncoder().encode(plainToText({ ...description, codec: CODEC }));
  const header = writeHeader(text);
  yield header;
  yield text;
  const clusters: Cluster[] = [];
  const packer = new ClusterPacker();
  let offset = header.length + text.length;
  const finish = (): Uint8Array => {
    const { place, present, bytes } = packer.take();
    clusters.push({ offset, length: bytes.length, checksum: crc32(bytes), present, place });
    offset += bytes.length;
    return bytes;
  };
  let filled = false;
  for (const { page, at } of filledPages(host, table)) {
    if (!packer.takes(page)) yield finish();
    packer.add(page, host.memory.read(at, PAGE_SIZE));
    filled = true;
  }
  if (filled) yield finish();
  const index = new Uint8Array(clusters.length * CLUSTER_ENTRY_BYTES);
  const view = new DataView(index.buffer);
  for (const [number, cluster] of clusters.entries()) writeCluster(view, number, cluster);
  yield index;
  yield writeFooter(index, offset);
}

/** The pieces as one. */
export function joined(pieces: Iterable<Uint8Array>): Uint8Array {
  const all = [...pieces];
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of all) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * Opens a snapshot and checks all of it but its pages, which are checked when they are brought in, or now with `verify`.
 * @throws HypercraftError `SNAPSHOT_FORMAT`, `SNAPSHOT_VERSION`, `SNAPSHOT_TRUNCATED`, `SNAPSHOT_CORRUPT`, `NO_FILES`
 */
export function openSnapshot(
  from: SnapshotSource,
  { openFile, verify = false }: { readonly openFile?: OpenBacking | undefined; readonly verify?: boolean } = {},
): OpenedSnapshot {
  const place = from instanceof Uint8Array ? { bytes: shared(from) } : from;
  const source = sourceOf(place, openFile);
  const { description: text, index, clusters } = readParts(source);
  const description = checkDescription(textToPlain(text));
  const view = new DataView(index.buffer);
  const { base, size } = description.machine.memory;
  let [filled, packed] = [0, 0];
  for (let number = 0; number < clusters; number++) {
    const cluster = readCluster(view, number);
    const gpa = BigInt(cluster.place * CLUSTER_PAGES * PAGE_SIZE);
    const first = BigInt(lowestPage(cluster.present) * PAGE_SIZE);
    const end = BigInt((32 - Math.clz32(cluster.present)) * PAGE_SIZE);
    if (gpa + first < base || gpa + end > base + size) throw corrupt('index');
    filled += countPages(cluster.present) * PAGE_SIZE;
    packed += cluster.length;
  }
  const backing = { from: place, index };
  if (verify) openBacking(backing, openFile).verify();
  return { description, backing, clusters, filled, packed };
}

/** What has to be right before a machine can be built from it; the parts check their own states. */
function checkDescription(plain: unknown): SnapshotDescription {
  const { codec, machine, state } = (plain ?? {}) as Partial<SnapshotDescription>;
  const fits = isBlueprint(plain) && Array.isArray(state?.vcpus) && state.vcpus.length === machine!.harts;
  if (!fits) throw corrupt('description');
  if (codec !== CODEC) throw new HypercraftError('SNAPSHOT_VERSION', `pages packed with ${codec} are unknown here`);
  return plain as SnapshotDescription;
}

/** Whether plain data from anywhere says what a machine is made of. */
export function isBlueprint(plain: unknown): plain is Blueprint {
  const { machine, boot, name, virtualTime, seed } = (plain ?? {}) as Partial<Blueprint>;
  return (
    typeof name === 'string' &&
    typeof machine?.memory?.base === 'bigint' &&
    typeof machine.memory.size === 'bigint' &&
    machine.memory.size > 0n &&
    machine.memory.size <= 1n << 32n &&
    machine.memory.base >= 0n &&
    machine.memory.size % BigInt(PAGE_SIZE) === 0n &&
    machine.memory.base % BigInt(PAGE_SIZE) === 0n &&
    Number.isInteger(machine.harts) &&
    ['hypervisor', 'firmware', 'bare'].includes(machine.mode) &&
    typeof boot?.entry === 'bigint' &&
    typeof boot.dtbAddress === 'bigint' &&
    (virtualTime === undefined || (Number.isInteger(virtualTime) && virtualTime >= 0 && virtualTime < 32)) &&
    (seed === undefined || typeof seed === 'bigint')
  );
}

function lowestPage(present: number): number {
  return 31 - Math.clz32(present & -present);
}

function corrupt(what: string): HypercraftError {
  return new HypercraftError('SNAPSHOT_CORRUPT', `the ${what} of the snapshot is damaged`);
}

/** The same bytes where every thread sees them without a copy of its own. */
function shared(bytes: Uint8Array): Uint8Array {
  if (typeof SharedArrayBuffer === 'undefined' || bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
