// Comparison and sign injection. Implements IEEE 754 section 5.6.1 for FEQ (quiet), FLT and FLE (signalling), and
// Unpriv. ISA, Zfa, "Comparison Instructions", for FLTQ and FLEQ (quiet); section 5.5.1 for FSGNJ, FSGNJN, FSGNJX.
import { isNaN, isNegative, isSignaling, isZero, native, signBit } from './format';
import { NV, raiseFlags } from './round';

/** feq: only a signalling NaN is invalid. */
export function equal<T>(x: usize, a: u64, b: u64): bool {
  if (isFloat<T>() && native<T>(a) == native<T>(b)) return true;
  return ordered<T>(x, a, b, true) && (a == b || (isZero<T>(a) && isZero<T>(b)));
}

/** flt, or fltq when `quiet`. */
export function less<T>(x: usize, a: u64, b: u64, quiet: bool): bool {
  if (isFloat<T>() && native<T>(a) < native<T>(b)) return true;
  return ordered<T>(x, a, b, quiet) && isLess<T>(a, b) && !(isZero<T>(a) && isZero<T>(b));
}

/** fle, or fleq when `quiet`. */
export function lessOrEqual<T>(x: usize, a: u64, b: u64, quiet: bool): bool {
  if (isFloat<T>() && native<T>(a) <= native<T>(b)) return true;
  return ordered<T>(x, a, b, quiet) && (a == b || isLess<T>(a, b) || (isZero<T>(a) && isZero<T>(b)));
}

/** The order of numbers, with -0 below +0. */
// @ts-ignore: decorator
@inline
export function isLess<T>(a: u64, b: u64): bool {
  return isNegative<T>(a) ? !isNegative<T>(b) || a > b : !isNegative<T>(b) && a < b;
}

/** Whether neither is a NaN; raises NV for a signalling NaN, and for any unless `quiet`. */
// @ts-ignore: decorator
@inline
function ordered<T>(x: usize, a: u64, b: u64, quiet: bool): bool {
  if (!isNaN<T>(a) && !isNaN<T>(b)) return true;
  if (!quiet || isSignaling<T>(a) || isSignaling<T>(b)) raiseFlags(x, NV);
  return false;
}

// ---- sign injection -------------------------------------------------------------------------------------------------

/** a with the sign of b. */
// @ts-ignore: decorator
@inline
export function injectSign<T>(a: u64, b: u64): u64 {
  return (a & ~signBit<T>()) | (b & signBit<T>());
}

/** a with the opposite of the sign of b. */
// @ts-ignore: decorator
@inline
export function injectOppositeSign<T>(a: u64, b: u64): u64 {
  return (a & ~signBit<T>()) | (~b & signBit<T>());
}

/** a with its sign changed if b is negative. */
// @ts-ignore: decorator
@inline
export function multiplySign<T>(a: u64, b: u64): u64 {
  return a ^ (b & signBit<T>());
}
