// Square root. Implements IEEE 754 section 5.4.1, squareRoot, for FSQRT.
//
// The native root is the result in round-to-nearest-even; it is exact if its square is exactly the operand. For the other
// modes the native root of the significand is off by at most one unit, which the remainder, an integer, puts right.
import { RNE, exponent, exponentField, isNaN, isNegative, isSpecial, isZero, significand } from './format';
import { isPlain, productIsExact } from './multiply';
import { NX, inexactIsSticky, invalid, propagateNaN, raiseFlags, round } from './round';

export function f64Sqrt(x: usize, a: u64, rm: u32): u64 {
  if (rm == RNE) {
    const root = sqrt<f64>(reinterpret<f64>(a));
    const bits = reinterpret<u64>(root);
    if (isPlain<f64>(bits)) {
      if (inexactIsSticky(x)) return bits;
      if (exponentField<f64>(a) != 0) {
        if (root * root != reinterpret<f64>(a) || !productIsExact(bits, bits, a)) raiseFlags(x, NX);
        return bits;
      }
    }
  }
  return sqrtExact<f64>(x, a, rm);
}

export function f32Sqrt(x: usize, a: u32, rm: u32): u32 {
  if (rm == RNE) {
    const root = sqrt<f32>(reinterpret<f32>(a));
    const bits = reinterpret<u32>(root);
    if (isPlain<f32>(bits)) {
      if (<f64>root * <f64>root != <f64>reinterpret<f32>(a)) raiseFlags(x, NX);
      return bits;
    }
  }
  return <u32>sqrtExact<f32>(x, a, rm);
}

/** The square root of a, in any format and rounding mode. */
export function sqrtExact<T>(x: usize, a: u64, rm: u32): u64 {
  if (isNaN<T>(a)) return propagateNaN<T>(x, a, a);
  if (isZero<T>(a)) return a;
  if (isNegative<T>(a)) return invalid<T>(x);
  if (isSpecial<T>(a)) return a;
  const exp = exponent<T>(a);
  // The operand as M * 4^n with M an integer of 53 or 54 bits: exact as a double, its root has 27 bits before the point.
  const radicand = (significand<T>(a) >> 11) << (<u64>(exp & 1));
  let root = <u64>(sqrt<f64>(<f64>radicand) * 67108864.0);
  let remainder = <i64>((radicand << 52) - root * root);
  if (remainder < 0) {
    root -= 1;
    remainder += <i64>(2 * root + 1);
  }
  // Never half way: (root + 1/2) squared is no integer.
  const beyond: u64 = remainder == 0 ? 0 : <u64>remainder > root ? 0x401 : 1;
  return round<T>(x, false, exp >> 1, (root << 11) | beyond, rm);
}
