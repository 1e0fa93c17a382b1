// Fused multiply-add: a * b + c with one rounding. Implements IEEE 754 section 5.4.1, fusedMultiplyAdd, for FMADD, FMSUB,
// FNMSUB and FNMADD; the last three change signs of operands on the way in, which no NaN can tell.
//
// In round-to-nearest-even with native operations. Singles: the product is exact in double, and the double sum is made odd
// when inexact, which keeps the second rounding honest. Doubles: the same idea on exact sums of two doubles, after Boldo and
// Melquiond, "Emulation of a FMA and correctly rounded sums" (2008). All else is integer arithmetic, doubles in 128 bits.
import { sumError } from './add';
import {
  RNE,
  exponent,
  exponentField,
  infinity,
  isInfinite,
  isNaN,
  isNegative,
  isSignaling,
  isSpecial,
  isZero,
  canonicalNaN,
  precision,
  signed,
  significand,
} from './format';
import { isPlain, multiplyHigh } from './multiply';
import { NV, NX, cancelled, inexactIsSticky, invalid, raiseFlags, round, shiftRightSticky } from './round';

export function f64Fma(x: usize, a: u64, b: u64, c: u64, rm: u32): u64 {
  if (rm == RNE && isModerate(a) && isModerate(b) && isModerate(c)) {
    const p = reinterpret<f64>(a);
    const q = reinterpret<f64>(b);
    const addend = reinterpret<f64>(c);
    // The product and its error: halves of 26 bits multiply exactly (Dekker, Veltkamp).
    const product = p * q;
    const pHigh = upperHalf(p);
    const qHigh = upperHalf(q);
    const pLow = p - pHigh;
    const qLow = q - qHigh;
    const productError = pLow * qLow - (product - pHigh * qHigh - pLow * qHigh - pHigh * qLow);
    // The sum of all three as three doubles of falling size.
    const lower = addend + productError;
    const lowerError = sumError(addend, productError, lower);
    const upper = product + lower;
    const upperError = sumError(product, lower, upper);
    const tail = lowerError + upperError;
    const tailError = sumError(lowerError, upperError, tail);
    const odd = reinterpret<f64>(makeOdd(reinterpret<u64>(tail), tailError));
    const result = upper + odd;
    if (!inexactIsSticky(x) && (tailError != 0 || sumError(upper, odd, result) != 0)) raiseFlags(x, NX);
    return reinterpret<u64>(result);
  }
  return fmaExact<f64>(x, a, b, c, rm);
}

export function f32Fma(x: usize, a: u32, b: u32, c: u32, rm: u32): u32 {
  if (rm == RNE) {
    const product = <f64>reinterpret<f32>(a) * <f64>reinterpret<f32>(b);
    const addend = <f64>reinterpret<f32>(c);
    const sum = product + addend;
    const odd = reinterpret<f64>(makeOdd(reinterpret<u64>(sum), sumError<f64>(product, addend, sum)));
    const result = <f32>odd;
    const bits = reinterpret<u32>(result);
    if (isPlain<f32>(bits)) {
      if (<f64>result != odd) raiseFlags(x, NX);
      return bits;
    }
  }
  return <u32>fmaExact<f32>(x, a, b, c, rm);
}

/** A magnitude from 2^-400 to 2^400: what is made of these on the way neither overflows nor underflows. */
// @ts-ignore: decorator
@inline
function isModerate(a: u64): bool {
  return <u32>(exponentField<f64>(a) - (1023 - 400)) <= 800;
}

/** The leading 26 bits of a double. */
// @ts-ignore: decorator
@inline
function upperHalf(a: f64): f64 {
  const scaled = a * 134217729.0;
  return scaled - (scaled - a);
}

/** The odd one of the two doubles between which `sum` + `error` lies; `sum` itself if there is no error. */
// @ts-ignore: decorator
@inline
function makeOdd(sum: u64, error: f64): u64 {
  const away = (<i64>(sum ^ reinterpret<u64>(error)) >> 63) | 1; // 1 if the error points away from zero, else -1
  return sum + (away & -i64(error != 0) & -i64(~sum & 1));
}

/** a * b + c in any format and rounding mode. */
export function fmaExact<T>(x: usize, a: u64, b: u64, c: u64, rm: u32): u64 {
  if (isSpecial<T>(a) || isSpecial<T>(b) || isSpecial<T>(c)) return fmaSpecial<T>(x, a, b, c);
  const negative = isNegative<T>(a ^ b);
  if (isZero<T>(a) || isZero<T>(b)) {
    if (!isZero<T>(c)) return c;
    return negative == isNegative<T>(c) ? c : cancelled<T>(rm);
  }
  const exp = exponent<T>(a) + exponent<T>(b) + 1;
  const p = significand<T>(a);
  const q = significand<T>(b);
  if (precision<T>() > 32) return addWide<T>(x, negative, exp, multiplyHigh(p, q), p * q, c, rm);
  return addNarrow<T>(x, negative, exp, (p >> 32) * (q >> 32), c, rm);
}

function fmaSpecial<T>(x: usize, a: u64, b: u64, c: u64): u64 {
  const noProduct = (isInfinite<T>(a) && isZero<T>(b)) || (isZero<T>(a) && isInfinite<T>(b));
  if (isNaN<T>(a) || isNaN<T>(b) || isNaN<T>(c) || noProduct) {
    // Infinity times zero is invalid even when the addend is a quiet NaN.
    if (noProduct || isSignaling<T>(a) || isSignaling<T>(b) || isSignaling<T>(c)) raiseFlags(x, NV);
    return canonicalNaN<T>();
  }
  if (!isInfinite<T>(a) && !isInfinite<T>(b)) return c;
  const product = signed<T>(isNegative<T>(a ^ b), infinity<T>());
  return isInfinite<T>(c) && c != product ? invalid<T>(x) : product;
}

/** Adds c to the product of two significands of at most 32 bits; the weight of bit 63 is 2^exp. */
function addNarrow<T>(x: usize, negative: bool, exp: i32, product: u64, c: u64, rm: u32): u64 {
  if (!isZero<T>(c)) {
    let addend = significand<T>(c) >> 1;
    product >>= 1; // its lowest bit is zero
    const gap = exp - exponent<T>(c);
    if (gap >= 0) addend = shiftRightSticky(addend, gap);
    else {
      product = shiftRightSticky(product, -gap);
      exp -= gap;
    }
    exp += 1;
    if (isNegative<T>(c) == negative) product += addend;
    else {
      if (product == addend) return cancelled<T>(rm);
      if (product < addend) negative = !negative;
      product = product < addend ? addend - product : product - addend;
    }
  }
  const lead = clz(product);
  return round<T>(x, negative, exp - <i32>lead, product << lead, rm);
}

/** The same for a product of 128 bits, `high` and `low`. */
function addWide<T>(x: usize, negative: bool, exp: i32, high: u64, low: u64, c: u64, rm: u32): u64 {
  if (!isZero<T>(c)) {
    let addHigh = significand<T>(c) >> 1;
    let addLow: u64 = 0;
    low = (low >> 1) | (high << 63); // its lowest bits are zero
    high >>= 1;
    const gap = exp - exponent<T>(c);
    if (gap > 0) {
      if (gap < 64) {
        addLow = addHigh << (<u64>(64 - gap));
        addHigh >>= <u64>gap;
      } else {
        addLow = shiftRightSticky(addHigh, gap - 64);
        addHigh = 0;
      }
    } else if (gap < 0) {
      if (gap > -64) {
        low = shiftRightSticky(low, -gap) | (high << (<u64>(64 + gap)));
        high >>= <u64>-gap;
      } else {
        low = shiftRightSticky(high, -gap - 64) | u64(low != 0);
        high = 0;
      }
      exp -= gap;
    }
    exp += 1;
    if (isNegative<T>(c) == negative) {
      low += addLow;
      high += addHigh + u64(low < addLow);
    } else {
      const borrow = u64(low < addLow);
      low -= addLow;
      high = high - addHigh - borrow;
      if (<i64>high < 0) {
        negative = !negative;
        high = ~high + u64(low == 0);
        low = -low;
      }
    }
  }
  if (high == 0) {
    if (low == 0) return cancelled<T>(rm);
    high = low;
    low = 0;
    exp -= 64;
  }
  const lead = clz(high);
  // A shift by 64 - lead in two steps, for lead may be zero.
  high = (high << lead) | ((low >> 1) >> (63 - lead));
  return round<T>(x, negative, exp - <i32>lead, high | u64(low << lead != 0), rm);
}
