// The flattened device tree, version 17: a writer, and a reader that survives any bytes.
// Devicetree Specification 0.4, chapter 5, "Flattened Devicetree (DTB) Format".

import { HypercraftError } from '../isa/error.js';

const MAGIC = 0xd00dfeed;
const VERSION = 17;
const LAST_COMPATIBLE_VERSION = 16;
const HEADER_BYTES = 40;
const BEGIN_NODE = 1;
const END_NODE = 2;
const PROP = 3;
const NOP = 4;
const END = 9;
const MAX_DEPTH = 64;
const MAX_NODES = 100_000;

/**
 * A property's value: `true` is an empty property, a number or numbers are 32-bit cells, a bigint or bigints are 64-bit
 * (two cells each), text is null-terminated, and bytes are themselves.
 */
export type FdtValue =
  | true
  | number
  | readonly number[]
  | bigint
  | readonly bigint[]
  | string
  | readonly string[]
  | Uint8Array;

/** A node to be written. */
export interface FdtNode {
  /** With its unit address, e.g. `serial@10000000`; the root's is empty. */
  readonly name: string;
  /** Its properties, in order. */
  readonly properties: Readonly<Record<string, FdtValue>>;
  /** Its children by name, in order. */
  readonly children?: readonly FdtNode[];
}

/** A node as read from a file: what its bytes mean is for the reader to know. */
export interface FdtReadNode extends FdtNode {
  /** Values as they stand in the blob, by name. */
  readonly properties: Readonly<Record<string, Uint8Array>>;
  /** Children by name. */
  readonly children: readonly FdtReadNode[];
}

/** An entry of the memory reservation block. */
export interface FdtReservation {
  /** First address. */
  readonly address: bigint;
  /** Bytes. */
  readonly size: bigint;
}

/** A device tree to be written. */
export interface Fdt<Node extends FdtNode = FdtNode> {
  /** Its root node. */
  readonly root: Node;
  /** Memory the guest must leave alone. */
  readonly reservations?: readonly FdtReservation[];
  /** The hart that starts (`boot_cpuid_phys`). */
  readonly bootCpu?: number;
}

/** The bytes of one value, as they stand in the file (big-endian). */
export function encodeFdtValue(value: FdtValue): Uint8Array {
  if (value === true) return new Uint8Array(0);
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(`${value}\0`);
  if (typeof value === 'number') return encodeCells([value]);
  if (typeof value === 'bigint') return encodeWide([value]);
  if (value.length === 0) return new Uint8Array(0);
  switch (typeof value[0]) {
    case 'string':
      return new TextEncoder().encode((value as readonly string[]).map((text) => `${text}\0`).join(''));
    case 'number':
      return encodeCells(value as readonly number[]);
    default:
      return encodeWide(value as readonly bigint[]);
  }
}

function encodeCells(cells: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(cells.length * 4));
  cells.forEach((cell, i) => {
    view.setUint32(i * 4, cell);
  });
  return new Uint8Array(view.buffer);
}

function encodeWide(values: readonly bigint[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((value, i) => {
    view.setBigUint64(i * 8, value);
  });
  return new Uint8Array(view.buffer);
}

/** Writes a device tree blob, version 17, padded to a multiple of 8 bytes. */
export function writeFdt(fdt: Fdt): Uint8Array {
  const structure = new Writer();
  const strings = new Writer();
  const stringOffsets = new Map<string, number>();
  const stringOffset = (name: string): number => {
    let offset = stringOffsets.get(name);
    if (offset === undefined) {
      offset = strings.length;
      stringOffsets.set(name, offset);
      strings.bytes(new TextEncoder().encode(`${name}\0`));
    }
    return offset;
  };
  const node = (current: FdtNode): void => {
    structure.u32(BEGIN_NODE);
    structure.bytes(new TextEncoder().encode(`${current.name}\0`));
    structure.align(4);
    for (const [name, value] of Object.entries(current.properties)) {
      const bytes = encodeFdtValue(value);
      structure.u32(PROP);
      structure.u32(bytes.length);
      structure.u32(stringOffset(name));
      structure.bytes(bytes);
      structure.align(4);
    }
    for (const child of current.children ?? []) node(child);
    structure.u32(END_NODE);
  };
  node(fdt.root);
  structure.u32(END);

  const reservations = fdt.reservations ?? [];
  const reservationsAt = HEADER_BYTES;
  const structureAt = reservationsAt + (reservations.length + 1) * 16;
  const stringsAt = structureAt + structure.length;
  const blob = new Writer();
  const total = Math.ceil((stringsAt + strings.length) / 8) * 8;
  for (const field of [MAGIC, total, structureAt, stringsAt, reservationsAt, VERSION, LAST_COMPATIBLE_VERSION]) {
    blob.u32(field);
  }
  blob.u32(fdt.bootCpu ?? 0);
  blob.u32(strings.length);
  blob.u32(structure.length);
  for (const { address, size } of [...reservations, { address: 0n, size: 0n }]) blob.bytes(encodeWide([address, size]));
  blob.bytes(structure.take());
  blob.bytes(strings.take());
  blob.align(8);
  return blob.take();
}

/**
 * Reads a device tree blob.
 *
 * @throws HypercraftError `DTB_TRUNCATED`, `DTB_MAGIC`, `DTB_VERSION`, `DTB_CORRUPT`.
 */
export function readFdt(blob: Uint8Array): Fdt<FdtReadNode> & { readonly totalSize: number } {
  if (blob.length < HEADER_BYTES) {
    throw new HypercraftError('DTB_TRUNCATED', `device tree header cut short: the file has ${blob.length} bytes`);
  }
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const field = (index: number) => view.getUint32(index * 4);
  if (field(0) !== MAGIC) throw new HypercraftError('DTB_MAGIC', 'not a device tree blob');
  const totalSize = field(1);
  if (field(5) < LAST_COMPATIBLE_VERSION || field(6) > VERSION) {
    throw new HypercraftError('DTB_VERSION', `device tree blob of version ${field(5)}; 17 is needed`);
  }
  if (totalSize > blob.length || totalSize < HEADER_BYTES) {
    throw new HypercraftError('DTB_TRUNCATED', `device tree of ${totalSize} bytes in a file of ${blob.length}`);
  }
  const structureAt = field(2);
  const structureEnd = field(5) >= VERSION ? structureAt + field(9) : totalSize;
  const strings = { at: field(3), end: field(3) + field(8) };
  if (structureEnd > totalSize || strings.end > totalSize || structureAt % 4 !== 0) {
    throw new HypercraftError('DTB_TRUNCATED', 'device tree blocks lie beyond the end of the blob');
  }

  const reservations: FdtReservation[] = [];
  for (let at = field(4); ; at += 16) {
    if (at + 16 > totalSize) throw new HypercraftError('DTB_TRUNCATED', 'device tree reservations are not terminated');
    const address = view.getBigUint64(at);
    const size = view.getBigUint64(at + 8);
    if (address === 0n && size === 0n) break;
    reservations.push({ address, size });
  }

  const reader = new StructureReader(blob.subarray(0, totalSize), structureAt, structureEnd, strings);
  return { root: reader.read(), reservations, bootCpu: field(7), totalSize };
}

class StructureReader {
  readonly #view: DataView;
  #at: number;
  #nodes = 0;

  constructor(
    readonly blob: Uint8Array,
    start: number,
    readonly end: number,
    readonly strings: { readonly at: number; readonly end: number },
  ) {
    this.#view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
    this.#at = start;
  }

  read(): FdtReadNode {
    if (this.#token() !== BEGIN_NODE) throw corrupt('the structure does not start with a node');
    const root = this.#node(0);
    if (this.#token() !== END) throw corrupt('there is something behind the root node');
    return root;
  }

  #u32(): number {
    if (this.#at + 4 > this.end) throw new HypercraftError('DTB_TRUNCATED', 'device tree structure cut short');
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  #token(): number {
    for (;;) {
      const token = this.#u32();
      if (token !== NOP) return token;
    }
  }

  #node(depth: number): FdtReadNode {
    if (depth > MAX_DEPTH) throw corrupt(`nodes nested deeper than ${MAX_DEPTH}`);
    if (++this.#nodes > MAX_NODES) throw corrupt(`more than ${MAX_NODES} nodes`);
    const nameEnd = this.blob.indexOf(0, this.#at);
    if (nameEnd < 0 || nameEnd >= this.end) throw corrupt('a node name is not terminated');
    const name = new TextDecoder().decode(this.blob.subarray(this.#at, nameEnd));
    this.#at = (nameEnd + 4) & ~3;
    // No prototype: a property may be called __proto__ by whoever wrote the file.
    const properties: Record<string, Uint8Array> = Object.create(null);
    const children: FdtReadNode[] = [];
    for (;;) {
      switch (this.#token()) {
        case PROP: {
          const length = this.#u32();
          const nameOffset = this.#u32();
          if (this.#at + length > this.end) {
            throw new HypercraftError('DTB_TRUNCATED', `device tree property in node '${name}' cut short`);
          }
          properties[this.#string(nameOffset)] = this.blob.subarray(this.#at, this.#at + length);
          this.#at = (this.#at + length + 3) & ~3;
          break;
        }
        case BEGIN_NODE:
          children.push(this.#node(depth + 1));
          break;
        case END_NODE:
          return { name, properties, children };
        default:
          throw corrupt(`node '${name}' has no end`);
      }
    }
  }

  #string(offset: number): string {
    const start = this.strings.at + offset;
    const end = start < this.strings.end ? this.blob.indexOf(0, start) : -1;
    if (end < 0 || end >= this.strings.end || end - start > 1024) throw corrupt('a property has no name');
    return new TextDecoder().decode(this.blob.subarray(start, end));
  }
}

function corrupt(what: string): HypercraftError {
  return new HypercraftError('DTB_CORRUPT', `broken device tree: ${what}`);
}

/** A growing big-endian byte buffer. */
class Writer {
  #buffer = new Uint8Array(1024);
  length = 0;

  bytes(data: Uint8Array): void {
    this.#reserve(data.length);
    this.#buffer.set(data, this.length);
    this.length += data.length;
  }

  u32(value: number): void {
    this.#reserve(4);
    new DataView(this.#buffer.buffer).setUint32(this.length, value);
    this.length += 4;
  }

  align(alignment: number): void {
    const padding = (alignment - (this.length % alignment)) % alignment;
    this.bytes(new Uint8Array(padding));
  }

  take(): Uint8Array {
    return this.#buffer.slice(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.length + more));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
