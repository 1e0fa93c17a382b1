// Floating point against a second opinion in exact rational arithmetic (fpu-testing/reference.ts): every instruction of F,
// D, Zfh and Zfa over products of special operands and random ones, in five rounding modes, results and flags, with NX
// clear before (the paths that find out) and set (the paths that need not).
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as asc from 'assemblyscript/asc';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { fewOperands, specialOperands } from './fpu-testing/operands.js';
import * as reference from './fpu-testing/reference.js';
import {
  canonicalNaN,
  decode,
  double,
  encode,
  type Format,
  half,
  type Mode,
  modes,
  NV,
  NX,
  type Result,
  single,
  type Value,
} from './fpu-testing/reference.js';
import { type Executed, FloatingPointUnit } from './fpu-testing/unit.js';

let unit: FloatingPointUnit;

beforeAll(async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const entry = 'src/engine/hart/fpu-under-test.ts';
  const source = "export { fpExecute } from './fpu/execute'";
  const settings = ['--runtime', 'stub', '-O3', '--noAssert', '--enable', 'threads', '--enable', 'simd'];
  const memory = ['--importMemory', '--sharedMemory', '--initialMemory', '16', '--maximumMemory', '16'];
  const placement = ['--memoryBase', '4096', '--use', 'abort=', '--noExportMemory', '--baseDir', root];
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main([entry, '--outFile', 'fpu.wasm', ...settings, ...memory, ...placement], {
    readFile(name, baseDir) {
      if (name === entry) return source;
      try {
        return readFileSync(resolve(baseDir, name), 'utf8');
      } catch {
        return null; // the compiler tries several places
      }
    },
    writeFile(_name, contents) {
      if (typeof contents !== 'string') binary = new Uint8Array(contents);
    },
  });
  if (error || !binary) throw new Error(`${error?.message}\n${stderr}`);
  const numbers = readFileSync(resolve(root, 'src/engine/hart/generated/isa.ts'), 'utf8');
  unit = new FloatingPointUnit(new WebAssembly.Module(binary), numbers);
}, 180_000);

const formats = [half, single, double];
const box = (f: Format, bits: bigint): bigint => BigInt.asUintN(64, (-1n << BigInt(f.width)) | bits);

/** Any operand: a special one, any bits, or one near one, often with few bits set, so that results are exact at times. */
function operand(f: Format): fc.Arbitrary<bigint> {
  const fraction = f.precision - 1;
  const parts = fc.tuple(
    fc.boolean(),
    fc.integer({ min: Math.max(1 - f.emax, -fraction - 4), max: Math.min(f.emax, fraction + 4) }),
    fc.bigInt({ min: 0n, max: (1n << BigInt(fraction)) - 1n }),
    fc.integer({ min: 0, max: fraction }),
  );
  const near = parts.map(([negative, e, bits, dropped]) => {
    const magnitude = (BigInt(e + f.emax) << BigInt(fraction)) | ((bits >> BigInt(dropped)) << BigInt(dropped));
    return negative ? magnitude | (1n << BigInt(f.width - 1)) : magnitude;
  });
  return fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(...specialOperands(f)) },
    { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: (1n << BigInt(f.width)) - 1n }) },
    { weight: 4, arbitrary: near },
  );
}

const integer = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.tuple(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: 0n, max: 63n })).map(([n, s]) => n >> s),
);

const specialIntegers = [7n, 8n, 11n, 16n, 24n, 31n, 32n, 53n, 62n, 63n, 64n]
  .flatMap((n) => [-1n, 0n, 1n, 3n].map((near) => (1n << n) + near))
  .concat(0n, 1n, 2n, 3n)
  .flatMap((n) => [BigInt.asUintN(64, n), BigInt.asUintN(64, -n)]);

const hex = (n: bigint): string => `0x${n.toString(16)}`;

/** What the instruction must leave in its destination register. */
type Expected = (operands: readonly Value[], mode: Mode) => Result;

interface Case {
  readonly name: string;
  readonly destination: 'f' | 'x';
  /** The rounding modes as the instruction's field gives them; for what does not round, its own value there. */
  readonly rms: readonly number[];
  readonly expected: (registers: readonly bigint[], mode: Mode) => Result;
}

function check(it: Case, registers: readonly bigint[]): void {
  const op = unit.op(it.name);
  for (const rm of it.rms) {
    const wanted = it.expected(registers, modes[rm] ?? 'rne');
    for (const before of [0, NX]) {
      const got: Executed = unit.execute(op, registers, rm, before);
      if (!got.legal || got[it.destination] !== wanted.bits || got.flags !== (wanted.flags | before)) {
        const show = (bits: bigint, flags: number): string => `${hex(bits)} flags ${flags}`;
        const given = `${it.name} ${registers.map(hex).join(' ')} rm ${rm} fflags ${before}`;
        throw new Error(
          `${given}: ${show(got[it.destination], got.flags)}, not ${show(wanted.bits, wanted.flags | before)}`,
        );
      }
    }
  }
}

const allModes = [0, 1, 2, 3, 4];

/** An instruction on operands in format `f` with a result in format `to`, or an integer register. */
function onNumbers(f: Format, name: string, to: Format | 'x', expected: Expected, rms = allModes): Case {
  return {
    name,
    destination: to === 'x' ? 'x' : 'f',
    rms,
    expected: (registers, mode) => {
      const { bits, flags } = expected(
        registers.map((r) => decode(f, BigInt.asUintN(f.width, r))),
        mode,
      );
      return { bits: to === 'x' ? bits : box(to, bits), flags };
    },
  };
}

function checkUnary(it: Case, f: Format, runs = 2000): void {
  for (const a of specialOperands(f)) check(it, [box(f, a)]);
  fc.assert(
    fc.property(operand(f), (a) => check(it, [box(f, a)])),
    { numRuns: runs },
  );
}

function checkBinary(it: Case, f: Format, runs = 2000): void {
  const special = it.rms.length > 1 ? specialOperands(f) : fewOperands(f);
  for (const a of special) for (const b of special) check(it, [box(f, a), box(f, b)]);
  fc.assert(
    fc.property(operand(f), operand(f), (a, b) => check(it, [box(f, a), box(f, b)])),
    { numRuns: runs },
  );
}

function checkTernary(it: Case, f: Format, runs = 3000): void {
  const few = fewOperands(f);
  for (const a of few) for (const b of few) for (const c of few) check(it, [box(f, a), box(f, b), box(f, c)]);
  const any = operand(f);
  fc.assert(
    fc.property(any, any, any, (a, b, c) => check(it, [box(f, a), box(f, b), box(f, c)])),
    { numRuns: runs },
  );
}

describe.each(formats)('arithmetic in format $name', (f) => {
  const rounded = (outcome: (v: readonly Value[], mode: Mode) => reference.Outcome): Expected => {
    return (v, mode) => encode(f, outcome(v, mode), mode);
  };
  const { add, multiply, divide, squareRoot, negate, fusedMultiplyAdd, roundToIntegral } = reference;
  const it = (name: string, expected: Expected): Case => onNumbers(f, `${name}.${f.name}`, f, expected);

  test('fadd_anyOperands_roundsOnce', () =>
    checkBinary(
      it(
        'fadd',
        rounded(([a, b], m) => add(a!, b!, m)),
      ),
      f,
    ));
  test('fsub_anyOperands_roundsOnce', () =>
    checkBinary(
      it(
        'fsub',
        rounded(([a, b], m) => add(a!, negate(b!), m)),
      ),
      f,
    ));
  test('fmul_anyOperands_roundsOnce', () =>
    checkBinary(
      it(
        'fmul',
        rounded(([a, b]) => multiply(a!, b!)),
      ),
      f,
    ));
  test('fdiv_anyOperands_roundsOnce', () =>
    checkBinary(
      it(
        'fdiv',
        rounded(([a, b]) => divide(a!, b!)),
      ),
      f,
    ));
  test('fsqrt_anyOperand_roundsOnce', () =>
    checkUnary(
      it(
        'fsqrt',
        rounded(([a]) => squareRoot(a!)),
      ),
      f,
    ));

  test.each([
    ['fmadd', false, false],
    ['fmsub', false, true],
    ['fnmsub', true, false],
    ['fnmadd', true, true],
  ] as const)('%s_anyOperands_roundsOnce', (name, negateProduct, negateAddend) => {
    const fused: Expected = rounded(([a, b, c], mode) =>
      fusedMultiplyAdd(negateProduct ? negate(a!) : a!, b!, negateAddend ? negate(c!) : c!, mode),
    );
    checkTernary(it(name, fused), f, name === 'fmadd' ? 5000 : 500);
  });

  test('fmadd_nearCancellation_roundsOnce', () => {
    // The addend is the negated product, rounded: what is left is the error of the product.
    const fused = it(
      'fmadd',
      rounded(([a, b, c], mode) => fusedMultiplyAdd(a!, b!, c!, mode)),
    );
    const property = fc.property(operand(f), operand(f), fc.integer({ min: -2, max: 2 }), (a, b, off) => {
      const product = encode(f, multiply(decode(f, a), decode(f, b)), 'rne').bits ^ (1n << BigInt(f.width - 1));
      check(fused, [box(f, a), box(f, b), box(f, BigInt.asUintN(f.width, product + BigInt(off)))]);
    });
    fc.assert(property, { numRuns: 1500 });
  });

  test('fround_anyOperand_givesAnIntegerQuietly', () => {
    checkUnary(
      it(
        'fround',
        rounded(([a], mode) => roundToIntegral(a!, mode, false)),
      ),
      f,
    );
    checkUnary(
      it(
        'froundnx',
        rounded(([a], mode) => roundToIntegral(a!, mode, true)),
      ),
      f,
    );
  });

  test.each(formats.filter((to) => to !== f))('fcvt_anyOperand_roundsOnceTo $name', (to) => {
    const convert: Expected = ([a], mode) => {
      const flags = a!.kind === 'nan' && a!.signaling ? NV : 0;
      return encode(to, { value: a!, flags }, mode);
    };
    checkUnary(onNumbers(f, `fcvt.${to.name}.${f.name}`, to, convert), f, 5000);
  });
});

describe.each(formats)('integers and format $name', (f) => {
  const types = [
    { type: 'w', bits: 32, unsigned: false },
    { type: 'wu', bits: 32, unsigned: true },
    { type: 'l', bits: 64, unsigned: false },
    { type: 'lu', bits: 64, unsigned: true },
  ];

  test.each(types)('fcvt_anyOperand_saturatesWithNvOrRoundsWithNxTo $type', ({ type, bits, unsigned }) => {
    const convert: Expected = ([a], mode) => reference.toInteger(a!, mode, bits, unsigned);
    checkUnary(onNumbers(f, `fcvt.${type}.${f.name}`, 'x', convert), f, 4000);
  });

  test.each(types)('fcvt_anyInteger_roundsOnceFrom $type', ({ type, bits, unsigned }) => {
    const it: Case = {
      name: `fcvt.${f.name}.${type}`,
      destination: 'f',
      rms: allModes,
      expected: ([register], mode) => {
        const value = unsigned ? BigInt.asUintN(bits, register!) : BigInt.asIntN(bits, register!);
        const result = encode(f, reference.fromInteger(value), mode);
        return { bits: box(f, result.bits), flags: result.flags };
      },
    };
    for (const n of specialIntegers) check(it, [n]);
    fc.assert(
      fc.property(integer, (n) => check(it, [n])),
      { numRuns: 2000 },
    );
  });
});

describe.each(formats)('order, signs and classes in format $name', (f) => {
  const sign = 1n << BigInt(f.width - 1);
  const anyNaN = (v: readonly Value[]): boolean => v.some((a) => a.kind === 'nan');
  const signaling = (v: readonly Value[]): boolean => v.some((a) => a.kind === 'nan' && a.signaling);

  test.each([
    ['feq', 2, true, (order: number) => order === 0],
    ['flt', 1, false, (order: number) => order < 0],
    ['fle', 0, false, (order: number) => order <= 0],
    ['fltq', 5, true, (order: number) => order < 0],
    ['fleq', 4, true, (order: number) => order <= 0],
  ] as const)('%s_anyOperands_comparesAndSignalsAsItShould', (name, rm, quiet, holds) => {
    const expected: Expected = (v) => {
      const order = reference.compare(v[0]!, v[1]!);
      const invalid = signaling(v) || (!quiet && anyNaN(v));
      return { bits: order !== undefined && holds(order) ? 1n : 0n, flags: invalid ? NV : 0 };
    };
    checkBinary(onNumbers(f, `${name}.${f.name}`, 'x', expected, [rm]), f);
  });

  test.each([
    ['fmin', 0, -1, false],
    ['fmax', 1, 1, false],
    ['fminm', 2, -1, true],
    ['fmaxm', 3, 1, true],
  ] as const)('%s_anyOperands_choosesNumberOrNaN', (name, rm, wanted, prefersNaN) => {
    const bitsOf = (v: Value): bigint =>
      v.kind === 'nan' ? canonicalNaN(f) : encode(f, { value: v, flags: 0 }, 'rne').bits;
    const expected: Expected = (v) => {
      const [a, b] = v as [Value, Value];
      const flags = signaling(v) ? NV : 0;
      if (prefersNaN && anyNaN(v)) return { bits: canonicalNaN(f), flags };
      if (a.kind === 'nan') return { bits: bitsOf(b), flags };
      if (b.kind === 'nan') return { bits: bitsOf(a), flags };
      const order = reference.compare(a, b) || (a.negative === b.negative ? 0 : a.negative ? -1 : 1);
      return { bits: bitsOf(order === wanted ? a : b), flags };
    };
    checkBinary(onNumbers(f, `${name}.${f.name}`, f, expected, [rm]), f);
  });

  test('fsgnj_anyOperands_movesTheSignOnly', () => {
    const inject = (name: string, rm: number, chosen: (a: bigint, b: bigint) => bigint): void => {
      for (const a of specialOperands(f)) {
        for (const b of [0n, sign, canonicalNaN(f) | sign]) {
          const got = unit.execute(unit.op(`${name}.${f.name}`), [box(f, a), box(f, b)], rm);
          expect([got.f, got.flags]).toEqual([box(f, (a & (sign - 1n)) | (chosen(a, b) & sign)), 0]);
        }
      }
    };
    inject('fsgnj', 0, (_, b) => b);
    inject('fsgnjn', 1, (_, b) => ~b);
    inject('fsgnjx', 2, (a, b) => a ^ b);
  });

  test('fclass_oneOfEachClass_setsItsBit', () => {
    const ulp = 1n << BigInt(f.precision - 1);
    const infinity = BigInt(2 * f.emax + 1) * ulp;
    const ordered = [infinity, infinity - 1n, ulp - 1n, 0n].map((bits) => bits | sign);
    const classes = [...ordered, 0n, 1n, ulp, infinity, infinity + 1n, canonicalNaN(f) | sign];
    const got = classes.map((bits) => unit.execute(unit.op(`fclass.${f.name}`), [box(f, bits)], 1).x);
    expect(got).toEqual(classes.map((_, i) => 1n << BigInt(i)));
  });

  test('fli_everyIndex_loadsTheConstant', () => {
    const constants = [-1, 2 ** (1 - f.emax), 2 ** -16, 2 ** -15, 2 ** -8, 2 ** -7, 0.0625, 0.125, 0.25, 0.3125, 0.375];
    constants.push(
      0.4375,
      0.5,
      0.625,
      0.75,
      0.875,
      1,
      1.25,
      1.5,
      1.75,
      2,
      2.5,
      3,
      4,
      8,
      16,
      128,
      256,
      2 ** 15,
      2 ** 16,
    );
    constants.push(Number.POSITIVE_INFINITY, Number.NaN);
    const asDouble = (n: number): bigint => new BigUint64Array(new Float64Array([n]).buffer)[0]!;
    const wanted = constants.map((n) =>
      box(f, encode(f, { value: decode(double, asDouble(n)), flags: 0 }, 'rne').bits),
    );
    expect(constants.map((_, i) => unit.loadConstant(unit.op(`fli.${f.name}`), i))).toEqual(wanted);
  });
});

describe('registers', () => {
  const one = { h: 0x3c00n, s: 0x3f800000n, d: 0x3ff0000000000000n };

  test('narrowOperand_notBoxed_countsAsCanonicalNaN', () => {
    for (const f of [half, single]) {
      const good = box(f, one[f.name]);
      for (const bad of [one[f.name], good ^ (1n << BigInt(f.width)), good ^ (1n << 63n)]) {
        const sum = unit.execute(unit.op(`fadd.${f.name}`), [bad, good], 0);
        expect([sum.f, sum.flags]).toEqual([box(f, canonicalNaN(f)), 0]);
        expect(unit.execute(unit.op(`fclass.${f.name}`), [bad], 1).x).toBe(1n << 9n);
        expect(unit.execute(unit.op(`fsgnj.${f.name}`), [bad, bad], 0).f).toBe(box(f, canonicalNaN(f)));
        expect(unit.execute(unit.op(`fmin.${f.name}`), [bad, good], 0).f).toBe(good);
      }
    }
  });

  test('fmv_anyBits_movesThemUnchanged', () => {
    const bits = 0x8123456789abcdefn;
    expect(unit.execute(unit.op('fmv.x.d'), [bits], 0).x).toBe(bits);
    expect(unit.execute(unit.op('fmv.d.x'), [bits], 0).f).toBe(bits);
    expect(unit.execute(unit.op('fmv.x.w'), [bits], 0).x).toBe(0xffffffff89abcdefn);
    expect(unit.execute(unit.op('fmv.w.x'), [bits], 0).f).toBe(0xffffffff89abcdefn);
    expect(unit.execute(unit.op('fmv.x.h'), [bits], 0).x).toBe(0xffffffffffffcdefn);
    expect(unit.execute(unit.op('fmv.h.x'), [bits], 0).f).toBe(0xffffffffffffcdefn);
  });

  test('fcvtmod_anyOperand_wrapsAndFlagsAsFcvtDoes', () => {
    const wrap: Expected = ([a]) => {
      const { flags } = reference.toInteger(a!, 'rtz', 32, false);
      if (a!.kind !== 'finite') return { bits: 0n, flags };
      const whole = a!.numerator / a!.denominator;
      return { bits: BigInt.asUintN(64, BigInt.asIntN(32, a!.negative ? -whole : whole)), flags };
    };
    checkUnary(onNumbers(double, 'fcvtmod.w.d', 'x', wrap, [1]), double, 10_000);
  });

  test('roundingMode_dynamic_readsFrm', () => {
    const third = [one.d, 0x4008000000000000n];
    const got = [0, 1, 2, 3, 4].map((frm) => unit.execute(unit.op('fdiv.d'), third, 7, 0, frm).f & 0xfn);
    expect(got).toEqual([0x5n, 0x5n, 0x5n, 0x6n, 0x5n]);
  });

  test('roundingMode_reserved_isRefusedAndChangesNothing', () => {
    for (const name of ['fadd.d', 'fsqrt.s', 'fmadd.h', 'fcvt.d.w', 'fcvt.d.s', 'fround.d', 'fcvt.w.s']) {
      const before = unit.execute(unit.op('fmv.d.x'), [0x1234n], 0);
      const registers = [canonicalNaN(double) - 1n, 0n, 0n];
      for (const [rm, frm] of [
        [5, 0],
        [6, 0],
        [7, 5],
        [7, 6],
        [7, 7],
      ] as const) {
        const got = unit.execute(unit.op(name), registers, rm, 0, frm);
        expect([name, rm, got.legal, got.f, got.flags]).toEqual([name, rm, false, before.f, 0]);
      }
      expect(unit.execute(unit.op('fsgnj.d'), [one.d, one.d], 0, 0, 7).legal).toBe(true);
    }
  });
});
