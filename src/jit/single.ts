// Singles by WebAssembly's own arithmetic, as double.ts does it with doubles. Unprivileged ISA, "F Extension".
//
// A single has a local of type f32 beside that of the register, which holds it boxed; only where the block ends, or the register is wanted as such, is it boxed.
// What is not boxed is a NaN, and left to the interpreter. Whether a result is exact doubles say: the product of two singles is one, and so is
// what a quotient or a root gives back.

import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { fromInteger, rounds, toInteger } from './conversion.js';
import { nearest } from './double.js';
import { isZero, unlessInexact } from './exactness.js';
import { fused, inRange, product, promoted, quotient, result, root, sum, want } from './single-arithmetic.js';
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
const FMIN = op('fmin.s');
const FMAX = op('fmax.s');
const TO_INTEGER = new Set(['w', 'wu', 'l', 'lu'].map((name) => op(`fcvt.${name}.s`)));
const FROM_INTEGER = new Set(['w', 'wu', 'l', 'lu'].map((name) => op(`fcvt.s.${name}`)));
const CONVERTS = [W.F32_CONVERT_I32_S, W.F32_CONVERT_I32_U, W.F32_CONVERT_I64_S, W.F32_CONVERT_I64_U];
const TO_DOUBLE = op('fcvt.d.s');
const FROM_DOUBLE = op('fcvt.s.d');
const TO_BITS = op('fmv.x.w');
const FROM_BITS = op('fmv.w.x');

const SINGLES = new Set([
  ...[FADD, FSUB, FMUL, FDIV, FSQRT, FMADD, FMSUB, FNMSUB, FNMADD, FSGNJ, FSGNJN, FSGNJX, FEQ, FLT, FLE],
  ...[FMIN, FMAX, ...TO_INTEGER, ...FROM_INTEGER, TO_DOUBLE, FROM_DOUBLE, TO_BITS, FROM_BITS],
]);

/** Is an operation of the isa one of those that may be native? */
export function isSingle(isa: number): boolean {
  return SINGLES.has(isa);
}

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
      if (!nearest(rm)) return false;
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
    case FMIN:
    case FMAX:
      c.floatReady();
      want(c, b, second);
      notNaN(c, b);
      if (b !== second) notNaN(c, second);
      c.single(b);
      c.single(second);
      c.op(isa === FMIN ? W.F32_MIN : W.F32_MAX);
      c.setSingle(a);
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
  if (TO_INTEGER.has(isa)) {
    if (!rounds(rm)) return false;
    c.floatReady();
    want(c, b);
    toInteger(c, isa, rm, a, () => promoted(c, b));
    return true;
  }
  if (FROM_INTEGER.has(isa)) {
    if (!nearest(rm)) return false;
    fromInteger(c, isa, b, CONVERTS, 24);
    c.setSingle(a);
    return true;
  }
  switch (isa) {
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
