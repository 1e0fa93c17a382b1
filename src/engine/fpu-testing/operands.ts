// Operands worth trying: the edges of a format and numbers that meet near them.
import { canonicalNaN, type Format } from './reference.js';

/** Zeros, subnormal and normal extremes, small integers, the edges of the integer types, infinities and NaNs, in both signs. */
export function specialOperands(f: Format): bigint[] {
  const fraction = BigInt(f.precision - 1);
  const power = (e: number): bigint => BigInt(e + f.emax) << fraction;
  const infinity = BigInt(2 * f.emax + 1) << fraction;
  const ulp = 1n << fraction;
  const found = [
    0n,
    1n,
    2n,
    ulp >> 1n,
    ulp - 1n,
    ulp,
    ulp + 1n,
    2n * ulp,
    3n * ulp - 1n,
    infinity - 1n,
    infinity - ulp,
  ];
  for (const e of [-f.precision, -1, 0, 1, 7, 15, 24, 31, 32, 52, 53, 63, 64]) {
    if (e < f.emax) found.push(power(e) - 1n, power(e), power(e) + 1n);
  }
  found.push(power(0) + (ulp >> 1n), power(1) + (ulp >> 2n), power(1) + (ulp >> 1n));
  found.push(infinity, canonicalNaN(f), infinity + 1n, infinity | (ulp - 1n));
  return [...new Set(found)].flatMap((bits) => [bits, bits | (1n << BigInt(f.width - 1))]);
}

/** Fewer of them, for operations on three, and for those that do no arithmetic. */
export function fewOperands(f: Format): bigint[] {
  const fraction = BigInt(f.precision - 1);
  const one = BigInt(f.emax) << fraction;
  const infinity = BigInt(2 * f.emax + 1) << fraction;
  const ulp = 1n << fraction;
  const found = [0n, 1n, ulp - 1n, ulp, ulp * 2n - 1n, one - 1n, one, one + 1n, infinity - 1n, infinity];
  return [...found, canonicalNaN(f), infinity + 1n].flatMap((bits) => [bits, bits | (1n << BigInt(f.width - 1))]);
}
