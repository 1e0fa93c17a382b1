// Which registers hold words, that is the sign extensions of their low halves, where blocks begin; and which of them loops carry in i32 locals.
//
// Compilers keep a word sign-extended in its register, and compute with word operations or bitwise ones. What a loop carries as a word need not be
// extended at each turn, nor be cut down again where it is used. Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., 9.2 (data flow).

import * as S from '../engine/generated/slots.js';
import { ENDS_OUT, MAX_BLOCKS, NO_MORE, plain } from './endings.js';
import { readsSecond } from './operands.js';
import { writesWord } from './operations.js';
import type { Region } from './region.js';

export class Signs {
  /** Per block: registers that hold words where it begins, on all ways there. */
  readonly signed = new Int32Array(MAX_BLOCKS);
  /** Per head of an innermost loop: those of them that the loop writes. */
  readonly carried = new Int32Array(MAX_BLOCKS);
  /** Per block: registers that hold words at its end whatever came before, those it does not write, and those it copies from one that it had. */
  readonly #makes = new Int32Array(MAX_BLOCKS);
  readonly #keeps = new Int32Array(MAX_BLOCKS);
  readonly #copies = new Int32Array(MAX_BLOCKS);
  readonly #source = new Uint8Array(32 * MAX_BLOCKS);

  begin(b: number): void {
    this.#makes[b] = 0;
    this.#keeps[b] = -1;
    this.#copies[b] = 0;
  }

  /** Notes an instruction of block `block` that writes register `a`. */
  note(block: number, op: number, a: number, b: number, imm: number): void {
    if (a === 0 || a > 31) return;
    const bit = 1 << a;
    const makes = this.#makes[block]!;
    const copies = this.#copies[block]!;
    const p = plain(op);
    let word = makesWord(p) || (p === S.S_ANDI && imm >= 0);
    if (BITWISE[p] === 1) word ||= isWord(makes, b) && (!readsSecond(p) || isWord(makes, imm & 31));
    let from = 0;
    if (p === S.S_MV) {
      word = isWord(makes, b);
      if ((this.#keeps[block]! & (1 << b)) !== 0) from = b;
      else if ((copies & (1 << b)) !== 0) from = this.#source[32 * block + b]!;
    }
    this.#makes[block] = word ? makes | bit : makes & ~bit;
    this.#copies[block] = !word && from > 0 ? copies | bit : copies & ~bit;
    this.#source[32 * block + a] = from;
    this.#keeps[block]! &= ~bit;
  }

  solve(region: Region): void {
    const { signed, carried } = this;
    signed.fill(-1);
    signed[region.order[0]!] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 0; i < region.blocks; i++) {
        const b = region.order[i]!;
        const out = region.ending[b] === ENDS_OUT ? 0 : this.#after(b);
        for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
          if (!region.stays(b, to) || (signed[to]! & ~out) === 0) continue;
          signed[to]! &= out;
          changed = true;
        }
      }
    }
    carried.fill(0);
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      const head = region.loop[b]!;
      if (head < 0 || region.innermost[head] !== 1 || region.cases.includes(head) || head === region.dispatch) continue;
      carried[head]! |= ~this.#keeps[b]! & signed[head]!;
    }
  }

  #after(b: number): number {
    const before = this.signed[b]!;
    let after = this.#makes[b]! | (before & this.#keeps[b]!);
    for (let rest = this.#copies[b]!; rest !== 0; rest &= rest - 1) {
      const r = 31 - Math.clz32(rest & -rest);
      if ((before & (1 << this.#source[32 * b + r]!)) !== 0) after |= 1 << r;
    }
    return after;
  }
}

const BITWISE = new Uint8Array(S.S_JIT + 1);
for (const op of [S.S_AND, S.S_ANDI, S.S_OR, S.S_ORI, S.S_XOR, S.S_XORI]) BITWISE[op] = 1;

const SHORT = new Uint8Array(S.S_JIT + 1);
for (const op of [S.S_LB, S.S_LBU, S.S_LH, S.S_LHU, S.S_LI, S.S_SLT, S.S_SLTU, S.S_SLTI, S.S_SLTIU]) SHORT[op] = 1;

/** Is the operation's result a word whatever it is made of? */
function makesWord(p: number): boolean {
  return writesWord(p) || SHORT[p] === 1;
}

/** Is a register among those that hold words? */
function isWord(words: number, r: number): boolean {
  return r === 0 || (words & (1 << r)) !== 0;
}
