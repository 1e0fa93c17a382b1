// The binary interchange formats of IEEE 754, and the parts of a number in one of them. A format is a type argument:
// f64, f32, or u16 for half precision, which has no native type. Bits always travel in the low end of a u64.
// Implements Unpriv. ISA, F, "NaN Generation and Propagation" and D, "NaN Boxing of Narrower Values".
//
// A finite number other than zero is taken apart as  (-1)^sign * significand / 2^63 * 2^exponent,  the significand
// having its leading one in bit 63, for subnormal numbers too; what is below the format's precision is room for rounding.

// ---- rounding modes (Unpriv. ISA, F, "Rounding mode encoding") ------------------------------------------------------
export const RNE: u32 = 0; // to nearest, ties to even
export const RTZ: u32 = 1; // towards zero
export const RDN: u32 = 2; // down
export const RUP: u32 = 3; // up
export const RMM: u32 = 4; // to nearest, ties to maximum magnitude
export const DYN: u32 = 7; // as frm says

/** Half precision: an integer type of the right width stands for it. */
export type Half = u16;

/** Bits of the significand, the hidden one included. */
// @ts-ignore: decorator
@inline
export function precision<T>(): i32 {
  return sizeof<T>() == 8 ? 53 : sizeof<T>() == 4 ? 24 : 11;
}

/** The exponent field of infinities and NaNs. */
// @ts-ignore: decorator
@inline
export function fieldMax<T>(): i32 {
  return sizeof<T>() == 8 ? 0x7ff : sizeof<T>() == 4 ? 0xff : 0x1f;
}

// @ts-ignore: decorator
@inline
export function bias<T>(): i32 {
  return fieldMax<T>() >> 1;
}

// @ts-ignore: decorator
@inline
export function signBit<T>(): u64 {
  return 1 << (<u64>sizeof<T>() * 8 - 1);
}

// @ts-ignore: decorator
@inline
export function fractionMask<T>(): u64 {
  return (1 << (<u64>(precision<T>() - 1))) - 1;
}

/** Positive infinity. */
// @ts-ignore: decorator
@inline
export function infinity<T>(): u64 {
  return (<u64>fieldMax<T>()) << (<u64>(precision<T>() - 1));
}

/** The bit that tells a quiet NaN from a signalling one. */
// @ts-ignore: decorator
@inline
export function quietBit<T>(): u64 {
  return 1 << (<u64>(precision<T>() - 2));
}

/** The only NaN an operation ever makes. */
// @ts-ignore: decorator
@inline
export function canonicalNaN<T>(): u64 {
  return infinity<T>() | quietBit<T>();
}

// ---- the parts of a number ------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function magnitude<T>(bits: u64): u64 {
  return bits & (signBit<T>() - 1);
}

// @ts-ignore: decorator
@inline
export function isNegative<T>(bits: u64): bool {
  return (bits & signBit<T>()) != 0;
}

// @ts-ignore: decorator
@inline
export function isNaN<T>(bits: u64): bool {
  return magnitude<T>(bits) > infinity<T>();
}

// @ts-ignore: decorator
@inline
export function isSignaling<T>(bits: u64): bool {
  return isNaN<T>(bits) && (bits & quietBit<T>()) == 0;
}

// @ts-ignore: decorator
@inline
export function isInfinite<T>(bits: u64): bool {
  return magnitude<T>(bits) == infinity<T>();
}

// @ts-ignore: decorator
@inline
export function isZero<T>(bits: u64): bool {
  return magnitude<T>(bits) == 0;
}

/** Infinity or NaN. */
// @ts-ignore: decorator
@inline
export function isSpecial<T>(bits: u64): bool {
  return magnitude<T>(bits) >= infinity<T>();
}

/** The biased exponent as stored. */
// @ts-ignore: decorator
@inline
export function exponentField<T>(bits: u64): i32 {
  return <i32>(bits >> <u64>(precision<T>() - 1)) & fieldMax<T>();
}

/** The exponent of the leading one of a finite number other than zero. */
// @ts-ignore: decorator
@inline
export function exponent<T>(bits: u64): i32 {
  const field = exponentField<T>(bits);
  return field != 0 ? field - bias<T>() : subnormalExponent<T>(bits);
}

/** The significand of a finite number other than zero, leading one in bit 63. */
// @ts-ignore: decorator
@inline
export function significand<T>(bits: u64): u64 {
  const fraction = (bits & fractionMask<T>()) << (<u64>(64 - precision<T>()));
  return exponentField<T>(bits) != 0 ? fraction | (1 << 63) : fraction << clz(fraction);
}

function subnormalExponent<T>(bits: u64): i32 {
  const fraction = (bits & fractionMask<T>()) << (<u64>(64 - precision<T>()));
  return 1 - bias<T>() - <i32>clz(fraction);
}

/** `bits` with the sign bit set if `negative`. */
// @ts-ignore: decorator
@inline
export function signed<T>(negative: bool, bits: u64): u64 {
  return negative ? bits | signBit<T>() : bits;
}

// ---- native numbers, of which half precision has none ----------------------------------------------------------------

// @ts-ignore: decorator
@inline
export function native<T>(bits: u64): T {
  return sizeof<T>() == 8 ? reinterpret<T>(bits) : reinterpret<T>(<u32>bits);
}

// @ts-ignore: decorator
@inline
export function bitsOf<T>(value: T): u64 {
  return sizeof<T>() == 8 ? reinterpret<u64>(value) : u64(reinterpret<u32>(value));
}

// ---- NaN boxing -----------------------------------------------------------------------------------------------------

/** The single in a register, or the canonical NaN if the register holds none. */
// @ts-ignore: decorator
@inline
export function unbox32(register: u64): u32 {
  return register >= 0xffffffff00000000 ? <u32>register : 0x7fc00000;
}

// @ts-ignore: decorator
@inline
export function box32(bits: u32): u64 {
  return 0xffffffff00000000 | <u64>bits;
}

/** The half in a register, or the canonical NaN if the register holds none. */
// @ts-ignore: decorator
@inline
export function unbox16(register: u64): u32 {
  return register >= 0xffffffffffff0000 ? <u32>register & 0xffff : 0x7e00;
}

// @ts-ignore: decorator
@inline
export function box16(bits: u32): u64 {
  return 0xffffffffffff0000 | <u64>bits;
}
