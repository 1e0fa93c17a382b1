// Writing CSRs: what each field accepts (WARL), which registers share bits, and what a write changes for the interpreter.
// Without permission checks. `touched` has the bits the instruction names (all of them for CSRRW): bits of mip that
// change by themselves must not be written back by an instruction that names others.
import {
  FFLAGS,
  FRM,
  HCOUNTEREN,
  HEDELEG,
  HGATP,
  HGEIE,
  HIDELEG,
  HTIMEDELTA,
  HTINST,
  HTVAL,
  MCAUSE,
  MCOUNTEREN,
  MEDELEG,
  MEPC,
  MIDELEG,
  MIE,
  MSCRATCH,
  MTINST,
  MTVAL,
  MTVAL2,
  MTVEC,
  SATP,
  SCAUSE,
  SCOUNTEREN,
  SEPC,
  SSCRATCH,
  SSP,
  STIMECMP,
  STVAL,
  STVEC,
  VSATP,
  VSCAUSE,
  VSEPC,
  VSSCRATCH,
  VSTIMECMP,
  VSTVAL,
  VSTVEC,
} from './layout';
import * as N from './csr-numbers';
import { counterWrite, inhibitWrite, selectorWrite } from './counters';
import { GEILEN, IP_LCOFI, IP_M, IP_VS, IP_VSSI } from './csr-fields';
import { henvcfgWrite, hstateenWrite, menvcfgWrite, mstateenWrite, senvcfgWrite } from './envcfg';
import { FEATURE_C, FEATURE_H, FEATURE_SV48, FEATURE_SV57, FEATURE_ZICFILP, FEATURE_ZICFISS, hasFeature } from './features';
import {
  fromGuest,
  hidelegBits,
  hypervisorBits,
  mipWritable,
  pendingInterrupt,
  pendingWrite,
  sipBits,
  sipWritable,
  supervisorBits,
  vsipBits,
} from './interrupt';
import { flushTlb } from './mmu';
import { mseccfgWrite } from './mseccfg';
import { pmpaddrWrite, pmpcfgWrite } from './pmp';
import { R_LEAVE, R_OK } from './results';
import { hstatusWrite, mstatusWrite, sstatusWrite, vsstatusWrite } from './status';
import { now, updateTimers } from './timer';

/** medeleg: every cause but those that stay in M-mode, its own environment calls and double traps. */
const MEDELEG_FIELDS: u64 = 0x00fc_b7ff;
/** hedeleg: the causes the hypervisor chapter says must be writable. */
const HEDELEG_FIELDS: u64 = 0x000c_b1ff;
const COUNTERS: u64 = 0xffff_ffff;
const MODE_SHIFT: u64 = 60;
const MODE: u64 = (<u64>15) << 60;
/** hgatp: 14 bits of VMID, PPN of a 16 KiB root. */
const HGATP_FIELDS: u64 = (((<u64>1) << 58) - 1) & ~3;

/** Writes a CSR by its own address. `retiring` is 1 for an instruction, 0 from outside. Returns R_OK or R_LEAVE. */
export function csrStore(x: usize, csr: u32, value: u64, touched: u64, retiring: u64): u32 {
  switch (csr >> 8) {
    case 0x0:
      return floatingWrite(x, csr, value);
    case 0x1:
      return supervisorWrite(x, csr, value, touched);
    case 0x2:
      return virtualWrite(x, csr, value, touched);
    case 0x3:
      return machineWrite(x, csr, value, touched, retiring);
    case 0x6:
      return hypervisorWrite(x, csr, value, touched);
    case 0x7:
      if (csr != N.CSR_MSECCFG) return R_OK; // trigger registers that have no trigger
      mseccfgWrite(x, value);
      return protect(x);
    case 0xb:
      return countersWrite(x, csr & 0xff, value, retiring);
    default:
      return R_OK; // read-only
  }
}

function floatingWrite(x: usize, csr: u32, value: u64): u32 {
  if (csr == N.CSR_FFLAGS) store<u32>(x, <u32>value & 31, FFLAGS);
  else if (csr == N.CSR_FRM) store<u32>(x, <u32>value & 7, FRM);
  else if (csr == N.CSR_FCSR) {
    store<u32>(x, <u32>value & 31, FFLAGS);
    store<u32>(x, <u32>(value >> 5) & 7, FRM);
  } else if (csr == N.CSR_SSP) store<u64>(x, value & ~7, SSP);
  return R_OK;
}

/** After a write that may have made an interrupt takeable. */
function recheck(x: usize): u32 {
  return pendingInterrupt(x) >= 0 ? R_LEAVE : R_OK;
}

function pend(x: usize, value: u64, mask: u64): u32 {
  pendingWrite(x, value, mask);
  return recheck(x);
}

function enable(x: usize, value: u64, mask: u64): u32 {
  store<u64>(x, (load<u64>(x, MIE) & ~mask) | (value & mask), MIE);
  return recheck(x);
}

/** A comparator or the clock it looks at moved. */
function retime(x: usize): u32 {
  updateTimers(x, now(x));
  return R_LEAVE;
}

/** Physical memory protection, or what shadow-stack pages are, changed: the TLB holds answers that were right before. */
function protect(x: usize): u32 {
  flushTlb(x);
  return R_LEAVE;
}

/** An address as xepc holds it: without compressed instructions (IALIGN = 32) a multiple of 4. */
export function legalPc(x: usize, value: u64): u64 {
  return value & (hasFeature(x, FEATURE_C) ? ~(<u64>1) : ~(<u64>3));
}

function modeExists(x: usize, value: u64): bool {
  const mode = value >> MODE_SHIFT;
  if (mode == 9) return hasFeature(x, FEATURE_SV48);
  return mode == 0 || mode == 8 || (mode == 10 && hasFeature(x, FEATURE_SV57));
}

/** satp and vsatp: a write with an unsupported MODE has no effect at all. */
function satpWrite(x: usize, offset: usize, value: u64): u32 {
  if (modeExists(x, value)) store<u64>(x + offset, value);
  return R_LEAVE;
}

/** hgatp: an unsupported MODE leaves that field as it was, the others are written. */
function hgatpWrite(x: usize, value: u64): u32 {
  const mode = modeExists(x, value) ? value & MODE : load<u64>(x, HGATP) & MODE;
  store<u64>(x, mode | (value & HGATP_FIELDS), HGATP);
  return R_LEAVE;
}

function supervisorWrite(x: usize, csr: u32, value: u64, touched: u64): u32 {
  switch (csr) {
    case N.CSR_SSTATUS:
      return sstatusWrite(x, value);
    case N.CSR_SIE:
      return enable(x, value, sipBits(x));
    case N.CSR_STVEC:
      store<u64>(x, value & ~2, STVEC);
      break;
    case N.CSR_SCOUNTEREN:
      store<u64>(x, value & COUNTERS, SCOUNTEREN);
      break;
    case N.CSR_SENVCFG:
      senvcfgWrite(x, value);
      return R_LEAVE;
    case N.CSR_SSCRATCH:
      store<u64>(x, value, SSCRATCH);
      break;
    case N.CSR_SEPC:
      store<u64>(x, legalPc(x, value), SEPC);
      break;
    case N.CSR_SCAUSE:
      store<u64>(x, value, SCAUSE);
      break;
    case N.CSR_STVAL:
      store<u64>(x, value, STVAL);
      break;
    case N.CSR_SIP:
      return pend(x, value, sipWritable(x) & touched);
    case N.CSR_STIMECMP:
      store<u64>(x, value, STIMECMP);
      return retime(x);
    case N.CSR_SATP:
      return satpWrite(x, SATP, value);
  }
  return R_OK;
}

function virtualWrite(x: usize, csr: u32, value: u64, touched: u64): u32 {
  switch (csr) {
    case N.CSR_VSSTATUS:
      return vsstatusWrite(x, value);
    case N.CSR_VSIE:
      return enable(x, fromGuest(value), vsipBits(x));
    case N.CSR_VSTVEC:
      store<u64>(x, value & ~2, VSTVEC);
      break;
    case N.CSR_VSSCRATCH:
      store<u64>(x, value, VSSCRATCH);
      break;
    case N.CSR_VSEPC:
      store<u64>(x, legalPc(x, value), VSEPC);
      break;
    case N.CSR_VSCAUSE:
      store<u64>(x, value, VSCAUSE);
      break;
    case N.CSR_VSTVAL:
      store<u64>(x, value, VSTVAL);
      break;
    case N.CSR_VSIP:
      return pend(x, fromGuest(value), vsipBits(x) & (IP_VSSI | IP_LCOFI) & fromGuest(touched));
    case N.CSR_VSTIMECMP:
      store<u64>(x, value, VSTIMECMP);
      return retime(x);
    case N.CSR_VSATP:
      return satpWrite(x, VSATP, value);
  }
  return R_OK;
}

function machineWrite(x: usize, csr: u32, value: u64, touched: u64, retiring: u64): u32 {
  if (csr >= N.CSR_MHPMEVENT3 && csr <= N.CSR_MHPMEVENT31) {
    selectorWrite(x, csr & 31, value, retiring);
    return R_LEAVE;
  }
  if (csr >= N.CSR_PMPADDR0 && csr <= N.CSR_PMPADDR15) {
    pmpaddrWrite(x, csr & 15, value);
    return protect(x);
  }
  if (csr >= N.CSR_MSTATEEN0 && csr <= N.CSR_MSTATEEN3) {
    mstateenWrite(x, csr & 3, value);
    return R_LEAVE;
  }
  switch (csr) {
    case N.CSR_MSTATUS:
      return mstatusWrite(x, value);
    case N.CSR_MEDELEG:
      store<u64>(x, value & medelegFields(x), MEDELEG);
      break;
    case N.CSR_MIDELEG:
      // VS-level interrupts always pass by machine level.
      store<u64>(x, (value & supervisorBits(x)) | hypervisorBits(x), MIDELEG);
      return R_LEAVE;
    case N.CSR_MIE:
      return enable(x, value, IP_M | supervisorBits(x) | hypervisorBits(x));
    case N.CSR_MTVEC:
      store<u64>(x, value & ~2, MTVEC);
      break;
    case N.CSR_MCOUNTEREN:
      store<u64>(x, value & COUNTERS, MCOUNTEREN);
      break;
    case N.CSR_MENVCFG:
      return menvcfgWrite(x, value) ? protect(x) : R_LEAVE;
    case N.CSR_MCOUNTINHIBIT:
      inhibitWrite(x, value, retiring);
      return R_LEAVE;
    case N.CSR_MCYCLECFG:
    case N.CSR_MINSTRETCFG:
      selectorWrite(x, csr == N.CSR_MCYCLECFG ? 0 : 2, value, retiring);
      return R_LEAVE;
    case N.CSR_MSCRATCH:
      store<u64>(x, value, MSCRATCH);
      break;
    case N.CSR_MEPC:
      store<u64>(x, legalPc(x, value), MEPC);
      break;
    case N.CSR_MCAUSE:
      store<u64>(x, value, MCAUSE);
      break;
    case N.CSR_MTVAL:
      store<u64>(x, value, MTVAL);
      break;
    case N.CSR_MIP:
      return pend(x, value, mipWritable(x) & touched);
    case N.CSR_MTINST:
      store<u64>(x, value, MTINST);
      break;
    case N.CSR_MTVAL2:
      store<u64>(x, value, MTVAL2);
      break;
    case N.CSR_PMPCFG0:
      pmpcfgWrite(x, 0, value);
      return protect(x);
    case N.CSR_PMPCFG2:
      pmpcfgWrite(x, 8, value);
      return protect(x);
  }
  return R_OK;
}

/** Causes that need an extension do not exist without it: those of the hypervisor, and the software check. */
function medelegFields(x: usize): u64 {
  const fields = hasFeature(x, FEATURE_H) ? MEDELEG_FIELDS : MEDELEG_FIELDS & ~0x00f0_0400;
  return fields & softwareCheck(x);
}

function softwareCheck(x: usize): u64 {
  return hasFeature(x, FEATURE_ZICFILP) || hasFeature(x, FEATURE_ZICFISS) ? ~0 : ~((<u64>1) << 18);
}

function hypervisorWrite(x: usize, csr: u32, value: u64, touched: u64): u32 {
  if (csr >= N.CSR_HSTATEEN0 && csr <= N.CSR_HSTATEEN3) {
    hstateenWrite(x, csr & 3, value);
    return R_LEAVE;
  }
  switch (csr) {
    case N.CSR_HSTATUS:
      return hstatusWrite(x, value);
    case N.CSR_HEDELEG:
      store<u64>(x, value & HEDELEG_FIELDS & softwareCheck(x), HEDELEG);
      break;
    case N.CSR_HIDELEG:
      store<u64>(x, value & hidelegBits(x) & load<u64>(x, MIDELEG), HIDELEG);
      return R_LEAVE;
    case N.CSR_HIE:
      return enable(x, value, hypervisorBits(x));
    case N.CSR_HTIMEDELTA:
      store<u64>(x, value, HTIMEDELTA);
      return retime(x);
    case N.CSR_HCOUNTEREN:
      store<u64>(x, value & COUNTERS, HCOUNTEREN);
      break;
    case N.CSR_HGEIE:
      store<u64>(x, value & ((((<u64>1) << GEILEN) - 1) << 1), HGEIE);
      return recheck(x);
    case N.CSR_HENVCFG:
      return henvcfgWrite(x, value) ? protect(x) : R_LEAVE;
    case N.CSR_HTVAL:
      store<u64>(x, value, HTVAL);
      break;
    case N.CSR_HIP:
      return pend(x, value, IP_VSSI & touched);
    case N.CSR_HVIP:
      return pend(x, value, IP_VS & touched);
    case N.CSR_HTINST:
      store<u64>(x, value, HTINST);
      break;
    case N.CSR_HGATP:
      return hgatpWrite(x, value);
  }
  return R_OK;
}

function countersWrite(x: usize, index: u32, value: u64, retiring: u64): u32 {
  if (index != 1 && index < 32) counterWrite(x, index, value, retiring);
  return R_LEAVE;
}
