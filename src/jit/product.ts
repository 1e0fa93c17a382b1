// Multiplication and division beyond what one WebAssembly instruction does. Unprivileged ISA, "M Extension".

import * as S from '../engine/generated/slots.js';
import type { Code } from './code.js';
import { ENTRY, HOST, T0, T1, T2, T3 } from './locals.js';
import * as W from './wasm.js';

/** Keeps the low 32 bits of what is on the stack. */
export function zeroExtend(c: Code): void {
  c.op(W.I32_WRAP_I64);
  c.op(W.I64_EXTEND_I32_U);
}

/** High half of the product of T0 and T1, from four products of halves. */
export function highProduct(c: Code, op: number, b: number, second: number): void {
  const low = (local: number) => {
    c.get(local);
    zeroExtend(c);
  };
  const high = (local: number) => {
    c.get(local);
    c.i64(32);
    c.op(W.I64_SHR_U);
  };
  c.reg(b);
  c.set(T0);
  c.reg(second);
  c.set(T1);
  // T2 = ah * bl + (al * bl >> 32)
  high(T0);
  low(T1);
  c.op(W.I64_MUL);
  low(T0);
  low(T1);
  c.op(W.I64_MUL);
  c.i64(32);
  c.op(W.I64_SHR_U);
  c.op(W.I64_ADD);
  c.set(T2);
  // T3 = al * bh + low(T2)
  low(T0);
  high(T1);
  c.op(W.I64_MUL);
  low(T2);
  c.op(W.I64_ADD);
  c.set(T3);
  high(T0);
  high(T1);
  c.op(W.I64_MUL);
  high(T2);
  c.op(W.I64_ADD);
  high(T3);
  c.op(W.I64_ADD);
  // Signed operands: take the other one away if negative.
  if (op !== S.S_MULHU) {
    c.get(T0);
    c.i64(63);
    c.op(W.I64_SHR_S);
    c.get(T1);
    c.op(W.I64_AND);
    c.op(W.I64_SUB);
  }
  if (op === S.S_MULH) {
    c.get(T1);
    c.i64(63);
    c.op(W.I64_SHR_S);
    c.get(T0);
    c.op(W.I64_AND);
    c.op(W.I64_SUB);
  }
}

/**
 * Division never traps in the guest. By zero it gives all ones, or the dividend as what is over; by -1 the negated dividend (also when that overflows),
 * and nothing over. Both are arms of their own, for they are rare, and to choose afterwards makes each division wait.
 */
export function divide(c: Code, op: number, b: number, second: number): void {
  const signed = op === S.S_DIV || op === S.S_REM;
  const remainder = op === S.S_REM || op === S.S_REMU;
  c.reg(b);
  c.set(T0);
  c.reg(second);
  c.set(T1);
  c.get(T1);
  if (signed) {
    // It is 0 or -1 exactly if it is below 2, unsigned, when 1 is added.
    c.i64(1);
    c.op(W.I64_ADD);
    c.i64(2);
    c.op(W.I64_LT_U);
  } else c.op(W.I64_EQZ);
  c.beginUnlikely();
  if (remainder) c.get(T0);
  else c.i64(-1);
  if (signed) {
    c.i64(0);
    if (!remainder) {
      c.get(T0);
      c.op(W.I64_SUB);
    }
    c.get(T1);
    c.op(W.I64_EQZ);
    c.op(W.SELECT);
  }
  c.set(T0);
  c.otherwise();
  c.get(T0);
  c.get(T1);
  c.op(signed ? (remainder ? W.I64_REM_S : W.I64_DIV_S) : remainder ? W.I64_REM_U : W.I64_DIV_U);
  c.set(T0);
  c.end();
  c.get(T0);
}

/** The same of words: pushes an i32. */
export function divideWords(c: Code, op: number, b: number, second: number): void {
  const signed = op === S.S_DIVW || op === S.S_REMW;
  const remainder = op === S.S_REMW || op === S.S_REMUW;
  c.regW(b);
  c.set(ENTRY);
  c.regW(second);
  c.set(HOST);
  c.get(HOST);
  if (signed) {
    c.i32(1);
    c.op(W.I32_ADD);
    c.i32(2);
    c.op(W.I32_LT_U);
  } else c.op(W.I32_EQZ);
  c.beginUnlikely();
  if (remainder) c.get(ENTRY);
  else c.i32(-1);
  if (signed) {
    c.i32(0);
    if (!remainder) {
      c.get(ENTRY);
      c.op(W.I32_SUB);
    }
    c.get(HOST);
    c.op(W.I32_EQZ);
    c.op(W.SELECT);
  }
  c.set(ENTRY);
  c.otherwise();
  c.get(ENTRY);
  c.get(HOST);
  c.op(signed ? (remainder ? W.I32_REM_S : W.I32_DIV_S) : remainder ? W.I32_REM_U : W.I32_DIV_U);
  c.set(ENTRY);
  c.end();
  c.get(ENTRY);
}
