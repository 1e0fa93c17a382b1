// Machine security configuration. Priv. ISA, "Machine Security Configuration (mseccfg) Register".
import { MSECCFG_MLPE, MSECCFG_MML, MSECCFG_MMWP, MSECCFG_RLB, MSECCFG_SSEED, MSECCFG_USEED } from './csr-fields';
import { legalPmm } from './envcfg';
import { FEATURE_SMEPMP, FEATURE_SMMPM, FEATURE_ZICFILP, FEATURE_ZKR, hasFeature } from './features';
import { MSECCFG } from './layout';
import { pmpAnyLocked } from './pmp';

/** The register exists if some field of it does. */
export function mseccfgExists(x: usize): bool {
  return (
    hasFeature(x, FEATURE_SMEPMP) ||
    hasFeature(x, FEATURE_SMMPM) ||
    hasFeature(x, FEATURE_ZICFILP) ||
    hasFeature(x, FEATURE_ZKR)
  );
}

export function mseccfgWrite(x: usize, value: u64): void {
  const old = load<u64>(x, MSECCFG);
  let fields: u64 = 0;
  if (hasFeature(x, FEATURE_ZKR)) fields |= MSECCFG_SSEED | MSECCFG_USEED;
  if (hasFeature(x, FEATURE_ZICFILP)) fields |= MSECCFG_MLPE;
  let next = value & fields;
  if (hasFeature(x, FEATURE_SMMPM)) next |= legalPmm(old, value);
  if (hasFeature(x, FEATURE_SMEPMP)) {
    next |= (old | value) & (MSECCFG_MML | MSECCFG_MMWP); // sticky until reset
    if (old & MSECCFG_RLB || !pmpAnyLocked(x)) next |= value & MSECCFG_RLB;
  }
  store<u64>(x, next, MSECCFG);
}
