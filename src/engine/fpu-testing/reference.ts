// A second opinion on floating point: IEEE 754 as it is written, in exact rational arithmetic over big integers. A result
// is a rational number (or a NaN, an infinity, a zero); rounding picks a neighbour in the format, once. Slow, and without a
// thought in common with src/engine/hart/fpu, against which it is held.

export interface Format {
  readonly name: 'h' | 's' | 'd';
  readonly width: number;
  /** Bits of the significand with the hidden one. */
  readonly precision: number;
  readonly emax: number;
}

export const half: Format = { name: 'h', width: 16, precision: 11, emax: 15 };
export const single: Format = { name: 's', width: 32, precision: 24, emax: 127 };
export const double: Format = { name: 'd', width: 64, precision: 53, emax: 1023 };

export const NX = 1;
export const UF = 2;
export const OF = 4;
export const DZ = 8;
export const NV = 16;

export const modes = ['rne', 'rtz', 'rdn', 'rup', 'rmm'] as const;
export type Mode = (typeof modes)[number];

/** (-1)^negative * numerator / denominator, numerator zero or positive. */
interface Rational {
  readonly negative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export type Value =
  | { readonly kind: 'nan'; readonly signaling: boolean }
  | { readonly kind: 'infinity'; readonly negative: boolean }
  | ({ readonly kind: 'finite' } & Rational);

/** What an operation yields before rounding: a value and the flags already certain. */
export interface Outcome {
  readonly value: Value;
  readonly flags: number;
}

export interface Result {
  readonly bits: bigint;
  readonly flags: number;
}

const nan: Value = { kind: 'nan', signaling: false };
const infinite = (negative: boolean): Value => ({ kind: 'infinity', negative });
const zero = (negative: boolean): Value => ({ kind: 'finite', negative, numerator: 0n, denominator: 1n });
const just = (value: Value): Outcome => ({ value, flags: 0 });
const invalid: Outcome = { value: nan, flags: NV };
const isZero = (v: Value): boolean => v.kind === 'finite' && v.numerator === 0n;

// ---- encoding -------------------------------------------------------------------------------------------------------

const bit = (n: number): bigint => 1n << BigInt(n);
const infinityBits = (f: Format): bigint => BigInt(2 * f.emax + 1) << BigInt(f.precision - 1);
export const canonicalNaN = (f: Format): bigint => infinityBits(f) | bit(f.precision - 2);

export function decode(f: Format, bits: bigint): Value {
  const negative = (bits & bit(f.width - 1)) !== 0n;
  const magnitude = bits & (bit(f.width - 1) - 1n);
  if (magnitude > infinityBits(f)) return { kind: 'nan', signaling: (bits & bit(f.precision - 2)) === 0n };
  if (magnitude === infinityBits(f)) return infinite(negative);
  const field = Number(magnitude >> BigInt(f.precision - 1));
  const fraction = magnitude & (bit(f.precision - 1) - 1n);
  const integer = field === 0 ? fraction : fraction | bit(f.precision - 1);
  const scale = (field === 0 ? 1 : field) - f.emax - (f.precision - 1);
  return scale >= 0
    ? { kind: 'finite', negative, numerator: integer << BigInt(scale), denominator: 1n }
    : { kind: 'finite', negative, numerator: integer, denominator: bit(-scale) };
}

/** The floor of the base-two logarithm of a positive rational number. */
function logarithm(n: bigint, d: bigint): number {
  const guess = n.toString(16).length * 4 - d.toString(16).length * 4;
  for (let e = guess + 4; ; e--) {
    if (e >= 0 ? n >= d << BigInt(e) : n << BigInt(-e) >= d) return e;
  }
}

/** The multiple of 2^quantum that rounding chooses for n/d, as the factor, and whether it is exact. */
function roundTo(r: Rational, quantum: number, mode: Mode): { factor: bigint; exact: boolean } {
  const n = quantum < 0 ? r.numerator << BigInt(-quantum) : r.numerator;
  const d = quantum > 0 ? r.denominator << BigInt(quantum) : r.denominator;
  const below = n / d;
  const twice = 2n * (n % d);
  if (twice === 0n) return { factor: below, exact: true };
  const up = {
    rne: twice > d || (twice === d && (below & 1n) === 1n),
    rtz: false,
    rdn: r.negative,
    rup: !r.negative,
    rmm: twice >= d,
  }[mode];
  return { factor: up ? below + 1n : below, exact: false };
}

/** Rounds an outcome to the format. */
export function encode(f: Format, { value, flags }: Outcome, mode: Mode): Result {
  if (value.kind === 'nan') return { bits: canonicalNaN(f), flags };
  const sign = value.negative ? bit(f.width - 1) : 0n;
  if (value.kind === 'infinity') return { bits: sign | infinityBits(f), flags };
  if (value.numerator === 0n) return { bits: sign, flags };
  const emin = 1 - f.emax;
  const e = logarithm(value.numerator, value.denominator);
  const quantum = Math.max(e, emin) - (f.precision - 1);
  const { factor, exact } = roundTo(value, quantum, mode);
  const largest = bit(f.precision) - 1n;
  const top = f.emax - (f.precision - 1);
  if (quantum > top || (quantum === top && factor > largest)) {
    const away = mode === 'rne' || mode === 'rmm' || mode === (value.negative ? 'rdn' : 'rup');
    return { bits: sign | (away ? infinityBits(f) : infinityBits(f) - 1n), flags: flags | OF | NX };
  }
  if (!exact) {
    // Tiny after rounding: what it would round to without a least exponent lies below the smallest normal number.
    const free = e - (f.precision - 1);
    const unbounded = roundTo(value, free, mode).factor << BigInt(Math.max(0, free - (emin - 4 * f.precision)));
    const smallest = bit(emin - (emin - 4 * f.precision));
    const tiny = free < emin - 4 * f.precision || unbounded < smallest;
    flags |= tiny ? NX | UF : NX;
  }
  // The factor counts units of the quantum; adding it to the stored exponent lets its leading one count as one there.
  const field = BigInt(quantum + f.precision - 1 - emin);
  return { bits: sign | ((field << BigInt(f.precision - 1)) + factor), flags };
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------

function nanOf(...operands: Value[]): Outcome | undefined {
  if (!operands.some((v) => v.kind === 'nan')) return undefined;
  return { value: nan, flags: operands.some((v) => v.kind === 'nan' && v.signaling) ? NV : 0 };
}

export function negate(v: Value): Value {
  return v.kind === 'nan' ? v : { ...v, negative: !v.negative };
}

export function add(a: Value, b: Value, mode: Mode): Outcome {
  const special = nanOf(a, b);
  if (special) return special;
  if (a.kind !== 'finite' || b.kind !== 'finite') {
    if (a.kind === 'infinity' && b.kind === 'infinity' && a.negative !== b.negative) return invalid;
    return just(a.kind === 'infinity' ? a : b);
  }
  const signedNumerator = (v: Rational): bigint => (v.negative ? -v.numerator : v.numerator);
  const sum = signedNumerator(a) * b.denominator + signedNumerator(b) * a.denominator;
  if (sum === 0n) return just(zero(a.negative === b.negative && isZero(a) ? a.negative : mode === 'rdn'));
  return just({
    kind: 'finite',
    negative: sum < 0n,
    numerator: sum < 0n ? -sum : sum,
    denominator: a.denominator * b.denominator,
  });
}

export function multiply(a: Value, b: Value): Outcome {
  const special = nanOf(a, b);
  if (special || a.kind === 'nan' || b.kind === 'nan') return special!;
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return isZero(a) || isZero(b) ? invalid : just(infinite(negative));
  }
  const numerator = a.numerator * b.numerator;
  return just({ kind: 'finite', negative, numerator, denominator: a.denominator * b.denominator });
}

export function divide(a: Value, b: Value): Outcome {
  const special = nanOf(a, b);
  if (special || a.kind === 'nan' || b.kind === 'nan') return special!;
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinity') return b.kind === 'infinity' ? invalid : just(infinite(negative));
  if (b.kind === 'infinity') return just(zero(negative));
  if (isZero(b)) return isZero(a) ? invalid : { value: infinite(negative), flags: DZ };
  return just({
    kind: 'finite',
    negative,
    numerator: a.numerator * b.denominator,
    denominator: a.denominator * b.numerator,
  });
}

/** a * b + c, rounded once by whoever encodes it. */
export function fusedMultiplyAdd(a: Value, b: Value, c: Value, mode: Mode): Outcome {
  const product = multiply(a, b);
  if (product.value.kind === 'nan') return { value: nan, flags: product.flags | (nanOf(a, b, c)?.flags ?? 0) };
  return add(product.value, c, mode);
}

/** A root that is irrational is replaced by a rational number between the same neighbours in every format. */
export function squareRoot(a: Value): Outcome {
  const special = nanOf(a);
  if (special || a.kind === 'nan') return special!;
  if (isZero(a)) return just(a);
  if (a.negative) return invalid;
  if (a.kind === 'infinity') return just(a);
  const radicand = (a.numerator * a.denominator) << 256n;
  let root = 1n << BigInt(Math.ceil((radicand.toString(16).length * 4) / 2) + 1);
  for (;;) {
    const next = (root + radicand / root) >> 1n;
    if (next >= root) break;
    root = next;
  }
  const exact = root * root === radicand;
  return just({
    kind: 'finite',
    negative: false,
    numerator: 2n * root + (exact ? 0n : 1n),
    denominator: (2n * a.denominator) << 128n,
  });
}

// ---- integers -------------------------------------------------------------------------------------------------------

export function fromInteger(value: bigint): Outcome {
  const negative = value < 0n;
  return just({ kind: 'finite', negative, numerator: negative ? -value : value, denominator: 1n });
}

/** The integer as a register of 64 bits holds it. */
export function toInteger(v: Value, mode: Mode, bits: number, unsigned: boolean): Result {
  const least = unsigned ? 0n : -bit(bits - 1);
  const largest = unsigned ? bit(bits) - 1n : bit(bits - 1) - 1n;
  const register = (n: bigint): bigint => BigInt.asUintN(64, BigInt.asIntN(bits, n));
  if (v.kind === 'nan') return { bits: register(largest), flags: NV };
  if (v.kind === 'infinity') return { bits: register(v.negative ? least : largest), flags: NV };
  const { factor, exact } = roundTo(v, 0, mode);
  const n = v.negative ? -factor : factor;
  if (n < least || n > largest) return { bits: register(v.negative ? least : largest), flags: NV };
  return { bits: register(n), flags: exact ? 0 : NX };
}

/** fround, or froundnx if `exact`. */
export function roundToIntegral(v: Value, mode: Mode, exact: boolean): Outcome {
  const special = nanOf(v);
  if (special || v.kind !== 'finite') return special ?? just(v);
  const rounded = roundTo(v, 0, mode);
  const value: Value = { kind: 'finite', negative: v.negative, numerator: rounded.factor, denominator: 1n };
  return { value, flags: exact && !rounded.exact ? NX : 0 };
}

// ---- order ----------------------------------------------------------------------------------------------------------

/** -1, 0, 1, or undefined if unordered. */
export function compare(a: Value, b: Value): number | undefined {
  if (a.kind === 'nan' || b.kind === 'nan') return undefined;
  const key = (v: Exclude<Value, { kind: 'nan' }>): { n: bigint; d: bigint } =>
    v.kind === 'infinity'
      ? { n: v.negative ? -bit(4096) : bit(4096), d: 1n }
      : { n: v.negative ? -v.numerator : v.numerator, d: v.denominator };
  const p = key(a);
  const q = key(b);
  const difference = p.n * q.d - q.n * p.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
