// mstatus and its views: sstatus, vsstatus, hstatus; and the floating-point unit's state that FS holds.
// Priv. ISA, "Machine Status (mstatus) Register", "Supervisor Status"; Hypervisor, "hstatus", "vsstatus".
// MSTATUS, VSSTATUS and HSTATUS hold the writable fields; read-only ones (UXL, SXL, VSXL, SD) are added on reading.
import { FP_STATE, HENVCFG, HSTATUS, MENVCFG, MSTATUS, VIRT, VSSTATUS } from './layout';
import {
  ENVCFG_DTE,
  GEILEN,
  HSTATUS_GVA,
  HSTATUS_HU,
  HSTATUS_HUPMM,
  HSTATUS_HUPMM_SHIFT,
  HSTATUS_SPV,
  HSTATUS_SPVP,
  HSTATUS_VGEIN_SHIFT,
  HSTATUS_VSXL64,
  HSTATUS_VTSR,
  HSTATUS_VTVM,
  HSTATUS_VTW,
  STATUS_FS,
  STATUS_GVA,
  STATUS_MDT,
  STATUS_MIE,
  STATUS_MPELP,
  STATUS_MPIE,
  STATUS_MPP,
  STATUS_MPRV,
  STATUS_MPV,
  STATUS_MXR,
  STATUS_SD,
  STATUS_SDT,
  STATUS_SIE,
  STATUS_SPELP,
  STATUS_SPIE,
  STATUS_SPP,
  STATUS_SUM,
  STATUS_SXL64,
  STATUS_TSR,
  STATUS_TVM,
  STATUS_TW,
  STATUS_UXL64,
  STATUS_VS,
  STATUS_XS,
} from './csr-fields';
import { FEATURE_F, FEATURE_H, FEATURE_SMDBLTRP, FEATURE_SSNPM, FEATURE_ZICFILP, hasFeature } from './features';
import { pendingInterrupt } from './interrupt';
import { R_LEAVE, R_OK } from './results';

const MPP_RESERVED: u64 = 2 << 11;
/** Fields a change of which alters translation, or what the interpreter derives. */
const CONTEXT: u64 = STATUS_SUM | STATUS_MXR | STATUS_FS | STATUS_VS | STATUS_MPRV | STATUS_MPP | STATUS_MPV;

/** Fields of a status register of S format; `envcfg` is that of the level above, which switches some of them on. */
function supervisorFields(x: usize, envcfg: u64): u64 {
  let fields = STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_SUM | STATUS_MXR;
  if (hasFeature(x, FEATURE_F)) fields |= STATUS_FS;
  if (envcfg & ENVCFG_DTE) fields |= STATUS_SDT;
  if (hasFeature(x, FEATURE_ZICFILP)) fields |= STATUS_SPELP;
  return fields;
}

// @ts-ignore: decorator
@inline function hostFields(x: usize): u64 { return supervisorFields(x, load<u64>(x, MENVCFG)); }

function machineFields(x: usize): u64 {
  let fields =
    hostFields(x) | STATUS_MIE | STATUS_MPIE | STATUS_MPP | STATUS_MPRV | STATUS_TVM | STATUS_TW | STATUS_TSR;
  if (hasFeature(x, FEATURE_SMDBLTRP)) fields |= STATUS_MDT;
  if (hasFeature(x, FEATURE_ZICFILP)) fields |= STATUS_MPELP;
  return hasFeature(x, FEATURE_H) ? fields | STATUS_GVA | STATUS_MPV : fields;
}

function withSd(status: u64): u64 {
  const dirty =
    (status & STATUS_FS) == STATUS_FS || (status & STATUS_VS) == STATUS_VS || (status & STATUS_XS) == STATUS_XS;
  return dirty ? status | STATUS_SD : status;
}

export function mstatusRead(x: usize): u64 {
  return withSd(load<u64>(x, MSTATUS) | STATUS_UXL64 | STATUS_SXL64);
}

export function sstatusRead(x: usize): u64 {
  return withSd((load<u64>(x, MSTATUS) & hostFields(x)) | STATUS_UXL64);
}

export function vsstatusRead(x: usize): u64 {
  return withSd(load<u64>(x, VSSTATUS) | STATUS_UXL64);
}

/** What follows from bits `changed` of a status register that is in effect: may an interrupt come now, is the context another. */
function consequence(x: usize, changed: u64, status: u64): u32 {
  if (changed & CONTEXT) return R_LEAVE;
  if (changed & status & (STATUS_SIE | STATUS_MIE)) return pendingInterrupt(x) >= 0 ? R_LEAVE : R_OK;
  return R_OK;
}

function statusWrite(x: usize, value: u64, fields: u64): u32 {
  const old = load<u64>(x, MSTATUS);
  let status = (old & ~fields) | (value & fields);
  if ((status & STATUS_MPP) == MPP_RESERVED) status = (status & ~STATUS_MPP) | (old & STATUS_MPP);
  // While a trap would be a double trap, interrupts stay off.
  if (status & STATUS_SDT) status &= ~STATUS_SIE;
  if (status & STATUS_MDT) status &= ~STATUS_MIE;
  store<u64>(x, status, MSTATUS);
  return consequence(x, old ^ status, status);
}

export function mstatusWrite(x: usize, value: u64): u32 {
  return statusWrite(x, value, machineFields(x));
}

export function sstatusWrite(x: usize, value: u64): u32 {
  return statusWrite(x, value, hostFields(x));
}

export function vsstatusWrite(x: usize, value: u64): u32 {
  const old = load<u64>(x, VSSTATUS);
  const fields = supervisorFields(x, load<u64>(x, HENVCFG));
  let status = (old & ~fields) | (value & fields);
  if (status & STATUS_SDT) status &= ~STATUS_SIE;
  store<u64>(x, status, VSSTATUS);
  return consequence(x, old ^ status, status);
}

export function hstatusRead(x: usize): u64 {
  return load<u64>(x, HSTATUS) | HSTATUS_VSXL64;
}

export function hstatusWrite(x: usize, value: u64): u32 {
  const fields = HSTATUS_GVA | HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_HU | HSTATUS_VTVM | HSTATUS_VTW | HSTATUS_VTSR;
  let status = value & fields;
  if (GEILEN > 0) {
    // WLRL: a number no line has leaves the field as it was.
    const vgein = (value >> HSTATUS_VGEIN_SHIFT) & 63;
    const kept = (load<u64>(x, HSTATUS) >> HSTATUS_VGEIN_SHIFT) & 63;
    status |= (vgein <= <u64>GEILEN ? vgein : kept) << HSTATUS_VGEIN_SHIFT;
  }
  if (hasFeature(x, FEATURE_SSNPM)) {
    const reserved = ((value >> HSTATUS_HUPMM_SHIFT) & 3) == 1;
    status |= (reserved ? load<u64>(x, HSTATUS) : value) & HSTATUS_HUPMM;
  }
  store<u64>(x, status, HSTATUS);
  return R_OK;
}

/** Computes FP_STATE: floating point is on only if FS is not Off in every status register in effect. */
export function deriveFpState(x: usize): void {
  let fs = load<u64>(x, MSTATUS) & STATUS_FS;
  let dirty = fs == STATUS_FS;
  if (load<u32>(x, VIRT)) {
    const guest = load<u64>(x, VSSTATUS) & STATUS_FS;
    dirty = dirty && guest == STATUS_FS;
    if (guest == 0) fs = 0;
  }
  store<u32>(x, fs == 0 ? 0 : dirty ? 2 : 1, FP_STATE);
}

/** Marks the floating-point state dirty, at both levels when V=1. */
export function fpDirty(x: usize): void {
  store<u64>(x, load<u64>(x, MSTATUS) | STATUS_FS, MSTATUS);
  if (load<u32>(x, VIRT)) store<u64>(x, load<u64>(x, VSSTATUS) | STATUS_FS, VSSTATUS);
  store<u32>(x, 2, FP_STATE);
}
