// Multiplication and division beyond what one WebAssembly instruction does. Unprivileged ISA, "M Extension".

import * as S from '../engine/generated/slots.js';
import type { Code } from './code.js';
import { T0, T1, T2, T3 } from './locals.js';
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

/** Division never traps in the guest: by zero and by -1 it is replaced by a division by one, and the result chosen. */
export function divide(c: Code, op: number, b: number, second: number): void {
  const word = op === S.S_DIVW || op === S.S_REMW || op === S.S_DIVUW || op === S.S_REMUW;
  const signed = op === S.S_DIV || op === S.S_REM || op === S.S_DIVW || op === S.S_REMW;
  const remainder = op === S.S_REM || op === S.S_REMU || op === S.S_REMW || op === S.S_REMUW;
  const operand = (r: number, local: number) => {
    c.reg(r);
    if (word) {
      if (signed) c.op(W.I64_EXTEND32_S);
      else zeroExtend(c);
    }
    c.set(local);
  };
  operand(b, T0);
  operand(second, T1);
  // What division by zero gives: all ones, or the dividend.
  if (remainder) c.get(T0);
  else c.i64(-1);
  if (signed) {
    // What division by -1 gives: the negated dividend (also when that overflows), or nothing over.
    c.i64(0);
    if (!remainder) {
      c.get(T0);
      c.op(W.I64_SUB);
    }
  }
  c.get(T0);
  c.i64(1);
  c.get(T1);
  c.get(T1);
  if (signed) {
    // T1 is 0 or -1 exactly if T1 + 1, unsigned, is below 2
    c.i64(1);
    c.op(W.I64_ADD);
    c.i64(2);
    c.op(W.I64_LT_U);
  } else c.op(W.I64_EQZ);
  c.op(W.SELECT);
  c.op(signed ? (remainder ? W.I64_REM_S : W.I64_DIV_S) : remainder ? W.I64_REM_U : W.I64_DIV_U);
  if (signed) {
    c.get(T1);
    c.i64(-1);
    c.op(W.I64_NE);
    // stack: byZero byMinusOne quotient (T1 != -1): the quotient if so
    swapSelect(c);
  }
  c.get(T1);
  c.op(W.I64_EQZ);
  c.op(W.I32_EQZ);
  swapSelect(c);
  if (word) c.op(W.I64_EXTEND32_S);
}

/** [first, second, condition] -> condition ? second : first. */
function swapSelect(c: Code): void {
  c.op(W.I32_EQZ);
  c.op(W.SELECT);
}
