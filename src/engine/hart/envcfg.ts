// The registers by which a level configures the levels below it: menvcfg, henvcfg, senvcfg, and the state-enable
// registers. Priv. ISA, "Machine Environment Configuration", "Supervisor Environment Configuration"; Hypervisor,
// "henvcfg"; "Smstateen and Ssstateen Extensions".
import { HENVCFG, HSTATEEN, MENVCFG, MIP, MSTATEEN, MSTATUS, SENVCFG, VIRT, VSSTATUS } from './layout';
import {
  ENVCFG_ADUE,
  ENVCFG_CBCFE,
  ENVCFG_CBIE,
  ENVCFG_CBIE_RESERVED,
  ENVCFG_CBZE,
  ENVCFG_DTE,
  ENVCFG_FIOM,
  ENVCFG_LPE,
  ENVCFG_PBMTE,
  ENVCFG_PMM,
  ENVCFG_PMM_SHIFT,
  ENVCFG_SSE,
  ENVCFG_STCE,
  IP_STI,
  STATEEN_ENVCFG,
  STATEEN_SE,
  STATUS_SDT,
} from './csr-fields';
import {
  FEATURE_SMNPM,
  FEATURE_SSDBLTRP,
  FEATURE_SSNPM,
  FEATURE_SSTC,
  FEATURE_SVADU,
  FEATURE_SVPBMT,
  FEATURE_ZICBOM,
  FEATURE_ZICBOZ,
  FEATURE_ZICFILP,
  FEATURE_ZICFISS,
  hasFeature,
} from './features';
import { now, updateTimers } from './timer';

/** Fields that exist in every xenvcfg. */
function commonFields(x: usize): u64 {
  let fields = ENVCFG_FIOM;
  if (hasFeature(x, FEATURE_ZICBOM)) fields |= ENVCFG_CBIE | ENVCFG_CBCFE;
  if (hasFeature(x, FEATURE_ZICBOZ)) fields |= ENVCFG_CBZE;
  if (hasFeature(x, FEATURE_ZICFILP)) fields |= ENVCFG_LPE;
  return fields;
}

/** Fields of menvcfg that henvcfg has too, but only where menvcfg grants them. */
function grantedFields(x: usize): u64 {
  let fields: u64 = 0;
  if (hasFeature(x, FEATURE_SVADU)) fields |= ENVCFG_ADUE;
  if (hasFeature(x, FEATURE_SVPBMT)) fields |= ENVCFG_PBMTE;
  if (hasFeature(x, FEATURE_SSTC)) fields |= ENVCFG_STCE;
  if (hasFeature(x, FEATURE_SSDBLTRP)) fields |= ENVCFG_DTE;
  if (hasFeature(x, FEATURE_ZICFISS)) fields |= ENVCFG_SSE;
  return fields;
}

/** PMM, where `feature` gives a level control over the masking of the next lower one. */
function maskingField(x: usize, feature: u32): u64 {
  return hasFeature(x, feature) ? ENVCFG_PMM : 0;
}

/** PMM of `value`, or of `old` if that is reserved. */
export function legalPmm(old: u64, value: u64): u64 {
  return ((value >> ENVCFG_PMM_SHIFT) & 3) == 1 ? old & ENVCFG_PMM : value & ENVCFG_PMM;
}

/** `value` with legal fields only; a reserved CBIE or PMM keeps the old one. */
function legal(old: u64, value: u64, fields: u64): u64 {
  value &= fields;
  if ((value & ENVCFG_CBIE) == ENVCFG_CBIE_RESERVED) value = (value & ~ENVCFG_CBIE) | (old & ENVCFG_CBIE);
  return (value & ~ENVCFG_PMM) | legalPmm(old, value);
}

/** Returns true if page tables mean something else now. */
export function menvcfgWrite(x: usize, value: u64): bool {
  const before = load<u64>(x, MENVCFG);
  const granted = grantedFields(x);
  const menvcfg = legal(load<u64>(x, MENVCFG), value, commonFields(x) | granted | maskingField(x, FEATURE_SMNPM));
  store<u64>(x, menvcfg, MENVCFG);
  // What is no longer granted is read-only zero in henvcfg, so HENVCFG always holds what is in effect.
  store<u64>(x, load<u64>(x, HENVCFG) & (menvcfg | ~granted), HENVCFG);
  // So is SDT at a level for which double traps are not enabled.
  if (!(menvcfg & ENVCFG_DTE)) store<u64>(x, load<u64>(x, MSTATUS) & ~STATUS_SDT, MSTATUS);
  withdrawGuestSdt(x);
  if (menvcfg & ENVCFG_STCE) store<u64>(x, load<u64>(x, MIP) & ~IP_STI, MIP); // STIP is the comparator's now
  updateTimers(x, now(x));
  return ((before ^ menvcfg) & ENVCFG_SSE) != 0;
}

function withdrawGuestSdt(x: usize): void {
  if (!(load<u64>(x, HENVCFG) & ENVCFG_DTE)) store<u64>(x, load<u64>(x, VSSTATUS) & ~STATUS_SDT, VSSTATUS);
}

/** Returns true if page tables mean something else now. */
export function henvcfgWrite(x: usize, value: u64): bool {
  const before = load<u64>(x, HENVCFG);
  const fields = commonFields(x) | (grantedFields(x) & load<u64>(x, MENVCFG)) | maskingField(x, FEATURE_SSNPM);
  store<u64>(x, legal(load<u64>(x, HENVCFG), value, fields), HENVCFG);
  withdrawGuestSdt(x);
  updateTimers(x, now(x));
  return ((before ^ load<u64>(x, HENVCFG)) & ENVCFG_SSE) != 0;
}

/** senvcfg.SSE exists where the levels above have shadow stacks switched on. */
function withheldFromUsers(x: usize): u64 {
  const above = load<u32>(x, VIRT) ? load<u64>(x, HENVCFG) : load<u64>(x, MENVCFG);
  return ~above & ENVCFG_SSE;
}

export function senvcfgRead(x: usize): u64 {
  return load<u64>(x, SENVCFG) & ~withheldFromUsers(x);
}

export function senvcfgWrite(x: usize, value: u64): void {
  const fields = commonFields(x) | maskingField(x, FEATURE_SSNPM) | (hasFeature(x, FEATURE_ZICFISS) ? ENVCFG_SSE : 0);
  store<u64>(x, legal(load<u64>(x, SENVCFG), value, fields & ~withheldFromUsers(x)), SENVCFG);
}

/** Bits of mstateen `index` that control state this hart has. */
function stateenFields(index: u32): u64 {
  return index == 0 ? STATEEN_SE | STATEEN_ENVCFG : STATEEN_SE;
}

export function mstateenRead(x: usize, index: u32): u64 {
  return load<u64>(x + ((<usize>index) << 3), MSTATEEN);
}

export function mstateenWrite(x: usize, index: u32, value: u64): void {
  store<u64>(x + ((<usize>index) << 3), value & stateenFields(index), MSTATEEN);
}

/** hstateen as it reads and acts: a bit clear in mstateen is read-only zero here. */
export function hstateenRead(x: usize, index: u32): u64 {
  return load<u64>(x + ((<usize>index) << 3), HSTATEEN) & mstateenRead(x, index);
}

export function hstateenWrite(x: usize, index: u32, value: u64): void {
  const writable = stateenFields(index) & mstateenRead(x, index);
  const kept = load<u64>(x + ((<usize>index) << 3), HSTATEEN) & ~writable;
  store<u64>(x + ((<usize>index) << 3), kept | (value & writable), HSTATEEN);
}
