// Which registers of a region have the page they last reached kept, loads and stores apart, in memory beside the vCPU's registers: those that walk through memory in a loop.
// What follows pointers is on another page each time, and what runs once gains nothing.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Kept } from './code.js';
import { plain } from './endings.js';
import type { Effects } from './flow.js';
import { accessOf } from './operands.js';

/** Most pages kept. */
const MOST = 12;

/** Loops looked at in a region. */
const MOST_LOOPS = 24;

export class KeptPages {
  /** Per loop, accesses by register: loads, then stores. */
  readonly #accesses = new Uint16Array(64 * MOST_LOOPS);
  /** Per loop: registers that pointers are loaded into, and per register those that its value is made of. */
  readonly #follows = new Int32Array(MOST_LOOPS);
  readonly #made = new Int32Array(32 * MOST_LOOPS);
  readonly #kept: (Kept | undefined)[] = new Array(64 * MOST_LOOPS).fill(undefined);
  readonly #heads: number[] = [];
  /** The pages that are kept. */
  readonly all: Kept[] = [];
  /** Those of them that are in locals. */
  locals = 0;

  clear(): void {
    const loops = this.#heads.length;
    this.#accesses.fill(0, 0, 64 * loops);
    this.#follows.fill(0, 0, loops);
    this.#made.fill(0, 0, 32 * loops);
    this.#kept.fill(undefined, 0, 64 * loops);
    this.#heads.length = 0;
    this.all.length = 0;
  }

  /** Notes an instruction of the loop with this head, and what it reads and writes. */
  note(head: number, op: number, b: number, effects: Effects): void {
    let loop = this.#heads.indexOf(head);
    if (loop < 0) {
      if (this.#heads.length === MOST_LOOPS) return;
      loop = this.#heads.push(head) - 1;
    }
    const access = accessOf(op);
    if (access !== 0) this.#accesses[64 * loop + (access > 15 ? 32 : 0) + b]!++;
    if (effects.writes === 0) return;
    const p = plain(op);
    if (p === S.S_LD) this.#follows[loop]! |= effects.writes;
    else if (access === 0) this.#made[32 * loop + 31 - Math.clz32(effects.writes)]! |= effects.reads;
  }

  /**
   * Gives room to what is accessed most.
   * @param inLocals has a loop locals to spare for so many pages? They are numbered from `first` on, addresses before addends.
   */
  place(inLocals: (head: number, pages: number) => boolean, first: number): void {
    const { all } = this;
    const chosen: number[] = [];
    for (let loop = 0; loop < this.#heads.length; loop++) {
      this.#spread(loop);
      for (let i = 0; i < 64; i++) {
        if (this.#accesses[64 * loop + i]! > 0 && (this.#follows[loop]! & (1 << (i & 31))) === 0)
          chosen.push(64 * loop + i);
      }
    }
    chosen.sort((p, q) => this.#accesses[q]! - this.#accesses[p]! || p - q);
    const most = chosen.slice(0, MOST);
    const local = most.filter((i) => {
      const loop = i >> 6;
      return inLocals(this.#heads[loop]!, most.filter((each) => each >> 6 === loop).length);
    });
    this.locals = local.length;
    for (const i of most) {
      const at = local.indexOf(i);
      const offset = L.KEPT_PAGES + 16 * all.length;
      const kept = {
        page: offset,
        addend: offset + 8,
        locals: at < 0 ? undefined : { page: first + at, addend: first + local.length + at },
      };
      this.#kept[i] = kept;
      all.push(kept);
    }
  }

  /** What is computed from a pointer that was loaded in the loop is one as well. */
  #spread(loop: number): void {
    for (let changed = true; changed; ) {
      changed = false;
      for (let r = 1; r < 32; r++) {
        const follows = this.#follows[loop]!;
        if ((follows & (1 << r)) !== 0 || (this.#made[32 * loop + r]! & follows) === 0) continue;
        this.#follows[loop] = follows | (1 << r);
        changed = true;
      }
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

  of(head: number, r: number, stores: boolean): Kept | undefined {
    const loop = this.#heads.indexOf(head);
    return loop < 0 ? undefined : this.#kept[64 * loop + r + (stores ? 32 : 0)];
  }
}
