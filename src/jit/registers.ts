// Guest registers in locals: which locals hold their registers' values where code is being written, and which of them memory does not have yet.
//
// Two files of up to 32 bits of state each. An integer register has a local of type i64 and, if word operations write it, one of type i32: a
// word result is sign-extended only where all 64 bits are wanted, which is seldom before it is overwritten.

import * as L from '../engine/hart/layout.js';
import { gprNames } from '../isa/registers.js';
import { X } from './locals.js';
import * as W from './wasm.js';
import { Writer } from './writer.js';

/** What is known of the registers at a place in the code, as bit sets. */
export interface Known {
  /** The i64 or i32 local holds the value. */
  valid: number;
  /** Memory does not have the value yet. */
  dirty: number;
  /** Only the i32 local holds the value, which is its sign extension. */
  narrow: number;
  /** The i32 local holds the low half. */
  half: number;
  /** The value is the sign extension of its low half. */
  signed: number;
  floatValid: number;
  floatDirty: number;
  /** The f32 local holds the single that is in the floating-point register. */
  single: number;
  /** Only the f32 local holds it. */
  unboxed: number;
}

/** Nothing is in locals. */
export const NOTHING: Known = {
  valid: 0,
  dirty: 0,
  narrow: 0,
  half: 0,
  signed: 0,
  floatValid: 0,
  floatDirty: 0,
  single: 0,
  unboxed: 0,
};

/** Writes code on guest registers. */
export class RegisterWriter extends Writer {
  protected known: Known = { ...NOTHING };
  /** The local of each integer register in use, and of its low half, 0 for none. */
  protected readonly local = new Int32Array(32);
  protected readonly halfLocal = new Int32Array(32);
  /** The local of each floating-point register in use. */
  protected readonly float = new Int32Array(32);
  /** The local of type f32 of each, in a region that computes with singles. */
  protected readonly singleLocal = new Int32Array(32);

  /** Names for the locals of registers: a0, for its low half a0.w, f0. */
  registerNames(): Map<number, string> {
    const names = new Map<number, string>();
    gprNames.forEach((name, r) => {
      if (this.local[r] !== 0) names.set(this.local[r]!, name);
      if (this.halfLocal[r] !== 0) names.set(this.halfLocal[r]!, `${name}.w`);
      if (this.float[r] !== 0) names.set(this.float[r]!, `f${r}`);
      if (this.singleLocal[r] !== 0) names.set(this.singleLocal[r]!, `f${r}.s`);
    });
    return names;
  }

  /** Pushes a guest register. */
  reg(r: number): void {
    this.peek(r);
    // What an arm does the code behind it does not know.
    if (r === 0 || this.arms > 0) return;
    const { known } = this;
    const bit = 1 << r;
    if ((known.valid & bit) === 0) {
      this.tee(this.local[r]!);
      known.valid |= bit;
      known.signed &= ~bit;
    } else if ((known.narrow & bit) !== 0) {
      this.tee(this.local[r]!);
      known.narrow &= ~bit;
      known.signed |= bit;
    }
  }

  /** The same, as an arm does: what is known stays as it is. */
  peek(r: number): void {
    const bit = 1 << r;
    if (r === 0) this.i64(0);
    else if ((this.known.valid & bit) === 0) {
      this.get(X);
      this.memory(W.I64_LOAD, L.X + r * 8);
    } else if ((this.known.narrow & bit) === 0) this.get(this.local[r]!);
    else {
      this.get(this.halfLocal[r]!);
      this.op(W.I64_EXTEND_I32_S);
    }
  }

  /** Pushes the low half of a guest register. */
  regW(r: number): void {
    if (r !== 0 && (this.known.half & (1 << r)) !== 0) {
      this.get(this.halfLocal[r]!);
      return;
    }
    if (r === 0) {
      this.i32(0);
      return;
    }
    this.reg(r);
    this.op(W.I32_WRAP_I64);
  }

  /** Is the value the sign extension of its low half, so that the half says all? */
  isSigned(r: number): boolean {
    return r === 0 || ((this.known.signed | this.known.narrow) & (1 << r)) !== 0;
  }

  /** Is it in its i32 local? */
  hasHalf(r: number): boolean {
    return r !== 0 && (this.known.half & (1 << r)) !== 0;
  }

  /** Has the register an i32 local? */
  mayNarrow(r: number): boolean {
    return r > 0 && r < 32 && this.halfLocal[r] !== 0;
  }

  /** Pops an i64 into a guest register. */
  setReg(r: number, signed = false): void {
    if (r === 0 || r === L.X_SINK) {
      this.op(W.DROP);
      return;
    }
    this.set(this.local[r]!);
    const bit = 1 << r;
    const { known } = this;
    known.valid |= bit;
    known.dirty |= bit;
    known.narrow &= ~bit;
    known.half &= ~bit;
    known.signed = signed ? known.signed | bit : known.signed & ~bit;
    this.overwritten(r);
  }

  /** Pops an i32, whose sign extension becomes the register's value. */
  setRegW(r: number): void {
    if (!this.mayNarrow(r)) {
      this.op(W.I64_EXTEND_I32_S);
      this.setReg(r, true);
      return;
    }
    this.set(this.halfLocal[r]!);
    const bit = 1 << r;
    const { known } = this;
    known.valid |= bit;
    known.dirty |= bit;
    known.narrow |= bit;
    known.half |= bit;
    known.signed &= ~bit;
    this.overwritten(r);
  }

  /** Pushes a floating-point register. */
  f(r: number): void {
    const { known } = this;
    const bit = 1 << r;
    if ((known.floatValid & bit) === 0) {
      this.get(X);
      this.memory(W.F64_LOAD, L.F + r * 8);
      if (this.arms > 0) return;
      this.tee(this.float[r]!);
      known.floatValid |= bit;
      return;
    }
    if ((known.unboxed & bit) === 0) {
      this.get(this.float[r]!);
      return;
    }
    this.#box(r);
    if (this.arms > 0) return;
    this.tee(this.float[r]!);
    known.unboxed &= ~bit;
  }

  /** Pops into a floating-point register. */
  setF(r: number): void {
    this.set(this.float[r]!);
    const { known } = this;
    const bit = 1 << r;
    known.floatValid |= bit;
    known.floatDirty |= bit;
    known.single &= ~bit;
    known.unboxed &= ~bit;
    this.floatOverwritten(r);
  }

  /** May the single in a floating-point register be in a local of its own? */
  maySingle(r: number): boolean {
    return this.singleLocal[r] !== 0;
  }

  /** Is it? */
  isSingle(r: number): boolean {
    return (this.known.single & (1 << r)) !== 0;
  }

  /** Pushes the single in a floating-point register, which is in its local. */
  single(r: number): void {
    this.get(this.singleLocal[r]!);
  }

  /** Takes what is on the stack for the single that a floating-point register holds, where it may. */
  keepSingle(r: number): void {
    this.set(this.singleLocal[r]!);
    this.known.single |= 1 << r;
  }

  /** Pops a single into a floating-point register. */
  setSingle(r: number): void {
    this.set(this.singleLocal[r]!);
    const { known } = this;
    const bit = 1 << r;
    known.floatValid |= bit;
    known.floatDirty |= bit;
    known.single |= bit;
    known.unboxed |= bit;
    this.floatOverwritten(r);
  }

  /** Pushes a register whose single is in its own local: all ones above it (Unprivileged ISA, "NaN Boxing of Narrower Values"). */
  #box(r: number): void {
    this.get(this.singleLocal[r]!);
    this.op(W.I32_REINTERPRET_F32);
    this.op(W.I64_EXTEND_I32_U);
    this.i64Big(0xffff_ffff_0000_0000n);
    this.op(W.I64_OR);
    this.op(W.F64_REINTERPRET_I64);
  }

  /** Told of every register that has got another value. */
  protected overwritten(_r: number): void {}
  protected floatOverwritten(_r: number): void {}

  /** Loads registers from memory. */
  protected load(registers: number, floats: number): void {
    for (let r = 1; r < 32; r++) {
      if ((registers & (1 << r)) === 0) continue;
      this.get(X);
      this.memory(W.I64_LOAD, L.X + r * 8);
      this.set(this.local[r]!);
    }
    for (let r = 0; r < 32; r++) {
      if ((floats & (1 << r)) === 0) continue;
      this.get(X);
      this.memory(W.F64_LOAD, L.F + r * 8);
      this.set(this.float[r]!);
    }
  }

  /** Stores these of the registers that memory does not have yet. What is known stays as it is: this may be an arm. */
  protected writeBack(registers = -1, floats = -1): void {
    const { dirty, floatDirty, narrow, unboxed } = this.known;
    for (let rest = dirty & registers, r = 0; rest !== 0; r++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      this.get(X);
      if ((narrow & (1 << r)) !== 0) {
        this.get(this.halfLocal[r]!);
        this.op(W.I64_EXTEND_I32_S);
      } else this.get(this.local[r]!);
      this.memory(W.I64_STORE, L.X + r * 8);
    }
    for (let rest = floatDirty & floats, r = 0; rest !== 0; r++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      this.get(X);
      if ((unboxed & (1 << r)) === 0) {
        this.get(this.float[r]!);
        this.memory(W.F64_STORE, L.F + r * 8);
        continue;
      }
      this.get(this.singleLocal[r]!);
      this.memory(W.F32_STORE, L.F + r * 8);
      this.get(X);
      this.i32(-1);
      this.memory(W.I32_STORE, L.F + r * 8 + 4);
    }
  }

  /** Has the low halves of these registers in their i32 locals. What is known stays as it is: this may be an arm. */
  protected haveHalves(registers: number): void {
    for (let rest = registers & ~this.known.half, r = 0; rest !== 0; r++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      if ((this.known.valid & (1 << r)) !== 0) {
        this.get(this.local[r]!);
        this.op(W.I32_WRAP_I64);
      } else {
        this.get(X);
        this.memory(W.I32_LOAD, L.X + r * 8);
      }
      this.set(this.halfLocal[r]!);
    }
  }

  /** Has all 64 bits of these registers in their locals. What is known stays as it is: this may be an arm. */
  protected have(registers: number, floats: number): void {
    for (let rest = this.known.narrow & registers, r = 0; rest !== 0; r++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      this.get(this.halfLocal[r]!);
      this.op(W.I64_EXTEND_I32_S);
      this.set(this.local[r]!);
    }
    for (let rest = this.known.unboxed & floats, r = 0; rest !== 0; r++, rest >>>= 1) {
      if ((rest & 1) === 0) continue;
      this.#box(r);
      this.set(this.float[r]!);
    }
    this.load(registers & ~this.known.valid, floats & ~this.known.floatValid);
  }
}
