// fflags, frm and fcsr in translated code. Compilers save and restore fflags around comparisons that must not signal (as before each square root of C, which
// sets errno), and mathematical libraries exchange fcsr. Unprivileged ISA, "F Extension", "Floating-Point Control and Status Register".

import * as L from '../engine/hart/layout.js';
import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { FP_NX, T0, T1, X } from './locals.js';
import { FCSR, FFLAGS, FRM } from './operands.js';
import * as W from './wasm.js';

/** Bits of fcsr. */
const NX = 1;
const FLAGS = 31;
const MODE = 7;
const MODE_SHIFT = 5;

const op = (name: string): number => operations.get(name)!;
const REPLACES = new Set([op('csrrw'), op('csrrwi')]);
const SETS = new Set([op('csrrs'), op('csrrsi')]);
const IMMEDIATE = new Set([op('csrrwi'), op('csrrsi'), op('csrrci')]);

/** Does it all in place: with the unit on and marked dirty, nothing but the bits changes. */
export function emitFloatStatus(c: Code): void {
  const { a, b, imm } = c.fields;
  const csr = imm & 0xfff;
  const isa = imm >>> 16;
  c.floatReady();
  read(c, csr);
  c.set(T0);
  const writes = REPLACES.has(isa) || b !== 0;
  if (writes) {
    combined(c, isa, b);
    write(c, csr);
  }
  if (a === 0 || a === L.X_SINK) return;
  c.get(T0);
  c.setReg(a);
}

/** Pushes the register, an i64. */
function read(c: Code, csr: number): void {
  if (csr !== FRM) {
    c.get(X);
    c.memory(W.I64_LOAD32_U, L.FFLAGS);
  }
  if (csr !== FFLAGS) {
    c.get(X);
    c.memory(W.I64_LOAD32_U, L.FRM);
  }
  if (csr !== FCSR) return;
  c.i64(MODE_SHIFT);
  c.op(W.I64_SHL);
  c.op(W.I64_OR);
}

/** Pushes what is to be written: of what T0 holds and the operand, as an i64. */
function combined(c: Code, isa: number, b: number): void {
  const operand = (): void => {
    if (IMMEDIATE.has(isa)) c.i64(b);
    else c.reg(b);
  };
  if (REPLACES.has(isa)) {
    operand();
    return;
  }
  c.get(T0);
  operand();
  if (SETS.has(isa)) {
    c.op(W.I64_OR);
    return;
  }
  c.i64(-1);
  c.op(W.I64_XOR);
  c.op(W.I64_AND);
}

/** Pops an i64. What the function knows of flags and mode it knows anew. */
function write(c: Code, csr: number): void {
  c.set(T1);
  if (csr !== FRM) store(c, L.FFLAGS, 0, FLAGS);
  if (csr !== FFLAGS) store(c, L.FRM, csr === FCSR ? MODE_SHIFT : 0, MODE);
  if (csr !== FFLAGS) {
    c.roundingChanged();
    return;
  }
  c.get(T1);
  c.op(W.I32_WRAP_I64);
  c.i32(NX);
  c.op(W.I32_AND);
  c.set(FP_NX);
}

/** Bits of T1 to a word of the vCPU. */
function store(c: Code, field: number, shift: number, mask: number): void {
  c.get(X);
  c.get(T1);
  if (shift !== 0) {
    c.i64(shift);
    c.op(W.I64_SHR_U);
  }
  c.i64(mask);
  c.op(W.I64_AND);
  c.memory(W.I64_STORE32, field);
}
