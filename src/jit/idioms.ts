// Pairs of instructions by which compilers write what the base ISA lacks, as the one operation that is meant: zero extension, rotation.
//
// The first of a pair still does its own work, except where the second overwrites it at once. Looked for within a block.

import * as S from '../engine/generated/slots.js';
import type { Code } from './code.js';
import { plain } from './endings.js';
import * as W from './wasm.js';

/** What a register was last written by in this block. */
const OTHER = 0;
const LEFT = 1; // SLLI
const RIGHT = 2; // SRLI
const LEFT_W = 3; // SLLIW
const RIGHT_W = 4; // SRLIW
const UNSHIFTED = 5; // SLLI by 32 that has not been written: the register still holds what is to be shifted

export class Idioms {
  readonly #kind = new Uint8Array(33);
  readonly #amount = new Uint8Array(33);
  readonly #source = new Uint8Array(33);
  /** Which of the source's values was shifted. */
  readonly #sourceVersion = new Int32Array(33);
  readonly #version = new Int32Array(33);

  beginBlock(): void {
    this.#kind.fill(OTHER);
  }

  /** Notes what an instruction that writes register `a` has left there. */
  note(op: number, a: number, b: number, imm: number): void {
    const version = this.#version[b]!;
    this.#version[a]!++;
    const p = plain(op);
    this.#kind[a] =
      p === S.S_SLLI ? LEFT : p === S.S_SRLI ? RIGHT : p === S.S_SLLIW ? LEFT_W : p === S.S_SRLIW ? RIGHT_W : OTHER;
    this.#amount[a] = imm;
    this.#source[a] = b;
    this.#sourceVersion[a] = version;
  }

  /** May SLLI rd, rd, 32 be left out, for the next instruction is SRLI rd, rd? */
  leaveOut(op: number, a: number, b: number, imm: number, nextOp: number, nextA: number, nextB: number): boolean {
    if (plain(op) !== S.S_SLLI || imm !== 32 || a !== b || a === 0) return false;
    if (plain(nextOp) !== S.S_SRLI || nextA !== a || nextB !== a) return false;
    this.#kind[a] = UNSHIFTED;
    return true;
  }

  /** Writes the second instruction of a pair; false if it is none. */
  emit(c: Code, op: number, a: number, b: number, imm: number): boolean {
    const p = plain(op);
    if (p === S.S_SRLI) return this.#zeroExtended(c, a, b, imm);
    if (p === S.S_OR) return this.#rotated(c, a, b, imm) || this.#rotated(c, a, imm, b);
    return false;
  }

  // slli t, x, 32; srli d, t, k: x zero-extended from 32 bits, times 2^(32 - k).
  #zeroExtended(c: Code, a: number, t: number, k: number): boolean {
    const unshifted = this.#kind[t] === UNSHIFTED;
    if (!unshifted && !(this.#kind[t] === LEFT && this.#amount[t] === 32 && this.#intact(t))) return false;
    c.regW(unshifted ? t : this.#source[t]!);
    c.op(W.I64_EXTEND_I32_U);
    if (k !== 32) {
      c.i64(Math.abs(k - 32));
      c.op(k < 32 ? W.I64_SHL : W.I64_SHR_U);
    }
    c.setReg(a);
    return true;
  }

  // srli(w) t, x, n; slli(w) u, x, size - n; or d, t, u.
  #rotated(c: Code, a: number, t: number, u: number): boolean {
    const word = this.#kind[t] === RIGHT_W && this.#kind[u] === LEFT_W;
    if (!word && !(this.#kind[t] === RIGHT && this.#kind[u] === LEFT)) return false;
    const amount = this.#amount[t]!;
    if (amount + this.#amount[u]! !== (word ? 32 : 64) || this.#source[t] !== this.#source[u]) return false;
    if (!this.#intact(t) || !this.#intact(u)) return false;
    if (word) {
      c.regW(this.#source[t]!);
      c.i32(amount);
      c.op(W.I32_ROTR);
      c.setRegW(a);
      return true;
    }
    c.reg(this.#source[t]!);
    c.i64(amount);
    c.op(W.I64_ROTR);
    c.setReg(a);
    return true;
  }

  /** Does the source of a shift still hold what was shifted? */
  #intact(t: number): boolean {
    return this.#sourceVersion[t] === this.#version[this.#source[t]!];
  }
}
