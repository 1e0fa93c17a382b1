// Whether arithmetic was exact: what a result must be like to have raised nothing but NX, and the rounding error, computed as a double.
// Handbook of Floating-Point Arithmetic, 2nd ed., chapter 4 (2Sum, 2MultFMA).

import type { Code } from './code.js';
import { FP_NX } from './locals.js';
import * as W from './wasm.js';

/** Exponents of results that have neither overflowed nor come near underflow. */
const LEAST = 2;
const MOST = 0x7fd;
/** Exponents of products and dividends whose rounding error does not underflow. */
const LEAST_EXACT = 120;

/** Temporaries of type f64. */
export const RESULT = 0;
export const FIRST = 1;
export const SECOND = 2;
const VIRTUAL = 3;

/** Can this runtime fuse a product and a sum, as f64x2.relaxed_madd (WebAssembly 3.0) may but need not? Part of what translated code depends on. */
export const FUSES = fuses(W.TYPE_F64, W.F64X2_SPLAT, W.F64X2_RELAXED_MADD, W.F64X2_EXTRACT_LANE, 30);
/** The same of f32x4.relaxed_madd. */
export const FUSES_SINGLES = FUSES && fuses(W.TYPE_F32, W.F32X4_SPLAT, W.F32X4_RELAXED_MADD, W.F32X4_EXTRACT_LANE, 13);

/** Is the square of 1 + 2^-bits, less all of it but its last bit, that bit? */
function fuses(type: number, splat: number, madd: number, lane: number, bits: number): boolean {
  // (module (func (export "f") (param t t t) (result t) (t.extract_lane 0 (t.relaxed_madd (t.splat ..) (t.splat ..) (t.splat ..)))))
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, type, type, type, 1, type],
    ...[3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, 22, 1, 20, 0, W.LOCAL_GET, 0, W.VECTOR_PREFIX, splat, W.LOCAL_GET, 1, W.VECTOR_PREFIX, splat],
    ...[W.LOCAL_GET, 2, W.VECTOR_PREFIX, splat, W.VECTOR_PREFIX, (madd & 0x7f) | 0x80, madd >> 7],
    ...[W.VECTOR_PREFIX, lane, 0, W.END],
  );
  if (!WebAssembly.validate(bytes)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (...of: number[]) => number
  >;
  const x = 1 + 2 ** -bits;
  return f!(x, x, -(1 + 2 ** (1 - bits))) === 2 ** (-2 * bits);
}

/** Leaves unless the result on the stack is well inside the normal range, or is zero and `exactly` says that it should be. */
export function inRange(c: Code, exactly: () => void): void {
  exponentOutside(c, LEAST, MOST);
  c.beginUnlikely();
  c.get(c.temporary(RESULT));
  c.f64(0);
  c.op(W.F64_EQ);
  exactly();
  c.op(W.I32_AND);
  c.op(W.I32_EQZ);
  c.slowIf();
  c.end();
}

/** Leaves unless the value is so large that an error in its last place is a double, too, or `zero`. */
export function notTiny(c: Code, value: () => void, zero: () => void): void {
  value();
  exponentOutside(c, LEAST_EXACT, MOST);
  c.beginUnlikely();
  zero();
  c.op(W.I32_EQZ);
  c.slowIf();
  c.end();
}

/** f64 on the stack -> is its exponent outside of least..most - 1? */
export function exponentOutside(c: Code, least: number, most: number): void {
  c.op(W.I64_REINTERPRET_F64);
  c.i64(52);
  c.op(W.I64_SHR_U);
  c.op(W.I32_WRAP_I64);
  c.i32(0x7ff);
  c.op(W.I32_AND);
  c.i32(least);
  c.op(W.I32_SUB);
  c.i32(most - least);
  c.op(W.I32_GE_U);
}

/** If NX is not set yet, leaves unless `error` pushes zero. */
export function unlessInexact(c: Code, error: () => void): void {
  c.get(FP_NX);
  c.op(W.I32_EQZ);
  c.begin(W.IF);
  error();
  c.f64(0);
  c.op(W.F64_NE);
  c.slowIf();
  c.end();
}

/** Pushes the error of RESULT as the sum of two values (2Sum). */
export function sumError(c: Code, x: () => void, y: () => void): void {
  const sum = c.temporary(RESULT);
  const virtual = c.temporary(VIRTUAL);
  c.get(sum);
  x();
  c.op(W.F64_SUB);
  c.set(virtual);
  x();
  c.get(sum);
  c.get(virtual);
  c.op(W.F64_SUB);
  c.op(W.F64_SUB);
  y();
  c.get(virtual);
  c.op(W.F64_SUB);
  c.op(W.F64_ADD);
}

export function negated(c: Code, value: () => void): void {
  value();
  c.op(W.F64_NEG);
}

/** Pushes x * y + z, rounded once. */
export function madd(c: Code, x: () => void, y: () => void, z: () => void): void {
  for (const value of [x, y, z]) {
    value();
    c.simd(W.F64X2_SPLAT);
  }
  c.simd(W.F64X2_RELAXED_MADD);
  c.simd(W.F64X2_EXTRACT_LANE);
  c.op(0);
}

export function isZero(c: Code, r: number): void {
  c.f(r);
  c.f64(0);
  c.op(W.F64_EQ);
}
