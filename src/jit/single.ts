// Singles by WebAssembly's own arithmetic, as double.ts does it with doubles. Unprivileged ISA, "F Extension".
//
// A single has a local of type f32 beside that of the register, which holds it boxed; only where the block ends, or the register is wanted as such, is it boxed.
// What is not boxed is a NaN, and left to the interpreter. Whether a result is exact doubles say: the product of two singles is one, and so is
// what a quotient or a root gives back.

import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { nearest, RTZ, toInteger } from './double.js';
import { FIRST, FUSES_SINGLES, isZero, RESULT, SECOND, sumError, unlessInexact } from './exactness.js';
import { FP_NX, T0 } from './locals.js';
import * as W from './wasm.js';

const op = (name: string): number => operations.get(name) ?? -1;
const FADD = op('fadd.s');
const FSUB = op('fsub.s');
const FMUL = op('fmul.s');
const FDIV = op('fdiv.s');
const FSQRT = op('fsqrt.s');
const FMADD = op('fmadd.s');
const FMSUB = op('fmsub.s');
const FNMSUB = op('fnmsub.s');
const FNMADD = op('fnmadd.s');
const FSGNJ = op('fsgnj.s');
const FSGNJN = op('fsgnjn.s');
const FSGNJX = op('fsgnjx.s');
const FEQ = op('feq.s');
const FLT = op('flt.s');
const FLE = op('fle.s');
const TO_WORD = op('fcvt.w.s');
const TO_LONG = op('fcvt.l.s');
const FROM_WORD = op('fcvt.s.w');
const FROM_WORD_UNSIGNED = op('fcvt.s.wu');
const FROM_LONG = op('fcvt.s.l');
const TO_DOUBLE = op('fcvt.d.s');
const FROM_DOUBLE = op('fcvt.s.d');
const TO_BITS = op('fmv.x.w');
const FROM_BITS = op('fmv.w.x');

const SINGLES = new Set([
  ...[FADD, FSUB, FMUL, FDIV, FSQRT, FMADD, FMSUB, FNMSUB, FNMADD, FSGNJ, FSGNJN, FSGNJX, FEQ, FLT, FLE],
  ...[TO_WORD, TO_LONG, FROM_WORD, FROM_WORD_UNSIGNED, FROM_LONG, TO_DOUBLE, FROM_DOUBLE, TO_BITS, FROM_BITS],
]);

/** Is an operation of the isa one of those that may be native? */
export function isSingle(isa: number): boolean {
  return SINGLES.has(isa);
}

/** Exponents of results that have neither overflowed nor come near underflow. */
const LEAST = 2;
const MOST = 0xfd;

/** Writes an operation of the isa with its rounding mode natively; false if that is not known here to be exact. */
export function emitSingle(c: Code, isa: number, a: number, b: number, imm: number): boolean {
  const rm = (imm >> 10) & 7;
  const second = imm & 31;
  switch (isa) {
    case FADD:
    case FSUB:
      if (!nearest(rm)) return false;
      sum(c, isa === FADD ? W.F32_ADD : W.F32_SUB, a, b, second);
      return true;
    case FMUL:
      if (!nearest(rm)) return false;
      product(c, a, b, second);
      return true;
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
      if (!nearest(rm) || !FUSES_SINGLES) return false;
      fused(c, isa, a, b, second, (imm >> 5) & 31);
      return true;
    case FSGNJ:
    case FSGNJN:
    case FSGNJX:
      c.floatReady();
      want(c, b, second);
      signs(c, isa, b, second);
      c.setSingle(a);
      return true;
    case FEQ:
    case FLT:
    case FLE:
      c.floatReady();
      compare(c, isa === FEQ ? W.F32_EQ : isa === FLT ? W.F32_LT : W.F32_LE, a, b, second);
      return true;
    case TO_BITS:
      c.floatReady();
      if (c.isSingle(b)) {
        c.single(b);
        c.op(W.I32_REINTERPRET_F32);
      } else {
        c.f(b);
        c.op(W.I64_REINTERPRET_F64);
        c.op(W.I32_WRAP_I64);
      }
      c.setRegW(a);
      return true;
    case FROM_BITS:
      c.floatReady();
      c.regW(b);
      c.op(W.F32_REINTERPRET_I32);
      c.setSingle(a);
      return true;
    default:
      return convert(c, isa, rm, a, b);
  }
}

function convert(c: Code, isa: number, rm: number, a: number, b: number): boolean {
  switch (isa) {
    case TO_WORD:
    case TO_LONG:
      if (rm !== RTZ) return false;
      c.floatReady();
      want(c, b);
      toInteger(c, isa === TO_WORD, a, () => promoted(c, b));
      return true;
    case FROM_WORD:
    case FROM_WORD_UNSIGNED: {
      if (!nearest(rm)) return false;
      const signed = isa === FROM_WORD;
      c.floatNative();
      c.regW(b);
      c.op(signed ? W.F32_CONVERT_I32_S : W.F32_CONVERT_I32_U);
      c.set(c.singleTemporary);
      unlessInexact(c, () => {
        result(c);
        c.regW(b);
        c.op(signed ? W.F64_CONVERT_I32_S : W.F64_CONVERT_I32_U);
        c.op(W.F64_SUB);
      });
      break;
    }
    case FROM_LONG:
      if (!nearest(rm)) return false;
      c.floatNative();
      c.reg(b);
      c.op(W.F32_CONVERT_I64_S);
      c.set(c.singleTemporary);
      c.get(FP_NX);
      c.op(W.I32_EQZ);
      c.begin(W.IF);
      // Exact if there are no more than 24 bits.
      c.reg(b);
      c.i64(40);
      c.op(W.I64_SHL);
      c.i64(40);
      c.op(W.I64_SHR_S);
      c.reg(b);
      c.op(W.I64_NE);
      c.slowIf();
      c.end();
      break;
    case TO_DOUBLE:
      if (!nearest(rm)) return false; // exact in all modes, but some are reserved
      c.floatNative();
      want(c, b);
      notNaN(c, b);
      promoted(c, b);
      c.setF(a);
      return true;
    case FROM_DOUBLE:
      if (!nearest(rm)) return false;
      c.floatNative();
      c.f(b);
      c.op(W.F32_DEMOTE_F64);
      c.tee(c.singleTemporary);
      inRange(c, () => isZero(c, b));
      unlessInexact(c, () => {
        result(c);
        c.f(b);
        c.op(W.F64_SUB);
      });
      break;
    default:
      return false;
  }
  c.get(c.singleTemporary);
  c.setSingle(a);
  return true;
}

/** Has the singles of registers in their locals; leaves if one is not boxed. */
function want(c: Code, ...registers: readonly number[]): void {
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

function promoted(c: Code, r: number): void {
  c.single(r);
  c.op(W.F64_PROMOTE_F32);
}

/** Pushes the result as a double. */
function result(c: Code): void {
  c.get(c.singleTemporary);
  c.op(W.F64_PROMOTE_F32);
}

function zero(c: Code, r: number): void {
  c.single(r);
  c.f32(0);
  c.op(W.F32_EQ);
}

/** Leaves unless the result on the stack is well inside the normal range, or is zero and `exactly` says that it should be. */
function inRange(c: Code, exactly: () => void): void {
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

function sum(c: Code, native: number, a: number, b: number, second: number): void {
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

function product(c: Code, a: number, b: number, second: number): void {
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

function quotient(c: Code, a: number, b: number, second: number): void {
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

function root(c: Code, a: number, b: number): void {
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
function fused(c: Code, isa: number, a: number, b: number, second: number, third: number): void {
  const minusFirst = isa === FNMSUB || isa === FNMADD;
  const minusLast = isa === FMSUB || isa === FNMADD;
  c.floatNative();
  want(c, b, second, third);
  for (const [r, minus] of [
    [b, minusFirst],
    [second, false],
    [third, minusLast],
  ] as const) {
    // prettier-ignore
    c.single(r);
    if (minus) c.op(W.F32_NEG);
    c.simd(W.F32X4_SPLAT);
  }
  c.simd(W.F32X4_RELAXED_MADD);
  c.simd(W.F32X4_EXTRACT_LANE);
  c.op(0);
  c.tee(c.singleTemporary);
  inRange(c, () => zeroProduct(c, b, second));
  unlessInexact(c, () => {
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
    unlike(c);
    sumError(
      c,
      () => c.get(c.temporary(FIRST)),
      () => c.get(c.temporary(SECOND)),
    );
  });
  done(c, a);
}

function signs(c: Code, isa: number, b: number, second: number): void {
  if (isa === FSGNJX) {
    for (const r of [second, b]) {
      c.single(r);
      c.op(W.I32_REINTERPRET_F32);
      if (r !== second || b === second) continue;
      c.i32(-0x8000_0000);
      c.op(W.I32_AND);
    }
    if (b === second) {
      c.op(W.I32_AND);
      c.i32(0x7fff_ffff);
      c.op(W.I32_AND);
    } else c.op(W.I32_XOR);
    c.op(W.F32_REINTERPRET_I32);
    return;
  }
  c.single(b);
  c.single(second);
  if (isa === FSGNJN) c.op(W.F32_NEG);
  c.op(W.F32_COPYSIGN);
}

/** A NaN raises a flag, and is not equal to itself. */
function notNaN(c: Code, r: number): void {
  c.single(r);
  c.single(r);
  c.op(W.F32_NE);
  c.slowIf();
}

function compare(c: Code, native: number, a: number, b: number, second: number): void {
  want(c, b, second);
  notNaN(c, b);
  if (b !== second) notNaN(c, second);
  c.single(b);
  c.single(second);
  c.op(native);
  c.op(W.I64_EXTEND_I32_U);
  c.setReg(a);
}
