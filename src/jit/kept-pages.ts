// Which registers of a region have the page they last reached kept in locals, loads and stores apart: those that walk through memory in a loop.
// What follows pointers is on another page each time, and what runs once gains nothing.

import * as S from '../engine/generated/slots.js';
import type { Kept } from './code.js';

/** Most pages kept: beyond, the locals cost more than they save. */
const MOST = 12;

export class KeptPages {
  /** Accesses by register, twice: loads, then stores. */
  readonly #accesses = new Uint16Array(64);
  /** Registers that pointers are loaded into. */
  readonly #follows = new Uint8Array(33);
  readonly #kept: (Kept | undefined)[] = new Array(64).fill(undefined);
  /** The pages that are kept. */
  readonly all: Kept[] = [];

  get any(): boolean {
    for (let i = 0; i < 64; i++) if (this.#wanted(i)) return true;
    return false;
  }

  #wanted(i: number): boolean {
    return this.#accesses[i]! > 0 && this.#follows[i & 31] === 0;
  }

  clear(): void {
    this.#accesses.fill(0);
    this.#follows.fill(0);
    this.#kept.fill(undefined);
    this.all.length = 0;
  }

  /** Notes an instruction in a loop, by the number of its 4-byte form. */
  note(p: number, a: number, b: number): void {
    if ((p >= S.S_LB && p <= S.S_LWU) || p === S.S_FLW || p === S.S_FLD) this.#accesses[b]!++;
    else if ((p >= S.S_SB && p <= S.S_SD) || p === S.S_FSW || p === S.S_FSD) this.#accesses[b + 32]!++;
    if (p === S.S_LD || (p === S.S_MV && this.#follows[b] === 1)) this.#follows[a] = 1;
  }

  /** Gives locals from `first` on to what is accessed most, pages (i64) before addends (i32); says how many of each. */
  place(first: number): number {
    const { all } = this;
    const chosen: number[] = [];
    for (let i = 0; i < 64; i++) if (this.#wanted(i)) chosen.push(i);
    chosen.sort((p, q) => this.#accesses[q]! - this.#accesses[p]! || p - q);
    const count = Math.min(chosen.length, MOST);
    for (let i = 0; i < count; i++) {
      const kept = { page: first + i, addend: first + count + i };
      this.#kept[chosen[i]!] = kept;
      all.push(kept);
    }
    return count;
  }

  of(r: number, stores: boolean): Kept | undefined {
    return this.#kept[r + (stores ? 32 : 0)];
  }
}
