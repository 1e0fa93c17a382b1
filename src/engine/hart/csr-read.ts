// The value of every CSR as it reads, without permission checks.
import {
  FFLAGS,
  FRM,
  HCOUNTEREN,
  HEDELEG,
  HENVCFG,
  HGATP,
  HGEIE,
  HGEI_LINES,
  HIDELEG,
  HTIMEDELTA,
  HTINST,
  HTVAL,
  MCAUSE,
  MCOUNTEREN,
  MCOUNTINHIBIT,
  MCYCLECFG,
  MEDELEG,
  MENVCFG,
  MEPC,
  MHARTID,
  MHPMEVENT,
  MIDELEG,
  MIE,
  MINSTRETCFG,
  MISA,
  MSCRATCH,
  MSECCFG,
  MTINST,
  MTVAL,
  MTVAL2,
  MTVEC,
  PRIV,
  SATP,
  SCAUSE,
  SCOUNTEREN,
  SEPC,
  SSCRATCH,
  SSP,
  STIMECMP,
  STVAL,
  STVEC,
  VIRT,
  VSATP,
  VSCAUSE,
  VSEPC,
  VSSCRATCH,
  VSTIMECMP,
  VSTVAL,
  VSTVEC,
} from './layout';
import * as N from './csr-numbers';
import { counterRead, overflowed } from './counters';
import { GEILEN } from './csr-fields';
import { seedRead } from './entropy';
import { hstateenRead, mstateenRead, senvcfgRead } from './envcfg';
import { hvipRead, hypervisorBits, pendingBits, sipBits, toGuest, vsipBits } from './interrupt';
import { pmpaddrRead, pmpcfgRead } from './pmp';
import { hstatusRead, mstatusRead, sstatusRead, vsstatusRead } from './status';
import { now } from './timer';

/** Reads any CSR by its own address; one that does not exist reads as zero. */
export function csrRead(x: usize, csr: u32): u64 {
  switch (csr >> 8) {
    case 0x0:
      return floatingRead(x, csr);
    case 0x1:
      return supervisorRead(x, csr);
    case 0x2:
      return virtualRead(x, csr);
    case 0x3:
      return machineRead(x, csr);
    case 0x6:
      return hypervisorRead(x, csr);
    case 0x7:
      if (csr == N.CSR_MSECCFG) return load<u64>(x, MSECCFG);
      return csr == N.CSR_TINFO ? 1 : 0; // no triggers: tdata1.type is 0, tinfo says "none here"
    case 0xb:
    case 0xc:
      return countersRead(x, csr & 0xff, csr >> 8 == 0xc);
    case 0xd:
      return csr == N.CSR_SCOUNTOVF ? scountovfRead(x) : 0;
    case 0xe:
      return csr == N.CSR_HGEIP && GEILEN > 0 ? <u64>atomic.load<u32>(x, HGEI_LINES) : 0;
    case 0xf:
      return csr == N.CSR_MHARTID ? load<u64>(x, MHARTID) : 0; // no vendor, architecture or implementation number
    default:
      return 0;
  }
}

function floatingRead(x: usize, csr: u32): u64 {
  const flags = <u64>load<u32>(x, FFLAGS);
  const rounding = <u64>load<u32>(x, FRM);
  if (csr == N.CSR_FFLAGS) return flags;
  if (csr == N.CSR_FRM) return rounding;
  if (csr == N.CSR_FCSR) return (rounding << 5) | flags;
  if (csr == N.CSR_SSP) return load<u64>(x, SSP);
  return csr == N.CSR_SEED ? seedRead(x) : 0;
}

function supervisorRead(x: usize, csr: u32): u64 {
  switch (csr) {
    case N.CSR_SSTATUS:
      return sstatusRead(x);
    case N.CSR_SIE:
      return load<u64>(x, MIE) & sipBits(x);
    case N.CSR_STVEC:
      return load<u64>(x, STVEC);
    case N.CSR_SCOUNTEREN:
      return load<u64>(x, SCOUNTEREN);
    case N.CSR_SENVCFG:
      return senvcfgRead(x);
    case N.CSR_SSCRATCH:
      return load<u64>(x, SSCRATCH);
    case N.CSR_SEPC:
      return load<u64>(x, SEPC);
    case N.CSR_SCAUSE:
      return load<u64>(x, SCAUSE);
    case N.CSR_STVAL:
      return load<u64>(x, STVAL);
    case N.CSR_SIP:
      return pendingBits(x) & sipBits(x);
    case N.CSR_STIMECMP:
      return load<u64>(x, STIMECMP);
    case N.CSR_SATP:
      return load<u64>(x, SATP);
    default:
      return 0; // sstateen0..3 too: no user-level state of ours has an enable bit
  }
}

function virtualRead(x: usize, csr: u32): u64 {
  switch (csr) {
    case N.CSR_VSSTATUS:
      return vsstatusRead(x);
    case N.CSR_VSIE:
      return toGuest(load<u64>(x, MIE) & vsipBits(x));
    case N.CSR_VSTVEC:
      return load<u64>(x, VSTVEC);
    case N.CSR_VSSCRATCH:
      return load<u64>(x, VSSCRATCH);
    case N.CSR_VSEPC:
      return load<u64>(x, VSEPC);
    case N.CSR_VSCAUSE:
      return load<u64>(x, VSCAUSE);
    case N.CSR_VSTVAL:
      return load<u64>(x, VSTVAL);
    case N.CSR_VSIP:
      return toGuest(pendingBits(x) & vsipBits(x));
    case N.CSR_VSTIMECMP:
      return load<u64>(x, VSTIMECMP);
    case N.CSR_VSATP:
      return load<u64>(x, VSATP);
    default:
      return 0;
  }
}

function machineRead(x: usize, csr: u32): u64 {
  if (csr >= N.CSR_MHPMEVENT3 && csr <= N.CSR_MHPMEVENT31) return load<u64>(x + ((<usize>(csr & 31)) << 3), MHPMEVENT);
  if (csr >= N.CSR_PMPADDR0 && csr <= N.CSR_PMPADDR15) return pmpaddrRead(x, csr & 15);
  if (csr >= N.CSR_MSTATEEN0 && csr <= N.CSR_MSTATEEN3) return mstateenRead(x, csr & 3);
  switch (csr) {
    case N.CSR_MSTATUS:
      return mstatusRead(x);
    case N.CSR_MISA:
      return load<u64>(x, MISA);
    case N.CSR_MEDELEG:
      return load<u64>(x, MEDELEG);
    case N.CSR_MIDELEG:
      return load<u64>(x, MIDELEG);
    case N.CSR_MIE:
      return load<u64>(x, MIE);
    case N.CSR_MTVEC:
      return load<u64>(x, MTVEC);
    case N.CSR_MCOUNTEREN:
      return load<u64>(x, MCOUNTEREN);
    case N.CSR_MENVCFG:
      return load<u64>(x, MENVCFG);
    case N.CSR_MCOUNTINHIBIT:
      return load<u64>(x, MCOUNTINHIBIT);
    case N.CSR_MCYCLECFG:
      return load<u64>(x, MCYCLECFG);
    case N.CSR_MINSTRETCFG:
      return load<u64>(x, MINSTRETCFG);
    case N.CSR_MSCRATCH:
      return load<u64>(x, MSCRATCH);
    case N.CSR_MEPC:
      return load<u64>(x, MEPC);
    case N.CSR_MCAUSE:
      return load<u64>(x, MCAUSE);
    case N.CSR_MTVAL:
      return load<u64>(x, MTVAL);
    case N.CSR_MIP:
      return pendingBits(x);
    case N.CSR_MTINST:
      return load<u64>(x, MTINST);
    case N.CSR_MTVAL2:
      return load<u64>(x, MTVAL2);
    case N.CSR_PMPCFG0:
      return pmpcfgRead(x, 0);
    case N.CSR_PMPCFG2:
      return pmpcfgRead(x, 8);
    default:
      return 0;
  }
}

function hypervisorRead(x: usize, csr: u32): u64 {
  if (csr >= N.CSR_HSTATEEN0 && csr <= N.CSR_HSTATEEN3) return hstateenRead(x, csr & 3);
  switch (csr) {
    case N.CSR_HSTATUS:
      return hstatusRead(x);
    case N.CSR_HEDELEG:
      return load<u64>(x, HEDELEG);
    case N.CSR_HIDELEG:
      return load<u64>(x, HIDELEG) & load<u64>(x, MIDELEG);
    case N.CSR_HIE:
      return load<u64>(x, MIE) & hypervisorBits(x);
    case N.CSR_HTIMEDELTA:
      return load<u64>(x, HTIMEDELTA);
    case N.CSR_HCOUNTEREN:
      return load<u64>(x, HCOUNTEREN);
    case N.CSR_HGEIE:
      return load<u64>(x, HGEIE);
    case N.CSR_HENVCFG:
      return load<u64>(x, HENVCFG);
    case N.CSR_HTVAL:
      return load<u64>(x, HTVAL);
    case N.CSR_HIP:
      return pendingBits(x) & hypervisorBits(x);
    case N.CSR_HVIP:
      return hvipRead(x);
    case N.CSR_HTINST:
      return load<u64>(x, HTINST);
    case N.CSR_HGATP:
      return load<u64>(x, HGATP);
    default:
      return 0;
  }
}

/** Counters and their user-level views; index 1 is `time`, at user level only. */
function countersRead(x: usize, index: u32, user: bool): u64 {
  if (index == 1) return user ? now(x) : 0;
  return index < 32 ? counterRead(x, index) : 0;
}

/** The overflow bits of the counters that the hart's mode may read. */
function scountovfRead(x: usize): u64 {
  let bits = overflowed(x);
  if (load<u32>(x, PRIV) != 3) bits &= load<u64>(x, MCOUNTEREN);
  return load<u32>(x, VIRT) ? bits & load<u64>(x, HCOUNTEREN) : bits;
}
