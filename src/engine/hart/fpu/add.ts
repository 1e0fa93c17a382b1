// Addition and subtraction. Implements IEEE 754 section 5.4.1, addition and subtraction, for FADD and FSUB.
//
// In round-to-nearest-even the native operation gives the result. A sum too small to be normal is always exact, so
// only overflow and NaN need the long way; whether the sum is exact is asked of TwoSum (Knuth), whose error term is
// itself exact, unless NX is set already.
import {
  RNE,
  exponent,
  exponentField,
  fieldMax,
  isInfinite,
  isNaN,
  isNegative,
  isSpecial,
  isZero,
  signBit,
  significand,
} from './format';
import { NX, cancelled, inexactIsSticky, invalid, propagateNaN, raiseFlags, round, shiftRightSticky } from './round';

export function f64Add(x: usize, a: u64, b: u64, rm: u32): u64 {
  if (rm == RNE) {
    const p = reinterpret<f64>(a);
    const q = reinterpret<f64>(b);
    const sum = p + q;
    const bits = reinterpret<u64>(sum);
    // The last binade is left out: there TwoSum could overflow on the way.
    if (exponentField<f64>(bits) < fieldMax<f64>() - 1) {
      if (!inexactIsSticky(x)) {
        if (sumError<f64>(p, q, sum) != 0) raiseFlags(x, NX);
      }
      return bits;
    }
  }
  return addExact<f64>(x, a, b, rm);
}

export function f64Sub(x: usize, a: u64, b: u64, rm: u32): u64 {
  // A NaN's sign plays no part in anything.
  return f64Add(x, a, b ^ signBit<f64>(), rm);
}

export function f32Add(x: usize, a: u32, b: u32, rm: u32): u32 {
  if (rm == RNE) {
    const p = reinterpret<f32>(a);
    const q = reinterpret<f32>(b);
    const sum: f32 = p + q;
    const bits = reinterpret<u32>(sum);
    if (exponentField<f32>(bits) < fieldMax<f32>() - 1) {
      if (!inexactIsSticky(x)) {
        if (sumError<f32>(p, q, sum) != 0) raiseFlags(x, NX);
      }
      return bits;
    }
  }
  return <u32>addExact<f32>(x, a, b, rm);
}

export function f32Sub(x: usize, a: u32, b: u32, rm: u32): u32 {
  return f32Add(x, a, b ^ <u32>signBit<f32>(), rm);
}

/** What is missing from the rounded `sum` of a and b, exactly (TwoSum), as long as nothing overflows. */
// @ts-ignore: decorator
@inline
export function sumError<T extends number>(a: T, b: T, sum: T): T {
  const other: T = sum - a;
  return a - (sum - other) + (b - other);
}

/** a + b in any format and rounding mode. */
export function addExact<T>(x: usize, a: u64, b: u64, rm: u32): u64 {
  const subtract = isNegative<T>(a ^ b);
  if (isSpecial<T>(a) || isSpecial<T>(b)) {
    if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(x, a, b);
    if (!isInfinite<T>(a)) return b;
    return subtract && isInfinite<T>(b) ? invalid<T>(x) : a;
  }
  if (isZero<T>(b)) return isZero<T>(a) && subtract ? cancelled<T>(rm) : a;
  if (isZero<T>(a)) return b;

  // The larger exponent leads; one bit of headroom for the carry. Far more guard bits than a cancellation of one bit,
  // the most there can be once bits were lost to the sticky one, can use up.
  let negative = isNegative<T>(a);
  let exp = exponent<T>(a);
  let large = significand<T>(a) >> 1;
  let small = significand<T>(b) >> 1;
  const gap = exp - exponent<T>(b);
  if (gap >= 0) small = shiftRightSticky(small, gap);
  else {
    large = shiftRightSticky(large, -gap);
    exp -= gap;
  }
  let sum = large + small;
  if (subtract) {
    if (large == small) return cancelled<T>(rm);
    if (large < small) negative = !negative;
    sum = large < small ? small - large : large - small;
  }
  const lead = clz(sum);
  return round<T>(x, negative, exp + 1 - <i32>lead, sum << lead, rm);
}
