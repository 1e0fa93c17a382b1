// Floating point in translated code. Registers f0..f31 are locals of type f64 from entry to exit, which keep the bits of any NaN or boxed value.
//
// What double.ts and single.ts have is native; the rest calls the engine's fpExecute in place, or its fused multiply-add where WebAssembly has none: registers
// go through memory then. Unprivileged ISA, "F Extension", "D Extension".

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { operations } from '../isa/extensions/index.js';
import { host } from './accesses.js';
import { type Code, FN_FLOAT, FN_FMA } from './code.js';
import { emitArithmetic, emitDouble } from './double.js';
import { floatRegisters, readsInteger, writesInteger } from './float-operands.js';
import { X } from './locals.js';
import { emitSingle } from './single.js';
import * as W from './wasm.js';

const FMADD_D = operations.get('fmadd.d');
const FMSUB_D = operations.get('fmsub.d');
const FNMSUB_D = operations.get('fnmsub.d');
const FNMADD_D = operations.get('fnmadd.d');
const NATIVE = new Map<number, number>([
  [S.S_FADD_D, W.F64_ADD],
  [S.S_FSUB_D, W.F64_SUB],
  [S.S_FMUL_D, W.F64_MUL],
]); // prettier-ignore

export function emitFloat(c: Code, op: number, a: number, b: number, imm: number): boolean {
  let offset: number;
  switch (op) {
    case S.S_FLD:
      c.floatReady();
      c.memory(W.F64_LOAD, host(c, 8, 0));
      c.setF(a);
      return true;
    case S.S_FLW:
      c.floatReady();
      if (c.maySingle(a)) {
        c.memory(W.F32_LOAD, host(c, 4, 0));
        c.setSingle(a);
        return true;
      }
      c.memory(W.I64_LOAD32_U, host(c, 4, 0));
      c.i64Big(0xffff_ffff_0000_0000n);
      c.op(W.I64_OR);
      c.op(W.F64_REINTERPRET_I64);
      c.setF(a);
      return true;
    case S.S_FSD:
      c.floatReady();
      offset = host(c, 8, 8);
      c.f(a);
      c.memory(W.F64_STORE, offset);
      return true;
    case S.S_FSW:
      c.floatReady();
      offset = host(c, 4, 8);
      if (c.isSingle(a)) {
        c.single(a);
        c.memory(W.F32_STORE, offset);
        return true;
      }
      c.f(a);
      c.op(W.I64_REINTERPRET_F64);
      c.memory(W.I64_STORE32, offset);
      return true;
    case S.S_FADD_D:
    case S.S_FSUB_D:
    case S.S_FMUL_D:
      return emitArithmetic(c, NATIVE.get(op)!, a, b, imm) || byEngine(c, a, b, imm);
    case S.S_FP:
      return emitDouble(c, imm >>> 16, a, b, imm) || emitSingle(c, imm >>> 16, a, b, imm) || byEngine(c, a, b, imm);
  }
  return false;
}

/** Calls the engine. */
function byEngine(c: Code, a: number, b: number, imm: number): boolean {
  const op = imm >>> 16;
  const rm = (imm >> 10) & 7;
  c.floatReady();
  if (op === FMADD_D || op === FMSUB_D || op === FNMSUB_D || op === FNMADD_D) {
    if (rm === 5 || rm === 6) return false;
    fused(c, op, a, b, imm, rm);
  } else {
    if (readsInteger(imm)) {
      c.get(X);
      c.reg(b);
      c.memory(W.I64_STORE, L.X + b * 8);
    }
    floatRegisters(
      S.S_FP,
      a,
      b,
      imm,
      (r) => {
        c.get(X);
        c.f(r);
        c.memory(W.F64_STORE, L.F + r * 8);
      },
      () => {},
    ); // prettier-ignore
    c.get(X);
    for (const argument of [op, a, b, imm & 31, (imm >> 5) & 31, rm]) c.i32(argument);
    c.call(FN_FLOAT);
    c.op(W.I32_EQZ);
    c.slowIf();
    c.get(X);
    if (writesInteger(imm)) {
      c.memory(W.I64_LOAD, L.X + a * 8);
      c.setReg(a);
    } else {
      c.memory(W.F64_LOAD, L.F + a * 8);
      c.setF(a);
    }
  }
  c.floatState(); // NX may have been set
  return true;
}

/** -(a * b) - c and its kin are one fused multiply-add with signs changed. */
function fused(c: Code, op: number, a: number, b: number, imm: number, rm: number): void {
  if (rm === 7) {
    c.get(X);
    c.memory(W.I32_LOAD, L.FRM);
    c.i32(5);
    c.op(W.I32_GE_U);
    c.slowIf();
  }
  const operand = (r: number, negate: boolean) => {
    c.f(r);
    c.op(W.I64_REINTERPRET_F64);
    if (!negate) return;
    c.i64Big(1n << 63n);
    c.op(W.I64_XOR);
  };
  c.get(X);
  operand(b, op === FNMSUB_D || op === FNMADD_D);
  operand(imm & 31, false);
  operand((imm >> 5) & 31, op === FMSUB_D || op === FNMADD_D);
  if (rm === 7) {
    c.get(X);
    c.memory(W.I32_LOAD, L.FRM);
  } else c.i32(rm);
  c.call(FN_FMA);
  c.op(W.F64_REINTERPRET_I64);
  c.setF(a);
}
