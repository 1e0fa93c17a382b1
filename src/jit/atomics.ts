// Atomics in translated code: AMOs as WebAssembly's own read-modify-writes, LR and SC as a load and a compare-and-swap; and what the engine does in place.
// Unprivileged ISA, "A Extension", "Zicsr".

import * as L from '../engine/hart/layout.js';
import { type Code, FN_ACCESS } from './code.js';
import { ENTRY, T0, VA, X } from './locals.js';
import { hostAt } from './lookup.js';
import { type Atomic, atomicOf, csrReadsRegister } from './operands.js';
import * as W from './wasm.js';

const BYTES = { b: 1, h: 2, w: 4, d: 8 } as const;
const ALIGNMENT = { b: 0, h: 1, w: 2, d: 3 } as const;

export function emitAtomic(c: Code): boolean {
  const { a, b, imm } = c.fields;
  const atomic = atomicOf(imm);
  if (atomic === undefined) return false;
  const bytes = BYTES[atomic.width];
  c.reg(b);
  c.tee(VA);
  if (bytes > 1) {
    c.op(W.I32_WRAP_I64);
    c.i32(bytes - 1);
    c.op(W.I32_AND);
    c.slowIf();
    c.get(VA);
  }
  hostAt(c, bytes, atomic.kind === 'lr' ? 0 : 8);
  if (atomic.kind === 'lr') loadReserved(c, atomic, a);
  else if (atomic.kind === 'sc') storeConditional(c, atomic, { rd: a, rs2: imm & 31 });
  else {
    if (atomic.kind === 'amocas') operand(c, atomic, a === L.X_SINK ? 0 : a);
    operand(c, atomic, imm & 31);
    access(c, atomic);
    result(c, atomic, a);
  }
  return true;
}

/** Pushes a register as what the access is of. */
function operand(c: Code, { width }: Atomic, r: number): void {
  if (width === 'd') c.reg(r);
  else c.regW(r);
}

function access(c: Code, { code, width }: Atomic): void {
  c.atomic(code, ALIGNMENT[width]);
}

/** Pops what was in memory into a register. */
function result(c: Code, { width }: Atomic, a: number): void {
  if (width === 'd') {
    c.setReg(a);
    return;
  }
  if (width === 'b') c.op(W.I32_EXTEND8_S);
  if (width === 'h') c.op(W.I32_EXTEND16_S);
  c.setRegW(a);
}

/** The reservation is an address, a size and what was there: SC compares with that. */
function loadReserved(c: Code, atomic: Atomic, a: number): void {
  c.set(ENTRY);
  c.get(X);
  c.get(ENTRY);
  c.memory(W.I32_STORE, L.RESERVE_ADDR);
  c.get(X);
  c.get(ENTRY);
  access(c, atomic);
  if (atomic.width === 'w') c.op(W.I64_EXTEND_I32_S);
  c.tee(T0);
  c.memory(W.I64_STORE, L.RESERVE_VALUE);
  c.get(X);
  c.i64(BYTES[atomic.width]);
  c.memory(W.I64_STORE, L.RESERVE_BYTES);
  c.get(T0);
  c.setReg(a, atomic.width === 'w');
}

function storeConditional(c: Code, atomic: Atomic, { rd, rs2 }: { readonly rd: number; readonly rs2: number }): void {
  const wide = atomic.width === 'd';
  c.tee(ENTRY);
  c.get(X);
  c.memory(W.I32_LOAD, L.RESERVE_ADDR);
  c.op(W.I32_EQ);
  c.get(X);
  c.memory(W.I64_LOAD, L.RESERVE_BYTES);
  c.i64(BYTES[atomic.width]);
  c.op(W.I64_EQ);
  c.op(W.I32_AND);
  c.get(X);
  c.i32(0);
  c.memory(W.I32_STORE, L.RESERVE_ADDR);
  c.i64(1);
  c.set(T0);
  c.begin(W.IF);
  c.get(ENTRY);
  c.get(X);
  c.memory(wide ? W.I64_LOAD : W.I32_LOAD, L.RESERVE_VALUE);
  operand(c, atomic, rs2);
  access(c, atomic);
  c.get(X);
  c.memory(wide ? W.I64_LOAD : W.I32_LOAD, L.RESERVE_VALUE);
  c.op(wide ? W.I64_NE : W.I32_NE);
  c.op(W.I64_EXTEND_I32_U);
  c.set(T0);
  c.end();
  c.get(T0);
  c.setReg(rd, true);
}

/**
 * A CSR instruction that most often does nothing but exchange bits. An exception it raises is raised again by the interpreter, which executes the
 * instruction anew: up to there it has no effect.
 */
export function emitCsr(c: Code): void {
  const { op, a, b, imm } = c.fields;
  if (csrReadsRegister(imm) && b !== 0) {
    c.get(X);
    c.reg(b);
    c.memory(W.I64_STORE, L.X + b * 8);
  }
  // The slot itself may have become the entry of this very region: a copy is shown.
  const slot = BigInt(op | (a << 16)) | (BigInt(b) << 24n) | (BigInt(imm >>> 0) << 32n);
  c.get(X);
  c.i64Big(slot);
  c.memory(W.I64_STORE, L.CROSS_SLOTS);
  c.get(X);
  c.get(X);
  c.i32(L.CROSS_SLOTS);
  c.op(W.I32_ADD);
  c.call(FN_ACCESS);
  c.slowIf();
  // What the engine has written to the register.
  if (a === 0 || a === L.X_SINK) return;
  c.get(X);
  c.memory(W.I64_LOAD, L.X + a * 8);
  c.set(T0);
  c.get(T0);
  c.setReg(a);
}
