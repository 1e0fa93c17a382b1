// What each of the interpreter's operations becomes in WebAssembly: the straight-line part of the translator.
//
// The numbers are those of the decoded slots (scripts/generate-interpreter.mjs). An operation that has no case is left to the interpreter.

import * as S from '../engine/generated/slots.js';
import { host } from './accesses.js';
import { emitAtomic, emitCsr } from './atomics.js';
import type { Code } from './code.js';
import { plain } from './endings.js';
import { emitFence } from './fences.js';
import { emitFloat } from './float.js';
import { emitFloatStatus } from './float-status.js';
import { PAGE, T0 } from './locals.js';
import { isFloatStatus } from './operands.js';
import { divide, divideWords, highProduct, zeroExtend } from './product.js';
import * as W from './wasm.js';

/** Shapes that many operations share; FORM and CODE say for each operation which shape and which WebAssembly instruction it is. */
const OTHER = 0;
const IMMEDIATE = 1; // rs1 and the immediate
const BINARY = 2; // rs1 and rs2
const IMMEDIATE_W = 3; // the same with a sign-extended 32-bit result
const BINARY_W = 4;
const COMPARE = 5;
const COMPARE_IMMEDIATE = 6;
const LOAD = 7;
const STORE = 8;
const SHIFT_ADD = 9; // (rs1 << CODE) + rs2
const SHIFT_ADD_UW = 10; // the same with rs1 zero-extended from 32 bits

const FORM = new Uint8Array(S.S_JIT + 1);
const CODE = new Uint8Array(S.S_JIT + 1);
const BYTES = new Uint8Array(S.S_JIT + 1);

function define(form: number, rows: readonly (readonly [op: number, code: number, bytes?: number])[]): void {
  for (const [op, code, bytes = 0] of rows) {
    FORM[op] = form;
    CODE[op] = code;
    BYTES[op] = bytes;
  }
}

define(IMMEDIATE, [
  [S.S_ADDI, W.I64_ADD],
  [S.S_XORI, W.I64_XOR],
  [S.S_ANDI, W.I64_AND],
  [S.S_ORI, W.I64_OR],
  [S.S_SLLI, W.I64_SHL],
  [S.S_SRLI, W.I64_SHR_U],
  [S.S_SRAI, W.I64_SHR_S],
  [S.S_RORI, W.I64_ROTR],
]); // prettier-ignore
define(BINARY, [
  [S.S_ADD, W.I64_ADD],
  [S.S_SUB, W.I64_SUB],
  [S.S_XOR, W.I64_XOR],
  [S.S_OR, W.I64_OR],
  [S.S_AND, W.I64_AND],
  [S.S_MUL, W.I64_MUL],
  [S.S_SLL, W.I64_SHL],
  [S.S_SRL, W.I64_SHR_U],
  [S.S_SRA, W.I64_SHR_S],
  [S.S_ROL, W.I64_ROTL],
  [S.S_ROR, W.I64_ROTR],
]); // prettier-ignore
define(IMMEDIATE_W, [
  [S.S_ADDIW, W.I32_ADD],
  [S.S_SLLIW, W.I32_SHL],
  [S.S_SRLIW, W.I32_SHR_U],
  [S.S_SRAIW, W.I32_SHR_S],
]); // prettier-ignore
define(BINARY_W, [
  [S.S_ADDW, W.I32_ADD],
  [S.S_SUBW, W.I32_SUB],
  [S.S_MULW, W.I32_MUL],
  [S.S_SLLW, W.I32_SHL],
  [S.S_SRLW, W.I32_SHR_U],
  [S.S_SRAW, W.I32_SHR_S],
  [S.S_ROLW, W.I32_ROTL],
  [S.S_RORW, W.I32_ROTR],
]); // prettier-ignore
define(COMPARE, [
  [S.S_SLT, W.I64_LT_S],
  [S.S_SLTU, W.I64_LT_U],
]); // prettier-ignore
define(COMPARE_IMMEDIATE, [
  [S.S_SLTI, W.I64_LT_S],
  [S.S_SLTIU, W.I64_LT_U],
]); // prettier-ignore
define(LOAD, [
  [S.S_LB, W.I64_LOAD8_S, 1],
  [S.S_LH, W.I64_LOAD16_S, 2],
  [S.S_LW, W.I64_LOAD32_S, 4],
  [S.S_LD, W.I64_LOAD, 8],
  [S.S_LBU, W.I64_LOAD8_U, 1],
  [S.S_LHU, W.I64_LOAD16_U, 2],
  [S.S_LWU, W.I64_LOAD32_U, 4],
]); // prettier-ignore
define(STORE, [
  [S.S_SB, W.I64_STORE8, 1],
  [S.S_SH, W.I64_STORE16, 2],
  [S.S_SW, W.I64_STORE32, 4],
  [S.S_SD, W.I64_STORE, 8],
]); // prettier-ignore
define(SHIFT_ADD, [
  [S.S_SH1ADD, 1],
  [S.S_SH2ADD, 2],
  [S.S_SH3ADD, 3],
]); // prettier-ignore
define(SHIFT_ADD_UW, [
  [S.S_ADD_UW, 0],
  [S.S_SH1ADD_UW, 1],
  [S.S_SH2ADD_UW, 2],
  [S.S_SH3ADD_UW, 3],
]); // prettier-ignore

const OTHER_WORDS = new Set([S.S_RORIW, S.S_LW, S.S_DIVW, S.S_REMW, S.S_DIVUW, S.S_REMUW]);

/** Is the operation's result the sign extension of a word, which an i32 instruction loads or computes? */
export function writesWord(op: number): boolean {
  const p = plain(op);
  return FORM[p] === IMMEDIATE_W || FORM[p] === BINARY_W || OTHER_WORDS.has(p);
}

/** Writes one instruction; false if there is nothing for it here. */
export function emitOperation(c: Code): boolean {
  const { a, b, imm } = c.fields;
  const op = plain(c.fields.op);
  const form = FORM[op]!;
  const code = CODE[op]!;
  switch (form) {
    case OTHER:
      return emitRest(c, op, a, b, imm);
    case LOAD:
      if (op === S.S_LW) {
        c.memory(W.I32_LOAD, host(c, 4, 0));
        c.setRegW(a);
      } else {
        c.memory(code, host(c, BYTES[op]!, 0));
        c.setReg(a, op !== S.S_LD && op !== S.S_LWU);
      }
      return true;
    case STORE: {
      const offset = host(c, BYTES[op]!, 8);
      if (op !== S.S_SD && c.hasHalf(a)) {
        c.regW(a);
        c.memory(op === S.S_SB ? W.I32_STORE8 : op === S.S_SH ? W.I32_STORE16 : W.I32_STORE, offset);
      } else {
        c.reg(a);
        c.memory(code, offset);
      }
      return true;
    }
    case SHIFT_ADD:
    case SHIFT_ADD_UW:
      c.reg(b);
      if (form === SHIFT_ADD_UW) zeroExtend(c);
      if (code > 0) {
        c.i64(code);
        c.op(W.I64_SHL);
      }
      c.reg(imm);
      c.op(W.I64_ADD);
      break;
    case IMMEDIATE_W:
    case BINARY_W:
      c.regW(b);
      if (form === BINARY_W) c.regW(imm);
      else if (imm !== 0) c.i32(imm);
      if (form === BINARY_W || imm !== 0) c.op(code);
      c.setRegW(a);
      return true;
    case COMPARE:
    case COMPARE_IMMEDIATE:
      c.reg(b);
      if (form === COMPARE) c.reg(imm);
      else c.i64(imm);
      c.op(code);
      c.op(W.I64_EXTEND_I32_U);
      c.setReg(a, true);
      return true;
    default:
      if (narrowly(c, op, form, a, b, imm)) return true;
      c.reg(b);
      if (form === BINARY) c.reg(imm);
      else c.i64(imm);
      c.op(code);
  }
  c.setReg(a);
  return true;
}

/** Bitwise operations of words, whose result is one too, where one of the operands has its low half only. */
function narrowly(c: Code, op: number, form: number, a: number, b: number, imm: number): boolean {
  const code = BITWISE[op]!;
  if (code === 0 || !c.mayNarrow(a) || !c.isSigned(b)) return false;
  if (form === BINARY ? !c.isSigned(imm) || !(c.hasHalf(b) || c.hasHalf(imm)) : !c.hasHalf(b)) return false;
  c.regW(b);
  if (form === BINARY) c.regW(imm);
  else c.i32(imm);
  c.op(code);
  c.setRegW(a);
  return true;
}

const BITWISE = new Uint8Array(S.S_JIT + 1);
BITWISE[S.S_AND] = W.I32_AND;
BITWISE[S.S_ANDI] = W.I32_AND;
BITWISE[S.S_OR] = W.I32_OR;
BITWISE[S.S_ORI] = W.I32_OR;
BITWISE[S.S_XOR] = W.I32_XOR;
BITWISE[S.S_XORI] = W.I32_XOR;

function emitRest(c: Code, op: number, a: number, b: number, imm: number): boolean {
  switch (op) {
    case S.S_NOP:
      return true;
    case S.S_LI:
      c.i64(imm);
      c.setReg(a, true);
      return true;
    case S.S_MV:
      if (c.hasHalf(b) && c.isSigned(b) && c.mayNarrow(a)) {
        c.regW(b);
        c.setRegW(a);
      } else {
        const signed = c.isSigned(b);
        c.reg(b);
        c.setReg(a, signed);
      }
      return true;
    case S.S_AUIPC:
      c.get(PAGE);
      c.i64(c.at + imm); // 32 bits hold it: the offset in the page is less than the 4096 that the immediate is a multiple of
      c.op(W.I64_ADD);
      break;
    case S.S_SEXT_B:
      c.reg(b);
      c.op(W.I64_EXTEND8_S);
      break;
    case S.S_SEXT_H:
      c.reg(b);
      c.op(W.I64_EXTEND16_S);
      break;
    case S.S_ZEXT_H:
      c.reg(b);
      c.i64(0xffff);
      c.op(W.I64_AND);
      break;
    case S.S_SLLI_UW:
      c.reg(b);
      zeroExtend(c);
      c.i64(imm);
      c.op(W.I64_SHL);
      break;
    case S.S_RORIW:
      c.regW(b);
      c.i32(imm);
      c.op(W.I32_ROTR);
      c.setRegW(a);
      return true;
    case S.S_ORC_B:
      orBytes(c, b);
      break;
    case S.S_REV8:
      c.reg(b);
      swapHalves(c, 8, 0x00ff_00ff_00ff_00ffn);
      swapHalves(c, 16, 0x0000_ffff_0000_ffffn);
      c.i64(32);
      c.op(W.I64_ROTR);
      break;
    case S.S_ANDN:
    case S.S_ORN:
      c.reg(b);
      c.reg(imm);
      not(c);
      c.op(op === S.S_ANDN ? W.I64_AND : W.I64_OR);
      break;
    case S.S_XNOR:
      c.reg(b);
      c.reg(imm);
      c.op(W.I64_XOR);
      not(c);
      break;
    case S.S_CLZ:
    case S.S_CTZ:
    case S.S_CPOP:
      c.reg(b);
      c.op(op === S.S_CLZ ? W.I64_CLZ : op === S.S_CTZ ? W.I64_CTZ : W.I64_POPCNT);
      break;
    case S.S_CLZW: // leading zeros of the word: those of the word shifted up, with a one behind it
      c.reg(b);
      c.i64(32);
      c.op(W.I64_SHL);
      c.i64Big(0x8000_0000n);
      c.op(W.I64_OR);
      c.op(W.I64_CLZ);
      break;
    case S.S_CTZW:
      c.reg(b);
      c.i64Big(0x1_0000_0000n);
      c.op(W.I64_OR);
      c.op(W.I64_CTZ);
      break;
    case S.S_CPOPW:
      c.reg(b);
      zeroExtend(c);
      c.op(W.I64_POPCNT);
      break;
    case S.S_MAX:
    case S.S_MAXU:
    case S.S_MIN:
    case S.S_MINU:
      c.reg(b);
      c.reg(imm);
      c.reg(b);
      c.reg(imm);
      c.op(op === S.S_MAX ? W.I64_GT_S : op === S.S_MAXU ? W.I64_GT_U : op === S.S_MIN ? W.I64_LT_S : W.I64_LT_U);
      c.op(W.SELECT);
      break;
    case S.S_BCLR:
    case S.S_BCLRI:
    case S.S_BINV:
    case S.S_BINVI:
    case S.S_BSET:
    case S.S_BSETI: {
      c.reg(b);
      c.i64(1);
      if (op === S.S_BCLR || op === S.S_BINV || op === S.S_BSET) c.reg(imm);
      else c.i64(imm);
      c.op(W.I64_SHL);
      if (op === S.S_BCLR || op === S.S_BCLRI) {
        not(c);
        c.op(W.I64_AND);
      } else c.op(op === S.S_BSET || op === S.S_BSETI ? W.I64_OR : W.I64_XOR);
      break;
    }
    case S.S_BEXT:
    case S.S_BEXTI:
      c.reg(b);
      if (op === S.S_BEXT) c.reg(imm);
      else c.i64(imm);
      c.op(W.I64_SHR_U);
      c.i64(1);
      c.op(W.I64_AND);
      break;
    case S.S_CZERO_EQZ:
    case S.S_CZERO_NEZ:
      c.i64(0);
      c.reg(b);
      c.reg(imm);
      c.op(W.I64_EQZ);
      if (op === S.S_CZERO_NEZ) c.op(W.I32_EQZ);
      c.op(W.SELECT);
      break;
    case S.S_MULHU:
    case S.S_MULH:
    case S.S_MULHSU:
      highProduct(c, op, b, imm);
      break;
    case S.S_DIV:
    case S.S_REM:
    case S.S_DIVU:
    case S.S_REMU:
      divide(c, op, b, imm);
      break;
    case S.S_DIVW:
    case S.S_REMW:
    case S.S_DIVUW:
    case S.S_REMUW:
      divideWords(c, op, b, imm);
      c.setRegW(a);
      return true;
    case S.S_FENCE:
      emitFence(c);
      return true;
    case S.S_ATOMIC:
      return emitAtomic(c);
    case S.S_CSR:
      if (isFloatStatus(imm)) emitFloatStatus(c);
      else emitCsr(c);
      return true;
    default:
      return emitFloat(c, op, a, b, imm);
  }
  c.setReg(a);
  return true;
}

function not(c: Code): void {
  c.i64(-1);
  c.op(W.I64_XOR);
}

// The top bit of each byte that is not zero, in T0; then all ones in place of each: 0x80 becomes 0x100 - 1.
function orBytes(c: Code, b: number): void {
  c.reg(b);
  c.i64Big(0x7f7f_7f7f_7f7f_7f7fn);
  c.op(W.I64_AND);
  c.i64Big(0x7f7f_7f7f_7f7f_7f7fn);
  c.op(W.I64_ADD);
  c.reg(b);
  c.op(W.I64_OR);
  c.i64Big(-0x7f7f_7f7f_7f7f_7f80n);
  c.op(W.I64_AND);
  c.tee(T0);
  c.i64(1);
  c.op(W.I64_SHL);
  c.get(T0);
  c.i64(7);
  c.op(W.I64_SHR_U);
  c.op(W.I64_SUB);
}

/** Swaps neighbouring pieces of so many bits; `mask` has the lower ones. */
function swapHalves(c: Code, bits: number, mask: bigint): void {
  c.tee(T0);
  c.i64Big(mask);
  c.op(W.I64_AND);
  c.i64(bits);
  c.op(W.I64_SHL);
  c.get(T0);
  c.i64(bits);
  c.op(W.I64_SHR_U);
  c.i64Big(mask);
  c.op(W.I64_AND);
  c.op(W.I64_OR);
}
