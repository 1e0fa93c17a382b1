// Rounding: the one place where a result that is exact, or exact but for a sticky bit, becomes a number of the format,
// and where overflow, underflow and inexact are told. Implements IEEE 754 sections 4.3 and 7.3 to 7.6, and
// Unpriv. ISA, F, "Floating-Point Control and Status Register" (tininess is detected after rounding).
import { FFLAGS } from '../layout';
import { RDN, RMM, RNE, RTZ, RUP, bias, canonicalNaN, infinity, isSignaling, precision, signed } from './format';

// ---- fflags ---------------------------------------------------------------------------------------------------------
export const NX: u32 = 1; // inexact
export const UF: u32 = 2; // underflow
export const OF: u32 = 4; // overflow
export const DZ: u32 = 8; // division by zero
export const NV: u32 = 16; // invalid operation

// @ts-ignore: decorator
@inline
export function raiseFlags(x: usize, flags: u32): void {
  store<u32>(x, load<u32>(x, FFLAGS) | flags, FFLAGS);
}

/** Whether NX is set already, so that an operation need not find out. */
// @ts-ignore: decorator
@inline
export function inexactIsSticky(x: usize): bool {
  return (load<u32>(x, FFLAGS) & NX) != 0;
}

/** The result of an operation that has no result. */
export function invalid<T>(x: usize): u64 {
  raiseFlags(x, NV);
  return canonicalNaN<T>();
}

/** The result of an operation of which at least one operand is a NaN. */
export function propagateNaN<T>(x: usize, a: u64, b: u64): u64 {
  if (isSignaling<T>(a) || isSignaling<T>(b)) raiseFlags(x, NV);
  return canonicalNaN<T>();
}

/** Shifts right; a one that falls out stays visible in bit 0. */
// @ts-ignore: decorator
@inline
export function shiftRightSticky(value: u64, count: i32): u64 {
  return count < 64 ? (value >> <u64>count) | u64((value & (((<u64>1) << (<u64>count)) - 1)) != 0) : u64(value != 0);
}

/** Whether the magnitude `kept` is to grow by one, when `rest` of two times `half` lies beyond it. */
// @ts-ignore: decorator
@inline
export function roundsUp(rm: u32, negative: bool, kept: u64, rest: u64, half: u64): bool {
  if (rm == RNE) return rest > half || (rest == half && (kept & 1) != 0);
  if (rm == RMM) return rest >= half;
  if (rm == RTZ) return false;
  return rest != 0 && negative == (rm == RDN);
}

/** The zero that a sum of exact opposites is. */
// @ts-ignore: decorator
@inline
export function cancelled<T>(rm: u32): u64 {
  return signed<T>(rm == RDN, 0);
}

/** Rounds (-1)^negative * sig / 2^63 * 2^exp, bit 63 of `sig` set and bit 0 sticky, to the format; raises flags. */
export function round<T>(x: usize, negative: bool, exp: i32, sig: u64, rm: u32): u64 {
  const drop = <u64>(64 - precision<T>());
  const half: u64 = 1 << (drop - 1);
  const mask: u64 = (1 << drop) - 1;
  if (exp > bias<T>()) return overflow<T>(x, negative, rm);
  // One less than the stored exponent: the significand's hidden one adds the missing one, if it is there.
  let field = exp + bias<T>() - 1;
  let tiny = false;
  if (field < 0) {
    // Tiny unless rounding, were the exponent unbounded, would reach the smallest normal number.
    const ones = sig >> drop;
    tiny = field < -1 || ones != allOnes<T>() || !roundsUp(rm, negative, ones, sig & mask, half);
    sig = shiftRightSticky(sig, -field);
    field = 0;
  }
  const kept = sig >> drop;
  const rest = sig & mask;
  let bits = ((<u64>field) << (<u64>(precision<T>() - 1))) + kept;
  if (rest != 0) {
    // A carry out of the fraction moves into the exponent, as it should.
    bits += u64(roundsUp(rm, negative, kept, rest, half));
    if (bits >= infinity<T>()) return overflow<T>(x, negative, rm);
    raiseFlags(x, tiny ? NX | UF : NX);
  }
  return signed<T>(negative, bits);
}

/** All ones, as many as the format has bits of precision. */
// @ts-ignore: decorator
@inline
function allOnes<T>(): u64 {
  return (1 << (<u64>precision<T>())) - 1;
}

function overflow<T>(x: usize, negative: bool, rm: u32): u64 {
  raiseFlags(x, OF | NX);
  const toInfinity = rm == RNE || rm == RMM || rm == (negative ? RDN : RUP);
  return signed<T>(negative, toInfinity ? infinity<T>() : infinity<T>() - 1);
}
