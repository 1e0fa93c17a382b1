// Atomics in translated code: AMOs as WebAssembly's own read-modify-writes, LR and SC by the engine, called in place; and what else that does in place.
// Unprivileged ISA, "A Extension", "Zicsr".

import * as L from '../engine/hart/layout.js';
import { type Code, FN_ACCESS, hostAt } from './code.js';
import { T0, VA, X } from './locals.js';
import { atomicOf, csrReadsRegister } from './operands.js';
import * as W from './wasm.js';

export function emitAtomic(c: Code): boolean {
  const { a, b, imm } = c.fields;
  const atomic = atomicOf(imm);
  if (atomic === undefined) return false;
  if (atomic.code === 0) {
    byEngine(c, a, [b, imm & 31]);
    c.pagesForgotten();
    loaded(c, a);
    return true;
  }
  const bytes = atomic.wide ? 8 : 4;
  c.reg(b);
  c.tee(VA);
  c.op(W.I32_WRAP_I64);
  c.i32(bytes - 1);
  c.op(W.I32_AND);
  c.slowIf();
  c.get(VA);
  hostAt(c, bytes, 8);
  c.reg(imm & 31);
  if (!atomic.wide) c.op(W.I32_WRAP_I64);
  c.atomic(atomic.code, atomic.wide ? 3 : 2);
  if (!atomic.wide) c.op(W.I64_EXTEND_I32_S);
  c.setReg(a);
  return true;
}

/** A CSR instruction that most often does nothing but exchange bits. */
export function emitCsr(c: Code): void {
  const { a, b, imm } = c.fields;
  byEngine(c, a, csrReadsRegister(imm) ? [b] : []);
  loaded(c, a);
}

// An exception it raises is raised again by the interpreter, which executes the instruction anew: up to there it has no effect.
function byEngine(c: Code, a: number, operands: readonly number[]): void {
  for (const r of new Set(operands)) {
    if (r === 0) continue;
    c.get(X);
    c.reg(r);
    c.memory(W.I64_STORE, L.X + r * 8);
  }
  // The slot itself may have become the entry of this very region: a copy is shown.
  const { op, b, imm } = c.fields;
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
}

/** Takes over what the engine has written to a register. */
function loaded(c: Code, a: number): void {
  if (a === 0 || a === L.X_SINK) return;
  c.get(X);
  c.memory(W.I64_LOAD, L.X + a * 8);
  c.set(T0);
  c.get(T0);
  c.setReg(a);
}
