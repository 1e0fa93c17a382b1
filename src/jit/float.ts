// Floating point in translated code. The registers f0..f31 stay in memory.
//
// Sums and products of doubles are WebAssembly's own where nothing but NX can be raised and NX is set already; a fused multiply-add calls the engine's,
// everything else the engine's fpExecute, in place. Unprivileged ISA, "F Extension", "D Extension".

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { operations } from '../isa/index.js';
import { type Code, FN_FLOAT, FN_FMA, host } from './code.js';
import { FP_NATIVE, FP_READY, T0, T1, X } from './locals.js';
import * as W from './wasm.js';

/** Operations of the isa that write an integer register, and that read one. */
const TO_INTEGER = new Set<number>();
const FROM_INTEGER = new Set<number>();
for (const [name, op] of operations) {
  if (/^(feq|flt|fle|fltq|fleq|fclass|fcvtmod)\.|^fcvt\.(w|wu|l|lu)\.|^fmvh?\.x\./.test(name)) TO_INTEGER.add(op);
  if (/^fcvt\.[sdh]\.(w|wu|l|lu)$|^fmv\.[wdh]\.x$/.test(name)) FROM_INTEGER.add(op);
}

const FMADD_D = operations.get('fmadd.d');
const FMSUB_D = operations.get('fmsub.d');
const FNMSUB_D = operations.get('fnmsub.d');
const FNMADD_D = operations.get('fnmadd.d');
const NATIVE = new Map<number, number>([
  [S.S_FADD_D, W.F64_ADD],
  [S.S_FSUB_D, W.F64_SUB],
  [S.S_FMUL_D, W.F64_MUL],
]); // prettier-ignore

/** Does a slot with S_FP write an integer register? */
export function writesInteger(imm: number): boolean {
  return TO_INTEGER.has(imm >>> 16);
}

/** Does a slot with S_FP read an integer register? */
export function readsInteger(imm: number): boolean {
  return FROM_INTEGER.has(imm >>> 16);
}

export function emitFloat(c: Code, op: number, a: number, b: number, imm: number): boolean {
  switch (op) {
    case S.S_FLW:
    case S.S_FLD:
      c.get(FP_READY);
      c.op(W.I32_EQZ);
      c.slowIf();
      c.get(X);
      host(c, op === S.S_FLW ? 4 : 8, 0);
      c.memory(op === S.S_FLW ? W.I64_LOAD32_U : W.I64_LOAD, 0);
      if (op === S.S_FLW) {
        c.i64Big(0xffff_ffff_0000_0000n);
        c.op(W.I64_OR);
      }
      c.memory(W.I64_STORE, L.F + a * 8);
      return true;
    case S.S_FSW:
    case S.S_FSD:
      c.get(FP_READY);
      c.op(W.I32_EQZ);
      c.slowIf();
      host(c, op === S.S_FSW ? 4 : 8, 8);
      c.get(X);
      c.memory(W.I64_LOAD, L.F + a * 8);
      c.memory(op === S.S_FSW ? W.I64_STORE32 : W.I64_STORE, 0);
      return true;
    case S.S_FADD_D:
    case S.S_FSUB_D:
    case S.S_FMUL_D:
      return arithmetic(c, NATIVE.get(op)!, a, b, imm);
    case S.S_FP:
      return byEngine(c, a, b, imm);
  }
  return false;
}

/** The native operation if it is exact, else the engine's, in place. */
function arithmetic(c: Code, native: number, a: number, b: number, imm: number): boolean {
  const rm = (imm >> 10) & 7;
  if (rm !== 7 && rm !== 0) return byEngine(c, a, b, imm);
  c.get(X);
  c.memory(W.F64_LOAD, L.F + b * 8);
  c.get(X);
  c.memory(W.F64_LOAD, L.F + (imm & 31) * 8);
  c.op(native);
  c.op(W.I64_REINTERPRET_F64);
  c.tee(T0);
  // Well inside the normal range? Exponent 2..0x7fe.
  c.i64(52);
  c.op(W.I64_SHR_U);
  c.i64(0x7ff);
  c.op(W.I64_AND);
  c.i64(2);
  c.op(W.I64_SUB);
  c.i64(0x7fd);
  c.op(W.I64_LT_U);
  c.get(FP_NATIVE);
  c.op(W.I32_AND);
  c.begin(W.IF);
  c.get(X);
  c.get(T0);
  c.memory(W.I64_STORE, L.F + a * 8);
  c.otherwise();
  byEngine(c, a, b, imm);
  c.end();
  return true;
}

/** Calls the engine: registers that are integer go through memory. */
function byEngine(c: Code, a: number, b: number, imm: number): boolean {
  const op = imm >>> 16;
  const rm = (imm >> 10) & 7;
  c.get(FP_READY);
  c.op(W.I32_EQZ);
  c.slowIf();
  if (op === FMADD_D || op === FMSUB_D || op === FNMSUB_D || op === FNMADD_D) {
    if (rm === 5 || rm === 6) return false;
    fused(c, op, a, b, imm, rm);
  } else {
    if (FROM_INTEGER.has(op)) {
      c.get(X);
      c.reg(b);
      c.memory(W.I64_STORE, L.X + b * 8);
    }
    c.get(X);
    for (const argument of [op, a, b, imm & 31, (imm >> 5) & 31, rm]) c.i32(argument);
    c.call(FN_FLOAT);
    c.op(W.I32_EQZ);
    c.slowIf();
    if (TO_INTEGER.has(op)) {
      c.get(X);
      c.memory(W.I64_LOAD, L.X + a * 8);
      c.setReg(a);
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
    c.get(X);
    c.memory(W.I64_LOAD, L.F + r * 8);
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
  c.set(T1);
  c.get(X);
  c.get(T1);
  c.memory(W.I64_STORE, L.F + a * 8);
}
