// What the operations of slots do with their operands: which read a second register, and which access memory.

import * as S from '../engine/generated/slots.js';
import { operations } from '../isa/extensions/index.js';
import { plain } from './endings.js';

/** Does the operation read a second register, named in the immediate? */
export function readsSecond(p: number): boolean {
  return SECOND[p] === 1;
}

const SECOND = new Uint8Array(S.S_JIT + 1);
for (const op of [
  S.S_ADD,
  S.S_SUB,
  S.S_XOR,
  S.S_OR,
  S.S_AND,
  S.S_MUL,
  S.S_ADDW,
  S.S_SUBW,
  S.S_ADD_UW,
  S.S_SLL,
  S.S_SLT,
  S.S_SLTU,
  S.S_SRL,
  S.S_SRA,
  S.S_SLLW,
  S.S_SRLW,
  S.S_SRAW,
  S.S_MULH,
  S.S_MULHSU,
  S.S_MULHU,
  S.S_DIV,
  S.S_DIVU,
  S.S_REM,
  S.S_REMU,
  S.S_MULW,
  S.S_DIVW,
  S.S_DIVUW,
  S.S_REMW,
  S.S_REMUW,
  S.S_SH1ADD,
  S.S_SH2ADD,
  S.S_SH3ADD,
  S.S_SH1ADD_UW,
  S.S_SH2ADD_UW,
  S.S_SH3ADD_UW,
  S.S_ANDN,
  S.S_ORN,
  S.S_XNOR,
  S.S_MAX,
  S.S_MAXU,
  S.S_MIN,
  S.S_MINU,
  S.S_ROL,
  S.S_ROR,
  S.S_ROLW,
  S.S_RORW,
  S.S_BCLR,
  S.S_BEXT,
  S.S_BINV,
  S.S_BSET,
  S.S_CZERO_EQZ,
  S.S_CZERO_NEZ,
])
  SECOND[op] = 1; // prettier-ignore

/** Bytes that an operation loads or, plus 16, stores at rs1 + imm; 0 for those that do something else. */
export function accessOf(op: number): number {
  return ACCESS[plain(op)]!;
}

const ACCESS = new Uint8Array(S.S_JIT + 1);
for (const [op, access] of [
  [S.S_LB, 1],
  [S.S_LBU, 1],
  [S.S_LH, 2],
  [S.S_LHU, 2],
  [S.S_LW, 4],
  [S.S_LWU, 4],
  [S.S_FLW, 4],
  [S.S_LD, 8],
  [S.S_FLD, 8],
  [S.S_SB, 17],
  [S.S_SH, 18],
  [S.S_SW, 20],
  [S.S_FSW, 20],
  [S.S_SD, 24],
  [S.S_FSD, 24],
] as const)
  ACCESS[op] = access; // prettier-ignore

const SSTATUS = 0x100;
const op = (name: string): number => operations.get(name)!;
/** How interrupts are turned off, on, and back to what they were. What else is done to sstatus has consequences, and belongs to traps. */
const IN_PLACE = new Set(['csrrsi', 'csrrci', 'csrrs'].map(op));
const REGISTER_FORMS = new Set(['csrrw', 'csrrs', 'csrrc'].map(op));

export const FFLAGS = 1;
export const FRM = 2;
export const FCSR = 3;

/** Is an S_CSR slot with this immediate about fflags, frm or fcsr? */
export function isFloatStatus(imm: number): boolean {
  const csr = imm & 0xfff;
  return csr >= FFLAGS && csr <= FCSR;
}

/** Is an S_CSR slot with this immediate done in place: fflags and frm, and by the engine, if nothing follows from it, sstatus? */
export function isCsrInPlace(imm: number): boolean {
  return isFloatStatus(imm) || ((imm & 0xfff) === SSTATUS && IN_PLACE.has(imm >>> 16));
}

/** Does an S_CSR slot name a register, and not the operand itself? */
export function csrReadsRegister(imm: number): boolean {
  return REGISTER_FORMS.has(imm >>> 16);
}

/** What WebAssembly has for atomics: opcode of the 32-bit form, behind which come those of 64, 8 and 16 bits. */
const NATIVE: Readonly<Record<string, number>> = {
  lr: 0x10,
  sc: 0x48,
  amocas: 0x48,
  amoadd: 0x1e,
  amoand: 0x2c,
  amoor: 0x33,
  amoxor: 0x3a,
  amoswap: 0x41,
};

const WIDTHS = ['w', 'd', 'b', 'h'] as const;

/** An atomic that is translated. */
export interface Atomic {
  readonly kind: 'lr' | 'sc' | 'amocas' | 'amo';
  /** The WebAssembly instruction. */
  readonly code: number;
  readonly width: (typeof WIDTHS)[number];
}

const ATOMICS = new Map<number, Atomic>();
for (const [name, op] of operations) {
  const [base, width] = name.split('.') as [string, string | undefined];
  const place = WIDTHS.indexOf(width as 'w');
  const native = NATIVE[base];
  if (place < 0 || native === undefined) continue;
  const kind = base === 'lr' || base === 'sc' || base === 'amocas' ? base : 'amo';
  ATOMICS.set(op, { kind, code: native + place, width: WIDTHS[place]! });
}

/** The atomic in a slot with this immediate, undefined if it is left to the interpreter. */
export function atomicOf(imm: number): Atomic | undefined {
  return ATOMICS.get(imm >>> 16);
}
