// Atomic memory operations on bytes to doublewords, and compare-and-swap up to quadwords. What lies within an aligned doubleword is
// done by WebAssembly atomics on the shared memory, aligned or not; for what does not, the other harts stand still. So both hold against harts
// on other threads.
// Unpriv. ISA, "Zaamo", "Zacas", "Zabha", "Zama16b" (misaligned within 16 bytes; beyond that the exception).

import { standAlone, standNoLonger } from './exclusive';
import { FEATURE_ZAMA16B, hasFeature } from './features';
import { X_SINK } from './layout';
import { raiseMisaligned } from './mmu';
import { storeTarget } from './memory';
import { hasCode, invalidateCode } from './decoded-pages';
import { R_OK, R_TRAP } from './results';
import { illegalInstruction } from './trap';

const STORE_MISALIGNED: u64 = 6;

// ---- funct5 ---------------------------------------------------------------------------------------------------------
const ADD: u32 = 0;
const SWAP: u32 = 1;
const XOR: u32 = 4;
const CAS: u32 = 5;
const OR: u32 = 8;
const AND: u32 = 12;
const MIN: u32 = 16;
const MAX: u32 = 20;
const MINU: u32 = 24;

// @ts-ignore: decorator
@inline function gpr(x: usize, r: u32): u64 { return load<u64>(x + (<usize>r << 3)); }
// @ts-ignore: decorator
@inline function setGpr(x: usize, r: u32, v: u64): void { store<u64>(x + (<usize>r << 3), v); }

/** Sign-extends what an operation of `bytes` bytes reads. */
// @ts-ignore: decorator
@inline function extended(value: u64, bytes: u32): u64 {
  const unused = <u64>(64 - (bytes << 3));
  return <u64>(<i64>(value << unused) >> unused);
}

/** Executes an AMO: its funct5 and width as encoded, register indexes (rd is X_SINK for x0), and the address. */
export function amo(x: usize, funct5: u32, width: u32, rd: u32, rs2: u32, va: u64): u32 {
  if (width == 4) return swapQuad(x, rd, rs2, va);
  const bytes = <u32>1 << width;
  if (va & (bytes - 1) && !(hasFeature(x, FEATURE_ZAMA16B) && (<u32>va & 15) + bytes <= 16)) return misaligned(x, va);
  if ((<u32>va & 7) + bytes <= 8) return amoAt(x, funct5, width, rd, rs2, va);
  standAlone(x);
  const outcome = amoAt(x, funct5, width, rd, rs2, va);
  standNoLonger(x);
  return outcome;
}

function amoAt(x: usize, funct5: u32, width: u32, rd: u32, rs2: u32, va: u64): u32 {
  const bytes = <u32>1 << width;
  const host = storeTarget(x, va, bytes);
  if (host == 0) return R_TRAP;
  const operand = gpr(x, rs2);
  const expected = rd == X_SINK ? 0 : gpr(x, rd);
  let old: u64;
  if (host & (bytes - 1) || width < 2 || funct5 >= MIN || funct5 == CAS) {
    old = (<u32>host & 7) + bytes <= 8
      ? inDoubleword(host, bytes, funct5, operand, expected)
      : acrossDoublewords(host, bytes, funct5, operand, expected);
  } else old = width == 2 ? word(host, funct5, <u32>operand) : doubleword(host, funct5, operand);
  if (hasCode(host)) invalidateCode(host, bytes);
  setGpr(x, rd, extended(old, bytes));
  return R_OK;
}

function misaligned(x: usize, va: u64): u32 {
  raiseMisaligned(x, STORE_MISALIGNED, va);
  return R_TRAP;
}

// ---- the common ones: WebAssembly has them --------------------------------------------------------------------------

function word(host: usize, funct5: u32, v: u32): u64 {
  switch (funct5) {
    case ADD: return atomic.add<u32>(host, v);
    case XOR: return atomic.xor<u32>(host, v);
    case OR: return atomic.or<u32>(host, v);
    case AND: return atomic.and<u32>(host, v);
  }
  return atomic.xchg<u32>(host, v);
}

function doubleword(host: usize, funct5: u32, v: u64): u64 {
  switch (funct5) {
    case ADD: return atomic.add<u64>(host, v);
    case XOR: return atomic.xor<u64>(host, v);
    case OR: return atomic.or<u64>(host, v);
    case AND: return atomic.and<u64>(host, v);
  }
  return atomic.xchg<u64>(host, v);
}

// ---- the others: compare and swap the doubleword around it until nobody came between ----------------------------------

/** What memory holds afterwards, in its low `bytes`; `old` and the operands count in theirs. */
function result(funct5: u32, bytes: u32, old: u64, operand: u64, expected: u64): u64 {
  const a = extended(old, bytes);
  const b = extended(operand, bytes);
  switch (funct5) {
    case ADD: return a + b;
    case SWAP: return b;
    case XOR: return a ^ b;
    case OR: return a | b;
    case AND: return a & b;
    case CAS: return a == extended(expected, bytes) ? b : a;
    case MIN: return <i64>a < <i64>b ? a : b;
    case MAX: return <i64>a > <i64>b ? a : b;
    case MINU: return a < b ? a : b; // extending both keeps their order
  }
  return a > b ? a : b;
}

// @ts-ignore: decorator
@inline function maskOf(bytes: u32): u64 { return ~(<u64>0) >> (64 - (bytes << 3)); }

function inDoubleword(host: usize, bytes: u32, funct5: u32, operand: u64, expected: u64): u64 {
  const around = host & ~7;
  const shift = <u64>((host & 7) << 3);
  const mask = maskOf(bytes) << shift;
  while (true) {
    const seen = atomic.load<u64>(around);
    const old = seen >> shift;
    const next = (seen & ~mask) | ((result(funct5, bytes, old, operand, expected) << shift) & mask);
    if (atomic.cmpxchg<u64>(around, seen, next) == seen) return old;
  }
}

/** No WebAssembly atomic covers these bytes: they are read and written plainly while the other harts stand still. */
function acrossDoublewords(host: usize, bytes: u32, funct5: u32, operand: u64, expected: u64): u64 {
  let old: u64 = 0;
  for (let i: u32 = 0; i < bytes; i++) old |= <u64>load<u8>(host + i) << (i << 3);
  const next = result(funct5, bytes, old, operand, expected);
  for (let i: u32 = 0; i < bytes; i++) store<u8>(host + i, <u8>(next >> (i << 3)));
  return old;
}

/** AMOCAS.Q: register pairs, that of x0 reads as zero and swallows. */
function swapQuad(x: usize, rd: u32, rs2: u32, va: u64): u32 {
  if ((rd | rs2) & 1) return illegalInstruction(x);
  if (va & 15) return misaligned(x, va);
  standAlone(x);
  const outcome = swapQuadAt(x, rd, rs2, va);
  standNoLonger(x);
  return outcome;
}

function swapQuadAt(x: usize, rd: u32, rs2: u32, va: u64): u32 {
  const host = storeTarget(x, va, 16);
  if (host == 0) return R_TRAP;
  const low = load<u64>(host);
  const high = load<u64>(host, 8);
  const discard = rd == X_SINK;
  const expectedLow = discard ? 0 : gpr(x, rd);
  const expectedHigh = discard ? 0 : gpr(x, rd + 1);
  if (low == expectedLow && high == expectedHigh) {
    store<u64>(host, rs2 == 0 ? 0 : gpr(x, rs2));
    store<u64>(host, rs2 == 0 ? 0 : gpr(x, rs2 + 1), 8);
  }
  if (hasCode(host)) invalidateCode(host, 16);
  if (!discard) {
    setGpr(x, rd, low);
    setGpr(x, rd + 1, high);
  }
  return R_OK;
}
