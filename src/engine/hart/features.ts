// The bits of FEATURES: which extensions a hart shows. Bits 25..0 are misa's letters; the others follow.
// FEATURES of all ones is everything the engine supports. An extension that is off has no CSRs, no fields and no
// instructions; its bits read as zero and its encodings are illegal.
import { FEATURES } from './layout';

export const FEATURE_A: u64 = 1 << 0;
export const FEATURE_C: u64 = 1 << 2;
export const FEATURE_D: u64 = 1 << 3;
export const FEATURE_F: u64 = 1 << 5;
export const FEATURE_H: u64 = 1 << 7;
export const FEATURE_I: u64 = 1 << 8;
export const FEATURE_M: u64 = 1 << 12;
export const FEATURE_S: u64 = 1 << 18;
export const FEATURE_U: u64 = 1 << 20;
export const FEATURE_V: u64 = 1 << 21;
export const FEATURE_ZICNTR: u64 = 1 << 26;
export const FEATURE_ZIHPM: u64 = 1 << 27;
export const FEATURE_SSTC: u64 = 1 << 28;
export const FEATURE_SVINVAL: u64 = 1 << 29;
export const FEATURE_SVPBMT: u64 = 1 << 30;
export const FEATURE_SVADU: u64 = 1 << 31;
export const FEATURE_ZICBOM: u64 = (<u64>1) << 32;
export const FEATURE_ZICBOZ: u64 = (<u64>1) << 33;
export const FEATURE_ZAWRS: u64 = (<u64>1) << 34;
export const FEATURE_SMSTATEEN: u64 = (<u64>1) << 35;
export const FEATURE_SSCOFPMF: u64 = (<u64>1) << 36;

/** What the engine can do today, whatever FEATURES asks for. */
export const SUPPORTED: u64 =
  FEATURE_A |
  FEATURE_C |
  FEATURE_D |
  FEATURE_F |
  FEATURE_H |
  FEATURE_I |
  FEATURE_M |
  FEATURE_S |
  FEATURE_U |
  FEATURE_ZICNTR |
  FEATURE_ZIHPM |
  FEATURE_SSTC |
  FEATURE_SVINVAL |
  FEATURE_SVPBMT |
  FEATURE_SVADU |
  FEATURE_ZICBOM |
  FEATURE_ZICBOZ |
  FEATURE_ZAWRS;

/** The letters misa can show. */
export const MISA_LETTERS: u64 =
  FEATURE_A | FEATURE_C | FEATURE_D | FEATURE_F | FEATURE_H | FEATURE_I | FEATURE_M | FEATURE_S | FEATURE_U | FEATURE_V;

/** True if every extension of `bits` is on. */
export function hasFeature(x: usize, bits: u64): bool {
  return (load<u64>(x, FEATURES) & SUPPORTED & bits) == bits;
}
