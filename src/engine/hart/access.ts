// With which privilege an explicit load or store is translated. Priv. ISA, "Memory Privilege in mstatus" (MPRV);
// Hypervisor, "Hypervisor Virtual-Machine Load and Store Instructions" and the table of MPRV's effects.
import { HSTATUS, MSTATUS, PRIV, VIRT, VSSTATUS } from './layout';
import {
  HSTATUS_HU,
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
/** What `hlvAccess` returns after it raised an exception. */
export const ACCESS_NONE: u32 = 0xffff_ffff;

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
  return pack(x, hstatus & HSTATUS_SPVP ? 1 : 0, true);
}
