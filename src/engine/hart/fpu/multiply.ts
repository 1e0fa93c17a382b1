// Multiplication. Implements IEEE 754 section 5.4.1, multiplication, for FMUL.
//
// In round-to-nearest-even the native operation gives the result, and a normal one above the smallest needs no more
// than NX. A product of singles is exact in double. A product of doubles is exact if the significands, without their
// trailing zeros, have 53 bits between them; with 54 it is if their product is below two, which shows in the exponent.
import {
  RNE,
  exponent,
  exponentField,
  fieldMax,
  isNaN,
  isNegative,
  isSpecial,
  isZero,
  infinity,
  precision,
  signed,
  significand,
} from './format';
import { NX, inexactIsSticky, invalid, propagateNaN, raiseFlags, round } from './round';

export function f64Mul(x: usize, a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const bits = reinterpret<u64>(reinterpret<f64>(a) * reinterpret<f64>(b));
    if (isPlain<f64>(bits)) {
      if (inexactIsSticky(x)) return bits;
      if (exponentField<f64>(a) != 0 && exponentField<f64>(b) != 0) {
        if (!productIsExact(a, b, bits)) raiseFlags(x, NX);
        return bits;
      }
    }
  }
  return mulExact<f64>(x, a, b, rm);
}

export function f32Mul(x: usize, a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const product = <f64>reinterpret<f32>(a) * <f64>reinterpret<f32>(b);
    const result = <f32>product;
    const bits = reinterpret<u32>(result);
    if (isPlain<f32>(bits)) {
      if (<f64>result != product) raiseFlags(x, NX);
      return bits;
    }
  }
  return <u32>mulExact<f32>(x, a, b, rm);
}

/** Finite, normal and not the smallest normal number, onto which a tiny result may have been rounded. */
// @ts-ignore: decorator
@inline
export function isPlain<T>(bits: u64): bool {
  return <u32>(exponentField<T>(bits) - 2) < <u32>(fieldMax<T>() - 2);
}

/** Whether `product`, a normal double, is exactly a * b, both normal doubles. */
// @ts-ignore: decorator
@inline
export function productIsExact(a: u64, b: u64, product: u64): bool {
  const width = 106 - <i32>ctz(a | (1 << 52)) - <i32>ctz(b | (1 << 52));
  return (
    width < 54 || (width == 54 && exponentField<f64>(product) == exponentField<f64>(a) + exponentField<f64>(b) - 1023)
  );
}

/** The upper half of the 128-bit product. */
// @ts-ignore: decorator
@inline
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  const other = aLow * bHigh + (middle & 0xffffffff);
  return aHigh * bHigh + (middle >> 32) + (other >> 32);
}

/** a * b in any format and rounding mode. */
export function mulExact<T>(x: usize, a: u64, b: u64, rm: u32): u64 {
  const negative = isNegative<T>(a ^ b);
  if (isSpecial<T>(a) || isSpecial<T>(b)) {
    if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(x, a, b);
    return isZero<T>(a) || isZero<T>(b) ? invalid<T>(x) : signed<T>(negative, infinity<T>());
  }
  if (isZero<T>(a) || isZero<T>(b)) return signed<T>(negative, 0);
  const p = significand<T>(a);
  const q = significand<T>(b);
  let product: u64;
  if (precision<T>() > 32) product = multiplyHigh(p, q) | u64(p * q != 0);
  else product = (p >> 32) * (q >> 32);
  const lead = clz(product); // none or one
  return round<T>(x, negative, exponent<T>(a) + exponent<T>(b) + 1 - <i32>lead, product << lead, rm);
}
