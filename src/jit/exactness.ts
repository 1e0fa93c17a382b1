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
export const FUSES = fuses();

function fuses(): boolean {
  // (module (func (export "f") (param f64 f64 f64) (result f64) (f64x2.extract_lane 0 (f64x2.relaxed_madd (f64x2.splat ..) ..))))
  const bytes = Uint8Array.of(
    ...[
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7c, 0x7c, 0x7c, 1, 0x7c, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0,
    ],
    ...[10, 22, 1, 20, 0, 0x20, 0, 0xfd, 20, 0x20, 1, 0xfd, 20, 0x20, 2, 0xfd, 20, 0xfd, 0x87, 2, 0xfd, 33, 0, 0x0b],
  );
  if (!WebAssembly.validate(bytes)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (...of: number[]) => number
  >;
  const x = 1 + 2 ** -30;
  return f!(x, x, -(1 + 2 ** -29)) === 2 ** -60;
}

/** The same of f32x4.relaxed_madd. */
export const FUSES_SINGLES = FUSES && fusesSingles();

function fusesSingles(): boolean {
  // (module (func (export "f") (param f32 f32 f32) (result f32) (f32x4.extract_lane 0 (f32x4.relaxed_madd (f32x4.splat ..) ..))))
  const bytes = Uint8Array.of(
    ...[
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7d, 0x7d, 0x7d, 1, 0x7d, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0,
    ],
    ...[10, 22, 1, 20, 0, 0x20, 0, 0xfd, 19, 0x20, 1, 0xfd, 19, 0x20, 2, 0xfd, 19, 0xfd, 0x85, 2, 0xfd, 31, 0, 0x0b],
  );
  if (!WebAssembly.validate(bytes)) return false;
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (...of: number[]) => number
  >;
  const x = 1 + 2 ** -13;
  return f!(x, x, -(1 + 2 ** -12)) === 2 ** -26;
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
