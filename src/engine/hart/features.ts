// Which extensions a hart shows. The numbers are those of src/isa: 0 to 63 lie in FEATURES and are asked for by instructions, 64
// and up lie in FEATURES2 and show in CSRs and behaviour. All ones is everything the engine supports. An extension that is off has
// no CSRs, no fields and no instructions; its bits read as zero and its encodings are illegal, or what they are without it.
import * as I from './generated/isa';
import { ENVCFG_LPE, MSECCFG_MLPE } from './csr-fields';
import { FEATURES, FEATURES2, HENVCFG, MENVCFG, MSECCFG, PRIV, SENVCFG, VIRT } from './layout';

export {
  FEATURE_C,
  FEATURE_D,
  FEATURE_F,
  FEATURE_H,
  FEATURE_SHLCOFIDELEG,
  FEATURE_SMCNTRPMF,
  FEATURE_SMDBLTRP,
  FEATURE_SMEPMP,
  FEATURE_SMMPM,
  FEATURE_SMNPM,
  FEATURE_SMSTATEEN,
  FEATURE_SSCOFPMF,
  FEATURE_SSDBLTRP,
  FEATURE_SSNPM,
  FEATURE_SSTC,
  FEATURE_SV48,
  FEATURE_SV57,
  FEATURE_SVADU,
  FEATURE_SVINVAL,
  FEATURE_SVNAPOT,
  FEATURE_SVPBMT,
  FEATURE_U,
  FEATURE_ZAMA16B,
  FEATURE_ZAWRS,
  FEATURE_ZICBOM,
  FEATURE_ZICBOZ,
  FEATURE_ZICFILP,
  FEATURE_ZICFISS,
  FEATURE_ZICNTR,
  FEATURE_ZIHPM,
  FEATURE_ZKR,
} from './generated/isa';

// @ts-ignore: decorator
@inline function bit(feature: u32): u64 { return (<u64>1) << <u64>(feature & 63); }

/** What the engine can do today, whatever FEATURES asks for: every instruction but those of this extension. */
export const SUPPORTED: u64 = ~((<u64>1) << <u64>I.FEATURE_SMRNMI);

/** What the engine can do today, whatever FEATURES2 asks for. */
export const SUPPORTED2: u64 =
  ((<u64>1) << <u64>(I.FEATURE_U & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_ZICNTR & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_ZIHPM & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_ZKR & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_ZAMA16B & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SSTC & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SVNAPOT & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SVPBMT & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SVADU & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMEPMP & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMSTATEEN & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SSCOFPMF & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMCNTRPMF & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMDBLTRP & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SSDBLTRP & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMNPM & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SSNPM & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SMMPM & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SHLCOFIDELEG & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SV48 & 63)) |
  ((<u64>1) << <u64>(I.FEATURE_SV57 & 63));

/** The features that decide what instructions mean in the hart's present mode. */
export function instructionFeatures(x: usize): u64 {
  const features = load<u64>(x, FEATURES) & SUPPORTED;
  // Landing pads are asked for by mode; where they are not, LPAD is the AUIPC that it looks like.
  return landingPadsOn(x) ? features : features & ~bit(I.FEATURE_ZICFILP);
}

/** xLPE of the hart's present mode: must indirect jumps arrive at landing pads? */
export function landingPadsOn(x: usize): bool {
  switch (load<u32>(x, PRIV)) {
    case 0: return (load<u64>(x, SENVCFG) & ENVCFG_LPE) != 0;
    case 1: return ((load<u32>(x, VIRT) ? load<u64>(x, HENVCFG) : load<u64>(x, MENVCFG)) & ENVCFG_LPE) != 0;
    default: return (load<u64>(x, MSECCFG) & MSECCFG_MLPE) != 0;
  }
}

/** True if `feature`, a FEATURE_ number, is on. */
export function hasFeature(x: usize, feature: u32): bool {
  const word = feature < 64 ? load<u64>(x, FEATURES) & SUPPORTED : load<u64>(x, FEATURES2) & SUPPORTED2;
  return (word & bit(feature)) != 0;
}

/** misa's letters, as the features have them. */
export function misaLetters(x: usize): u64 {
  let letters: u64 = 1 << 8; // I
  if (hasFeature(x, I.FEATURE_ZALRSC) && hasFeature(x, I.FEATURE_ZAAMO)) letters |= 1 << 0; // A
  if (hasFeature(x, I.FEATURE_ZBA) && hasFeature(x, I.FEATURE_ZBB) && hasFeature(x, I.FEATURE_ZBS)) letters |= 1 << 1; // B
  if (hasFeature(x, I.FEATURE_C)) letters |= 1 << 2;
  if (hasFeature(x, I.FEATURE_D)) letters |= 1 << 3;
  if (hasFeature(x, I.FEATURE_F)) letters |= 1 << 5;
  if (hasFeature(x, I.FEATURE_H)) letters |= 1 << 7;
  if (hasFeature(x, I.FEATURE_M)) letters |= 1 << 12;
  if (hasFeature(x, I.FEATURE_S)) letters |= 1 << 18;
  if (hasFeature(x, I.FEATURE_U)) letters |= 1 << 20;
  return letters;
}
