// A guest's memory as it comes into being: given on first touch, brought in from where a snapshot lies, copied before a write
// where a fork has the same page. Every realm that can meet such a page (the hart's thread, the creating realm) has one of these
// over the same nested page table; entries change by compare-and-swap, so whoever is first wins and the others look again.
import { type GuestPhysAddr, type HostView, PAGE_SIZE } from '../host/index.js';
import { placeOfBlock } from './block-place.js';
import {
  COPY,
  D,
  ENTRIES,
  type FoundEntry,
  findEntry,
  fragment,
  HELD,
  IN_BACKING,
  MOVING,
  makePte,
  ppnOf,
  R,
  span,
  type TableShape,
  V,
  W,
  X,
} from './nested-pte.js';
import type { PageBudget } from './page-budget.js';

export type RamAccess = 'read' | 'write' | 'fetch';

/**
 * What came of it: the page is there now; the guest has no memory there, or may not do this; the host has none left.
 */
export type Provided = 'ready' | 'absent' | 'no-memory';

/** Where the content of pages lies that were not touched yet. */
export interface RamBacking {
  /** Copies the content of a guest's page, by its number, to `target`; false if the page is zeros. */
  load(page: number, target: Uint8Array): boolean;
  /** Numbers of the pages that are not zeros. */
  pages(): Iterable<number>;
}

export interface GuestRamOptions {
  readonly host: Pick<HostView, 'memory' | 'allocator'>;
  readonly shape: TableShape;
  readonly backing?: RamBacking | undefined;
  /** Give 2 MiB at a time while there is plenty. */
  readonly blocks?: boolean | undefined;
  /** What the guest may have; as much as there is without one. */
  readonly budget?: PageBudget | undefined;
  /**
   * A host page is no longer this guest's: once nobody can reach it through a cached translation, `release` is to be called. True if it has been
   * when this returns.
   */
  readonly moved: (page: number, release: () => void) => boolean;
  /** Drops all that harts have cached, and returns when none of them uses it any more; absent where that cannot be waited for. */
  readonly settle?: (() => void) | undefined;
}

const BLOCK_PAGES = 512;
const BLOCK_BYTES = BLOCK_PAGES * PAGE_SIZE;
/** Blocks are given only while so many pages are free. */
const PLENTY = 64 * BLOCK_PAGES;

export class GuestRam {
  readonly #host: GuestRamOptions['host'];
  readonly #shape: TableShape;
  readonly #backing: RamBacking | undefined;
  readonly #blocks: boolean;
  readonly #budget: PageBudget | undefined;
  readonly #moved: GuestRamOptions['moved'];
  readonly #settle: GuestRamOptions['settle'];
  readonly #content = new Uint8Array(PAGE_SIZE);

  constructor({ host, shape, backing, blocks = false, budget, moved, settle }: GuestRamOptions) {
    this.#host = host;
    this.#shape = shape;
    this.#backing = backing;
    this.#blocks = blocks;
    this.#budget = budget;
    this.#moved = moved;
    this.#settle = settle;
  }

  /** Sees to it that an access can go through. */
  provide(gpa: GuestPhysAddr, access: RamAccess): Provided {
    if (gpa < 0n || gpa >> 62n !== 0n) return 'absent';
    const page = Number(gpa >> 12n);
    for (;;) {
      const found = findEntry(this.#shape, page);
      if (found === undefined) return 'absent';
      const { pte, level } = found;
      if ((pte & V) === 0) {
        const done = level === 0 ? this.#give(found, page) : this.#giveBlock(found);
        if (done !== undefined) return done;
      } else if (access !== 'write' || pte & W) {
        return pte & (access === 'fetch' ? X : access === 'write' ? W : R) ? 'ready' : 'absent';
      } else if ((pte & COPY) === 0) return 'absent';
      else if (level > 0) {
        if (!this.#split(found)) return 'no-memory';
      } else {
        const done = this.#copy(found);
        if (done !== undefined) return (pte & D) === 0 ? 'absent' : done;
      }
    }
  }

  /** Whether it is the guest's own limit that keeps it from having more. */
  get limited(): boolean {
    return this.#budget?.spent === true;
  }

  /** So many pages are no longer the guest's. */
  gone(pages: number): void {
    this.#budget?.giveBack(pages);
  }

  /** Brings in all that still lies in the backing; false if the host has no memory left for it. */
  bringIn(): boolean {
    for (const page of this.#backing?.pages() ?? []) {
      if (this.provide(BigInt(page) << 12n, 'read') === 'no-memory') return false;
    }
    return true;
  }

  /** Gives one page with its content; undefined if somebody else was faster. */
  #give({ entry, pte }: FoundEntry, page: number): Provided | undefined {
    const { memory, allocator } = this.#host;
    if (this.#budget?.take(1) === false) return 'no-memory';
    const filled = ppnOf(pte) === IN_BACKING && this.#backing!.load(page, this.#content);
    const at = allocator.tryAllocPage(!filled);
    if (at !== undefined) {
      if (filled) memory.write(at, this.#content);
      if (this.#install(entry, pte, at)) return undefined;
      allocator.deallocPages(BigInt(at), 1);
    }
    this.#budget?.giveBack(1);
    return at === undefined ? 'no-memory' : undefined;
  }

  /** Gives a block of 2 MiB, or makes its pages due one by one; undefined to look again. */
  #giveBlock(found: FoundEntry): Provided | undefined {
    const { allocator } = this.#host;
    const { entry, pte, level } = found;
    const whole = this.#blocks && span(level) === BLOCK_PAGES && allocator.freePages > PLENTY;
    if (whole && this.#budget?.take(BLOCK_PAGES) !== false) {
      const place = placeOfBlock(this.#shape, found, BLOCK_BYTES, (pages, align) => allocator.findRun(pages, align));
      const taken = place !== undefined && place >= 0 && allocator.tryTake(place, BLOCK_PAGES);
      const at = taken ? place : allocator.tryAllocPages(BLOCK_PAGES, BLOCK_BYTES);
      if (at !== undefined && this.#install(entry, pte, at)) return undefined;
      this.#budget?.giveBack(BLOCK_PAGES);
      if (at !== undefined) {
        allocator.deallocPages(BigInt(at), BLOCK_PAGES);
        return undefined;
      }
    }
    return this.#split(found) ? undefined : 'no-memory';
  }

  #install(entry: number, pte: number, at: number): boolean {
    return this.#host.memory.replaceU32(entry, pte, makePte(at / PAGE_SIZE, (pte & 0x3ff) | V | HELD));
  }

  /** Replaces a large entry by a table; false if there is no memory for it. */
  #split({ entry, pte, level }: FoundEntry): boolean {
    const { memory, allocator } = this.#host;
    const table = allocator.tryAllocPage();
    if (table === undefined) return false;
    for (let index = 0; index < ENTRIES; index++) memory.writeU32(table + index * 8, fragment(pte, level, index));
    if (!memory.replaceU32(entry, pte, makePte(table / PAGE_SIZE, V))) allocator.deallocPages(BigInt(table), 1);
    return true;
  }

  /** Makes a page that others hold as well this guest's own; undefined to look again. */
  #copy({ entry, pte }: FoundEntry): Provided | undefined {
    const { memory, allocator } = this.#host;
    const old = ppnOf(pte) * PAGE_SIZE;
    if (pte & MOVING) {
      // Somebody else has copied it. The host may write there; the guest not before it has forgotten the old page.
      if (this.#settle === undefined) return 'ready';
      this.#settle();
      return this.#own(entry, pte);
    }
    if (allocator.holders(old) === 1) return this.#own(entry, pte);
    const at = allocator.tryAllocPage(false);
    if (at === undefined) return 'no-memory';
    memory.copy(at, old, PAGE_SIZE);
    const moving = makePte(at / PAGE_SIZE, (pte & 0x3ff) | MOVING);
    if (!memory.replaceU32(entry, pte, moving)) {
      allocator.deallocPages(BigInt(at), 1);
      return undefined;
    }
    return this.#moved(ppnOf(pte), () => allocator.deallocPages(BigInt(old), 1)) ? this.#own(entry, moving) : 'ready';
  }

  /** The page of a leaf is this guest's alone, and can be written. */
  #own(entry: number, pte: number): Provided | undefined {
    const writable = pte & D ? W : 0;
    const owned = makePte(ppnOf(pte), (pte & 0x3ff & ~(COPY | MOVING)) | D | writable);
    return this.#host.memory.replaceU32(entry, pte, owned) && writable === 0 ? 'ready' : undefined;
  }
}
