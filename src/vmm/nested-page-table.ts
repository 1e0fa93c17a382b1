// The nested page table: a guest's physical address space as real Sv39x4/Sv48x4/Sv57x4 tables in host memory, which the
// engine walks (Priv. ISA, Hypervisor, "Two-Stage Address Translation"; the PTE format is that of "Sv39"). Every leaf has
// U set, as the G stage demands, and A and D set, so that a walk never has to write here.
import type { Engine } from '../engine/index.js';
import type { HostMachine } from '../host/index.js';
import {
  GIGAPAGE_SIZE,
  type GuestPhysAddr,
  HOST_END,
  type HostMemory,
  type HostPhysAddr,
  MEGAPAGE_SIZE,
  PAGE_SIZE,
} from '../host/index.js';
import { HypercraftError } from '../isa/error.js';
import type { GuestRam } from './guest-ram.js';
import { holeIn, leavesIn, type Mapping } from './nested-leaves.js';
import {
  A,
  D,
  DUE,
  ENTRIES,
  entryAddress,
  type Flush,
  findEntry,
  fragment,
  HELD,
  IN_BACKING,
  isDue,
  isLeaf,
  MODES,
  makePte,
  type NestedPageTableLike,
  type NestedPagingMode,
  PERMISSION_BITS,
  type Permission,
  ppnOf,
  shareLeaf,
  span,
  type TableShape,
  type Translation,
  translateIn,
  U,
  V,
  withPermission,
} from './nested-pte.js';
import { type PageRun, takeWritten } from './nested-written.js';
import { TranslationCaches } from './translation-caches.js';

/** What a table needs of its host. */
export type PageSource = Pick<HostMachine, 'memory' | 'allocPages' | 'deallocPages' | 'allocVmid'>;

export type { Mapping } from './nested-leaves.js';

/** The part of an engine that copies tables. */
export type Sharing = Pick<Engine, 'holdPages' | 'shareTable'>;

const ROOT_PAGES = 4;

/** Options of a new table. */
export interface NestedPageTableOptions {
  /** `sv39x4` by default. */
  readonly mode?: NestedPagingMode;
  /** The guest's VMID; a fresh one of the host by default. */
  readonly vmid?: number;
}

/**
 * A guest physical address space.
 *
 * @example
 * ```ts
 * await using npt = new NestedPageTable(host);
 * npt.mapRegion(0x8000_0000n, host.allocPages(512, { align: 0x20_0000 }), 0x20_0000, 'rwx');
 * npt.translate(0x8000_1234n)?.hpa;
 * ```
 */
export class NestedPageTable implements NestedPageTableLike {
  /** Its depth. */
  readonly mode: NestedPagingMode;
  /** The VMID its translations are tagged with. */
  readonly vmid: number;
  readonly #host: PageSource;
  readonly #memory: HostMemory;
  readonly #levels: number;
  readonly #root: number;
  readonly #shape: TableShape;
  readonly #caches = new TranslationCaches();
  /** Tables that were unlinked and may still be walked by a hart in another thread. */
  #unlinked: number[] = [];
  /** Pages of the guest's memory that were unmapped, likewise. */
  #returned: { readonly page: number; readonly count: number }[] = [];
  #tablePages = ROOT_PAGES;
  #ram: Pick<GuestRam, 'provide' | 'gone'> | undefined;
  #disposed = false;

  constructor(host: PageSource, options: NestedPageTableOptions = {}) {
    this.mode = options.mode ?? 'sv39x4';
    this.vmid = options.vmid ?? host.allocVmid();
    this.#host = host;
    this.#memory = host.memory;
    this.#levels = MODES[this.mode].levels;
    this.#root = Number(host.allocPages(ROOT_PAGES, { align: ROOT_PAGES * PAGE_SIZE }));
    this.#shape = { memory: this.#memory, root: this.#root, levels: this.#levels };
  }

  get token(): bigint {
    return (MODES[this.mode].field << 60n) | (BigInt(this.vmid) << 44n) | BigInt(this.#root / PAGE_SIZE);
  }

  /** Pages that the tables themselves take. */
  get tablePages(): number {
    return this.#tablePages;
  }

  attach(flush: Flush): void {
    this.#caches.attach(flush);
  }

  /**
   * Maps one leaf of exactly `size` bytes: 4 KiB, 2 MiB or 1 GiB, both addresses aligned to it.
   * @throws HypercraftError `NPT_MISALIGNED`, `NPT_RANGE`, `NPT_ALREADY_MAPPED`, `NO_MEMORY`
   */
  map(gpa: GuestPhysAddr, hpa: HostPhysAddr, size: number, permission: Permission): void {
    if (size !== PAGE_SIZE && size !== MEGAPAGE_SIZE && size !== GIGAPAGE_SIZE) {
      throw new HypercraftError('NPT_MISALIGNED', `${size} is not the size of a leaf`);
    }
    if (gpa % BigInt(size) !== 0n || hpa % BigInt(size) !== 0n) {
      throw new HypercraftError('NPT_MISALIGNED', `0x${gpa.toString(16)} or its target is not aligned to ${size}`);
    }
    this.mapRegion(gpa, hpa, size, permission);
  }

  /**
   * Maps `size` bytes of consecutive host memory at `gpa`, with the largest leaves that alignment allows.
   * @throws HypercraftError `NPT_MISALIGNED`, `NPT_RANGE`, `NPT_ALREADY_MAPPED`, `NO_MEMORY`
   */
  mapRegion(gpa: GuestPhysAddr, hpa: HostPhysAddr, size: number, permission: Permission): void {
    const { first, count } = this.#range(gpa, size);
    const target = Number(hpa) / PAGE_SIZE;
    if (!Number.isInteger(target)) {
      throw new HypercraftError('NPT_MISALIGNED', `0x${hpa.toString(16)} is not the address of a page`);
    }
    if (hpa < 0n || hpa + BigInt(size) > HOST_END) {
      throw new HypercraftError('NPT_RANGE', `0x${hpa.toString(16)} + ${size} is beyond the host's physical addresses`);
    }
    this.#demandUnmapped(first, count);
    let done = 0;
    try {
      while (done < count) {
        const bits = V | U | A | D | PERMISSION_BITS[permission];
        done += this.#mapLeaf(first + done, count - done, { target: target + done, step: 1, bits });
      }
    } catch (error) {
      // Out of memory for tables: all or nothing.
      if (done > 0) this.unmap(gpa, done * PAGE_SIZE);
      throw error;
    }
  }

  /**
   * Makes a range the guest's memory without giving it any yet: pages are given on first touch, by whoever has a
   * {@link GuestRam} of this table, and go back to the host when they are unmapped. With `backed` their content comes from the backing
   * that the GuestRam has; otherwise they are zeros.
   * @throws HypercraftError `NPT_MISALIGNED`, `NPT_RANGE`, `NPT_ALREADY_MAPPED`, `NO_MEMORY`
   */
  reserve(gpa: GuestPhysAddr, size: number, permission: Permission, backed = false): void {
    const { first, count } = this.#range(gpa, size);
    this.#demandUnmapped(first, count);
    const bits = DUE | U | A | D | PERMISSION_BITS[permission];
    for (let done = 0; done < count; ) {
      const target = backed ? IN_BACKING : 0;
      done += this.#mapLeaf(first + done, Math.min(count - done, ENTRIES), { target, step: 0, bits });
    }
  }

  /**
   * Removes the mappings of a range, splitting large leaves at its edges.
   * @throws HypercraftError `NPT_MISALIGNED`, `NPT_RANGE`, `NPT_NOT_MAPPED` if any page of it is not mapped
   */
  unmap(gpa: GuestPhysAddr, size: number): void {
    const { first, count } = this.#range(gpa, size);
    this.#demandMapped(first, count);
    this.#change(
      first,
      count,
      () => 0,
      (pte, level) => {
        if ((pte & (V | HELD)) !== (V | HELD)) return;
        this.#returned.push({ page: ppnOf(pte), count: span(level) });
        this.#ram?.gone(span(level));
      },
    );
    this.#prune(this.#root, this.#levels - 1, 0, first, count);
    this.#shootDown();
  }

  /**
   * Changes what a guest may do with a range, splitting large leaves at its edges.
   * @throws HypercraftError `NPT_MISALIGNED`, `NPT_RANGE`, `NPT_NOT_MAPPED` if any page of it is not mapped
   */
  protect(gpa: GuestPhysAddr, size: number, permission: Permission): void {
    const { first, count } = this.#range(gpa, size);
    this.#demandMapped(first, count);
    this.#change(first, count, (pte) => withPermission(pte, PERMISSION_BITS[permission]));
    this.#shootDown();
  }

  /** Where a guest physical address leads; undefined where nothing is mapped. */
  translate(gpa: GuestPhysAddr): Translation | undefined {
    return this.#disposed ? undefined : translateIn(this.#shape, gpa);
  }

  /** Who gives memory that is due: {@link reserve}. */
  set ram(ram: Pick<GuestRam, 'provide' | 'gone'>) {
    this.#ram = ram;
  }

  provide(gpa: GuestPhysAddr, write: boolean): boolean {
    return !this.#disposed && this.#ram?.provide(gpa, write ? 'write' : 'read') === 'ready';
  }

  /** Drops what anybody has cached of a page, then calls `release`; whether it was at once. For {@link GuestRam}. */
  moved(release: () => void): boolean {
    return this.#caches.flush(release);
  }

  /**
   * Makes this table, which is empty, a copy of another one: both guests have the same memory from then on, page by page
   * until one of them writes. What is mapped beside the guest's own memory is not copied. No vCPU may run under the other one
   * meanwhile.
   * @throws HypercraftError `NO_MEMORY`
   */
  copyFrom(parent: NestedPageTable, engine: Sharing): void {
    parent.#demandThere();
    this.#copy(parent.#root, this.#root, this.#levels - 1, engine);
    parent.#shootDown();
  }

  #copy(from: number, to: number, level: number, engine: Sharing): void {
    if (level === 0) {
      engine.shareTable(from, to);
      return;
    }
    const entries = level === this.#levels - 1 ? ENTRIES * 4 : ENTRIES;
    const source = this.#memory.words(from, entries * 2);
    for (let index = 0; index < entries; index++) {
      const pte = source[index * 2]!;
      if (pte === 0) continue;
      const target = to + index * 8;
      if (isDue(pte)) this.#memory.writeU32(target, pte);
      else if (!isLeaf(pte)) this.#copy(ppnOf(pte) * PAGE_SIZE, this.#newTable(target), level - 1, engine);
      else if (pte & HELD) {
        engine.holdPages(ppnOf(pte), span(level));
        const shared = shareLeaf(pte);
        if (shared !== pte) this.#memory.writeU32(from + index * 8, shared);
        this.#memory.writeU32(target, shared);
      }
    }
  }

  /**
   * The pages of the guest's memory that were stored to since the last call, or given since, or `all` to begin with. From now on stores
   * are noticed, by the copy that a write to a shared page asks for. Resolves when no hart can store unnoticed any more.
   * @throws HypercraftError `NPT_DISPOSED`
   */
  async takeWritten({ all = false } = {}): Promise<PageRun[]> {
    this.#demandThere();
    const runs = [...takeWritten(this.#shape, all)];
    this.#shootDown();
    await this.settled();
    return runs;
  }

  /**
   * Resolves when no hart can use a mapping any more that was removed or weakened before this call: then the host pages
   * it led to may be given to someone else. At once, unless harts run in other threads.
   */
  async settled(): Promise<void> {
    await this.#caches.settled();
  }

  /** All leaves by rising guest physical address. */
  *mappings(): Generator<Mapping> {
    this.#demandThere();
    yield* leavesIn(this.#shape);
  }

  /** Frees the tables and the guest's own memory; what else they mapped stays allocated. No vCPU may run under the table any more. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#freeTables(this.#root, this.#levels - 1);
    this.#host.deallocPages(BigInt(this.#root), ROOT_PAGES);
  }

  get #limit(): bigint {
    return 1n << BigInt(12 + 9 * this.#levels + 2);
  }

  #demandThere(): void {
    if (this.#disposed) throw new HypercraftError('NPT_DISPOSED', 'this nested page table has been disposed of');
  }

  #range(gpa: GuestPhysAddr, size: number): { first: number; count: number } {
    this.#demandThere();
    if (gpa % BigInt(PAGE_SIZE) !== 0n || !Number.isInteger(size / PAGE_SIZE) || size <= 0) {
      throw new HypercraftError('NPT_MISALIGNED', `0x${gpa.toString(16)} + ${size} is not a range of whole pages`);
    }
    if (gpa < 0n || gpa + BigInt(size) > this.#limit) {
      throw new HypercraftError('NPT_RANGE', `0x${gpa.toString(16)} + ${size} does not fit in ${this.mode}`);
    }
    return { first: Number(gpa >> 12n), count: size / PAGE_SIZE };
  }

  /** Writes the largest leaf that fits at `page`, making tables on the way; returns the pages it covers. */
  #mapLeaf(
    page: number,
    count: number,
    { target, step, bits }: { readonly target: number; readonly step: number; readonly bits: number },
  ): number {
    let table = this.#root;
    for (let level = this.#levels - 1; ; level--) {
      const entry = entryAddress(this.#shape, table, level, page);
      const pte = this.#memory.readU32(entry);
      const size = span(level);
      const aligned = page % size === 0 && (step === 0 || target % size === 0);
      // A table that is there holds other mappings, or pruning would have removed it.
      if (level <= 2 && (pte & V) === 0 && count >= size && aligned) {
        this.#memory.writeU32(entry, makePte(target, bits));
        return size;
      }
      table = (pte & V) === 0 ? this.#newTable(entry) : ppnOf(pte) * PAGE_SIZE;
    }
  }

  #newTable(entry: number): number {
    const table = Number(this.#host.allocPages(1));
    this.#tablePages++;
    this.#memory.writeU32(entry, makePte(table / PAGE_SIZE, V));
    return table;
  }

  /** Applies `edit` to every leaf of a mapped range, 0 unmaps; `done` hears of each leaf that was there, once. */
  #change(
    first: number,
    count: number,
    edit: (pte: number) => number,
    done: (pte: number, level: number) => void = () => {},
  ): void {
    this.#splitAt(first);
    this.#splitAt(first + count);
    for (let page = first; page < first + count; ) {
      const { entry, pte, level } = findEntry(this.#shape, page)!;
      // A hart that gives or copies the page meanwhile has changed the entry.
      if (!this.#memory.replaceU32(entry, pte, edit(pte))) continue;
      done(pte, level);
      page += span(level);
    }
  }

  /** Makes `page` the beginning of a leaf, if it is inside one. */
  #splitAt(page: number): void {
    for (let found = findEntry(this.#shape, page); found !== undefined; found = findEntry(this.#shape, page)) {
      if (page % span(found.level) === 0) return;
      this.#split(found.entry, found.pte, found.level);
    }
  }

  /** Replaces a large leaf by a table of leaves one level down; complete before it becomes visible. */
  #split(entry: number, pte: number, level: number): void {
    const table = Number(this.#host.allocPages(1));
    this.#tablePages++;
    for (let index = 0; index < ENTRIES; index++) {
      this.#memory.writeU32(table + index * 8, fragment(pte, level, index));
    }
    if (!this.#memory.replaceU32(entry, pte, makePte(table / PAGE_SIZE, V))) this.#freeTable(table);
  }

  /** Frees tables that a removal left empty; returns whether `table` itself is empty now. */
  #prune(table: number, level: number, base: number, first: number, count: number): boolean {
    const entries = level === this.#levels - 1 ? ENTRIES * 4 : ENTRIES;
    const size = span(level);
    const from = Math.max(0, Math.floor((first - base) / size));
    const to = Math.min(entries - 1, Math.floor((first + count - 1 - base) / size));
    for (let index = from; level > 0 && index <= to; index++) {
      const entry = table + index * 8;
      const pte = this.#memory.readU32(entry);
      if ((pte & V) === 0 || isLeaf(pte)) continue;
      const child = ppnOf(pte) * PAGE_SIZE;
      if (!this.#prune(child, level - 1, base + index * size, first, count)) continue;
      this.#memory.writeU32(entry, 0);
      this.#unlinked.push(child);
    }
    if (level === this.#levels - 1) return false;
    for (let index = 0; index < entries; index++) {
      if (this.#memory.readU32(table + index * 8) !== 0) return false;
    }
    return true;
  }

  #freeTables(table: number, level: number): void {
    const entries = level === this.#levels - 1 ? ENTRIES * 4 : ENTRIES;
    for (let index = 0; index < entries; index++) {
      const pte = this.#memory.readU32(table + index * 8);
      if ((pte & V) === 0) continue;
      const child = ppnOf(pte) * PAGE_SIZE;
      if (isLeaf(pte)) {
        if (pte & HELD) this.#host.deallocPages(BigInt(child), span(level));
        continue;
      }
      this.#freeTables(child, level - 1);
      this.#freeTable(child);
    }
  }

  #freeTable(table: number): void {
    this.#host.deallocPages(BigInt(table), 1);
    this.#tablePages--;
  }

  #demandUnmapped(first: number, count: number): void {
    for (let page = first; page < first + count; ) {
      const hole = holeIn(this.#shape, page);
      if (hole === 0) {
        throw new HypercraftError('NPT_ALREADY_MAPPED', `0x${(page * PAGE_SIZE).toString(16)} is mapped`);
      }
      page += hole;
    }
  }

  #demandMapped(first: number, count: number): void {
    for (let page = first; page < first + count; ) {
      const found = findEntry(this.#shape, page);
      if (found === undefined) {
        throw new HypercraftError('NPT_NOT_MAPPED', `0x${(page * PAGE_SIZE).toString(16)} is not mapped`);
      }
      page += span(found.level) - (page % span(found.level));
    }
  }

  /** Cached translations of removed or weakened mappings must not be used again, nor unlinked tables walked. */
  #shootDown(): void {
    const unlinked = this.#unlinked;
    const returned = this.#returned;
    this.#unlinked = [];
    this.#returned = [];
    this.#caches.shootDown(() => {
      for (const table of unlinked) this.#freeTable(table);
      for (const { page, count } of returned) this.#host.deallocPages(BigInt(page * PAGE_SIZE), count);
    });
  }
}
