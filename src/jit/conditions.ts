// The conditions of branches: words are compared as such. Unprivileged ISA, "Conditional Branches".

import * as S from '../engine/generated/slots.js';
import type { Code } from './code.js';
import { plain } from './endings.js';
import * as W from './wasm.js';

/** Pushes whether the branch is taken. */
export function emitCondition(c: Code): void {
  const { op, a, b } = c.fields;
  const code = CONDITION.get(plain(op))!;
  if (c.isSigned(a) && c.isSigned(b) && (c.hasHalf(a) || c.hasHalf(b))) {
    // Sign extension keeps the order, unsigned too.
    c.regW(a);
    c.regW(b);
    c.op(NARROW.get(code)!);
    return;
  }
  c.reg(a);
  c.reg(b);
  c.op(code);
}

/** The comparison of each conditional branch. */
const CONDITION = new Map<number, number>([
  [S.S_BEQ, W.I64_EQ],
  [S.S_BNE, W.I64_NE],
  [S.S_BLT, W.I64_LT_S],
  [S.S_BGE, W.I64_GE_S],
  [S.S_BLTU, W.I64_LT_U],
  [S.S_BGEU, W.I64_GE_U],
  [S.S_BEQ_FAR, W.I64_EQ],
  [S.S_BNE_FAR, W.I64_NE],
  [S.S_BLT_FAR, W.I64_LT_S],
  [S.S_BGE_FAR, W.I64_GE_S],
  [S.S_BLTU_FAR, W.I64_LT_U],
  [S.S_BGEU_FAR, W.I64_GE_U],
]);

/** Comparisons of words. */
const NARROW = new Map<number, number>([
  [W.I64_EQ, W.I32_EQ],
  [W.I64_NE, W.I32_NE],
  [W.I64_LT_S, W.I32_LT_S],
  [W.I64_GE_S, W.I32_GE_S],
  [W.I64_LT_U, W.I32_LT_U],
  [W.I64_GE_U, W.I32_GE_U],
]);
