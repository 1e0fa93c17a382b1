// Loads, stores and floating-point accesses whose fast path did not apply, executed from their slot.

import { FP_OFF, fpReady } from './fp-state';
import * as S from './generated/slots';
import { F, FP_STATE, X, XLATE_GPA } from './layout';
import { loadAt, M_DONE, M_TRAP, storeAt } from './memory';
import { R_LEAVE, R_OK, R_TRAP } from './results';
import { illegalInstruction } from './trap';

// @ts-ignore: decorator
@inline function result(outcome: u32): u32 { return outcome == M_DONE ? R_OK : outcome == M_TRAP ? R_TRAP : R_LEAVE; }

/** Executes the access in `slot`; PC is stored. */
export function slowAccess(x: usize, slot: usize): u32 {
  const a = <usize>load<u8>(slot, 2) << 3;
  const va = load<u64>(x + (<usize>load<u8>(slot, 3) << 3)) + <u64>(<i64>load<i32>(slot, 4));
  const op = <u32>load<u16>(slot);
  if (op == S.S_FLH) return loadFloat(x, a, va, 2);
  if (op == S.S_FSH) return storeFloat(x, a, va, 2);
  switch (op & ~1) {
    case S.S_LB: return loadInto(x, a, va, 1, true);
    case S.S_LH: return loadInto(x, a, va, 2, true);
    case S.S_LW: return loadInto(x, a, va, 4, true);
    case S.S_LD: return loadInto(x, a, va, 8, false);
    case S.S_LBU: return loadInto(x, a, va, 1, false);
    case S.S_LHU: return loadInto(x, a, va, 2, false);
    case S.S_LWU: return loadInto(x, a, va, 4, false);
    case S.S_SB: return result(storeAt(x, va, 1, load<u64>(x + a)));
    case S.S_SH: return result(storeAt(x, va, 2, load<u64>(x + a)));
    case S.S_SW: return result(storeAt(x, va, 4, load<u64>(x + a)));
    case S.S_SD: return result(storeAt(x, va, 8, load<u64>(x + a)));
    case S.S_FLW: return loadFloat(x, a, va, 4);
    case S.S_FLD: return loadFloat(x, a, va, 8);
    case S.S_FSW: return storeFloat(x, a, va, 4);
    case S.S_FSD: return storeFloat(x, a, va, 8);
  }
  return illegalInstruction(x);
}

function loadInto(x: usize, a: usize, va: u64, bytes: u32, signed: bool): u32 {
  const outcome = loadAt(x, va, bytes);
  if (outcome == M_TRAP) return R_TRAP;
  let value = load<u64>(x, XLATE_GPA);
  if (signed) {
    const unused = 64 - (bytes << 3);
    value = <u64>(<i64>(value << unused) >> unused);
  }
  store<u64>(x + a, value, X);
  return result(outcome);
}

function loadFloat(x: usize, a: usize, va: u64, bytes: u32): u32 {
  if (load<u32>(x, FP_STATE) == FP_OFF) return illegalInstruction(x);
  const outcome = loadAt(x, va, bytes);
  if (outcome == M_TRAP) return R_TRAP;
  fpReady(x);
  const value = load<u64>(x, XLATE_GPA);
  store<u64>(x + a, value | boxing(bytes), F);
  return result(outcome);
}

/** The ones above a narrower value. */
// @ts-ignore: decorator
@inline function boxing(bytes: u32): u64 { return bytes == 8 ? 0 : ~(<u64>0) << (bytes << 3); }

function storeFloat(x: usize, a: usize, va: u64, bytes: u32): u32 {
  if (load<u32>(x, FP_STATE) == FP_OFF) return illegalInstruction(x);
  return result(storeAt(x, va, bytes, load<u64>(x + a, F)));
}
