// Which CSRs exist, and who may access them: the choice between going on, an illegal-instruction and a
// virtual-instruction exception. Priv. ISA, "CSR Address Mapping Conventions", "Machine Counter-Enable"; Hypervisor,
// "Hypervisor and Virtual Supervisor CSRs", "Trap Cause Codes" (what HS-qualified means); Sstc; Smstateen.
import { HCOUNTEREN, HENVCFG, HSTATUS, MCOUNTEREN, MENVCFG, MSTATUS, PRIV, SCOUNTEREN, VIRT, VSSTATUS } from './layout';
import * as N from './csr-numbers';
import { COUNTER_TM, ENVCFG_STCE, HSTATUS_VTVM, STATEEN_ENVCFG, STATEEN_SE, STATUS_FS, STATUS_TVM } from './csr-fields';
import { hstateenRead, mstateenRead } from './envcfg';
import { seedAccess } from './entropy';
import * as X from './features';
import { mseccfgExists } from './mseccfg';
import { CSR_ALLOWED, CSR_ILLEGAL, CSR_VIRTUAL } from './results';
import { shadowStackAccess } from './shadow-stack';

export { CSR_ALLOWED, CSR_ILLEGAL, CSR_VIRTUAL } from './results';

/** Privilege field of a CSR address: the lowest level that may access it. */
const NEEDS_S: u32 = 1;
const NEEDS_H: u32 = 2;
const NEEDS_M: u32 = 3;

/** True if the hart has this CSR. */
export function csrExists(x: usize, csr: u32): bool {
  switch (csr >> 8) {
    case 0x0:
      if (csr == N.CSR_SEED) return X.hasFeature(x, X.FEATURE_ZKR);
      if (csr == N.CSR_SSP) return X.hasFeature(x, X.FEATURE_ZICFISS);
      return csr >= N.CSR_FFLAGS && csr <= N.CSR_FCSR && X.hasFeature(x, X.FEATURE_F);
    case 0x1:
      return supervisorExists(x, csr);
    case 0x2:
      if (csr == N.CSR_VSTIMECMP) return X.hasFeature(x, X.FEATURE_H) && X.hasFeature(x, X.FEATURE_SSTC);
      return X.hasFeature(x, X.FEATURE_H) && virtualExists(csr);
    case 0x3:
      return machineExists(x, csr);
    case 0x6:
      return X.hasFeature(x, X.FEATURE_H) && hypervisorExists(x, csr);
    case 0x7:
      return csr == N.CSR_MSECCFG ? mseccfgExists(x) : csr >= N.CSR_TSELECT && csr <= N.CSR_TINFO;
    case 0xb:
      return csr <= N.CSR_MHPMCOUNTER31 && csr != 0xb01;
    case 0xc:
      if (csr <= N.CSR_INSTRET) return X.hasFeature(x, X.FEATURE_ZICNTR);
      return csr <= N.CSR_HPMCOUNTER31 && X.hasFeature(x, X.FEATURE_ZIHPM);
    case 0xd:
      return csr == N.CSR_SCOUNTOVF && X.hasFeature(x, X.FEATURE_SSCOFPMF);
    case 0xe:
      return csr == N.CSR_HGEIP && X.hasFeature(x, X.FEATURE_H);
    case 0xf:
      return csr >= N.CSR_MVENDORID && csr <= N.CSR_MCONFIGPTR;
    default:
      return false;
  }
}

function supervisorExists(x: usize, csr: u32): bool {
  if (csr >= N.CSR_SSCRATCH && csr <= N.CSR_SIP) return true;
  if (csr >= N.CSR_SSTATEEN0 && csr <= N.CSR_SSTATEEN3) return X.hasFeature(x, X.FEATURE_SMSTATEEN);
  switch (csr) {
    case N.CSR_SSTATUS:
    case N.CSR_SIE:
    case N.CSR_STVEC:
    case N.CSR_SCOUNTEREN:
    case N.CSR_SENVCFG:
    case N.CSR_SATP:
      return true;
    case N.CSR_STIMECMP:
      return X.hasFeature(x, X.FEATURE_SSTC);
    default:
      return false;
  }
}

function virtualExists(csr: u32): bool {
  if (csr >= N.CSR_VSSCRATCH && csr <= N.CSR_VSIP) return true;
  return csr == N.CSR_VSSTATUS || csr == N.CSR_VSIE || csr == N.CSR_VSTVEC || csr == N.CSR_VSATP;
}

function hypervisorExists(x: usize, csr: u32): bool {
  if (csr >= N.CSR_HSTATEEN0 && csr <= N.CSR_HSTATEEN3) return X.hasFeature(x, X.FEATURE_SMSTATEEN);
  if (csr >= N.CSR_HEDELEG && csr <= N.CSR_HGEIE) return true;
  switch (csr) {
    case N.CSR_HSTATUS:
    case N.CSR_HENVCFG:
    case N.CSR_HTVAL:
    case N.CSR_HIP:
    case N.CSR_HVIP:
    case N.CSR_HTINST:
    case N.CSR_HGATP:
      return true;
    default:
      return false;
  }
}

function machineExists(x: usize, csr: u32): bool {
  if (csr <= N.CSR_MCOUNTEREN) return true;
  if (csr >= N.CSR_MSTATEEN0 && csr <= N.CSR_MSTATEEN3) return X.hasFeature(x, X.FEATURE_SMSTATEEN);
  if (csr >= N.CSR_MHPMEVENT3 && csr <= N.CSR_MIP) return true; // mhpmevent3..31, then mscratch..mip
  if (csr == N.CSR_MTINST) return X.hasFeature(x, X.FEATURE_H);
  // Without guest-page faults, mtval2 is where a double trap tells what came.
  if (csr == N.CSR_MTVAL2) return X.hasFeature(x, X.FEATURE_H) || X.hasFeature(x, X.FEATURE_SSDBLTRP);
  if (csr >= N.CSR_PMPADDR0 && csr <= N.CSR_PMPADDR15) return true;
  if (csr == N.CSR_MCYCLECFG || csr == N.CSR_MINSTRETCFG) return X.hasFeature(x, X.FEATURE_SMCNTRPMF);
  return csr == N.CSR_MENVCFG || csr == N.CSR_MCOUNTINHIBIT || csr == N.CSR_PMPCFG0 || csr == N.CSR_PMPCFG2;
}

/** True for an explicit read or write of a comparator of supervisor level. */
function isTimecmp(csr: u32): bool {
  return csr == N.CSR_STIMECMP || csr == N.CSR_VSTIMECMP;
}

/** True for a user-level counter. */
function isCounter(csr: u32): bool {
  return csr >> 8 == 0xc;
}

/** True if machine level withholds this CSR from every lower level. */
function withheldByM(x: usize, csr: u32): bool {
  if (isCounter(csr)) return !((load<u64>(x, MCOUNTEREN) >> (csr & 31)) & 1);
  if (isTimecmp(csr)) return !(load<u64>(x, MENVCFG) & ENVCFG_STCE) || !(load<u64>(x, MCOUNTEREN) & COUNTER_TM);
  if (X.hasFeature(x, X.FEATURE_SMSTATEEN)) {
    if (csr == N.CSR_SENVCFG || csr == N.CSR_HENVCFG) return !(mstateenRead(x, 0) & STATEEN_ENVCFG);
    if (isStateen(csr)) return !(mstateenRead(x, csr & 3) & STATEEN_SE);
  }
  return false;
}

/** True for sstateen0..3 and hstateen0..3. */
function isStateen(csr: u32): bool {
  return (csr & ~3) == N.CSR_SSTATEEN0 || (csr & ~3) == N.CSR_HSTATEEN0;
}

/** True if HS-mode withholds this supervisor- or user-level CSR from its guests. */
function withheldByHs(x: usize, csr: u32): bool {
  if (isCounter(csr)) return !((load<u64>(x, HCOUNTEREN) >> (csr & 31)) & 1);
  if (csr == N.CSR_SATP) return (load<u64>(x, HSTATUS) & HSTATUS_VTVM) != 0;
  if (csr == N.CSR_STIMECMP) return !(load<u64>(x, HENVCFG) & ENVCFG_STCE) || !(load<u64>(x, HCOUNTEREN) & COUNTER_TM);
  if (X.hasFeature(x, X.FEATURE_SMSTATEEN)) {
    if (csr == N.CSR_SENVCFG) return !(hstateenRead(x, 0) & STATEEN_ENVCFG);
    if (isStateen(csr)) return !(hstateenRead(x, csr & 3) & STATEEN_SE);
  }
  return false;
}

/** True if the supervisor (or the guest's) withholds this user-level counter from user mode. */
function withheldByS(x: usize, csr: u32): bool {
  return isCounter(csr) && !((load<u64>(x, SCOUNTEREN) >> (csr & 31)) & 1);
}

/** May the instruction at hand access `csr`? */
export function csrAccess(x: usize, csr: u32, write: bool): u32 {
  if (!csrExists(x, csr)) return CSR_ILLEGAL;
  if (write && csr >> 10 == 3) return CSR_ILLEGAL; // read-only, in every mode
  if (csr == N.CSR_SEED) return seedAccess(x, write);
  if (csr == N.CSR_SSP) return shadowStackAccess(x);
  const needs = (csr >> 8) & 3;
  const priv = load<u32>(x, PRIV);
  const virt = load<u32>(x, VIRT) != 0;

  if (csr <= N.CSR_FCSR) {
    // FS decides in every mode, and always with an illegal-instruction exception.
    if (!(load<u64>(x, MSTATUS) & STATUS_FS)) return CSR_ILLEGAL;
    return virt && !(load<u64>(x, VSSTATUS) & STATUS_FS) ? CSR_ILLEGAL : CSR_ALLOWED;
  }
  if (priv == 3) return CSR_ALLOWED;
  if (needs == NEEDS_M || withheldByM(x, csr)) return CSR_ILLEGAL;

  if (virt) {
    // What remains would be allowed in HS-mode, so what is refused here is a virtual-instruction exception.
    if (needs == NEEDS_H || needs > priv || withheldByHs(x, csr)) return CSR_VIRTUAL;
    return priv == 0 && withheldByS(x, csr) ? CSR_VIRTUAL : CSR_ALLOWED;
  }
  if (priv == 0) return needs != 0 || withheldByS(x, csr) ? CSR_ILLEGAL : CSR_ALLOWED;
  const translates = csr == N.CSR_SATP || csr == N.CSR_HGATP;
  return translates && load<u64>(x, MSTATUS) & STATUS_TVM ? CSR_ILLEGAL : CSR_ALLOWED;
}

/** The CSR that an access to `csr` reaches: with V=1 the virtual-supervisor register where there is one. */
export function csrSubstitute(x: usize, csr: u32): u32 {
  if (csr >> 8 != NEEDS_S || !load<u32>(x, VIRT)) return csr;
  if (csr >= N.CSR_SSCRATCH && csr <= N.CSR_SIP) return csr + 0x100;
  switch (csr) {
    case N.CSR_SSTATUS:
    case N.CSR_SIE:
    case N.CSR_STVEC:
    case N.CSR_STIMECMP:
    case N.CSR_SATP:
      return csr + 0x100;
    default:
      return csr;
  }
}
