// Traps: raising an exception, choosing the level that takes it, entering its handler, or leaving the engine if the
// level belongs to TypeScript. Priv. ISA, "Machine Trap Delegation"; Hypervisor, "Traps", "Trap Entry".
import {
  EXIT_CAUSE,
  EXIT_CRITICAL,
  EXIT_GPA,
  EXIT_GVA,
  EXIT_NONE,
  EXIT_OUTER_FAULT,
  EXIT_PRIV,
  EXIT_REASON,
  EXIT_TINST,
  EXIT_TRAP,
  EXIT_TVAL,
  EXIT_TVAL2,
  EXIT_VIRT,
  HEDELEG,
  HENVCFG,
  HIDELEG,
  HSTATUS,
  HTINST,
  HTVAL,
  MCAUSE,
  MEDELEG,
  MENVCFG,
  MEPC,
  MIDELEG,
  MSTATUS,
  MTINST,
  MTVAL,
  MTVAL2,
  MTVEC,
  OWNED,
  OWN_HS,
  OWN_M,
  PC,
  PRIV,
  SCAUSE,
  SEPC,
  STAT_TRAPS,
  STVAL,
  STVEC,
  TRAP_CAUSE,
  TRAP_GVA,
  TRAP_OUTER,
  TRAP_TINST,
  TRAP_TVAL,
  TRAP_TVAL2,
  VIRT,
  VSCAUSE,
  VSEPC,
  VSSTATUS,
  VSTVAL,
  VSTVEC,
} from './layout';
import {
  CAUSE_DOUBLE_TRAP,
  CAUSE_ILLEGAL,
  CAUSE_VIRTUAL,
  ENVCFG_DTE,
  HSTATUS_GVA,
  HSTATUS_SPV,
  HSTATUS_SPVP,
  INTERRUPT,
  STATUS_GVA,
  STATUS_MDT,
  STATUS_MIE,
  STATUS_MPELP,
  STATUS_MPIE,
  STATUS_MPP,
  STATUS_MPP_SHIFT,
  STATUS_MPV,
  STATUS_SDT,
  STATUS_SIE,
  STATUS_SPELP,
  STATUS_SPIE,
  STATUS_SPP,
} from './csr-fields';
import { modeChanged, retired } from './counters';
import { FEATURE_SMDBLTRP, hasFeature } from './features';
import { stackLandingPad } from './landing-pad';
import { fetchBits } from './memory';
import { R_TRAP } from './results';

/** Levels a trap can go to. */
const TO_VS: u32 = 0;
const TO_HS: u32 = 1;
const TO_M: u32 = 2;

/** Exceptions whose tval is an address in the space the hart runs in: misaligned, access, breakpoint and page faults. */
const ADDRESS_CAUSES: u64 =
  (1 << 0) | (1 << 1) | (1 << 3) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 12) | (1 << 13) | (1 << 15);

/** Notes an exception at PC. A guest address in `tval` is inferred from V; HLV, HSV and MPRV use `raiseAccess`. */
export function raise(x: usize, cause: u64, tval: u64): void {
  store<u64>(x, cause, TRAP_CAUSE);
  store<u64>(x, tval, TRAP_TVAL);
  store<u64>(x, 0, TRAP_TVAL2);
  store<u64>(x, 0, TRAP_TINST);
  store<u32>(x, 0, TRAP_GVA);
  store<u32>(x, 0, TRAP_OUTER);
}

/** Notes an exception of an explicit memory access: `guest` if `va` is a guest virtual address whatever V is. */
export function raiseAccess(x: usize, cause: u64, va: u64, tinst: u64, guest: bool): void {
  raise(x, cause, va);
  store<u64>(x, tinst, TRAP_TINST);
  store<u32>(x, <u32>guest, TRAP_GVA);
}

/** Notes a guest-page fault, or (`outer`) a fault of the outermost stage, which only TypeScript can handle. */
export function raiseGuestPage(x: usize, cause: u64, gva: u64, gpa: u64, tinst: u64, outer: bool): void {
  raise(x, cause, gva);
  store<u64>(x, gpa >> 2, TRAP_TVAL2);
  store<u64>(x, tinst, TRAP_TINST);
  store<u32>(x, <u32>(!outer || load<u32>(x, VIRT) != 0), TRAP_GVA);
  store<u32>(x, <u32>outer, TRAP_OUTER);
  store<u64>(x, gpa, EXIT_GPA);
}

/** The instruction at PC is illegal. */
export function illegalInstruction(x: usize): u32 {
  raise(x, CAUSE_ILLEGAL, <u64>fetchBits(x));
  return R_TRAP;
}

/** The instruction at PC is one that HS-mode could execute and a guest may not. */
export function virtualInstruction(x: usize): u32 {
  raise(x, CAUSE_VIRTUAL, <u64>fetchBits(x));
  return R_TRAP;
}

/** The level that takes `cause` in the hart's present mode. */
function targetLevel(x: usize, cause: u64): u32 {
  if (load<u32>(x, PRIV) == 3) return TO_M;
  const interrupt = (cause & INTERRUPT) != 0;
  const code = cause & 63;
  const medeleg = interrupt ? load<u64>(x, MIDELEG) : load<u64>(x, MEDELEG);
  if (!((medeleg >> code) & 1)) return TO_M;
  if (!load<u32>(x, VIRT)) return TO_HS;
  const hedeleg = interrupt ? load<u64>(x, HIDELEG) : load<u64>(x, HEDELEG);
  return (hedeleg >> code) & 1 ? TO_VS : TO_HS;
}

/** Where handler code for `cause` starts. */
function vector(tvec: u64, cause: u64): u64 {
  const base = tvec & ~3;
  return tvec & 1 && cause & INTERRUPT ? base + ((cause & 63) << 2) : base;
}

/** VS-level interrupts are seen by the guest under the numbers of S-level ones. */
function guestCause(cause: u64): u64 {
  if (!(cause & INTERRUPT)) return cause;
  const code = cause & 63;
  return code == 2 || code == 6 || code == 10 ? cause - 1 : cause;
}

/** Enters the VS-mode handler. `cause` is as the guest sees it. */
export function enterVs(x: usize, cause: u64, tval: u64): void {
  let status = load<u64>(x, VSSTATUS) & ~(STATUS_SPIE | STATUS_SPP);
  if (status & STATUS_SIE) status |= STATUS_SPIE;
  if (load<u32>(x, PRIV)) status |= STATUS_SPP;
  if (load<u64>(x, HENVCFG) & ENVCFG_DTE) status |= STATUS_SDT;
  status = stackLandingPad(x, status, STATUS_SPELP);
  store<u64>(x, status & ~STATUS_SIE, VSSTATUS);
  store<u64>(x, load<u64>(x, PC), VSEPC);
  store<u64>(x, cause, VSCAUSE);
  store<u64>(x, tval, VSTVAL);
  store<u32>(x, 1, PRIV);
  store<u64>(x, vector(load<u64>(x, VSTVEC), cause), PC);
}

function enterHs(x: usize, cause: u64, gva: bool): void {
  const priv = load<u32>(x, PRIV);
  let status = load<u64>(x, MSTATUS) & ~(STATUS_SPIE | STATUS_SPP);
  if (status & STATUS_SIE) status |= STATUS_SPIE;
  if (priv) status |= STATUS_SPP;
  if (load<u64>(x, MENVCFG) & ENVCFG_DTE) status |= STATUS_SDT;
  status = stackLandingPad(x, status, STATUS_SPELP);
  store<u64>(x, status & ~STATUS_SIE, MSTATUS);
  let hstatus = load<u64>(x, HSTATUS) & ~(HSTATUS_SPV | HSTATUS_GVA);
  if (gva) hstatus |= HSTATUS_GVA;
  if (load<u32>(x, VIRT)) {
    hstatus = (hstatus & ~HSTATUS_SPVP) | HSTATUS_SPV;
    if (priv) hstatus |= HSTATUS_SPVP;
  }
  store<u64>(x, hstatus, HSTATUS);
  store<u64>(x, load<u64>(x, PC), SEPC);
  store<u64>(x, cause, SCAUSE);
  store<u64>(x, load<u64>(x, TRAP_TVAL), STVAL);
  store<u64>(x, load<u64>(x, TRAP_TVAL2), HTVAL);
  store<u64>(x, load<u64>(x, TRAP_TINST), HTINST);
  store<u32>(x, 1, PRIV);
  store<u32>(x, 0, VIRT);
  store<u64>(x, vector(load<u64>(x, STVEC), cause), PC);
}

function enterM(x: usize, cause: u64, gva: bool): void {
  let status = load<u64>(x, MSTATUS) & ~(STATUS_MPIE | STATUS_MPP | STATUS_MPV | STATUS_GVA);
  if (status & STATUS_MIE) status |= STATUS_MPIE;
  status |= (<u64>load<u32>(x, PRIV)) << STATUS_MPP_SHIFT;
  if (load<u32>(x, VIRT)) status |= STATUS_MPV;
  if (gva) status |= STATUS_GVA;
  if (hasFeature(x, FEATURE_SMDBLTRP)) status |= STATUS_MDT;
  status = stackLandingPad(x, status, STATUS_MPELP);
  store<u64>(x, status & ~STATUS_MIE, MSTATUS);
  store<u64>(x, load<u64>(x, PC), MEPC);
  store<u64>(x, cause, MCAUSE);
  store<u64>(x, load<u64>(x, TRAP_TVAL), MTVAL);
  store<u64>(x, load<u64>(x, TRAP_TVAL2), MTVAL2);
  store<u64>(x, load<u64>(x, TRAP_TINST), MTINST);
  store<u32>(x, 3, PRIV);
  store<u32>(x, 0, VIRT);
  store<u64>(x, vector(load<u64>(x, MTVEC), cause), PC);
}

/** Fills the exit record from the pending trap; the hart's state stays as it is. */
function leave(x: usize, reason: u32, gva: bool): u32 {
  store<u32>(x, reason, EXIT_REASON);
  store<u32>(x, load<u32>(x, PRIV), EXIT_PRIV);
  store<u32>(x, load<u32>(x, VIRT), EXIT_VIRT);
  store<u32>(x, <u32>gva, EXIT_GVA);
  store<u64>(x, load<u64>(x, TRAP_CAUSE), EXIT_CAUSE);
  store<u64>(x, load<u64>(x, TRAP_TVAL), EXIT_TVAL);
  store<u64>(x, load<u64>(x, TRAP_TVAL2), EXIT_TVAL2);
  store<u64>(x, load<u64>(x, TRAP_TINST), EXIT_TINST);
  return reason;
}

/** Takes the pending trap at PC: enters the handler (EXIT_NONE), or says why the engine must be left. */
export function takeTrap(x: usize): u32 {
  const cause = load<u64>(x, TRAP_CAUSE);
  let gva = load<u32>(x, TRAP_GVA) != 0;
  if (load<u32>(x, VIRT) && !(cause & INTERRUPT) && (ADDRESS_CAUSES >> (cause & 63)) & 1) gva = true;
  if (load<u32>(x, TRAP_OUTER)) return leave(x, EXIT_OUTER_FAULT, gva);

  const level = targetLevel(x, cause);
  const owned = load<u32>(x, OWNED);
  if ((level == TO_M && owned & OWN_M) || (level == TO_HS && owned & OWN_HS)) return leave(x, EXIT_TRAP, gva);
  return enter(x, level, cause, gva);
}

/**
 * Gives the guest an exception at PC that the monitor has decided on: it goes to the level that would take it, or to the highest one
 * the guest has. Returns EXIT_NONE, or how it came out if the guest cannot take it (a double trap).
 */
export function injectTrap(x: usize, cause: u64, tval: u64, gva: bool): u32 {
  raise(x, cause, tval);
  const owned = load<u32>(x, OWNED);
  let level = owned & OWN_HS ? TO_VS : targetLevel(x, cause);
  if (level == TO_M && owned & OWN_M) {
    const guest = load<u32>(x, VIRT) != 0 && (load<u64>(x, HEDELEG) >> (cause & 63)) & 1;
    level = guest ? TO_VS : TO_HS;
  }
  return enter(x, level, cause, gva);
}

/** Enters the handler of a level, unless the trap comes while that level cannot take one. */
function enter(x: usize, level: u32, cause: u64, gva: bool): u32 {
  const status = level == TO_VS ? load<u64>(x, VSSTATUS) : load<u64>(x, MSTATUS);
  if (level != TO_M && status & STATUS_SDT) {
    // A double trap is machine mode's, and tells what came unexpected in place of the guest physical address.
    store<u64>(x, cause, TRAP_TVAL2);
    store<u64>(x, CAUSE_DOUBLE_TRAP, TRAP_CAUSE);
    cause = CAUSE_DOUBLE_TRAP;
    level = TO_M;
    if (load<u32>(x, OWNED) & OWN_M) return leave(x, EXIT_TRAP, gva);
  }
  if (level == TO_M && load<u64>(x, MSTATUS) & STATUS_MDT) return leave(x, EXIT_CRITICAL, gva);
  store<u64>(x, load<u64>(x, STAT_TRAPS) + 1, STAT_TRAPS);
  if (level == TO_VS) enterVs(x, guestCause(cause), load<u64>(x, TRAP_TVAL));
  else if (level == TO_HS) enterHs(x, cause, gva);
  else enterM(x, cause, gva);
  modeChanged(x, retired(x));
  return EXIT_NONE;
}
