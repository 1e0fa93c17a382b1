// The SYSTEM instructions other than CSR access: environment calls, trap returns, waiting, and the fences of address
// translation with their permission checks. Priv. ISA, "Trap-Return Instructions", "Wait for Interrupt",
// "Supervisor Memory-Management Fence", "Svinval"; Hypervisor, "Memory-Management Fence Instructions"; Zawrs.
import { BANK_X, EXIT_REASON, EXIT_WFI, HSTATUS, MEPC, MSTATUS, PC, PRIV, SEPC, VIRT, VSEPC, VSSTATUS } from './layout';
import {
  CAUSE_BREAKPOINT,
  CAUSE_ECALL_M,
  CAUSE_ECALL_S,
  CAUSE_ECALL_U,
  CAUSE_ECALL_VS,
  HSTATUS_SPV,
  HSTATUS_VTSR,
  HSTATUS_VTVM,
  HSTATUS_VTW,
  STATUS_MDT,
  STATUS_MIE,
  STATUS_MPELP,
  STATUS_MPIE,
  STATUS_MPP,
  STATUS_MPP_SHIFT,
  STATUS_MPRV,
  STATUS_MPV,
  STATUS_SDT,
  STATUS_SIE,
  STATUS_SPELP,
  STATUS_SPIE,
  STATUS_SPP,
  STATUS_TSR,
  STATUS_TVM,
  STATUS_TW,
} from './csr-fields';
import { forgetCalls } from './calls';
import { modeChanged, retired } from './counters';
import { FEATURE_H, FEATURE_SVINVAL, FEATURE_ZAWRS, hasFeature } from './features';
import * as I from './generated/isa';
import { wakePending } from './interrupt';
import { guardedJump, restoreLandingPad } from './landing-pad';
import { fenceGstage, fenceVma, fetchSecondHalf } from './mmu';
import { OP_UNFETCHED } from './predecode';
import { R_EXIT, R_JUMP, R_LEAVE, R_OK, R_TRAP } from './results';
import { shadowStack } from './shadow-stack';
import { now, updateTimers } from './timer';
import { illegalInstruction, raise, virtualInstruction } from './trap';
import { waitOnReservation } from './wrs';

const ASID_MASK: u64 = 0xffff;
const VMID_MASK: u64 = 0x3fff;

/** Executes a SYSTEM instruction other than CSR access; register operands are indexes. Returns one of R_*. */
export function systemInstruction(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32): u32 {
  switch (op) {
    case I.OP_ECALL:
      return environmentCall(x);
    case I.OP_EBREAK:
      raise(x, CAUSE_BREAKPOINT, load<u64>(x, PC));
      return R_TRAP;
    case I.OP_MRET:
      return machineReturn(x);
    case I.OP_SRET:
      return supervisorReturn(x);
    case I.OP_WFI:
      return waitForInterrupt(x);
    case I.OP_WRS_NTO:
    case I.OP_WRS_STO:
      return hasFeature(x, FEATURE_ZAWRS) ? waitOnReservation(x) : illegalInstruction(x);
    case I.OP_SFENCE_VMA:
      return fenceSupervisor(x, rs1, rs2);
    case I.OP_SINVAL_VMA:
      return hasFeature(x, FEATURE_SVINVAL) ? fenceSupervisor(x, rs1, rs2) : illegalInstruction(x);
    case I.OP_FENCE_I:
      forgetCalls(<usize>load<u32>(x, BANK_X));
      return R_OK; // decoded code follows stores by itself, in all harts
    case I.OP_SFENCE_W_INVAL:
    case I.OP_SFENCE_INVAL_IR:
      if (!hasFeature(x, FEATURE_SVINVAL)) return illegalInstruction(x);
      return load<u32>(x, PRIV) ? R_OK : refuse(x);
    case I.OP_HFENCE_VVMA:
      return fenceGuest(x, rs1, rs2);
    case I.OP_HINVAL_VVMA:
      return hasFeature(x, FEATURE_SVINVAL) ? fenceGuest(x, rs1, rs2) : illegalInstruction(x);
    case I.OP_HFENCE_GVMA:
      return fenceGuestPhysical(x, rs1, rs2);
    case I.OP_HINVAL_GVMA:
      return hasFeature(x, FEATURE_SVINVAL) ? fenceGuestPhysical(x, rs1, rs2) : illegalInstruction(x);
    case I.OP_JALR:
      return guardedJump(x, rd, rs1);
    case I.OP_SSPUSH:
    case I.OP_SSPOPCHK:
    case I.OP_SSRDP:
      return shadowStack(x, op, rd, rs1, rs2);
    case OP_UNFETCHED:
      return fetchSecondHalf(x);
    default:
      return illegalInstruction(x);
  }
}

/** Refuses a supervisor instruction in a mode that HS-mode's rules do not cover: a guest's is a virtual instruction. */
function refuse(x: usize): u32 {
  return load<u32>(x, VIRT) ? virtualInstruction(x) : illegalInstruction(x);
}

function environmentCall(x: usize): u32 {
  const priv = load<u32>(x, PRIV);
  const guest = load<u32>(x, VIRT) != 0;
  raise(x, priv == 0 ? CAUSE_ECALL_U : priv == 3 ? CAUSE_ECALL_M : guest ? CAUSE_ECALL_VS : CAUSE_ECALL_S, 0);
  return R_TRAP;
}

function machineReturn(x: usize): u32 {
  if (load<u32>(x, PRIV) != 3) return illegalInstruction(x);
  const old = load<u64>(x, MSTATUS);
  const priv = <u32>(old >> STATUS_MPP_SHIFT) & 3;
  let status = (old & ~(STATUS_MIE | STATUS_MPP | STATUS_MPV | STATUS_MDT | STATUS_MPELP)) | STATUS_MPIE;
  if (old & STATUS_MPIE) status |= STATUS_MIE;
  if (priv != 3) status &= ~STATUS_MPRV;
  const virt = priv != 3 && (old & STATUS_MPV) != 0;
  if (priv == 0 || virt) status &= ~STATUS_SDT;
  if (priv == 0 && virt) clearGuestSdt(x);
  store<u64>(x, status, MSTATUS);
  store<u32>(x, priv, PRIV);
  store<u32>(x, <u32>virt, VIRT);
  restoreLandingPad(x, old, STATUS_MPELP);
  store<u64>(x, load<u64>(x, MEPC), PC);
  return returned(x);
}

function clearGuestSdt(x: usize): void {
  store<u64>(x, load<u64>(x, VSSTATUS) & ~STATUS_SDT, VSSTATUS);
}

/** `status` after SRET: SIE comes back from SPIE, and a trap is no double trap any more. */
function popped(status: u64): u64 {
  const next = (status & ~(STATUS_SIE | STATUS_SPP | STATUS_SDT | STATUS_SPELP)) | STATUS_SPIE;
  return status & STATUS_SPIE ? next | STATUS_SIE : next;
}

function supervisorReturn(x: usize): u32 {
  const priv = load<u32>(x, PRIV);
  const status = load<u64>(x, MSTATUS);
  if (priv == 0) return refuse(x);

  if (load<u32>(x, VIRT)) {
    if (load<u64>(x, HSTATUS) & HSTATUS_VTSR) return virtualInstruction(x);
    const guest = load<u64>(x, VSSTATUS);
    store<u64>(x, popped(guest), VSSTATUS);
    store<u64>(x, status & ~STATUS_MPRV, MSTATUS);
    store<u32>(x, <u32>((guest & STATUS_SPP) != 0), PRIV);
    restoreLandingPad(x, guest, STATUS_SPELP);
    store<u64>(x, load<u64>(x, VSEPC), PC);
    return returned(x);
  }

  if (priv == 1 && status & STATUS_TSR) return illegalInstruction(x);
  const hstatus = load<u64>(x, HSTATUS);
  store<u64>(x, hstatus & ~HSTATUS_SPV, HSTATUS);
  const user = !(status & STATUS_SPP);
  const virt = (hstatus & HSTATUS_SPV) != 0;
  if (user && virt) clearGuestSdt(x);
  store<u64>(x, popped(status) & ~(priv == 3 ? STATUS_MPRV | STATUS_MDT : STATUS_MPRV), MSTATUS);
  store<u32>(x, <u32>!user, PRIV);
  store<u32>(x, <u32>virt, VIRT);
  restoreLandingPad(x, status, STATUS_SPELP);
  store<u64>(x, load<u64>(x, SEPC), PC);
  return returned(x);
}

/** The return itself still counts in the mode it comes from. */
function returned(x: usize): u32 {
  modeChanged(x, retired(x) + 1);
  return R_JUMP;
}

function waitForInterrupt(x: usize): u32 {
  const priv = load<u32>(x, PRIV);
  if (priv != 3) {
    if (load<u64>(x, MSTATUS) & STATUS_TW) return illegalInstruction(x);
    if (priv == 0) return refuse(x);
    if (load<u32>(x, VIRT) && load<u64>(x, HSTATUS) & HSTATUS_VTW) return virtualInstruction(x);
  }
  updateTimers(x, now(x));
  if (wakePending(x)) return R_LEAVE; // resumes at once; what is pending may also be takeable now
  store<u32>(x, EXIT_WFI, EXIT_REASON);
  return R_EXIT;
}

/** SFENCE.VMA and SINVAL.VMA: on satp's tables, or vsatp's when V=1. */
function fenceSupervisor(x: usize, rs1: u32, rs2: u32): u32 {
  if (load<u32>(x, PRIV) == 0) return refuse(x);
  const guest = load<u32>(x, VIRT) != 0;
  if (guest && load<u64>(x, HSTATUS) & HSTATUS_VTVM) return virtualInstruction(x);
  if (!guest && load<u32>(x, PRIV) == 1 && load<u64>(x, MSTATUS) & STATUS_TVM) return illegalInstruction(x);
  fenceVma(x, operand(x, rs1), <u32>(operand(x, rs2) & ASID_MASK), rs1 != 0, rs2 != 0, guest);
  return R_LEAVE;
}

/** HFENCE.VVMA and HINVAL.VVMA: on vsatp's tables under the current VMID. */
function fenceGuest(x: usize, rs1: u32, rs2: u32): u32 {
  if (!hasFeature(x, FEATURE_H)) return illegalInstruction(x);
  if (load<u32>(x, VIRT) || load<u32>(x, PRIV) == 0) return refuse(x);
  fenceVma(x, operand(x, rs1), <u32>(operand(x, rs2) & ASID_MASK), rs1 != 0, rs2 != 0, true);
  return R_LEAVE;
}

/** HFENCE.GVMA and HINVAL.GVMA: on hgatp's tables; rs1 holds a guest physical address shifted right by 2. */
function fenceGuestPhysical(x: usize, rs1: u32, rs2: u32): u32 {
  if (!hasFeature(x, FEATURE_H)) return illegalInstruction(x);
  if (load<u32>(x, VIRT) || load<u32>(x, PRIV) == 0) return refuse(x);
  if (load<u32>(x, PRIV) == 1 && load<u64>(x, MSTATUS) & STATUS_TVM) return illegalInstruction(x);
  fenceGstage(x, operand(x, rs1) << 2, <u32>(operand(x, rs2) & VMID_MASK), rs1 != 0, rs2 != 0);
  return R_LEAVE;
}

function operand(x: usize, index: u32): u64 {
  return load<u64>(x + ((<usize>index) << 3));
}
