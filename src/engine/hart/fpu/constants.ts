// Load-immediate: the 32 constants of FLI. Implements Unpriv. ISA, Zfa, "Load-Immediate Instructions".
import { bias, canonicalNaN, infinity, precision, signBit } from './format';

const SMALLEST_NORMAL: u32 = 1;
const INFINITY: u32 = 30;

// One byte each: exponent * 4 + the two leading bits of the fraction.
const CONSTANTS = memory.data<i8>([
  0, 0, -64, -60, -32, -28, -16, -12, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8, 12, 16, 28, 32, 60, 64, 0,
  0,
]);

/** The constant numbered `index`. Raises nothing. */
export function constant<T>(index: u32): u64 {
  if (index > INFINITY) return canonicalNaN<T>();
  if (index == SMALLEST_NORMAL) return 1 << (<u64>(precision<T>() - 1));
  const packed = <i32>load<i8>(CONSTANTS + index);
  const exp = packed >> 2;
  if (index == INFINITY || exp > bias<T>()) return infinity<T>();
  // 2^-16 and 2^-15 are subnormal in half precision.
  if (exp + bias<T>() <= 0) return 1 << (<u64>(precision<T>() - 2 + exp + bias<T>()));
  const bits = (((<u64>(exp + bias<T>())) << 2) | <u64>(packed & 3)) << (<u64>(precision<T>() - 3));
  return index == 0 ? bits | signBit<T>() : bits;
}
