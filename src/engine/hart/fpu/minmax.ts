// Minimum and maximum. Implements IEEE 754-2019 section 9.6: minimumNumber and maximumNumber, which prefer a number to
// a NaN, for FMIN and FMAX; minimum and maximum, which prefer the NaN, for FMINM and FMAXM (Zfa). -0 is below +0.
import { isLess } from './compare';
import { canonicalNaN, isNaN } from './format';
import { propagateNaN } from './round';

export function minimumNumber<T>(x: usize, a: u64, b: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return theNumber<T>(x, a, b);
  return isLess<T>(b, a) ? b : a;
}

export function maximumNumber<T>(x: usize, a: u64, b: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return theNumber<T>(x, a, b);
  return isLess<T>(a, b) ? b : a;
}

export function minimum<T>(x: usize, a: u64, b: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(x, a, b);
  return isLess<T>(b, a) ? b : a;
}

export function maximum<T>(x: usize, a: u64, b: u64): u64 {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(x, a, b);
  return isLess<T>(a, b) ? b : a;
}

/** Of two operands not both numbers, the one that is. A signalling NaN is invalid all the same. */
function theNumber<T>(x: usize, a: u64, b: u64): u64 {
  propagateNaN<T>(x, a, b);
  if (!isNaN<T>(a)) return a;
  return isNaN<T>(b) ? canonicalNaN<T>() : b;
}
