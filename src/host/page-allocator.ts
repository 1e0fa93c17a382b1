// The page allocator of host physical memory, after the original's HAL (`alloc_pages`, `dealloc_pages`): contiguous runs
// of 4 KiB pages at any power-of-two alignment, lowest address first, and single pages from the top, which any thread may
// take. A page can have several holders (guests that were forked from each other); it is free when the last one gives it back.
// Pages are zero when handed out; memory that was never used is known to be zero and is not touched, so a large guest costs
// nothing until it writes.
//
// All it knows is one half-word per page in shared memory, changed by compare-and-swap: there is no lock that a thread could die with.
import { HypercraftError } from '../isa/error.js';
import { type HostPhysAddr, PAGE_SIZE } from './address.js';

/** Number of holders. */
const HOLDERS = 0x7fff;
/** The page was in use before: it has to be cleared. */
const USED_BEFORE = 0x8000;

// Indexes of the counters.
const TAKEN = 0;
const HINT_UP = 1;
const HINT_DOWN = 2;

/** What the allocator needs of memory: a way to clear pages that come back into use. */
export interface Zeroer {
  zero(address: number, length: number): void;
}

/** Where the allocator keeps its books; zeroed memory says that every page is free and was never used. */
export interface PageBooks {
  /** One per page. */
  readonly pages: Uint16Array;
  /** Three words. */
  readonly counters: Int32Array;
}

export class PageAllocator {
  readonly #memory: Zeroer;
  readonly #base: number;
  readonly #state: Uint16Array;
  readonly #counters: Int32Array;

  /**
   * Manages `[base, base + pages * 4 KiB)`, which nobody has used yet.
   * @param books in shared memory, if several threads are to allocate
   */
  constructor(memory: Zeroer, base: number, pages: number, books?: PageBooks) {
    this.#memory = memory;
    this.#base = base / PAGE_SIZE;
    this.#state = books?.pages ?? new Uint16Array(pages);
    this.#counters = books?.counters ?? new Int32Array(3);
  }

  get totalPages(): number {
    return this.#state.length;
  }

  get freePages(): number {
    return this.#state.length - Atomics.load(this.#counters, TAKEN);
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
    const at = this.tryAllocPages(count, align);
    if (at !== undefined) return BigInt(at);
    throw new HypercraftError('NO_MEMORY', `no ${count} contiguous pages are free (${this.freePages} pages in all)`);
  }

  /** Like {@link allocPages} with arguments that are known to be right; undefined when no run is long enough. */
  tryAllocPages(count: number, align: number): number | undefined {
    // Below the hint nothing is free.
    const start = Math.min(Atomics.load(this.#counters, HINT_UP), this.#state.length);
    for (let first = start; ; ) {
      first = this.#freeRun(first, count, align);
      if (first < 0) return undefined;
      if (!this.#claimRun(first, count)) continue;
      if (first === start || (count === 1 && align === PAGE_SIZE)) this.#raiseHint(start, first, count);
      this.#clear(first, count);
      return (this.#base + first) * PAGE_SIZE;
    }
  }

  /** Takes these pages, as {@link allocPages} does; false if they are not all free, or not all this allocator's. */
  tryTake(address: number, count: number): boolean {
    const first = address / PAGE_SIZE - this.#base;
    if (first < 0 || first + count > this.#state.length || this.#lastTaken(first, count) >= 0) return false;
    if (!this.#claimRun(first, count)) return false;
    this.#clear(first, count);
    return true;
  }

  /** Where so many contiguous pages are free now, at the lowest address there is; nothing is taken. */
  findRun(count: number, align: number): number | undefined {
    const first = this.#freeRun(Math.min(Atomics.load(this.#counters, HINT_UP), this.#state.length), count, align);
    return first < 0 ? undefined : (this.#base + first) * PAGE_SIZE;
  }

  /**
   * Takes one page, from the top so that runs at the bottom stay long; undefined when none is free.
   * @param clear whether it has to be zero
   */
  tryAllocPage(clear = true): number | undefined {
    const { length } = this.#state;
    const hint = Atomics.load(this.#counters, HINT_DOWN);
    for (let tried = 0; tried < length; tried++) {
      const index = length - 1 - ((hint + tried) % length);
      const before = this.#state[index]!;
      if ((before & HOLDERS) !== 0 || !this.#claim(index)) continue;
      Atomics.store(this.#counters, HINT_DOWN, (hint + tried + 1) % length);
      const at = (this.#base + index) * PAGE_SIZE;
      if (clear && before & USED_BEFORE) this.#memory.zero(at, PAGE_SIZE);
      Atomics.or(this.#state, index, USED_BEFORE);
      return at;
    }
    return undefined;
  }

  /**
   * Gives pages back; any sub-range of allocated pages may be returned by itself. A page with other holders stays theirs.
   * @throws HypercraftError `PAGE_FOREIGN` for pages this allocator does not manage, `PAGE_DOUBLE_FREE` for pages that
   * are not allocated. Nothing is freed then.
   */
  deallocPages(address: HostPhysAddr, count: number): void {
    const index = this.#indexOf(address, count);
    let freed = 0;
    for (let i = index; i < index + count; i++) {
      if ((Atomics.sub(this.#state, i, 1) & HOLDERS) === 1) freed++;
    }
    Atomics.sub(this.#counters, TAKEN, freed);
    this.#lowerHint(index);
  }

  /**
   * Makes the caller one more holder of pages that are allocated.
   * @throws HypercraftError as {@link deallocPages}; `TOO_MANY_HOLDERS` beyond 32767 of a page
   */
  sharePages(address: HostPhysAddr, count: number): void {
    const index = this.#indexOf(address, count);
    for (let i = index; i < index + count; i++) {
      if ((Atomics.add(this.#state, i, 1) & HOLDERS) !== HOLDERS) continue;
      Atomics.sub(this.#state, i, 1);
      throw new HypercraftError('TOO_MANY_HOLDERS', `a page cannot have more than ${HOLDERS} holders`);
    }
  }

  /** How many hold a page; 0 if it is free. */
  holders(address: number): number {
    return Atomics.load(this.#state, address / PAGE_SIZE - this.#base) & HOLDERS;
  }

  /** Index of a run of pages that are all allocated. */
  #indexOf(address: HostPhysAddr, count: number): number {
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
      if ((this.#state[i]! & HOLDERS) === 0) {
        throw new HypercraftError('PAGE_DOUBLE_FREE', `page 0x${((this.#base + i) * PAGE_SIZE).toString(16)} is free`);
      }
    }
    return index;
  }

  /** The first aligned run of free pages at `from` or above, -1 if there is none. */
  #freeRun(from: number, count: number, align: number): number {
    const step = align / PAGE_SIZE;
    const aligned = (index: number): number => Math.ceil((index + this.#base) / step) * step - this.#base;
    for (let first = aligned(from); first + count <= this.#state.length; ) {
      const blocker = this.#lastTaken(first, count);
      if (blocker < 0) return first;
      first = aligned(blocker + 1);
    }
    return -1;
  }

  /** The last page of a run that is not free, -1 if all are. */
  #lastTaken(first: number, count: number): number {
    for (let i = first + count - 1; i >= first; i--) if ((this.#state[i]! & HOLDERS) !== 0) return i;
    return -1;
  }

  /** A run was taken at `first`, and from the hint on to there nothing was free. */
  #raiseHint(hint: number, first: number, count: number): void {
    if (Atomics.compareExchange(this.#counters, HINT_UP, hint, first + count) !== hint) return;
    // Who gave a page of these back meanwhile may have seen the old hint.
    for (let index = hint; index < first; index++) {
      if ((Atomics.load(this.#state, index) & HOLDERS) === 0) {
        this.#lowerHint(index);
        return;
      }
    }
  }

  #lowerHint(index: number): void {
    for (let hint = Atomics.load(this.#counters, HINT_UP); index < hint; hint = Atomics.load(this.#counters, HINT_UP)) {
      Atomics.compareExchange(this.#counters, HINT_UP, hint, index);
    }
  }

  /** Takes a run; if somebody else was faster at one page, none of it. */
  #claimRun(first: number, count: number): boolean {
    for (let i = first; i < first + count; i++) {
      if (this.#claim(i)) continue;
      for (let taken = first; taken < i; taken++) Atomics.sub(this.#state, taken, 1);
      Atomics.sub(this.#counters, TAKEN, i - first);
      return false;
    }
    return true;
  }

  #claim(index: number): boolean {
    const before = Atomics.load(this.#state, index);
    if ((before & HOLDERS) !== 0) return false;
    if (Atomics.compareExchange(this.#state, index, before, before + 1) !== before) return false;
    Atomics.add(this.#counters, TAKEN, 1);
    return true;
  }

  /** Clears the pages of a run that were in use before, in runs, and marks all as used. */
  #clear(first: number, count: number): void {
    for (let i = first; i < first + count; ) {
      let end = i;
      while (end < first + count && this.#state[end]! & USED_BEFORE) end++;
      if (end > i) this.#memory.zero((this.#base + i) * PAGE_SIZE, (end - i) * PAGE_SIZE);
      i = Math.max(end, i + 1);
    }
    for (let i = first; i < first + count; i++) Atomics.or(this.#state, i, USED_BEFORE);
  }
}
