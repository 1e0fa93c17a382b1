// Conversions between formats, and between numbers and integers. Implements IEEE 754 sections 5.4.1 to 5.4.2 and 5.8, and
// Unpriv. ISA, F, "Single-Precision Floating-Point Conversion and Move Instructions": out of range saturates with NV and
// without NX, and NaN becomes the largest integer.
import {
  RDN,
  RMM,
  RNE,
  RTZ,
  bias,
  bitsOf,
  canonicalNaN,
  exponent,
  exponentField,
  infinity,
  isInfinite,
  isNaN,
  isNegative,
  isSignaling,
  isZero,
  native,
  precision,
  signed,
  significand,
} from './format';
import { isPlain } from './multiply';
import { NV, NX, raiseFlags, round, roundsUp } from './round';

// ---- format to format -----------------------------------------------------------------------------------------------

/** fcvt between any two formats. */
export function convert<From, To>(x: usize, a: u64, rm: u32): u64 {
  const negative = isNegative<From>(a);
  if (isNaN<From>(a)) {
    if (isSignaling<From>(a)) raiseFlags(x, NV);
    return canonicalNaN<To>();
  }
  if (isInfinite<From>(a)) return signed<To>(negative, infinity<To>());
  if (isZero<From>(a)) return signed<To>(negative, 0);
  return round<To>(x, negative, exponent<From>(a), significand<From>(a), rm);
}

export function f32ToF64(x: usize, a: u32): u64 {
  if (isNaN<f32>(a)) return convert<f32, f64>(x, a, RNE);
  return reinterpret<u64>(<f64>reinterpret<f32>(a));
}

export function f64ToF32(x: usize, a: u64, rm: u32): u32 {
  if (rm == RNE) {
    const result = <f32>reinterpret<f64>(a);
    const bits = reinterpret<u32>(result);
    if (isPlain<f32>(bits)) {
      if (<f64>result != reinterpret<f64>(a)) raiseFlags(x, NX);
      return bits;
    }
  }
  return <u32>convert<f64, f32>(x, a, rm);
}

// ---- integer to number ----------------------------------------------------------------------------------------------

/** fcvt from an integer given as sign and magnitude. */
export function fromInteger<T>(x: usize, negative: bool, value: u64, rm: u32): u64 {
  if (value == 0) return 0;
  const lead = clz(value);
  return round<T>(x, negative, 63 - <i32>lead, value << lead, rm);
}

/** fcvt from a signed integer; 32-bit integers come sign-extended. */
export function fromSigned<T>(x: usize, value: i64, rm: u32): u64 {
  const magnitude = <u64>(value < 0 ? -value : value);
  if (isFloat<T>() && (rm == RNE || fits<T>(magnitude))) {
    if (!fits<T>(magnitude)) raiseFlags(x, NX);
    return bitsOf<T>(<T>value);
  }
  return fromInteger<T>(x, value < 0, magnitude, rm);
}

/** fcvt from an unsigned integer; 32-bit integers come zero-extended. */
export function fromUnsigned<T>(x: usize, value: u64, rm: u32): u64 {
  if (isFloat<T>() && (rm == RNE || fits<T>(value))) {
    if (!fits<T>(value)) raiseFlags(x, NX);
    return bitsOf<T>(<T>value);
  }
  return fromInteger<T>(x, false, value, rm);
}

/** Whether the significand has room for the integer. */
// @ts-ignore: decorator
@inline
function fits<T>(value: u64): bool {
  return 64 - <i32>clz(value) - <i32>ctz(value) <= precision<T>();
}

// ---- number to integer ----------------------------------------------------------------------------------------------

/** fcvt.w and fcvt.l: to a signed integer of `width` bits, sign-extended. */
export function toSigned<T>(x: usize, a: u64, rm: u32, width: u32): u64 {
  if (isFloat<T>() && rm != RMM) {
    const integral = nativeIntegral<T>(native<T>(a), rm);
    if (exponentField<T>(bitsOf<T>(integral)) < bias<T>() + <i32>width - 1) {
      if (integral != native<T>(a)) raiseFlags(x, NX);
      return <u64>(<i64>integral);
    }
  }
  const limit: u64 = 1 << (<u64>width - 1);
  const negative = isNegative<T>(a);
  if (isNaN<T>(a)) return outOfRange(x, limit - 1);
  const value = integralMagnitude<T>(a, rm);
  if (isAbove64<T>(a) || value > limit - u64(!negative)) return outOfRange(x, negative ? -limit : limit - 1);
  if (!isIntegral<T>(a)) raiseFlags(x, NX);
  return negative ? -value : value;
}

/** fcvt.wu and fcvt.lu: to an unsigned integer of `width` bits; one of 32 bits is sign-extended all the same. */
export function toUnsigned<T>(x: usize, a: u64, rm: u32, width: u32): u64 {
  if (isFloat<T>() && rm != RMM) {
    const integral = nativeIntegral<T>(native<T>(a), rm);
    if (integral >= 0 && exponentField<T>(bitsOf<T>(integral)) < bias<T>() + <i32>width) {
      if (integral != native<T>(a)) raiseFlags(x, NX);
      return width == 32 ? <u64>(<i64>(<i32>(<u32>integral))) : <u64>integral;
    }
  }
  const max: u64 = 0xffffffffffffffff >> (64 - <u64>width);
  const negative = isNegative<T>(a);
  if (isNaN<T>(a)) return outOfRange(x, 0xffffffffffffffff);
  const value = integralMagnitude<T>(a, rm);
  if (isAbove64<T>(a) || value > (negative ? 0 : max)) return outOfRange(x, negative ? 0 : 0xffffffffffffffff);
  if (!isIntegral<T>(a)) raiseFlags(x, NX);
  return width == 32 ? <u64>(<i64>(<i32>value)) : value;
}

/** Infinite, or of a magnitude of 2^64 or more. */
// @ts-ignore: decorator
@inline
function isAbove64<T>(a: u64): bool {
  return isInfinite<T>(a) || exponent<T>(a) > 63;
}

function outOfRange(x: usize, saturated: u64): u64 {
  raiseFlags(x, NV);
  return saturated;
}

/** fcvtmod.w.d (Zfa): the low 32 bits of the integer, towards zero, sign-extended; flags as fcvt.w.d raises them. */
export function toModular(x: usize, a: u64): u64 {
  toSigned<f64>(x, a, RTZ, 32);
  const exp = exponent<f64>(a);
  if (exp < 0 || exp > 95) return 0;
  const sig = significand<f64>(a);
  const value = exp <= 63 ? sig >> <u64>(63 - exp) : sig << (<u64>(exp - 63));
  const low = <i32>value;
  return <u64>(<i64>(isNegative<f64>(a) ? -low : low));
}

// ---- rounding to an integer -----------------------------------------------------------------------------------------

/** The integer that any mode but RMM chooses, natively. */
// @ts-ignore: decorator
@inline
function nativeIntegral<T>(a: T, rm: u32): T {
  if (rm == RTZ) return trunc<T>(a);
  if (rm == RNE) return nearest<T>(a);
  return rm == RDN ? floor<T>(a) : ceil<T>(a);
}

/** Whether a finite number is an integer. */
// @ts-ignore: decorator
@inline
function isIntegral<T>(a: u64): bool {
  const exp = exponent<T>(a);
  if (isZero<T>(a) || exp >= precision<T>() - 1) return true;
  return exp >= 0 && significand<T>(a) << (<u64>(exp + 1)) == 0;
}

/** The magnitude of a rounded to an integer; of no meaning when the exponent of a is above 63. */
function integralMagnitude<T>(a: u64, rm: u32): u64 {
  if (isZero<T>(a)) return 0;
  const exp = exponent<T>(a);
  const sig = significand<T>(a);
  if (exp >= 63) return sig;
  // Below one half only that there is something counts.
  const kept = exp < 0 ? 0 : sig >> <u64>(63 - exp);
  const rest = exp < -1 ? 1 : exp == -1 ? sig : sig << (<u64>(exp + 1));
  return kept + u64(roundsUp(rm, isNegative<T>(a), kept, rest, 0x8000000000000000));
}

/** fround, and froundnx when `exact` (Zfa): the integer nearest by the rounding mode, as a number. */
export function roundToIntegral<T>(x: usize, a: u64, rm: u32, exact: bool): u64 {
  if (isNaN<T>(a)) return convert<T, T>(x, a, rm);
  if (isInfinite<T>(a) || isIntegral<T>(a)) return a;
  if (exact) raiseFlags(x, NX);
  if (isFloat<T>() && rm != RMM) return bitsOf<T>(nativeIntegral<T>(native<T>(a), rm));
  const negative = isNegative<T>(a);
  const value = integralMagnitude<T>(a, rm);
  return value == 0 ? signed<T>(negative, 0) : fromInteger<T>(x, negative, value, rm);
}
