// The registers as an instruction's operands: floating-point registers in each format, NaN-boxed, and integer registers.
import { F, FRM, X } from '../layout';
import { DYN, box16, box32, unbox16, unbox32 } from './format';

// @ts-ignore: decorator
@inline
export function readDouble(x: usize, register: u32): u64 {
  return load<u64>(x + ((<usize>register) << 3), F);
}

// @ts-ignore: decorator
@inline
export function readSingle(x: usize, register: u32): u32 {
  return unbox32(load<u64>(x + ((<usize>register) << 3), F));
}

// @ts-ignore: decorator
@inline
export function readHalf(x: usize, register: u32): u32 {
  return unbox16(load<u64>(x + ((<usize>register) << 3), F));
}

// @ts-ignore: decorator
@inline
export function writeDouble(x: usize, register: u32, bits: u64): void {
  store<u64>(x + ((<usize>register) << 3), bits, F);
}

// @ts-ignore: decorator
@inline
export function writeSingle(x: usize, register: u32, bits: u32): void {
  store<u64>(x + ((<usize>register) << 3), box32(bits), F);
}

// @ts-ignore: decorator
@inline
export function writeHalf(x: usize, register: u32, bits: u32): void {
  store<u64>(x + ((<usize>register) << 3), box16(bits), F);
}

// @ts-ignore: decorator
@inline
export function readInteger(x: usize, register: u32): u64 {
  return load<u64>(x + ((<usize>register) << 3), X);
}

/** Register 32 is the place where what is written to x0 goes. */
// @ts-ignore: decorator
@inline
export function writeInteger(x: usize, register: u32, value: u64): void {
  store<u64>(x + ((<usize>register) << 3), value, X);
}

/** The rounding mode in force for an instruction's rm field; above RMM it is reserved. */
// @ts-ignore: decorator
@inline
export function roundingMode(x: usize, rm: u32): u32 {
  return rm == DYN ? load<u32>(x, FRM) : rm;
}
