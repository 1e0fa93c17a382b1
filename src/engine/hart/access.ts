// With which privilege an explicit load or store is translated. Priv. ISA, "Memory Privilege in mstatus" (MPRV);
// Hypervisor, "Hypervisor Virtual-Machine Load and Store Instructions" and the table of MPRV's effects; "Pointer Masking".
import { HENVCFG, HSTATUS, MENVCFG, MSECCFG, MSTATUS, PRIV, SENVCFG, VIRT, VSSTATUS } from './layout';
import {
  ENVCFG_PMM_SHIFT,
  HSTATUS_HU,
  HSTATUS_HUPMM_SHIFT,
  HSTATUS_SPVP,
  STATUS_MPP_SHIFT,
  STATUS_MPRV,
  STATUS_MPV,
  STATUS_MXR,
  STATUS_SUM,
} from './csr-fields';
import { FEATURE_H, hasFeature } from './features';
import { illegalInstruction, virtualInstruction } from './trap';

/** Nominal privilege of the access: 0 U, 1 S, 3 M. */
export const ACCESS_PRIV: u32 = 3;
/** Two-stage translation applies: the address is a guest virtual address. */
export const ACCESS_VIRT: u32 = 4;
/** S-level accesses may touch user pages of the first stage (sstatus.SUM, or vsstatus.SUM for guests). */
export const ACCESS_SUM: u32 = 8;
/** Executable pages of the first stage are readable (sstatus.MXR, for guests vsstatus.MXR too). */
export const ACCESS_MXR: u32 = 16;
/** Executable pages of the second stage are readable (sstatus.MXR only). */
export const ACCESS_MXR_G: u32 = 32;
/** For HLVX: execute permission is wanted in place of read permission. Set by the one who executes HLVX. */
export const ACCESS_HLVX: u32 = 64;
/** Pointer masking of the effective mode, as PMM has it: 0 none, 2 the upper 7 bits, 3 the upper 16. */
export const ACCESS_PMM: u32 = 3 << 7;
export const ACCESS_PMM_SHIFT: u32 = 7;
/** What `hlvAccess` returns after it raised an exception. */
export const ACCESS_NONE: u32 = 0xffff_ffff;

/** PMM of the register that governs a mode. */
function masking(x: usize, priv: u32, virt: bool): u32 {
  const governor =
    priv == 3 ? load<u64>(x, MSECCFG) : priv == 0 ? load<u64>(x, SENVCFG) : virt ? load<u64>(x, HENVCFG) : load<u64>(x, MENVCFG);
  return <u32>(governor >> ENVCFG_PMM_SHIFT) & 3;
}

function pack(x: usize, priv: u32, virt: bool): u32 {
  const status = load<u64>(x, MSTATUS);
  let bits = priv;
  if (virt) {
    const guest = load<u64>(x, VSSTATUS);
    bits |= ACCESS_VIRT;
    if (guest & STATUS_SUM) bits |= ACCESS_SUM;
    if (guest & STATUS_MXR) bits |= ACCESS_MXR;
    if (status & STATUS_MXR) bits |= ACCESS_MXR | ACCESS_MXR_G;
  } else {
    if (status & STATUS_SUM) bits |= ACCESS_SUM;
    if (status & STATUS_MXR) bits |= ACCESS_MXR;
  }
  // Where pages may be read because they are executable, addresses are taken whole.
  if (priv == 3 || !(bits & ACCESS_MXR)) bits |= masking(x, priv, virt) << ACCESS_PMM_SHIFT;
  return bits;
}

/** The effective privilege of ordinary loads and stores now, as ACCESS_* bits. */
export function dataPriv(x: usize): u32 {
  const status = load<u64>(x, MSTATUS);
  if (!(status & STATUS_MPRV)) return pack(x, load<u32>(x, PRIV), load<u32>(x, VIRT) != 0);
  const priv = <u32>(status >> STATUS_MPP_SHIFT) & 3;
  return pack(x, priv, priv != 3 && (status & STATUS_MPV) != 0);
}

/** The effective privilege of HLV, HLVX and HSV as ACCESS_* bits, or ACCESS_NONE after raising an exception. */
export function hlvAccess(x: usize): u32 {
  if (!hasFeature(x, FEATURE_H)) {
    illegalInstruction(x);
    return ACCESS_NONE;
  }
  if (load<u32>(x, VIRT)) {
    virtualInstruction(x);
    return ACCESS_NONE;
  }
  const hstatus = load<u64>(x, HSTATUS);
  if (load<u32>(x, PRIV) == 0 && !(hstatus & HSTATUS_HU)) {
    illegalInstruction(x);
    return ACCESS_NONE;
  }
  if (hstatus & HSTATUS_SPVP) return pack(x, 1, true);
  const ctx = pack(x, 0, true);
  if (load<u32>(x, PRIV) != 0 || ctx & ACCESS_MXR) return ctx;
  return (ctx & ~ACCESS_PMM) | ((<u32>(hstatus >> HSTATUS_HUPMM_SHIFT) & 3) << ACCESS_PMM_SHIFT);
}
