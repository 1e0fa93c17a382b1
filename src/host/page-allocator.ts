// The page allocator of host physical memory, after the original's HAL (`alloc_pages`, `dealloc_pages`): contiguous runs
// of 4 KiB pages at any power-of-two alignment, lowest address first. Pages are zero when handed out; memory that was
// never used is known to be zero and is not touched, so a large guest costs nothing until it writes.
import { HypercraftError } from '../isa/error.js';
import { type HostPhysAddr, PAGE_SIZE } from './address.js';

const FREE = 0;
const ALLOCATED = 1;
const USED_BEFORE = 2;

/** What the allocator needs of memory: a way to clear pages that come back into use. */
export interface Zeroer {
  zero(address: number, length: number): void;
}

/** A run of free pages, by page number. */
interface Extent {
  first: number;
  count: number;
}

export class PageAllocator {
  readonly #memory: Zeroer;
  readonly #base: number;
  readonly #state: Uint8Array;
  /** Sorted, never adjacent to each other. */
  readonly #free: Extent[];
  #freePages: number;

  /** Manages `[base, base + pages * 4 KiB)`, which nobody has used yet. */
  constructor(memory: Zeroer, base: number, pages: number) {
    this.#memory = memory;
    this.#base = base / PAGE_SIZE;
    this.#state = new Uint8Array(pages);
    this.#free = pages > 0 ? [{ first: this.#base, count: pages }] : [];
    this.#freePages = pages;
  }

  get totalPages(): number {
    return this.#state.length;
  }

  get freePages(): number {
    return this.#freePages;
  }

  /**
   * Takes `count` contiguous zeroed pages, aligned to `align` bytes (a power of two, at least a page).
   * @throws HypercraftError `NO_MEMORY` when no run is long enough, `INVALID_ARGUMENT` for a bad count or alignment.
   */
  allocPages(count: number, align = PAGE_SIZE): HostPhysAddr {
    if (!Number.isInteger(count) || count <= 0) {
      throw new HypercraftError('INVALID_ARGUMENT', `cannot allocate ${count} pages`);
    }
    if (!Number.isInteger(align) || align < PAGE_SIZE || !Number.isInteger(Math.log2(align))) {
      throw new HypercraftError('INVALID_ARGUMENT', `alignment ${align} is not a power of two of at least a page`);
    }
    const step = align / PAGE_SIZE;
    for (let index = 0; index < this.#free.length; index++) {
      const extent = this.#free[index]!;
      const first = Math.ceil(extent.first / step) * step;
      if (first + count > extent.first + extent.count) continue;
      this.#carve(index, first, count);
      this.#hand(first, count);
      return BigInt(first * PAGE_SIZE);
    }
    throw new HypercraftError('NO_MEMORY', `no ${count} contiguous pages are free (${this.#freePages} pages in all)`);
  }

  /**
   * Gives pages back; any sub-range of allocated pages may be returned by itself.
   * @throws HypercraftError `PAGE_FOREIGN` for pages this allocator does not manage, `PAGE_DOUBLE_FREE` for pages that
   * are not allocated. Nothing is freed then.
   */
  deallocPages(address: HostPhysAddr, count: number): void {
    const at = Number(address);
    const first = at / PAGE_SIZE;
    const index = first - this.#base;
    if (!Number.isInteger(first) || !Number.isInteger(count) || count <= 0) {
      throw new HypercraftError('INVALID_ARGUMENT', `0x${at.toString(16)} + ${count} pages is not a page range`);
    }
    if (index < 0 || index + count > this.#state.length) {
      throw new HypercraftError('PAGE_FOREIGN', `0x${at.toString(16)} + ${count} pages is not the allocator's`);
    }
    for (let i = index; i < index + count; i++) {
      if ((this.#state[i]! & ALLOCATED) === 0) {
        throw new HypercraftError('PAGE_DOUBLE_FREE', `page 0x${((this.#base + i) * PAGE_SIZE).toString(16)} is free`);
      }
    }
    this.#state.fill(FREE | USED_BEFORE, index, index + count);
    this.#freePages += count;
    this.#release(first, count);
  }

  /** Removes pages from the free extent at `index`, leaving what is before and after them. */
  #carve(index: number, first: number, count: number): void {
    const extent = this.#free[index]!;
    const after = extent.first + extent.count - (first + count);
    const before = first - extent.first;
    const rest: Extent[] = [];
    if (before > 0) rest.push({ first: extent.first, count: before });
    if (after > 0) rest.push({ first: first + count, count: after });
    this.#free.splice(index, 1, ...rest);
    this.#freePages -= count;
  }

  /** Marks pages as allocated and clears those that were in use before, in runs. */
  #hand(first: number, count: number): void {
    const start = first - this.#base;
    for (let i = start; i < start + count; ) {
      if (this.#state[i]! & USED_BEFORE) {
        let end = i + 1;
        while (end < start + count && this.#state[end]! & USED_BEFORE) end++;
        this.#memory.zero((this.#base + i) * PAGE_SIZE, (end - i) * PAGE_SIZE);
        i = end;
      } else {
        i++;
      }
    }
    this.#state.fill(ALLOCATED | USED_BEFORE, start, start + count);
  }

  /** Puts pages back into the sorted list, merging with both neighbours. */
  #release(first: number, count: number): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#free[middle]!.first < first) low = middle + 1;
      else high = middle;
    }
    const before = this.#free[low - 1];
    const after = this.#free[low];
    const merged: Extent = { first, count };
    const joinsBefore = before !== undefined && before.first + before.count === first;
    const joinsAfter = after !== undefined && first + count === after.first;
    if (joinsBefore) {
      merged.first = before.first;
      merged.count += before.count;
    }
    if (joinsAfter) merged.count += after.count;
    this.#free.splice(joinsBefore ? low - 1 : low, (joinsBefore ? 1 : 0) + (joinsAfter ? 1 : 0), merged);
  }
}
