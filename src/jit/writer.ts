// The pen of the translator: WebAssembly instructions into a buffer, labels by what they stand for.

import * as L from '../engine/hart/layout.js';
import { Bytes } from './bytes.js';
import { FP_NATIVE, FP_NX, FP_READY, X } from './locals.js';
import * as W from './wasm.js';

/** Branch hint: the condition is seldom true. */
export const HINT_UNLIKELY = 0;
/** The label of what nothing branches to, unlike all others. A small integer, for NaN would have the runtime box each label that is looked at. */
export const UNNAMED = -(1 << 30);

/** Writes one function body after another. */
export class Writer {
  readonly out = new Bytes();
  /** Labels in scope, innermost last. */
  protected readonly labels: number[] = [];
  /** How many arms deep the code is that is being written, in the middle of an instruction. */
  protected arms = 0;
  #body = 0;
  /** Branch hints: byte offset in the body, value. */
  #hints = new Uint32Array(256);
  #hinted = 0;
  /** How many labels were in scope within the arm that is seldom run and is being written; 0: none is. */
  #cold = 0;

  /** Begins a body at the end of `out`; hints are relative to it. */
  protected beginBody(): void {
    this.#body = this.out.length;
    this.#hinted = 0;
    this.labels.length = 0;
    this.#cold = 0;
  }

  /** A copy of the hints of the body. */
  takeHints(): Uint32Array<ArrayBuffer> {
    return this.#hints.slice(0, this.#hinted);
  }

  op(code: number): void {
    this.out.u8(code);
  }
  i32(value: number): void {
    this.out.u8(W.I32_CONST);
    this.out.s32(value);
  }
  i64(value: number): void {
    this.out.u8(W.I64_CONST);
    this.out.s32(value);
  }
  i64Big(value: bigint): void {
    this.out.u8(W.I64_CONST);
    this.out.s64(value);
  }
  get(local: number): void {
    this.out.u8(W.LOCAL_GET);
    this.out.u32(local);
  }
  set(local: number): void {
    this.out.u8(W.LOCAL_SET);
    this.out.u32(local);
  }
  tee(local: number): void {
    this.out.u8(W.LOCAL_TEE);
    this.out.u32(local);
  }
  memory(code: number, offset: number): void {
    this.out.u8(code);
    this.out.u8(0); // alignment is a hint, and the guest's is unknown
    this.out.u32(offset);
  }
  atomic(code: number, alignment: number): void {
    this.out.u8(W.ATOMIC_PREFIX);
    this.out.u8(code);
    this.out.u8(alignment);
    this.out.u8(0);
  }
  call(index: number): void {
    this.out.u8(W.CALL);
    this.out.u32(index);
  }
  begin(code: number): void {
    this.op(code);
    this.op(W.TYPE_VOID);
    this.labels.push(UNNAMED);
    this.arms++;
  }
  otherwise(): void {
    this.op(W.ELSE);
    if (this.labels.length === this.#cold) this.#cold = 0;
  }
  end(): void {
    this.op(W.END);
    if (this.labels.length === this.#cold) this.#cold = 0;
    this.labels.pop();
    this.arms--;
  }

  protected hint(value: number): void {
    if (this.#hinted === this.#hints.length) {
      const more = new Uint32Array(2 * this.#hinted);
      more.set(this.#hints);
      this.#hints = more;
    }
    this.#hints[this.#hinted++] = this.out.length - this.#body;
    this.#hints[this.#hinted++] = value;
  }

  protected branch(label: number): void {
    const depth = this.depth(label);
    this.op(W.BR);
    this.out.u32(depth);
  }

  /** How many labels further out than the innermost one a label is. */
  protected depth(label: number): number {
    for (let depth = 0, i = this.labels.length - 1; i >= 0; i--, depth++) if (this.labels[i] === label) return depth;
    throw new RangeError(`no label ${label}`); // a fault of the translator: the region is given up
  }

  /** The same as `begin(IF)`, for a condition that is seldom true. In an arm that is seldom run itself that needs no hint, which engines keep 60 bytes for. */
  beginUnlikely(): void {
    if (this.#cold === 0) this.hint(HINT_UNLIKELY);
    this.begin(W.IF);
    if (this.#cold === 0) this.#cold = this.labels.length;
  }

  /** Goes on behind the block so many further out than the innermost one if the i32 on the stack is not zero; unlikely or not. */
  exit(depth: number): void {
    this.op(W.BR_IF);
    this.out.u32(depth);
  }
  exitUnlikely(depth: number): void {
    if (this.#cold === 0) this.hint(HINT_UNLIKELY);
    this.exit(depth);
  }

  f32(value: number): void {
    this.out.u8(W.F32_CONST);
    this.out.f32(value);
  }
  f64(value: number): void {
    this.out.u8(W.F64_CONST);
    this.out.f64(value);
  }
  simd(code: number): void {
    this.out.u8(W.VECTOR_PREFIX);
    this.out.u32(code);
  }

  floatState(): void {
    this.get(X);
    this.memory(W.I32_LOAD, L.FP_STATE);
    this.i32(2);
    this.op(W.I32_EQ);
    this.tee(FP_READY);
    this.get(X);
    this.memory(W.I32_LOAD, L.FRM);
    this.op(W.I32_EQZ);
    this.op(W.I32_AND);
    this.set(FP_NATIVE);
    this.get(X);
    this.memory(W.I32_LOAD, L.FFLAGS);
    this.i32(1);
    this.op(W.I32_AND);
    this.set(FP_NX);
  }
}
