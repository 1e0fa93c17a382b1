// Jumps and branches of a hart without compressed instructions, where a target may lie between two instructions (IALIGN = 32): the
// exception belongs to the jump, not to its target. Unpriv. ISA, "Control Transfer Instructions".

import { immB, immI, immJ, rs2 } from './fields';
import * as I from './generated/isa';
import { fetchBits } from './insn';
import { PC } from './layout';
import { R_JUMP, R_OK, R_TRAP } from './results';
import { raise } from './trap';

const FETCH_MISALIGNED: u64 = 0;

/** Executes JALR (rs1 holds `a`), or a JAL or branch whose target is known to be misaligned. `rd` is X_SINK for x0. */
export function misalignableJump(x: usize, op: u32, rd: u32, a: u64): u32 {
  const pc = load<u64>(x, PC);
  const w = fetchBits(x);
  if (op == I.OP_JALR) {
    const target = (a + <u64>(<i64>immI(w))) & ~1;
    if (target & 2) return misaligned(x, target);
    store<u64>(x + (<usize>rd << 3), pc + 4);
    store<u64>(x, target, PC);
    return R_JUMP;
  }
  if (op == I.OP_JAL) return misaligned(x, pc + <u64>(<i64>immJ(w)));
  if (!taken(op, a, load<u64>(x + (<usize>(rs2(w)) << 3)))) return R_OK;
  return misaligned(x, pc + <u64>(<i64>immB(w)));
}

function misaligned(x: usize, target: u64): u32 {
  raise(x, FETCH_MISALIGNED, target);
  return R_TRAP;
}

function taken(op: u32, a: u64, b: u64): bool {
  switch (op) {
    case I.OP_BEQ: return a == b;
    case I.OP_BNE: return a != b;
    case I.OP_BLT: return <i64>a < <i64>b;
    case I.OP_BGE: return <i64>a >= <i64>b;
    case I.OP_BLTU: return a < b;
  }
  return a >= b;
}
