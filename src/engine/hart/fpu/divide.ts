// Division. Implements IEEE 754 section 5.4.1, division, for FDIV.
//
// The native quotient is the result in round-to-nearest-even; it is exact if it gives the dividend back exactly. For the
// other modes the native quotient of the significands is off by at most one unit, which the remainder, an integer,
// puts right.
import {
  RNE,
  exponent,
  exponentField,
  infinity,
  isInfinite,
  isNaN,
  isNegative,
  isSpecial,
  isZero,
  signed,
  significand,
} from './format';
import { isPlain, productIsExact } from './multiply';
import { DZ, NX, inexactIsSticky, invalid, propagateNaN, raiseFlags, round } from './round';

export function f64Div(x: usize, a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const quotient = reinterpret<f64>(a) / reinterpret<f64>(b);
    const bits = reinterpret<u64>(quotient);
    // A plain quotient comes of finite operands only, and of a divisor that is not zero.
    if (isPlain<f64>(bits)) {
      if (inexactIsSticky(x)) return bits;
      if (exponentField<f64>(a) != 0 && exponentField<f64>(b) != 0) {
        const back = quotient * reinterpret<f64>(b);
        if (back != reinterpret<f64>(a) || !productIsExact(bits, b, a)) raiseFlags(x, NX);
        return bits;
      }
    }
  }
  return divExact<f64>(x, a, b, rm);
}

export function f32Div(x: usize, a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const quotient: f32 = reinterpret<f32>(a) / reinterpret<f32>(b);
    const bits = reinterpret<u32>(quotient);
    if (isPlain<f32>(bits)) {
      if (<f64>quotient * <f64>reinterpret<f32>(b) != <f64>reinterpret<f32>(a)) raiseFlags(x, NX);
      return bits;
    }
  }
  return <u32>divExact<f32>(x, a, b, rm);
}

/** a / b in any format and rounding mode. */
export function divExact<T>(x: usize, a: u64, b: u64, rm: u32): u64 {
  const negative = isNegative<T>(a ^ b);
  if (isSpecial<T>(a) || isSpecial<T>(b)) {
    if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(x, a, b);
    if (!isInfinite<T>(a)) return signed<T>(negative, 0);
    return isInfinite<T>(b) ? invalid<T>(x) : signed<T>(negative, infinity<T>());
  }
  if (isZero<T>(b)) {
    if (isZero<T>(a)) return invalid<T>(x);
    raiseFlags(x, DZ);
    return signed<T>(negative, infinity<T>());
  }
  if (isZero<T>(a)) return signed<T>(negative, 0);

  let exp = exponent<T>(a) - exponent<T>(b);
  let dividend = significand<T>(a) >> 11;
  const divisor = significand<T>(b) >> 11;
  if (dividend < divisor) {
    dividend <<= 1;
    exp -= 1;
  }
  // 53 bits of quotient, leading one in bit 52; both operands are exact as doubles, and the remainder fits 64 bits.
  let quotient = <u64>((<f64>dividend / <f64>divisor) * 4503599627370496.0);
  let remainder = <i64>((dividend << 52) - quotient * divisor);
  if (remainder < 0) {
    quotient -= 1;
    remainder += <i64>divisor;
  }
  const twice = ((<u64>remainder) << 1) - divisor;
  const beyond: u64 = remainder == 0 ? 0 : twice == 0 ? 0x400 : <i64>twice < 0 ? 1 : 0x401;
  return round<T>(x, negative, exp, (quotient << 11) | beyond, rm);
}
