// The entries and shape of a nested page table (Priv. ISA, "Sv39" to "Sv57" PTEs; Hypervisor, "Sv39x4" to "Sv57x4"), and
// the walk down to a leaf that every holder of a root can make.
import { NPT_COPY, NPT_D, NPT_HELD, NPT_MOVING, NPT_V, NPT_W } from '../engine/hart/layout.js';
import type { GuestPhysAddr, HostMemory, HostPhysAddr } from '../host/index.js';
import { PAGE_SIZE } from '../host/index.js';
import { HypercraftError } from '../isa/error.js';

/** What a guest may do with a page: read, write, execute. Writable pages are always readable. */
export type Permission = 'r' | 'rw' | 'rx' | 'rwx' | 'x';

/** The depth of a nested page table, by its guest-physical address width: 41, 50 or 59 bits. */
export type NestedPagingMode = 'sv39x4' | 'sv48x4' | 'sv57x4';

/** Where a guest physical address leads. */
export interface Translation {
  /** The host physical address. */
  readonly hpa: HostPhysAddr;
  /** What the guest may do there. */
  readonly permission: Permission;
  /** Bytes of the leaf that maps it: 4 KiB, 2 MiB or 1 GiB. */
  readonly leaf: number;
}

/**
 * Drops cached translations. Where that takes time, because harts run in other threads, a promise for the moment after
 * which none of them can be in use any more.
 */
export type Flush = () => Promise<void> | undefined;

/** What a vCPU and a guest's memory need of a nested page table; implement it to bring your own. */
export interface NestedPageTableLike {
  /** The root in hgatp format: mode in bits 63:60, VMID in 57:44, root page number in 43:0. */
  readonly token: bigint;
  /** Where a guest physical address leads; undefined where nothing is mapped. */
  translate(gpa: GuestPhysAddr): Translation | undefined;
  /**
   * Sees to it that the page at an address can be read, or written: memory that is given on first touch is given, a page
   * shared with a fork is copied. False where there is no such memory, or none left.
   */
  provide?(gpa: GuestPhysAddr, write: boolean): boolean;
  /** Called once by everyone who caches translations of this table. */
  attach?(flush: Flush): void;
}

export const MODES: Record<NestedPagingMode, { readonly levels: number; readonly field: bigint }> = {
  sv39x4: { levels: 3, field: 8n },
  sv48x4: { levels: 4, field: 9n },
  sv57x4: { levels: 5, field: 10n },
};

export const ENTRIES = 512;
export const V = NPT_V;
export const R = 2;
export const W = NPT_W;
export const X = 8;
export const U = 16;
export const A = 64;
/** Clear in a leaf that is to be copied before a write only the host can make: the guest may not write there. */
export const D = NPT_D;
/** Software bit of a leaf: others hold the page as well, so it is copied before it is written. W is clear meanwhile. */
export const COPY = NPT_COPY;
/**
 * With {@link COPY}: the page has just been copied for a write, and harts may still have the one it was copied from in their caches. It becomes
 * writable when none of them has: one hart's store must not be behind what another has read already (the G bit, which the second stage has no use for).
 */
export const MOVING = NPT_MOVING;
/** Software bit of a leaf: the page is the guest's own memory, held by this leaf. */
export const HELD = NPT_HELD;
/**
 * The same bit in an entry without V: memory that is given on first touch, with the permissions of the other bits. Its content is
 * zeros, or with the page number {@link IN_BACKING} what the table's backing has for the page.
 */
export const DUE = NPT_HELD;
export const IN_BACKING = 1;

export const PERMISSION_BITS: Record<Permission, number> = { r: R, rw: R | W, rx: R | X, rwx: R | W | X, x: X };
const BITS_PERMISSION = new Map(Object.entries(PERMISSION_BITS).map(([name, bits]) => [bits, name as Permission]));

/** Pages covered by an entry of `level`: 1, 512, 512 * 512 ... */
export const span = (level: number): number => ENTRIES ** level;

export const isLeaf = (pte: number): boolean => (pte & (R | W | X)) !== 0;

/** Host physical addresses end at 16 GiB, so a page number has 22 bits and a PTE's upper word is 0. */
export const ppnOf = (pte: number): number => pte >>> 10;

export const makePte = (ppn: number, bits: number): number => ((ppn << 10) | bits) >>> 0;

/** What the guest may do, be it after a copy. */
export function permissionOf(pte: number): Permission {
  const writable = (pte & (COPY | D)) === (COPY | D) ? W : 0;
  return BITS_PERMISSION.get((pte & (R | W | X)) | writable)!;
}

/** The leaf of a page that has one more holder: it is copied before the next write. */
export function shareLeaf(pte: number): number {
  if (pte & COPY) return pte;
  return ((pte & W ? pte & ~W : pte & ~D) | COPY) >>> 0;
}

export const isDue = (pte: number): boolean => (pte & (V | DUE)) === DUE;

/** Changes what the guest may do with a page, whatever state its memory is in. */
export function withPermission(pte: number, bits: number): number {
  const others = pte & ~(R | W | X);
  if ((pte & V) === 0 || (pte & COPY) === 0) return (others | bits) >>> 0;
  return ((others & ~D) | (bits & ~W) | (bits & W ? D : 0)) >>> 0;
}

/** A table as a walk sees it. */
export interface TableShape {
  readonly memory: HostMemory;
  readonly root: number;
  readonly levels: number;
}

/** Address of the entry for a guest page; only the root is longer than one page, its index having two more bits. */
export function entryAddress(shape: TableShape, table: number, level: number, page: number): number {
  const index = Math.floor(page / span(level));
  return table + (level === shape.levels - 1 ? index : index % ENTRIES) * 8;
}

export interface FoundEntry {
  readonly entry: number;
  readonly pte: number;
  readonly level: number;
}

/** The leaf that maps a guest page; a page beyond the last one is not mapped. */
export function findLeaf(shape: TableShape, page: number): FoundEntry | undefined {
  const found = findEntry(shape, page);
  return found === undefined || (found.pte & V) === 0 ? undefined : found;
}

/** The leaf that maps a guest page, or the entry that says it is due. */
export function findEntry(shape: TableShape, page: number): FoundEntry | undefined {
  if (page >= span(shape.levels) * 4) return undefined;
  let table = shape.root;
  for (let level = shape.levels - 1; level >= 0; level--) {
    const entry = entryAddress(shape, table, level, page);
    const pte = shape.memory.readU32(entry);
    if ((pte & V) === 0) return isDue(pte) ? { entry, pte, level } : undefined;
    if (isLeaf(pte)) return { entry, pte, level };
    table = ppnOf(pte) * PAGE_SIZE;
  }
  return undefined;
}

/** The entries one level down that say what a leaf said, or an entry of memory that is due. */
export function fragment(pte: number, level: number, index: number): number {
  return isDue(pte) ? pte : makePte(ppnOf(pte) + index * span(level - 1), pte & 0x3ff);
}

/** The translation of any guest physical address. */
export function translateIn(shape: TableShape, gpa: GuestPhysAddr): Translation | undefined {
  if (gpa < 0n || gpa >> 62n !== 0n) return undefined;
  const page = Number(gpa >> 12n);
  const found = findLeaf(shape, page);
  if (found === undefined) return undefined;
  const inLeaf = (page % span(found.level)) * PAGE_SIZE + Number(gpa & 0xfffn);
  return {
    hpa: BigInt(ppnOf(found.pte) * PAGE_SIZE + inLeaf),
    permission: permissionOf(found.pte),
    leaf: span(found.level) * PAGE_SIZE,
  };
}

/** The root of a nested page table that another realm owns, by its token. */
export function shapeOf(memory: HostMemory, token: bigint): TableShape {
  const mode = Object.values(MODES).find(({ field }) => field === token >> 60n);
  if (mode === undefined) {
    throw new HypercraftError('INVALID_ARGUMENT', `0x${token.toString(16)} is not the token of a nested page table`);
  }
  return { memory, root: Number(token & 0xfff_ffff_ffffn) * PAGE_SIZE, levels: mode.levels };
}

/** A nested page table that another realm owns, opened by its token for reading. */
export function openNestedPageTable(memory: HostMemory, token: bigint): NestedPageTableLike {
  const shape = shapeOf(memory, token);
  return { token, translate: (gpa) => translateIn(shape, gpa) };
}
