// Conversions between doubles, or singles as such, and integers. Unprivileged ISA, "Single-Precision Floating-Point Conversion and Move Instructions".
//
// A value is rounded as a double, in the instruction's mode, and what lies outside of the integers' range is left to the interpreter, NaN too; NX is what the
// rounding changed. Integers are exact that have no more bits than the significand.

import { operations } from '../isa/extensions/index.js';
import type { Code } from './code.js';
import { RESULT } from './exactness.js';
import { FP_NX } from './locals.js';
import * as W from './wasm.js';

/** A conversion to an integer: bits of that, and whether it has a sign. */
interface Integer {
  readonly bits: 32 | 64;
  readonly signed: boolean;
}

const TO_INTEGER = new Map<number, Integer>();
const FROM_INTEGER = new Map<number, Integer>();
for (const [name, bits, signed] of [
  ['w', 32, true],
  ['wu', 32, false],
  ['l', 64, true],
  ['lu', 64, false],
] as const) {
  for (const size of ['s', 'd']) {
    TO_INTEGER.set(operations.get(`fcvt.${name}.${size}`)!, { bits, signed });
    FROM_INTEGER.set(operations.get(`fcvt.${size}.${name}`)!, { bits, signed });
  }
}

/** What rounds to an integer, by mode: to the nearest, truncated, down, up. */
const ROUNDS = [W.F64_NEAREST, W.F64_TRUNC, W.F64_FLOOR, W.F64_CEIL];
const DYNAMIC = 7;

/** Is the mode, unless it turns out otherwise, one that is known here? */
export const rounds = (rm: number): boolean => ROUNDS[rm === DYNAMIC ? 0 : rm] !== undefined;

/** Converts what `value` pushes, a double, to an integer register, by a mode that {@link rounds}. */
export function toInteger(c: Code, isa: number, rm: number, a: number, value: () => void): void {
  const { bits, signed } = TO_INTEGER.get(isa)!;
  const rounded = c.temporary(RESULT);
  if (rm === DYNAMIC) c.floatNative();
  else c.floatReady();
  value();
  c.op(ROUNDS[rm === DYNAMIC ? 0 : rm]!);
  c.tee(rounded);
  value();
  c.op(W.F64_EQ);
  c.get(FP_NX);
  c.op(W.I32_OR);
  c.get(rounded);
  c.f64(signed ? -(2 ** (bits - 1)) : 0);
  c.op(W.F64_GE);
  c.op(W.I32_AND);
  c.get(rounded);
  c.f64(2 ** (signed ? bits - 1 : bits));
  c.op(W.F64_LT);
  c.op(W.I32_AND);
  c.op(W.I32_EQZ);
  c.slowIf();
  c.get(rounded);
  c.op(W.MISC_PREFIX);
  if (bits === 32 && signed) {
    c.op(W.I32_TRUNC_SAT_F64_S);
    c.setRegW(a);
    return;
  }
  c.op(bits === 64 && !signed ? W.I64_TRUNC_SAT_F64_U : W.I64_TRUNC_SAT_F64_S);
  if (bits === 32) c.op(W.I64_EXTEND32_S);
  c.setReg(a, bits === 32);
}

/**
 * Converts an integer register by WebAssembly's instructions for words and longs, signed and not; leaves unless the result is exact or NX is set.
 * @param significand bits of the significand
 */
export function fromInteger(c: Code, isa: number, b: number, codes: readonly number[], significand: number): void {
  const { bits, signed } = FROM_INTEGER.get(isa)!;
  c.floatNative();
  if (bits === 64 || significand < bits) exact(c, b, bits, signed, significand);
  if (bits === 32) c.regW(b);
  else c.reg(b);
  c.op(codes[(bits === 32 ? 0 : 2) + (signed ? 0 : 1)]!);
}

// More bits may be exact, too, if the last ones are 0: that is seldom, and the interpreter's.
function exact(c: Code, b: number, bits: number, signed: boolean, significand: number): void {
  c.get(FP_NX);
  c.op(W.I32_EQZ);
  c.begin(W.IF);
  const value = (): void => {
    if (bits === 64) {
      c.reg(b);
      return;
    }
    c.regW(b);
    c.op(signed ? W.I64_EXTEND_I32_S : W.I64_EXTEND_I32_U);
  };
  value();
  if (signed) {
    c.i64(64 - significand);
    c.op(W.I64_SHL);
    c.i64(64 - significand);
    c.op(W.I64_SHR_S);
    value();
    c.op(W.I64_NE);
  } else {
    c.i64(significand);
    c.op(W.I64_SHR_U);
    c.i64(0);
    c.op(W.I64_NE);
  }
  c.slowIf();
  c.end();
}
