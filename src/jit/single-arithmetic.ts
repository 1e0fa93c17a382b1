// Sums, products, quotients, roots and fused multiply-adds of singles, to the nearest, with what says whether they are exact (single.ts).

import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { FIRST, FUSES_SINGLES, RESULT, SECOND, sumError, unlessInexact } from './exactness.js';
import { T0 } from './locals.js';
import * as W from './wasm.js';

const FMSUB = operations.get('fmsub.s');
const FNMSUB = operations.get('fnmsub.s');
const FNMADD = operations.get('fnmadd.s');

/** Exponents of results that have neither overflowed nor come near underflow. */
const LEAST = 2;
const MOST = 0xfd;

/** Has the singles of registers in their locals; leaves if one is not boxed. */
export function want(c: Code, ...registers: readonly number[]): void {
  for (const r of registers) {
    if (c.isSingle(r)) continue;
    c.f(r);
    c.op(W.I64_REINTERPRET_F64);
    c.tee(T0);
    c.i64(32);
    c.op(W.I64_SHR_S);
    c.i64(-1);
    c.op(W.I64_NE);
    c.slowIf();
    c.get(T0);
    c.op(W.I32_WRAP_I64);
    c.op(W.F32_REINTERPRET_I32);
    c.keepSingle(r);
  }
}

export function promoted(c: Code, r: number): void {
  c.single(r);
  c.op(W.F64_PROMOTE_F32);
}

/** Pushes the result as a double. */
export function result(c: Code): void {
  c.get(c.singleTemporary);
  c.op(W.F64_PROMOTE_F32);
}

function zero(c: Code, r: number): void {
  c.single(r);
  c.f32(0);
  c.op(W.F32_EQ);
}

/** Leaves unless the result on the stack is well inside the normal range, or is zero and `exactly` says that it should be. */
export function inRange(c: Code, exactly: () => void): void {
  c.op(W.I32_REINTERPRET_F32);
  c.i32(23);
  c.op(W.I32_SHR_U);
  c.i32(0xff);
  c.op(W.I32_AND);
  c.i32(LEAST);
  c.op(W.I32_SUB);
  c.i32(MOST - LEAST);
  c.op(W.I32_GE_U);
  c.beginUnlikely();
  c.get(c.singleTemporary);
  c.f32(0);
  c.op(W.F32_EQ);
  exactly();
  c.op(W.I32_AND);
  c.op(W.I32_EQZ);
  c.slowIf();
  c.end();
}

function done(c: Code, a: number): void {
  c.get(c.singleTemporary);
  c.setSingle(a);
}

export function sum(c: Code, native: number, a: number, b: number, second: number): void {
  c.floatNative();
  want(c, b, second);
  c.single(b);
  c.single(second);
  c.op(native);
  c.tee(c.singleTemporary);
  // A sum does not underflow: what is subnormal is exact.
  c.op(W.F32_ABS);
  c.f32(2 ** 125);
  c.op(W.F32_LT);
  c.op(W.I32_EQZ);
  c.slowIf();
  unlessInexact(c, () => {
    // As doubles the sum may be inexact itself: then so is this.
    promoted(c, b);
    promoted(c, second);
    c.op(native === W.F32_ADD ? W.F64_ADD : W.F64_SUB);
    c.set(c.temporary(RESULT));
    unlike(c);
    promoted(c, second);
    if (native === W.F32_SUB) c.op(W.F64_NEG);
    c.set(c.temporary(SECOND));
    sumError(
      c,
      () => promoted(c, b),
      () => c.get(c.temporary(SECOND)),
    );
  });
  done(c, a);
}

/** Leaves unless the double RESULT is the single. */
function unlike(c: Code): void {
  c.get(c.temporary(RESULT));
  result(c);
  c.op(W.F64_NE);
  c.slowIf();
}

export function product(c: Code, a: number, b: number, second: number): void {
  c.floatNative();
  want(c, b, second);
  c.single(b);
  c.single(second);
  c.op(W.F32_MUL);
  c.tee(c.singleTemporary);
  inRange(c, () => zeroProduct(c, b, second));
  unlessInexact(c, () => {
    promoted(c, b);
    promoted(c, second);
    c.op(W.F64_MUL);
    result(c);
    c.op(W.F64_SUB);
  });
  done(c, a);
}

function zeroProduct(c: Code, b: number, second: number): void {
  zero(c, b);
  zero(c, second);
  c.op(W.I32_OR);
}

export function quotient(c: Code, a: number, b: number, second: number): void {
  c.floatNative();
  want(c, b, second);
  c.single(b);
  c.single(second);
  c.op(W.F32_DIV);
  c.tee(c.singleTemporary);
  inRange(c, () => zero(c, b));
  unlessInexact(c, () => {
    result(c);
    promoted(c, second);
    c.op(W.F64_MUL);
    promoted(c, b);
    c.op(W.F64_SUB);
  });
  done(c, a);
}

export function root(c: Code, a: number, b: number): void {
  c.floatNative();
  want(c, b);
  c.single(b);
  c.op(W.F32_SQRT);
  c.tee(c.singleTemporary);
  inRange(c, () => zero(c, b));
  unlessInexact(c, () => {
    result(c);
    result(c);
    c.op(W.F64_MUL);
    promoted(c, b);
    c.op(W.F64_SUB);
  });
  done(c, a);
}

/** -(a * b) - c and its kin are one fused multiply-add with signs changed. */
export function fused(c: Code, isa: number, a: number, b: number, second: number, third: number): void {
  const minusFirst = isa === FNMSUB || isa === FNMADD;
  const minusLast = isa === FMSUB || isa === FNMADD;
  const asDoubles = (): void => {
    promoted(c, b);
    if (minusFirst) c.op(W.F64_NEG);
    promoted(c, second);
    c.op(W.F64_MUL);
    c.tee(c.temporary(FIRST));
    promoted(c, third);
    if (minusLast) c.op(W.F64_NEG);
    c.tee(c.temporary(SECOND));
    c.op(W.F64_ADD);
    c.set(c.temporary(RESULT));
  };
  c.floatNative();
  want(c, b, second, third);
  if (FUSES_SINGLES) {
    const operands = [
      [b, minusFirst],
      [second, false],
      [third, minusLast],
    ] as const;
    for (const [r, minus] of operands) {
      c.single(r);
      if (minus) c.op(W.F32_NEG);
      c.simd(W.F32X4_SPLAT);
    }
    c.simd(W.F32X4_RELAXED_MADD);
    c.simd(W.F32X4_EXTRACT_LANE);
    c.op(0);
  } else {
    asDoubles();
    unlessHalfway(c);
    c.get(c.temporary(RESULT));
    c.op(W.F32_DEMOTE_F64);
  }
  c.tee(c.singleTemporary);
  inRange(c, () => zeroProduct(c, b, second));
  unlessInexact(c, () => {
    if (FUSES_SINGLES) asDoubles();
    unlike(c);
    sumError(
      c,
      () => c.get(c.temporary(FIRST)),
      () => c.get(c.temporary(SECOND)),
    );
  });
  done(c, a);
}

/**
 * Leaves if RESULT, which was rounded to a double, lies halfway between two singles: there what was rounded away decides. Anywhere else the single nearest to it is
 * the one nearest to the sum itself.
 */
function unlessHalfway(c: Code): void {
  c.get(c.temporary(RESULT));
  c.op(W.I64_REINTERPRET_F64);
  c.i64(0x1fff_ffff);
  c.op(W.I64_AND);
  c.i64(0x1000_0000);
  c.op(W.I64_EQ);
  c.slowIf();
}
