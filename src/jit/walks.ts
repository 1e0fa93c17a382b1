// Which accesses of a loop walk through memory, and which jump about in it.
//
// An address that is made of pointers or indices from memory, or of products and mixtures of bits as hashes are, is on another page each time; one
// that grows from turn to turn, or whose index has few bits, mostly is not. Found like other data flow: within a block instruction by instruction, and
// around the loop by what its blocks leave in registers. Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., 9.2.

import * as S from '../engine/generated/slots.js';
import type { Effects } from './effects.js';
import { MAX_BLOCKS, plain } from './endings.js';
import { accessOf } from './operands.js';

/** Bits of an index that is still taken for a walk: a table of so many entries lies on one page or two. */
const FEW_BITS = 10;
const MOST_ACCESSES = 512;

export class Walks {
  /** Per block: registers that hold what jumps about at its end, whatever came before, and per register which ones of its beginning it is made of. */
  readonly #wild = new Int32Array(MAX_BLOCKS);
  readonly #made = new Int32Array(32 * MAX_BLOCKS);
  /** Of the blocks and accesses noted: their loop, and of an access where it is in the page, through which register, and what its address is made of. */
  readonly #loopOf = new Int32Array(MAX_BLOCKS);
  readonly #offset = new Int32Array(MOST_ACCESSES);
  readonly #base = new Uint8Array(MOST_ACCESSES);
  readonly #from = new Int32Array(MOST_ACCESSES);
  readonly #accessLoop = new Int32Array(MOST_ACCESSES);
  #count = 0;
  #accesses = 0;
  /** Per halfword of the page: is there an access that walks, and does it by few bits of what jumps about? */
  readonly #walks = new Uint8Array(2048);
  readonly #tables = new Uint8Array(2048);
  /** Per register, in the block that has begun: which registers of its beginning the index of few bits was cut from that it is made of. */
  readonly #cut = new Int32Array(32);
  /** The same of the address of each access. */
  readonly #cutFrom = new Int32Array(MOST_ACCESSES);

  clear(): void {
    for (let i = 0; i < this.#accesses; i++) {
      this.#walks[this.#offset[i]! >> 1] = 0;
      this.#tables[this.#offset[i]! >> 1] = 0;
    }
    this.#count = 0;
    this.#accesses = 0;
  }

  /** Begins a block of a loop. */
  begin(loop: number): void {
    const at = this.#count++;
    this.#loopOf[at] = loop;
    this.#wild[at] = 0;
    this.#cut.fill(0);
    for (let r = 0; r < 32; r++) this.#made[32 * at + r] = 1 << r;
  }

  /** Notes an instruction of the block that has begun. */
  note(offset: number, op: number, b: number, imm: number, effects: Effects): void {
    const at = this.#count - 1;
    const access = accessOf(op);
    const wild = this.#wild[at]!;
    if (access !== 0 && (wild & (1 << b)) === 0 && this.#accesses < MOST_ACCESSES) {
      this.#cutFrom[this.#accesses] = this.#cut[b]!;
      this.#offset[this.#accesses] = offset;
      this.#base[this.#accesses] = access > 15 ? b + 32 : b;
      this.#from[this.#accesses] = this.#made[32 * at + b]!;
      this.#accessLoop[this.#accesses++] = this.#loopOf[at]!;
    }
    const bit = effects.writes;
    if (bit === 0) return;
    const p = plain(op);
    const few = isSmall(p, imm);
    const jumps = !few && (access !== 0 || JUMPS[p] === 1 || (effects.reads & wild) !== 0);
    let made = 0;
    let cut = 0;
    for (let rest = effects.reads; rest !== 0; rest &= rest - 1) {
      const r = 31 - Math.clz32(rest & -rest);
      made |= this.#made[32 * at + r]!;
      cut |= this.#cut[r]!;
    }
    if (few) cut = access !== 0 || (effects.reads & wild) !== 0 ? -1 : made;
    const to = 31 - Math.clz32(bit);
    this.#cut[to] = jumps ? 0 : cut;
    this.#wild[at] = jumps ? wild | bit : wild & ~bit;
    this.#made[32 * at + to] = few || jumps ? 0 : made;
  }

  /** Finds which accesses walk, and tells of each: its offset in the page, its loop and the register it goes through, and whether it looks something up in a table. */
  solve(
    loops: number,
    tell: (offset: number, loop: number, base: number, stores: boolean, table: boolean) => void,
  ): void {
    for (let loop = 0; loop < loops; loop++) {
      const wild = this.#around(loop);
      for (let i = 0; i < this.#accesses; i++) {
        if (this.#accessLoop[i] !== loop || (this.#from[i]! & wild) !== 0) continue;
        const at = this.#offset[i]! >> 1;
        this.#walks[at] = 1;
        const cut = this.#cutFrom[i]!;
        const table = cut === -1 || (cut & wild) !== 0;
        if (table) this.#tables[at] = 1;
        const base = this.#base[i]!;
        tell(this.#offset[i]!, loop, base & 31, base > 31, table);
      }
    }
  }

  /** Registers that may hold what jumps about where a block of the loop begins. */
  #around(loop: number): number {
    let wild = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let at = 0; at < this.#count; at++) {
        if (this.#loopOf[at] !== loop) continue;
        let out = this.#wild[at]!;
        for (let r = 1; r < 32; r++) if ((this.#made[32 * at + r]! & wild) !== 0) out |= 1 << r;
        if ((out & ~wild) === 0) continue;
        wild |= out;
        changed = true;
      }
    }
    return wild;
  }

  /** Does it by few bits of what jumps about: is it a table that is looked up? */
  inTable(offset: number): boolean {
    return this.#tables[offset >> 1] === 1;
  }

  /** Does the access at this offset of the page walk? */
  at(offset: number): boolean {
    return this.#walks[offset >> 1] === 1;
  }
}

/** Has the result few bits, whatever it is made of? */
function isSmall(p: number, imm: number): boolean {
  switch (p) {
    case S.S_LB:
    case S.S_LBU:
    case S.S_SLT:
    case S.S_SLTU:
    case S.S_SLTI:
    case S.S_SLTIU:
      return true;
    case S.S_ANDI:
      return imm >= 0 && imm < 1 << FEW_BITS;
    case S.S_SRLI:
      return imm >= 64 - FEW_BITS;
    case S.S_SRLIW:
      return imm >= 32 - FEW_BITS;
    default:
      return false;
  }
}

/** Operations whose results have little to do with one another from turn to turn. */
const JUMPS = new Uint8Array(S.S_JIT + 1);
for (const op of [S.S_XOR, S.S_MUL, S.S_MULW, S.S_MULHU, S.S_REM, S.S_REMU, S.S_REMW, S.S_REMUW, S.S_ATOMIC, S.S_CSR])
  JUMPS[op] = 1;
