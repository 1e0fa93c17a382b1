// Snapshots of whole machines: writing one, and what one says before it is restored.
import { deflateSync } from 'fflate';
import { crc32, type MachineDescription } from '../../boot/index.js';
import { type HostView, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { MachineState } from '../machine/state.js';
import type { Mapping, NestedPageTable } from '../nested-page-table.js';
import type { VmConfig } from '../vm/config.js';
import {
  type BackingPlace,
  type ByteSource,
  CLUSTER_ENTRY_BYTES,
  CLUSTER_PAGES,
  countPages,
  type OpenBacking,
  readCluster,
  sourceOf,
  unpackCluster,
  writeCluster,
} from './backing.js';
import { clusterPlace, HEADER_BYTES, readParts, setClusterPlace, writeHeader } from './format.js';
import { filledPages } from './memory.js';
import { plainToText, textToPlain } from './plain.js';

/** Where a snapshot is: its bytes, or a file that pages are brought in from while the guest runs. */
export type SnapshotSource = Uint8Array | { readonly path: string };

/** What a snapshot says about itself. */
export interface SnapshotDescription {
  /** The guest's name. */
  readonly name: string;
  /** How pages are packed. */
  readonly codec: 'deflate';
  /** The machine it ran on. */
  readonly machine: MachineDescription;
  /** Where it starts again after a reset. */
  readonly boot: Pick<VmConfig['boot'], 'entry' | 'dtbAddress' | 'a2' | 'htif'>;
  /** Depth of its nested page table. */
  readonly nestedPaging?: VmConfig['nestedPaging'];
  /** As in `VmConfig`. */
  readonly virtualTime?: number;
  /** Of a deterministic machine. */
  readonly seed?: bigint;
  /** Harts, devices, controllers. */
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

const CODEC = 'deflate';
/** Speed before size: most of the gain is in the pages that are not there. */
const LEVEL = 1;

/** Writes a machine that is at rest. */
export function writeSnapshot(
  host: HostView,
  table: { mappings(): Iterable<Mapping> },
  description: Omit<SnapshotDescription, 'codec'>,
): Uint8Array {
  const text = new TextEncoder().encode(plainToText({ ...description, codec: CODEC }));
  const clusters: { place: number; present: number; packed: Uint8Array }[] = [];
  const bytes = new Uint8Array(CLUSTER_PAGES * PAGE_SIZE);
  let place = -1;
  let present = 0;
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) clusters.push({ place, present, packed: deflateSync(bytes.subarray(0, filled), { level: LEVEL }) });
    [present, filled] = [0, 0];
  };
  for (const { page, at } of filledPages(host, table)) {
    if (Math.floor(page / CLUSTER_PAGES) !== place) {
      flush();
      place = Math.floor(page / CLUSTER_PAGES);
    }
    present |= 1 << (page % CLUSTER_PAGES);
    bytes.set(host.memory.read(at, PAGE_SIZE), filled);
    filled += PAGE_SIZE;
  }
  flush();
  return assemble(text, clusters);
}

function assemble(
  text: Uint8Array,
  clusters: readonly { place: number; present: number; packed: Uint8Array }[],
): Uint8Array {
  const index = new Uint8Array(clusters.length * CLUSTER_ENTRY_BYTES);
  const view = new DataView(index.buffer);
  let offset = HEADER_BYTES + text.length + index.length;
  clusters.forEach(({ place, present, packed }, number) => {
    writeCluster(view, number, { offset, length: packed.length, checksum: crc32(packed), present });
    setClusterPlace(view, number, place);
    offset += packed.length;
  });
  const whole = new Uint8Array(offset);
  let at = 0;
  for (const part of [writeHeader(text, index), text, index, ...clusters.map(({ packed }) => packed)]) {
    whole.set(part, at);
    at += part.length;
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
    const gpa = BigInt(clusterPlace(view, number) * CLUSTER_PAGES * PAGE_SIZE);
    const first = BigInt(lowestPage(cluster.present) * PAGE_SIZE);
    const end = BigInt((32 - Math.clz32(cluster.present)) * PAGE_SIZE);
    if (gpa + first < base || gpa + end > base + size) throw corrupt('index');
    filled += countPages(cluster.present) * PAGE_SIZE;
    packed += cluster.length;
  }
  if (verify) verifyPages(source, view, clusters);
  return { description, backing: { from: place, index }, clusters, filled, packed };
}

function verifyPages(source: ByteSource, index: DataView, clusters: number): void {
  for (let number = 0; number < clusters; number++) unpackCluster(source, readCluster(index, number));
}

/** Makes a new guest's memory that of the snapshot, without bringing in any of it. */
export function reserveFrom(table: NestedPageTable, { description, backing, clusters }: OpenedSnapshot): void {
  const { base, size } = description.machine.memory;
  table.reserve(base, Number(size), 'rwx');
  const index = new DataView(backing.index.buffer, backing.index.byteOffset, backing.index.byteLength);
  for (let number = 0; number < clusters; number++) {
    const { present } = readCluster(index, number);
    const sources = new Array<number>(CLUSTER_PAGES).fill(0);
    for (let page = 0; page < CLUSTER_PAGES; page++) {
      if (present & (1 << page)) sources[page] = number * CLUSTER_PAGES + page + 1;
    }
    // Memory may begin inside of a cluster.
    const first = lowestPage(present);
    table.setSources(clusterPlace(index, number) * CLUSTER_PAGES + first, sources.slice(first));
  }
}

/** What has to be right before a machine can be built from it; the parts check their own states. */
function checkDescription(plain: unknown): SnapshotDescription {
  const { codec, machine, boot, state, name, virtualTime, seed } = (plain ?? {}) as Partial<SnapshotDescription>;
  const fits =
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
    Array.isArray(state?.vcpus) &&
    state.vcpus.length === machine.harts &&
    (virtualTime === undefined || (Number.isInteger(virtualTime) && virtualTime >= 0 && virtualTime < 32)) &&
    (seed === undefined || typeof seed === 'bigint');
  if (!fits) throw corrupt('description');
  if (codec !== CODEC) throw new HypercraftError('SNAPSHOT_VERSION', `pages packed with ${codec} are unknown here`);
  return plain as SnapshotDescription;
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
