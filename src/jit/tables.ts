// Tables: bytes beside a register that code leaves alone, or beside its own page, of which it looks something up by few bits.
//
// The TLB is looked at once for all of them, where the loop begins, if it does not change the register and calls nobody, or else where the block begins. What
// is added to their addresses stays in a local, 0 if it is not known; then each access looks for itself. A table of more than a few bytes may lie on two pages, and
// has two.
//
// What a loop that a jump through a table leads to would have in locals nothing could load: it has none.

import { ENDS_OUT, MAX_BLOCKS } from './endings.js';
import { accessOf } from './operands.js';
import { NO_BASE, PAGE_BASE, Ranges } from './ranges.js';
import type { Region } from './region.js';

/** Bytes that are taken to lie in one page: the more, the likelier a page ends in them. And of a table that may lie on two pages. */
const MOST_BESIDE = 256;
const MOST_BYTES = 4096;
/** So much further a field of what a table has may lie than the first one. */
const MOST_FIELDS = 64;
/** Locals in a loop or block at most, and in a region. */
const MOST_AT = 8;
const MOST = 24;
const MOST_ACCESSES = 512;
/** Ways into a loop on which its tables are looked for, each with code of its own. */
const MOST_WAYS = 4;
/** What is further from its base is not looked at. */
const FAR = 2 ** 30;
/** Accesses to a table for which a block that is no loop looks at once; one is enough in a loop. On two pages twice as many, for there are twice as many looks. */
const FEWEST = 2;

/** Bytes beside a register's value, or beside the page's address for PAGE_BASE. */
export interface Table {
  readonly base: number;
  readonly stores: boolean;
  /** Offsets: of the first byte, and behind the last one. */
  readonly from: number;
  readonly to: number;
  /**
   * 0 if its bytes are to lie in one page; else they may lie on two, all of them that one access is of on one, for each begins at a multiple of its size if the first
   * byte's address is a multiple of this.
   */
  readonly align: number;
  /** The local, counted from the first one of these; where there may be two pages the one for even pages, before that for odd ones. */
  readonly local: number;
}

/** Accesses that lie close together, before it is known which are worth a local. */
interface Span {
  readonly base: number;
  readonly stores: number;
  readonly from: number;
  to: number;
  readonly accesses: number[];
}

const NONE: readonly Table[] = [];

export class Tables {
  readonly #ranges = new Ranges();
  /** Of the accesses noted: the block, the offset in the page, what it may reach. */
  readonly #block = new Int32Array(MOST_ACCESSES);
  readonly #offset = new Int32Array(MOST_ACCESSES);
  readonly #base = new Uint8Array(MOST_ACCESSES);
  readonly #stores = new Uint8Array(MOST_ACCESSES);
  readonly #from = new Float64Array(MOST_ACCESSES);
  readonly #to = new Float64Array(MOST_ACCESSES);
  readonly #bytes = new Uint8Array(MOST_ACCESSES);
  readonly #step = new Float64Array(MOST_ACCESSES);
  readonly #table: (Table | undefined)[] = new Array(MOST_ACCESSES).fill(undefined);
  #count = 0;
  /** Per block, the first of its accesses; per head of a loop, registers that the loop writes, and whether it may have tables. */
  readonly #first = new Int32Array(MAX_BLOCKS);
  readonly #writes = new Int32Array(MAX_BLOCKS);
  readonly #open = new Uint8Array(MAX_BLOCKS);
  /** Those that a loop has, by its head, and those of a block. */
  readonly #ofLoop = new Map<number, Table[]>();
  readonly #ofBlock = new Map<number, Table[]>();
  /** Per halfword of the page: is there an access that has one? */
  readonly #has = new Uint8Array(2048);
  #at = 0;
  #now = 0;
  /** How many have locals. */
  locals = 0;

  clear(): void {
    for (let i = 0; i < this.#count; i++) {
      this.#has[this.#offset[i]! >> 1] = 0;
      this.#table[i] = undefined;
    }
    this.#count = 0;
    this.#first.fill(-1);
    this.#ofLoop.clear();
    this.#ofBlock.clear();
    this.locals = 0;
  }

  /** Begins a block. */
  begin(b: number): void {
    this.#now = b;
    this.#first[b] = this.#count;
    this.#ranges.begin();
  }

  /**
   * Notes an instruction of that block.
   * @param writes the registers it writes, a bit each
   */
  note(offset: number, op: number, b: number, imm: number, writes: number): void {
    const access = accessOf(op);
    if (access !== 0) this.#access(offset, b, imm, access);
    if (writes !== 0) this.#ranges.note(offset, op, b, imm, 31 - Math.clz32(writes));
  }

  /** Notes an access to one of some bytes beside what a register held where the block began. */
  #access(offset: number, b: number, imm: number, access: number): void {
    const { base: bases, low, high, step } = this.#ranges;
    const base = bases[b]!;
    if (base === NO_BASE || low[b] === high[b] || this.#count === MOST_ACCESSES) return;
    const from = low[b]! + imm;
    const to = high[b]! + imm + (access & 15);
    if (to - from > MOST_BYTES || Math.abs(from) > FAR) return;
    const i = this.#count++;
    this.#block[i] = this.#now;
    this.#offset[i] = offset;
    this.#base[i] = base;
    this.#stores[i] = access >> 4;
    this.#from[i] = from;
    this.#to[i] = to;
    this.#bytes[i] = access & 15;
    this.#step[i] = step[b]!;
  }

  /** Decides which have locals. `writes` are the registers that each block writes. */
  choose(region: Region, writes: Int32Array): void {
    if (this.#count === 0) return;
    this.#survey(region, writes);
    const loops = new Map<number, number[]>();
    const blocks = new Map<number, number[]>();
    for (let i = 0; i < this.#count; i++) {
      const b = this.#block[i]!;
      const head = this.#outermost(region, region.loop[b]!, this.#base[i]!);
      if (head >= 0) add(loops, head, i);
      else add(blocks, b, i);
    }
    for (const [head, accesses] of loops) this.#place(this.#ofLoop, head, accesses, true);
    for (const [b, accesses] of blocks) this.#place(this.#ofBlock, b, accesses, false);
  }

  /** The outermost of these loops that may have a table beside a base, which it leaves alone; -1 if there is none. */
  #outermost(region: Region, innermost: number, base: number): number {
    let found = -1;
    for (let head = innermost; head >= 0; head = region.around(head)) {
      if (base !== PAGE_BASE && (this.#writes[head]! & (1 << base)) !== 0) break;
      if (this.#open[head] === 1) found = head;
    }
    return found;
  }

  #survey(region: Region, writes: Int32Array): void {
    this.#writes.fill(0);
    this.#open.fill(1);
    for (const head of region.cases) if (head >= 0) this.#open[head] = 0;
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      for (let head = region.loop[b]!; head >= 0; head = region.around(head)) {
        this.#writes[head]! |= writes[b]!;
        if (region.joins[head]! > MOST_WAYS) this.#open[head] = 0;
        if (region.ending[b] === ENDS_OUT) this.#open[head] = 0;
      }
    }
  }

  // Those with most accesses get locals.
  #place(where: Map<number, Table[]>, key: number, accesses: readonly number[], loops: boolean): void {
    const tables: Table[] = [];
    const most = Math.min(MOST, this.locals + MOST_AT);
    for (const { base, stores, from, to, accesses: members } of this.#spans(accesses)) {
      const align = to - from > MOST_BESIDE ? this.#align(from, members) : 0;
      const fewest = (loops ? 1 : FEWEST) * (align > 0 ? 2 : 1);
      const locals = align > 0 ? 2 : 1;
      if (align < 0 || members.length < fewest || this.locals + locals > most) continue;
      const table = { base, stores: stores === 1, from, to, align, local: this.locals };
      this.locals += locals;
      tables.push(table);
      for (const i of members) {
        this.#table[i] = table;
        this.#has[this.#offset[i]! >> 1] = 1;
      }
    }
    if (tables.length > 0) where.set(key, tables);
  }

  /** What lies close together, by how many accesses there are. */
  #spans(accesses: readonly number[]): Span[] {
    const spans: Span[] = [];
    const sorted = [...accesses].sort((p, q) => this.#from[p]! - this.#from[q]! || this.#to[q]! - this.#to[p]!);
    for (const i of sorted) {
      const [base, stores, from, to] = [this.#base[i]!, this.#stores[i]!, this.#from[i]!, this.#to[i]!];
      const span = spans.find((each) => {
        if (each.base !== base || each.stores !== stores) return false;
        return (
          Math.max(each.to, to) - each.from <=
          Math.min(MOST_BYTES, Math.max(MOST_BESIDE, each.to - each.from + MOST_FIELDS))
        );
      });
      if (span === undefined) spans.push({ base, stores, from, to, accesses: [i] });
      else {
        span.to = Math.max(span.to, to);
        span.accesses.push(i);
      }
    }
    return spans.sort((p, q) => q.accesses.length - p.accesses.length);
  }

  /** What the first address must be a multiple of for all of these to be at multiples of their sizes; -1 if that does not follow. */
  #align(from: number, accesses: readonly number[]): number {
    let align = 1;
    for (const i of accesses) {
      const bytes = this.#bytes[i]!;
      if (this.#step[i]! < bytes || (this.#from[i]! - from) % bytes !== 0) return -1;
      align = Math.max(align, bytes);
    }
    return align;
  }

  /** Those of the loop with this head. */
  ofLoop(head: number): readonly Table[] {
    return this.#ofLoop.get(head) ?? NONE;
  }

  /** Begins to write a block; those it looks for where it begins. */
  enter(b: number): readonly Table[] {
    this.#now = b;
    this.#at = this.#first[b]!;
    return this.#ofBlock.get(b) ?? NONE;
  }

  /** What the access at an offset of the page, in the block that is being written, belongs to. */
  of(offset: number): Table | undefined {
    if (this.#at < 0) return undefined;
    while (this.#at < this.#count && this.#block[this.#at] === this.#now && this.#offset[this.#at]! < offset)
      this.#at++;
    const at = this.#at;
    return at < this.#count && this.#block[at] === this.#now && this.#offset[at] === offset
      ? this.#table[at]
      : undefined;
  }

  /** Has an access at an offset of the page one? */
  has(offset: number): boolean {
    return this.#has[offset >> 1] === 1;
  }
}

function add(lists: Map<number, number[]>, key: number, i: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [i]);
  else list.push(i);
}
