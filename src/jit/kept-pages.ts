// Which registers of a region have the page they last reached kept, loads and stores apart, in memory beside the vCPU's registers: those that walk through memory in a loop.
// What jumps about is on another page each time, and what runs once gains nothing.
//
// All regions have the same places for them, those of loads apart from those of stores, and what is in one is true whichever region has put it there: the
// engine empties them each time it enters translated code.

import * as L from '../engine/hart/layout.js';
import type { Kept } from './code.js';
import type { Effects } from './effects.js';
import { Walks } from './walks.js';

/** Loops looked at in a region. */
const MOST_LOOPS = 24;

export class KeptPages {
  /** Per loop, accesses by register: loads, then stores. */
  readonly #accesses = new Uint16Array(64 * MOST_LOOPS);
  /** Is there one among them that looks something up in a table? */
  readonly #tables = new Uint8Array(64 * MOST_LOOPS);
  readonly #kept: (Kept | undefined)[] = new Array(64 * MOST_LOOPS).fill(undefined);
  readonly #heads: number[] = [];
  readonly #walks = new Walks();
  #looping = false;
  /** The pages that are kept. */
  readonly all: Kept[] = [];
  /** Those of them that are in locals. */
  locals = 0;

  clear(): void {
    const loops = this.#heads.length;
    this.#accesses.fill(0, 0, 64 * loops);
    this.#tables.fill(0, 0, 64 * loops);
    this.#kept.fill(undefined, 0, 64 * loops);
    this.#heads.length = 0;
    this.#walks.clear();
    this.all.length = 0;
  }

  /** Begins a block of the loop with this head, -1 for none. */
  begin(head: number): void {
    let loop = this.#heads.indexOf(head);
    if (loop < 0 && head >= 0 && this.#heads.length < MOST_LOOPS) loop = this.#heads.push(head) - 1;
    this.#looping = loop >= 0;
    if (this.#looping) this.#walks.begin(loop);
  }

  /** Notes an instruction of that block, and what it reads and writes. */
  note(offset: number, op: number, b: number, imm: number, effects: Effects): void {
    if (this.#looping) this.#walks.note(offset, op, b, imm, effects);
  }

  /**
   * Gives room to what is accessed most.
   * @param inLocals has a loop locals to spare for so many pages? They are numbered from `first` on, addresses before addends.
   * @param otherwise is the access at an offset of the page found otherwise?
   */
  place(inLocals: (head: number, pages: number) => boolean, first: number, otherwise: (at: number) => boolean): void {
    const { all } = this;
    const chosen: number[] = [];
    this.#walks.solve(this.#heads.length, (offset, loop, base, stores, table) => {
      if (otherwise(offset)) return;
      const at = 64 * loop + (stores ? 32 : 0) + base;
      this.#accesses[at]!++;
      if (table) this.#tables[at] = 1;
    });
    for (let i = 0; i < 64 * this.#heads.length; i++) if (this.#accesses[i]! > 0) chosen.push(i);
    chosen.sort((p, q) => this.#accesses[q]! - this.#accesses[p]! || p - q);
    const most = chosen.slice(0, L.KEPT_PAGE_COUNT);
    const local = most.filter((i) => {
      const loop = i >> 6;
      return inLocals(this.#heads[loop]!, most.filter((each) => each >> 6 === loop).length);
    });
    this.locals = local.length;
    let [loads, stores] = [0, L.KEPT_PAGE_COUNT];
    for (const i of most) {
      const at = local.indexOf(i);
      const offset = L.KEPT_PAGES + L.KEPT_PAGE_BYTES * ((i & 32) === 0 ? loads++ : --stores);
      const kept = {
        page: offset,
        addend: offset + 8,
        table: this.#tables[i] === 1,
        locals: at < 0 ? undefined : { page: first + at, addend: first + local.length + at },
      };
      this.#kept[i] = kept;
      all.push(kept);
    }
  }

  /** Those that the loop with this head has in locals. */
  inLocals(head: number): readonly (Kept & { locals: { page: number; addend: number } })[] {
    const loop = this.#heads.indexOf(head);
    const found = [];
    for (let i = 64 * loop; loop >= 0 && i < 64 * loop + 64; i++) {
      const kept = this.#kept[i];
      if (kept?.locals !== undefined) found.push({ ...kept, locals: kept.locals });
    }
    return found;
  }

  /** Where the access at an offset of the page, through this register, has its page kept; undefined if it has not. */
  of(head: number, offset: number, r: number, stores: boolean): Kept | undefined {
    const loop = this.#heads.indexOf(head);
    return loop < 0 || !this.#walks.at(offset) ? undefined : this.#kept[64 * loop + r + (stores ? 32 : 0)];
  }

  /** Does the access at an offset of the page look something up in a table? */
  inTable(offset: number): boolean {
    return this.#walks.inTable(offset);
  }
}
