// Landing pads: an indirect jump must arrive at an LPAD instruction, where that is asked for.
// Unpriv. ISA, "Zicfilp for Landing Pad"; Priv. ISA, "Landing Pad (Zicfilp)".
//
// Where it is asked for, pages are decoded so that JALR leaves the interpreter's loop, unless it returns or says that its target is
// guarded otherwise. It sets ELP and jumps; run.ts looks at ELP before it executes the first instruction there.
import { CAUSE_SOFTWARE_CHECK, STATUS_MPELP, STATUS_SPELP } from './csr-fields';
import { FEATURE_C, hasFeature, landingPadsOn } from './features';
import { immI } from './fields';
import { fetchBits } from './insn';
import { expandCompressed } from './generated/isa';
import { ELP, MSTATUS, PC, VSSTATUS } from './layout';
import { R_JUMP, R_TRAP } from './results';
import { raise } from './trap';

const FETCH_MISALIGNED: u64 = 0;
/** xtval of a software check: the landing pad is missing or another one. */
const LANDING_PAD_FAULT: u64 = 2;
/** x7 says which label the jump expects. */
const LABEL_REGISTER: usize = 7 * 8;

/** Executes a JALR, C.JALR or C.JR that must arrive at a landing pad. */
export function guardedJump(x: usize, rd: u32, rs1: u32): u32 {
  const pc = load<u64>(x, PC);
  const bits = fetchBits(x);
  const compressed = (bits & 3) != 3;
  const w = compressed ? expandCompressed(bits) : bits;
  const target = (load<u64>(x + (<usize>rs1 << 3)) + <u64>(<i64>immI(w))) & ~1;
  if (target & 2 && !hasFeature(x, FEATURE_C)) {
    raise(x, FETCH_MISALIGNED, target);
    return R_TRAP;
  }
  store<u64>(x + (<usize>rd << 3), pc + (compressed ? 2 : 4));
  store<u64>(x, target, PC);
  store<u64>(x, landingPadsOn(x) ? 1 : 0, ELP);
  return R_JUMP;
}

/** The instruction at PC, which has been fetched, is the first one after such a jump. False: it is no proper landing pad. */
export function land(x: usize): bool {
  const w = fetchBits(x);
  const label = w >> 12;
  const isPad = !(load<u64>(x, PC) & 3) && (w & 0xfff) == 0x017;
  if (isPad && (label == 0 || label == <u32>load<u64>(x, LABEL_REGISTER) >> 12)) {
    store<u64>(x, 0, ELP);
    return true;
  }
  raise(x, CAUSE_SOFTWARE_CHECK, LANDING_PAD_FAULT);
  return false;
}

// ---- traps and returns ----------------------------------------------------------------------------------------------

/** `status` of the level a trap goes to, with ELP stacked in its `field`; nothing is expected of the handler. */
export function stackLandingPad(x: usize, status: u64, field: u64): u64 {
  const expected = load<u64>(x, ELP) != 0;
  store<u64>(x, 0, ELP);
  return expected ? status | field : status & ~field;
}

/** ELP as it was before the trap that the hart returns from, if it is asked for in the mode it now is in. */
export function restoreLandingPad(x: usize, status: u64, field: u64): void {
  store<u64>(x, status & field && landingPadsOn(x) ? 1 : 0, ELP);
}
