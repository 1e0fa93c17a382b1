// Flags and results of arithmetic in translated code, operation by operation: a loop that was translated while all it computed was exact is given other
// operands, and must raise what the interpreter raises.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { FUSES } from './exactness.js';
import { CODE, Twins, X } from './jit-testing/twins.js';

const FUZZ = Number(process.env.HYPERCRAFT_FUZZ ?? 40);
const FFLAGS = 1;

const bitsOf = (v: number): bigint => new BigUint64Array(new Float64Array([v]).buffer)[0]!;
const boxed = (v: number): bigint => 0xffff_ffff_0000_0000n | BigInt(new Uint32Array(new Float32Array([v]).buffer)[0]!);

const SPECIAL = [0, -0, 1, -1, 3, 0.1, 1 / 3, 7e-45, 1.2e-38, 2 ** -126, 2 ** -149, 2 ** 127, 3.4e38, 2 ** -70];
const DOUBLE_SPECIAL = [5e-324, 2 ** -1022, 2.3e-308, 1.7e308, 2 ** 1022, 2 ** -537, 2 ** 600];
const MORE = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
const single = fc.oneof(
  fc.constantFrom(...SPECIAL, ...MORE).map(boxed),
  fc.float({ noNaN: true }).map(boxed),
  fc.integer({ min: -5000, max: 5000 }).map(boxed),
  fc.constantFrom(0x7ff0_0000_0000_0000n, 0xffff_ffff_7f80_0001n, 0x3ff0_0000_0000_0000n),
);
const double = fc.oneof(
  fc.constantFrom(...SPECIAL, ...DOUBLE_SPECIAL, ...MORE).map(bitsOf),
  fc.double({ noNaN: true }).map(bitsOf),
  fc.integer({ min: -5000, max: 5000 }).map(bitsOf),
);
/** The product and a sum with the first of them lies so close to halfway between two singles that it does so as a double, and rounds to the other one. */
const ODD = boxed(1 + 2 ** -23);
const NEARLY = boxed((1 - 2 ** -23) * 2 ** -24);
const integer = fc.oneof(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.bigInt({ min: -40n, max: 1n << 26n }));

/** Text of the instruction, what it works on, and whether its mode is the one to be used. */
const operations = (size: 's' | 'd'): string[] => [
  ...['fadd', 'fsub', 'fmul', 'fdiv', 'fsgnj', 'fsgnjn', 'fsgnjx'].map((name) => `${name}.${size} f10, f1, f2`),
  ...['fmadd', 'fmsub', 'fnmadd', 'fnmsub'].map((name) => `${name}.${size} f10, f1, f2, f3`),
  `fsqrt.${size} f10, f1`,
  ...['feq', 'flt', 'fle'].map((name) => `${name}.${size} a1, f1, f2`),
  ...['fmin', 'fmax'].map((name) => `${name}.${size} f10, f1, f2`),
  ...['rtz', 'rne', 'rdn', 'rup', 'dyn'].flatMap((rm) =>
    ['w', 'wu', 'l', 'lu'].map((name) => `fcvt.${name}.${size} a1, f1, ${rm}`),
  ),
  ...['w', 'wu', 'l', 'lu'].map((name) => `fcvt.${size}.${name} f10, a2`),
  size === 's' ? 'fcvt.s.d f10, f4' : 'fcvt.d.s f10, f5',
  size === 's' ? 'fmv.x.w a1, f1' : 'fmv.x.d a1, f1',
  size === 's' ? 'fmv.w.x f10, a2' : 'fmv.d.x f10, a2',
];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});

describe.each(['s', 'd'] as const)('arithmetic of size %s', (size) => {
  const one = size === 's' ? boxed : bitsOf;
  const operand = size === 's' ? single : double;

  it.each(operations(size))('%s_has the results and flags of the interpreter', (text) => {
    twins.reset();
    // What is raised is noted at once: where a slice ends the interpreter would raise it, too.
    const note = 'csrr t0, fflags\n slli s1, s1, 1\n add s1, s1, t0';
    const other = text.replace('f10', 'f11').replace('f1,', 'f6,');
    const source = `loop: ${text}\n ${note}\n ${other}\n ${note}\n j loop`;
    twins.put(CODE, assemble(source, { base: CODE }).bytes);
    for (const [r, v] of [
      [1, 1],
      [2, 1],
      [3, 2],
      [6, 4],
    ] as const)
      twins.setF(r, one(v));
    twins.setF(4, bitsOf(1));
    twins.setF(5, boxed(1));
    twins.setX(12, 1n);
    expect(twins.runToEnd([300, 70], 1000)).toBe('budget');
    // Where products are not fused, none is known to be exact.
    if (FUSES) expect(twins.retiredTranslated).toBeGreaterThan(500n);
    expect(twins.translated.csrRead(X, FFLAGS)).toBe(0n);
    fc.assert(
      fc.property(
        operand,
        operand,
        operand,
        operand,
        double,
        single,
        integer,
        fc.boolean(),
        (p, q, r, s, wide, narrow, n, set) => {
          for (const [f, v] of [
            [1, p],
            [2, q],
            [3, r],
            [4, wide],
            [5, narrow],
            [6, s],
          ] as const)
            twins.setF(f, v);
          twins.setX(12, n);
          twins.both((engine) => engine.csrWrite(X, FFLAGS, set ? 1n : 0n));
          expect(twins.runToEnd([90, 91], 100)).toBe('budget');
        },
      ),
      {
        numRuns: FUZZ * 4,
        examples: [
          [ODD, NEARLY, ODD, ODD, 0n, ODD, 0n, true],
          [ODD, NEARLY, ODD, ODD, 0n, ODD, 0n, false],
        ],
      },
    );
  });
});
