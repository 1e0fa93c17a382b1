// A guest's memory by its own physical addresses: every access is translated by the nested page table, page by page, and
// bounded by it. The only way from outside the engine to guest RAM (DESIGN.md, decision 7).
import type { GuestPhysAddr, HostMemory } from '../host/index.js';
import { HOST_MMIO, PAGE_SIZE } from '../host/index.js';
import { HypercraftError } from '../isa/error.js';
import type { NestedPageTableLike, Translation } from './nested-pte.js';

/** A guest's memory as its harts see it: reads and writes go through the nested page table, never past it. */
export class GuestMemory {
  readonly #memory: HostMemory;
  readonly #table: NestedPageTableLike;

  constructor(memory: HostMemory, table: NestedPageTableLike) {
    this.#memory = memory;
    this.#table = table;
  }

  /**
   * A copy of `length` bytes.
   * @throws HypercraftError `GUEST_MEMORY_UNMAPPED` where the guest has no memory
   */
  read(gpa: GuestPhysAddr, length: number): Uint8Array {
    const bytes = this.tryRead(gpa, length);
    if (bytes === undefined) throw unmapped(gpa, length);
    return bytes;
  }

  /**
   * Writes bytes at a guest physical address. @throws HypercraftError as {@link read} does
   * @throws HypercraftError `GUEST_MEMORY_UNMAPPED`; nothing is written then
   */
  write(gpa: GuestPhysAddr, bytes: Uint8Array): void {
    if (!this.tryWrite(gpa, bytes)) throw unmapped(gpa, bytes.length);
  }

  /** Like `read` for addresses a guest gave: undefined if any byte of the range is not memory. */
  tryRead(gpa: GuestPhysAddr, length: number): Uint8Array | undefined {
    // A guest's length must not make us allocate: the range is checked first.
    const spans = this.#spans(gpa, length);
    if (spans === undefined) return undefined;
    const bytes = new Uint8Array(length);
    for (const { at, offset, count } of spans) this.#memory.readInto(at, bytes.subarray(offset, offset + count));
    return bytes;
  }

  /** Like `write` for addresses a guest gave: false, and nothing written, if any byte of the range is not memory. */
  tryWrite(gpa: GuestPhysAddr, bytes: Uint8Array): boolean {
    const spans = this.#spans(gpa, bytes.length, true);
    if (spans === undefined) return false;
    for (const { at, offset, count } of spans) this.#memory.write(at, bytes.subarray(offset, offset + count));
    return true;
  }

  /** An aligned 8-byte word, as page-table walks read them; undefined where there is none. */
  tryReadU64(gpa: GuestPhysAddr): bigint | undefined {
    const found = this.#find(gpa, false);
    return found === undefined || found.hpa >= HOST_MMIO || gpa % 8n !== 0n
      ? undefined
      : this.#memory.readU64(found.hpa);
  }

  /** Where a page lies, given or copied if it has to be. */
  #find(gpa: GuestPhysAddr, write: boolean): Translation | undefined {
    if (write) this.#table.provide?.(gpa, true);
    const found = this.#table.translate(gpa);
    if (found !== undefined || write) return found;
    return this.#table.provide?.(gpa, false) ? this.#table.translate(gpa) : undefined;
  }

  /** Whether the whole range is the guest's memory. */
  contains(gpa: GuestPhysAddr, length: number): boolean {
    return this.#spans(gpa, length) !== undefined;
  }

  /** The host ranges behind a guest range, one per leaf. */
  #spans(
    gpa: GuestPhysAddr,
    length: number,
    write = false,
  ): { at: number; offset: number; count: number }[] | undefined {
    if (!Number.isSafeInteger(length) || length < 0) return undefined;
    const spans: { at: number; offset: number; count: number }[] = [];
    for (let offset = 0; offset < length; ) {
      const found = this.#find(gpa + BigInt(offset), write);
      // Registers of a host's device are not memory: nobody but the guest's own loads and stores reaches them.
      if (found === undefined || found.hpa >= HOST_MMIO) return undefined;
      const leaf = Math.max(found.leaf, PAGE_SIZE);
      const inLeaf = Number((gpa + BigInt(offset)) % BigInt(leaf));
      const count = Math.min(length - offset, leaf - inLeaf);
      spans.push({ at: Number(found.hpa), offset, count });
      offset += count;
    }
    return spans;
  }
}

function unmapped(gpa: GuestPhysAddr, length: number): HypercraftError {
  return new HypercraftError('GUEST_MEMORY_UNMAPPED', `0x${gpa.toString(16)} + ${length} is not the guest's memory`);
}
