// Classification. Implements Unpriv. ISA, F, "Single-Precision Floating-Point Classify Instruction", for FCLASS.
import { exponentField, isInfinite, isNaN, isNegative, isSignaling, isZero } from './format';

const NEGATIVE_INFINITY: u64 = 1 << 0;
const NEGATIVE_NORMAL: u64 = 1 << 1;
const NEGATIVE_SUBNORMAL: u64 = 1 << 2;
const NEGATIVE_ZERO: u64 = 1 << 3;
const POSITIVE_ZERO: u64 = 1 << 4;
const POSITIVE_SUBNORMAL: u64 = 1 << 5;
const POSITIVE_NORMAL: u64 = 1 << 6;
const POSITIVE_INFINITY: u64 = 1 << 7;
const SIGNALING_NAN: u64 = 1 << 8;
const QUIET_NAN: u64 = 1 << 9;

/** The class of a as a mask of one bit. */
export function classify<T>(a: u64): u64 {
  if (isNaN<T>(a)) return isSignaling<T>(a) ? SIGNALING_NAN : QUIET_NAN;
  const negative = isNegative<T>(a);
  if (isInfinite<T>(a)) return negative ? NEGATIVE_INFINITY : POSITIVE_INFINITY;
  if (isZero<T>(a)) return negative ? NEGATIVE_ZERO : POSITIVE_ZERO;
  if (exponentField<T>(a) == 0) return negative ? NEGATIVE_SUBNORMAL : POSITIVE_SUBNORMAL;
  return negative ? NEGATIVE_NORMAL : POSITIVE_NORMAL;
}
