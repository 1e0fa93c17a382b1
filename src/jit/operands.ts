// Which operations read a second register, named in the slot's immediate.

import * as S from '../engine/generated/slots.js';

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
