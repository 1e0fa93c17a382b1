// Branches over one instruction that processors mispredict: the lesser and the greater of two values, the absolute value, and counting what fits.
//
// In loops such an instruction is done in any case, and what its register holds is chosen by the condition. That is no gain where the condition
// is foreseen, as most tests for equality and most that set a constant are, and a loss where one choice waits for another: game of life, all of whose short
// branches were so, took 24 % longer, and an AVL tree 70 %, whose heights are the greater of two up the whole way from a leaf.

import * as S from '../engine/generated/slots.js';

/** A decoded instruction, its operation a plain one. */
export interface Plain {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly imm: number;
}

/** Is an instruction better chosen than jumped over by a branch? */
export function isChoice(branch: Plain, { op, a, b, imm }: Plain): boolean {
  if (a === 0 || a > 31) return false;
  const tested = branch.a === a || branch.b === a;
  const orders = ORDERS[branch.op] === 1;
  switch (op) {
    case S.S_MV:
      return orders;
    case S.S_ADDI:
    case S.S_ADDIW:
      return b === a ? !tested : orders;
    case S.S_SUB:
    case S.S_SUBW:
      return b === 0 && imm === a && tested && orders;
    default:
      return false;
  }
}

/** Branches by which is less. */
const ORDERS = new Uint8Array(S.S_JIT + 1);
for (const op of [S.S_BLT, S.S_BGE, S.S_BLTU, S.S_BGEU]) ORDERS[op] = 1;
