// What the parts of the translator write with, and the inline TLB lookup they share.

import * as L from '../engine/hart/layout.js';
import { ENTRY, SHARED, TLB, VA } from './locals.js';
import * as W from './wasm.js';

/** Imported functions of a translated module, all the engine's own. */
export const FN_FLOAT = 0; // fpExecute
export const FN_FMA = 1; // f64Fma
export const FN_ACCESS = 2; // access: LR and SC
export const IMPORTED_FUNCTIONS = 3;

/** Locals that keep a page: its virtual address (i64), and what gives the host address when added to a virtual one (i32). */
export interface Kept {
  readonly page: number;
  readonly addend: number;
}

/** Where the code goes and what it is about. */
export interface Code {
  /** The decoded instruction. */
  readonly fields: { readonly op: number; readonly a: number; readonly b: number; readonly imm: number };
  /** Byte offset in the page of the instruction. */
  readonly at: number;
  op(code: number): void;
  i32(value: number): void;
  i64(value: number): void;
  i64Big(value: bigint): void;
  get(local: number): void;
  set(local: number): void;
  tee(local: number): void;
  memory(code: number, offset: number): void;
  /** An atomic access, whose alignment is given as a power of two. */
  atomic(code: number, alignment: number): void;
  call(index: number): void;
  /** Pushes a guest register. */
  reg(r: number): void;
  /** Pops into a guest register. */
  setReg(r: number): void;
  /** Leaves for the interpreter at this instruction if the i32 on the stack is not zero. */
  slowIf(): void;
  /** The locals that keep the page last reached through a register, by loads or by stores; undefined if there are none for it. */
  kept(r: number, stores: boolean): Kept | undefined;
  /** Forgets all kept pages: the engine may have changed the TLB. */
  forgetPages(): void;
  /** Opens `if` (or a block) without a result, its other arm, and closes it. */
  begin(code: number): void;
  otherwise(): void;
  end(): void;
  /** The same as `begin(IF)`, for a condition that is seldom true. */
  beginUnlikely(): void;
  f64(value: number): void;
  /** An instruction with the vector prefix. */
  simd(code: number): void;
  /** Pushes a floating-point register, and pops into one. */
  f(r: number): void;
  setF(r: number): void;
  /** The local of a temporary of type f64. */
  temporary(i: number): number;
  /** Leaves for the interpreter unless the floating-point unit is on and marked dirty: looked at once in a block. */
  floatReady(): void;
  /** The same, and unless the rounding mode is to the nearest. */
  floatNative(): void;
  /** Recomputes FP_READY, FP_NATIVE and FP_NX. */
  floatState(): void;
}

/** What a page kept in locals can never be: accesses compare with this bit clear. */
export const NO_PAGE = 8;

/**
 * Pushes the host address (i32) of a load or store of `bytes` at rs1 + imm, or leaves for the interpreter when the TLB does not have it.
 *
 * The page that was last reached through a register is kept in locals, so that the TLB itself is looked at when the page changes only. What
 * the TLB loses while a region runs it loses to other harts, hence with several of them nothing is kept.
 */
export function host(c: Code, bytes: number, tag: number): void {
  const { b, imm } = c.fields;
  c.reg(b);
  if (imm !== 0) {
    c.i64(imm);
    c.op(W.I64_ADD);
  }
  const kept = c.kept(b, tag !== 0);
  if (kept === undefined) {
    hostAt(c, bytes, tag);
    return;
  }
  c.tee(VA);
  c.i64(-4096 | (bytes - 1));
  c.op(W.I64_AND);
  c.get(kept.page);
  c.op(W.I64_NE);
  c.beginUnlikely();
  c.get(VA);
  lookUp(c, bytes, tag);
  c.get(VA);
  c.i64(-4096);
  c.op(W.I64_AND);
  c.get(SHARED);
  c.op(W.I64_OR);
  c.set(kept.page);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.set(kept.addend);
  c.end();
  c.get(kept.addend);
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
}

/** The same for the address on the stack, by the TLB. */
export function hostAt(c: Code, bytes: number, tag: number): void {
  lookUp(c, bytes, tag);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
}

/**
 * Leaves the TLB's entry for the address on the stack in ENTRY, and the address in VA. As in the interpreter, the tag is compared with the page of
 * the last byte, so that an access across a page misses by itself.
 */
function lookUp(c: Code, bytes: number, tag: number): void {
  c.tee(VA);
  c.op(W.I32_WRAP_I64);
  c.i32(7);
  c.op(W.I32_SHR_U);
  c.i32((L.LS_ENTRIES - 1) * L.LS_ENTRY_BYTES);
  c.op(W.I32_AND);
  c.get(TLB);
  c.op(W.I32_ADD);
  c.tee(ENTRY);
  c.memory(W.I64_LOAD, tag);
  c.get(VA);
  if (bytes > 1) {
    c.i64(bytes - 1);
    c.op(W.I64_ADD);
  }
  c.i64(12);
  c.op(W.I64_SHR_U);
  c.op(W.I64_NE);
  c.slowIf();
}
