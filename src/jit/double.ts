// Doubles by WebAssembly's own arithmetic, where that gives the guest's result and flags to the last bit. Unprivileged ISA, "D Extension".
//
// The mode must be round-to-nearest-even. A result well inside the normal range can have raised nothing but NX; if NX is not set yet, the
// rounding error itself, which is a double and computed exactly, must be zero. Whatever else may be (infinity, NaN, underflow, the first inexact
// result) leaves for the interpreter. Error-free transformations: Handbook of Floating-Point Arithmetic, 2nd ed., chapter 4 (2Sum, 2MultFMA).

import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { fromInteger, rounds, toInteger } from './conversion.js';
import {
  FIRST,
  FUSES,
  inRange,
  isZero,
  madd,
  negated,
  notTiny,
  RESULT,
  SECOND,
  sumError,
  unlessInexact,
} from './exactness.js';
import * as W from './wasm.js';

const op = (name: string): number => operations.get(name) ?? -1;
const FDIV = op('fdiv.d');
const FSQRT = op('fsqrt.d');
const FMADD = op('fmadd.d');
const FMSUB = op('fmsub.d');
const FNMSUB = op('fnmsub.d');
const FNMADD = op('fnmadd.d');
const FSGNJ = op('fsgnj.d');
const FSGNJN = op('fsgnjn.d');
const FSGNJX = op('fsgnjx.d');
const COMPARE = new Map([
  [op('feq.d'), W.F64_EQ],
  [op('flt.d'), W.F64_LT],
  [op('fle.d'), W.F64_LE],
]);
const FMIN = op('fmin.d');
const FMAX = op('fmax.d');
const TO_INTEGER = new Set(['w', 'wu', 'l', 'lu'].map((name) => op(`fcvt.${name}.d`)));
const FROM_INTEGER = new Set(['w', 'wu', 'l', 'lu'].map((name) => op(`fcvt.d.${name}`)));
const CONVERTS = [W.F64_CONVERT_I32_S, W.F64_CONVERT_I32_U, W.F64_CONVERT_I64_S, W.F64_CONVERT_I64_U];
const TO_BITS = op('fmv.x.d');
const FROM_BITS = op('fmv.d.x');

const RNE = 0;
const DYNAMIC = 7;

/** Is the mode, unless it turns out otherwise, to the nearest? */
export const nearest = (rm: number): boolean => rm === RNE || rm === DYNAMIC;

/** Writes an operation of the isa with its rounding mode natively; false if that is not known here to be exact. */
export function emitDouble(c: Code, isa: number, a: number, b: number, imm: number): boolean {
  const rm = (imm >> 10) & 7;
  const second = imm & 31;
  switch (isa) {
    case FDIV:
      if (!nearest(rm)) return false;
      quotient(c, a, b, second);
      return true;
    case FSQRT:
      if (!nearest(rm)) return false;
      root(c, a, b);
      return true;
    case FMADD:
    case FMSUB:
    case FNMSUB:
    case FNMADD:
      if (!nearest(rm) || !FUSES) return false;
      fused(c, isa, a, b, second, (imm >> 5) & 31);
      return true;
    case FSGNJ:
    case FSGNJN:
    case FSGNJX:
      c.floatReady();
      signs(c, isa, b, second);
      c.setF(a);
      return true;
    case FMIN:
    case FMAX:
      c.floatReady();
      notNaN(c, b, second);
      c.f(b);
      c.f(second);
      c.op(isa === FMIN ? W.F64_MIN : W.F64_MAX);
      c.setF(a);
      return true;
    case TO_BITS:
      c.floatReady();
      c.f(b);
      c.op(W.I64_REINTERPRET_F64);
      c.setReg(a);
      return true;
    case FROM_BITS:
      c.floatReady();
      c.reg(b);
      c.op(W.F64_REINTERPRET_I64);
      c.setF(a);
      return true;
  }
  if (TO_INTEGER.has(isa)) {
    if (!rounds(rm)) return false;
    toInteger(c, isa, rm, a, () => c.f(b));
    return true;
  }
  if (FROM_INTEGER.has(isa)) {
    if (!nearest(rm)) return false; // exact in all modes, but some are reserved
    fromInteger(c, isa, b, CONVERTS, 53);
    c.setF(a);
    return true;
  }
  const compare = COMPARE.get(isa);
  if (compare === undefined) return false;
  c.floatReady();
  notNaN(c, b, second);
  c.f(b);
  c.f(second);
  c.op(compare);
  c.op(W.I64_EXTEND_I32_U);
  c.setReg(a);
  return true;
}

/** FADD.D, FSUB.D, FMUL.D; false for other rounding modes than to the nearest. */
export function emitArithmetic(c: Code, native: number, a: number, b: number, imm: number): boolean {
  if (!nearest((imm >> 10) & 7)) return false;
  const result = c.temporary(RESULT);
  const second = imm & 31;
  c.floatNative();
  c.f(b);
  c.f(second);
  c.op(native);
  c.tee(result);
  if (native === W.F64_MUL) {
    inRange(c, () => {
      isZero(c, b);
      isZero(c, second);
      c.op(W.I32_OR);
    });
  } else {
    // A sum does not underflow: what is subnormal is exact.
    c.op(W.F64_ABS);
    c.f64(2 ** 1021);
    c.op(W.F64_LT);
    c.op(W.I32_EQZ);
    c.slowIf();
  }
  unlessInexact(c, () => {
    if (native === W.F64_MUL) {
      if (!FUSES) {
        c.f64(1);
        return;
      }
      notTiny(
        c,
        () => c.get(result),
        () => {
          isZero(c, b);
          isZero(c, second);
          c.op(W.I32_OR);
        },
      ); // prettier-ignore
      madd(
        c,
        () => c.f(b),
        () => c.f(second),
        () => negated(c, () => c.get(result)),
      ); // prettier-ignore
    } else {
      c.f(second);
      if (native === W.F64_SUB) c.op(W.F64_NEG);
      c.set(c.temporary(SECOND));
      sumError(
        c,
        () => c.f(b),
        () => c.get(c.temporary(SECOND)),
      ); // prettier-ignore
    }
  });
  c.get(result);
  c.setF(a);
  return true;
}

function quotient(c: Code, a: number, b: number, second: number): void {
  const result = c.temporary(RESULT);
  c.floatNative();
  c.f(b);
  c.f(second);
  c.op(W.F64_DIV);
  c.tee(result);
  inRange(c, () => isZero(c, b));
  unlessInexact(c, () => {
    if (!FUSES) {
      c.f64(1);
      return;
    }
    notTiny(
      c,
      () => c.f(b),
      () => isZero(c, b),
    ); // prettier-ignore
    madd(
      c,
      () => c.get(result),
      () => c.f(second),
      () => negated(c, () => c.f(b)),
    ); // prettier-ignore
  });
  c.get(result);
  c.setF(a);
}

function root(c: Code, a: number, b: number): void {
  const result = c.temporary(RESULT);
  c.floatNative();
  c.f(b);
  c.op(W.F64_SQRT);
  c.tee(result);
  inRange(c, () => isZero(c, b));
  unlessInexact(c, () => {
    if (!FUSES) {
      c.f64(1);
      return;
    }
    notTiny(
      c,
      () => c.f(b),
      () => isZero(c, b),
    ); // prettier-ignore
    madd(
      c,
      () => c.get(result),
      () => c.get(result),
      () => negated(c, () => c.f(b)),
    ); // prettier-ignore
  });
  c.get(result);
  c.setF(a);
}

/** -(a * b) - c and its kin are one fused multiply-add with signs changed. */
function fused(c: Code, isa: number, a: number, b: number, second: number, third: number): void {
  const result = c.temporary(RESULT);
  const product = c.temporary(FIRST);
  const first = () => {
    c.f(b);
    if (isa === FNMSUB || isa === FNMADD) c.op(W.F64_NEG);
  };
  const last = () => {
    c.f(third);
    if (isa === FMSUB || isa === FNMADD) c.op(W.F64_NEG);
  };
  const zeroProduct = () => {
    isZero(c, b);
    isZero(c, second);
    c.op(W.I32_OR);
  };
  c.floatNative();
  madd(c, first, () => c.f(second), last);
  c.tee(result);
  inRange(c, zeroProduct);
  unlessInexact(c, () => {
    // Exact if the product is, and its sum with the third operand.
    first();
    c.f(second);
    c.op(W.F64_MUL);
    c.set(product);
    notTiny(c, () => c.get(product), zeroProduct);
    madd(
      c,
      first,
      () => c.f(second),
      () => negated(c, () => c.get(product)),
    ); // prettier-ignore
    c.f64(0);
    c.op(W.F64_NE);
    c.slowIf();
    last();
    c.set(c.temporary(SECOND));
    sumError(
      c,
      () => c.get(product),
      () => c.get(c.temporary(SECOND)),
    ); // prettier-ignore
  });
  c.get(result);
  c.setF(a);
}

/** Leaves if one of them is a NaN, which raises a flag, or is to become another one, and is not equal to itself. */
function notNaN(c: Code, b: number, second: number): void {
  for (const r of b === second ? [b] : [b, second]) {
    c.f(r);
    c.f(r);
    c.op(W.F64_NE);
    c.slowIf();
  }
}

function signs(c: Code, isa: number, b: number, second: number): void {
  c.f(b);
  if (b === second) {
    if (isa !== FSGNJ) c.op(isa === FSGNJN ? W.F64_NEG : W.F64_ABS);
    return;
  }
  if (isa === FSGNJX) {
    c.op(W.I64_REINTERPRET_F64);
    c.f(second);
    c.op(W.I64_REINTERPRET_F64);
    c.i64Big(1n << 63n);
    c.op(W.I64_AND);
    c.op(W.I64_XOR);
    c.op(W.F64_REINTERPRET_I64);
    return;
  }
  c.f(second);
  if (isa === FSGNJN) c.op(W.F64_NEG);
  c.op(W.F64_COPYSIGN);
}
