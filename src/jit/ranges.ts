// Where in memory a block's registers may point: each is what a register held where the block began, or the page, or nothing, and beside it a number between
// two bounds. What was cut from a word's bits has few values, what was added to a pointer stays beside it.
//
// Intervals, Cousot, "Abstract Interpretation" (POPL 1977), within one block, where no widening is needed.

import * as S from '../engine/generated/slots.js';
import { plain } from './endings.js';
import { accessOf } from './operands.js';

/** In place of a register: the virtual address of the region's page, and nothing that is known. */
export const PAGE_BASE = 32;
export const NO_BASE = 33;
/** Numbers beyond are not kept. */
const MOST = 2 ** 33;
/** The step of what is one number. */
const ONE = 2 ** 62;

export class Ranges {
  /** Per register: what it is counted from (0 for a number by itself), and the bounds of what is added, both included. */
  readonly base = new Uint8Array(32);
  readonly low = new Float64Array(32);
  readonly high = new Float64Array(32);
  /** What all that may be added to the lower bound is a multiple of, a power of two. */
  readonly step = new Float64Array(32);

  /** Begins a block. */
  begin(): void {
    for (let r = 0; r < 32; r++) {
      this.base[r] = r;
      this.low[r] = 0;
      this.high[r] = 0;
      this.step[r] = ONE;
    }
  }

  /** Follows an instruction at an offset of the page, which writes `to`. */
  note(offset: number, op: number, b: number, imm: number, to: number): void {
    const p = plain(op);
    if (accessOf(op) !== 0) this.#loaded(p, to);
    else if (!this.#moved(p, offset, b, imm, to) && !this.#scaled(p, b, imm, to) && !this.#cut(p, b, imm, to))
      this.#unknown(to);
  }

  #loaded(p: number, to: number): void {
    if (p === S.S_LBU) this.#number(to, 0, 255);
    else if (p === S.S_LB) this.#number(to, -128, 127);
    else if (p === S.S_LHU) this.#number(to, 0, 65535);
    else this.#unknown(to);
  }

  // What has another register's value, or one beside it.
  #moved(p: number, offset: number, b: number, imm: number, to: number): boolean {
    const second = imm & 31;
    switch (p) {
      case S.S_LI:
        this.#number(to, imm, imm, ONE);
        return true;
      case S.S_AUIPC:
        this.#set(to, PAGE_BASE, offset + imm, offset + imm, ONE);
        return true;
      case S.S_MV:
        this.#set(to, this.base[b]!, this.low[b]!, this.high[b]!, this.step[b]!);
        return true;
      case S.S_ADDI:
        this.#set(to, this.base[b]!, this.low[b]! + imm, this.high[b]! + imm, this.step[b]!);
        return true;
      case S.S_ADD:
        this.#sum(to, b, 1, second);
        return true;
      case S.S_SUB:
        if (this.base[second] !== 0) return false;
        this.#less(to, b, second);
        return true;
      default:
        return false;
    }
  }

  // Indices times the size of what they count, beside a base or not.
  #scaled(p: number, b: number, imm: number, to: number): boolean {
    const low = this.low[b]!;
    const high = this.high[b]!;
    if (this.base[b] !== 0) return false;
    const step = this.step[b]!;
    const positive = low >= 0 && high < 2 ** 32;
    switch (p) {
      case S.S_SLLI:
        this.#number(to, low * 2 ** imm, high * 2 ** imm, step * 2 ** imm);
        return true;
      case S.S_SLLIW:
        if (!positive || high * 2 ** imm >= 2 ** 31) return false;
        this.#number(to, low * 2 ** imm, high * 2 ** imm, step * 2 ** imm);
        return true;
      case S.S_SLLI_UW:
        if (!positive) return false;
        this.#number(to, low * 2 ** imm, high * 2 ** imm, step * 2 ** imm);
        return true;
      case S.S_ADDIW:
        if (low + imm < -(2 ** 31) || high + imm >= 2 ** 31) return false;
        this.#number(to, low + imm, high + imm, step);
        return true;
      case S.S_SH1ADD:
      case S.S_SH2ADD:
      case S.S_SH3ADD:
      case S.S_ADD_UW:
      case S.S_SH1ADD_UW:
      case S.S_SH2ADD_UW:
      case S.S_SH3ADD_UW: {
        if (!positive) return false;
        const times = 2 ** (p >= S.S_SH1ADD_UW ? p - S.S_SH1ADD_UW + 1 : p >= S.S_SH1ADD ? p - S.S_SH1ADD + 1 : 0);
        this.#sum(to, b, times, imm & 31);
        return true;
      }
      default:
        return false;
    }
  }

  // Bits that were cut out of something.
  #cut(p: number, b: number, imm: number, to: number): boolean {
    const number = this.base[b] === 0 && this.low[b]! >= 0;
    const high = number ? this.high[b]! : Number.POSITIVE_INFINITY;
    switch (p) {
      case S.S_ANDI:
        if (imm < 0) return false;
        this.#number(to, 0, Math.min(imm, high), imm & -imm || ONE);
        return true;
      case S.S_AND: {
        const second = imm & 31;
        const other = this.base[second] === 0 && this.low[second]! >= 0 ? this.high[second]! : Number.POSITIVE_INFINITY;
        this.#number(to, 0, Math.min(high, other));
        return true;
      }
      case S.S_SRLI:
        this.#number(to, 0, Math.floor(Math.min(high, 2 ** 64 - 1) / 2 ** imm));
        return true;
      case S.S_SRLIW:
        if (imm === 0) return false;
        this.#number(to, 0, Math.floor((high < 2 ** 32 ? high : 2 ** 32 - 1) / 2 ** imm));
        return true;
      case S.S_ZEXT_H:
        this.#number(to, 0, Math.min(high, 65535));
        return true;
      case S.S_BEXT:
      case S.S_BEXTI:
      case S.S_SLT:
      case S.S_SLTU:
      case S.S_SLTI:
      case S.S_SLTIU:
        this.#number(to, 0, 1);
        return true;
      default:
        return false;
    }
  }

  /** One register some times and another. */
  #sum(to: number, b: number, times: number, second: number): void {
    const base = this.base[b]!;
    const other = this.base[second]!;
    const step = Math.min(this.step[b]! * times, this.step[second]!);
    if (base !== 0 && other !== 0) this.#unknown(to);
    else {
      const low = this.low[b]! * times + this.low[second]!;
      this.#set(to, base === 0 ? other : base, low, this.high[b]! * times + this.high[second]!, step);
    }
  }

  #less(to: number, b: number, second: number): void {
    const [low, high] = [this.low[second]!, this.high[second]!];
    this.#set(to, this.base[b]!, this.low[b]! - high, this.high[b]! - low, low === high ? this.step[b]! : 1);
  }

  #number(to: number, low: number, high: number, step = 1): void {
    this.#set(to, 0, low, high, step);
  }

  #set(to: number, base: number, low: number, high: number, step: number): void {
    if (base === NO_BASE || low < -MOST || high > MOST) {
      this.#unknown(to);
      return;
    }
    this.base[to] = base;
    this.low[to] = low;
    this.high[to] = high;
    this.step[to] = low === high ? ONE : step;
  }

  #unknown(to: number): void {
    this.base[to] = NO_BASE;
  }
}
