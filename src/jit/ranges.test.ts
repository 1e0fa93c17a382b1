// What is said of a register's value is true of it, whatever it began with: random instructions, run by the interpreter one at a time.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';
import { NO_BASE, PAGE_BASE, Ranges } from './ranges.js';

const REGISTERS = [10, 11, 12, 13, 14, 15] as const;
const register = fc.constantFrom(...REGISTERS);
const name = (r: number): string => `a${r - 10}`;

/** An instruction: its text, and the slot that it is decoded to. */
interface Step {
  readonly text: string;
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly imm: number;
}

const three = (rows: readonly (readonly [string, number])[]) =>
  fc.tuple(fc.constantFrom(...rows), register, register, register).map(([[text, op], a, b, c]): Step => {
    return { text: `${text} ${name(a)}, ${name(b)}, ${name(c)}`, op, a, b, imm: c };
  });

const two = (rows: readonly (readonly [string, number])[], imm: fc.Arbitrary<number>) =>
  fc.tuple(fc.constantFrom(...rows), register, register, imm).map(([[text, op], a, b, i]): Step => {
    return { text: `${text} ${name(a)}, ${name(b)}, ${i}`, op, a, b, imm: i };
  });

const one = (rows: readonly (readonly [string, number])[]) =>
  fc.tuple(fc.constantFrom(...rows), register, register).map(([[text, op], a, b]): Step => {
    return { text: `${text} ${name(a)}, ${name(b)}`, op, a, b, imm: 0 };
  });

const load = fc
  .tuple(fc.constantFrom(['lbu', S.S_LBU], ['lb', S.S_LB], ['lhu', S.S_LHU], ['ld', S.S_LD]), register, fc.nat(500))
  .map(([[text, op], a, at]): Step => ({ text: `${text} ${name(a)}, ${at}(s0)`, op: Number(op), a, b: 8, imm: at }));

const constant = fc.oneof(
  fc.tuple(register, fc.integer({ min: -2048, max: 2047 })).map(([a, i]): Step => {
    return { text: `li ${name(a)}, ${i}`, op: S.S_LI, a, b: 0, imm: i };
  }),
  fc.tuple(register, fc.nat(0xfffff)).map(([a, i]): Step => {
    return { text: `lui ${name(a)}, ${i}`, op: S.S_LI, a, b: 0, imm: i << 12 };
  }),
  fc.tuple(register, fc.nat(0xff)).map(([a, i]): Step => {
    return { text: `auipc ${name(a)}, ${i}`, op: S.S_AUIPC, a, b: 0, imm: i << 12 };
  }),
);

const small = fc.integer({ min: -2048, max: 2047 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: two(
      [
        ['addi', S.S_ADDI],
        ['addiw', S.S_ADDIW],
        ['andi', S.S_ANDI],
      ],
      small,
    ),
  },
  {
    weight: 5,
    arbitrary: two([['andi', S.S_ANDI]], fc.constantFrom(1, 3, 12, 15, 31, 60, 255, 1020, 1023, 2047)),
  },
  {
    weight: 5,
    arbitrary: two(
      [
        ['slli', S.S_SLLI],
        ['srli', S.S_SRLI],
        ['slli.uw', S.S_SLLI_UW],
      ],
      fc.nat(63),
    ),
  },
  {
    weight: 4,
    arbitrary: two(
      [
        ['slli', S.S_SLLI],
        ['slliw', S.S_SLLIW],
      ],
      fc.nat(5),
    ),
  },
  {
    weight: 4,
    arbitrary: two(
      [
        ['slliw', S.S_SLLIW],
        ['srliw', S.S_SRLIW],
      ],
      fc.nat(31),
    ),
  },
  {
    weight: 6,
    arbitrary: three([
      ['add', S.S_ADD],
      ['sub', S.S_SUB],
      ['and', S.S_AND],
      ['xor', S.S_XOR],
      ['mul', S.S_MUL],
      ['addw', S.S_ADDW],
      ['add.uw', S.S_ADD_UW],
    ]),
  },
  {
    weight: 4,
    arbitrary: three([
      ['sh1add', S.S_SH1ADD],
      ['sh2add', S.S_SH2ADD],
      ['sh3add', S.S_SH3ADD],
      ['sh1add.uw', S.S_SH1ADD_UW],
      ['sh2add.uw', S.S_SH2ADD_UW],
      ['sh3add.uw', S.S_SH3ADD_UW],
    ]),
  },
  {
    weight: 2,
    arbitrary: three([
      ['slt', S.S_SLT],
      ['sltu', S.S_SLTU],
      ['bext', S.S_BEXT],
    ]),
  },
  {
    weight: 2,
    arbitrary: one([
      ['mv', S.S_MV],
      ['zext.h', S.S_ZEXT_H],
      ['sext.b', S.S_SEXT_B],
    ]),
  },
  { weight: 3, arbitrary: load },
  { weight: 2, arbitrary: constant },
);
const value = fc.oneof(
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.constantFrom(0n, 1n, (1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 63n, (1n << 64n) - 1n),
);

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});

describe('what is said of a register', () => {
  it('after random instructions_is true', () => {
    const ranges = new Ranges();
    let said = 0;
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1, maxLength: 14 }),
        fc.array(value, { minLength: 6, maxLength: 6 }),
        fc.uint8Array({ minLength: 512, maxLength: 512 }),
        (steps, values, data) => {
          twins.reset();
          twins.put(CODE, assemble(steps.map(({ text }) => text).join('\n'), { base: CODE }).bytes);
          twins.put(DATA, data);
          twins.setX(8, BigInt(DATA));
          for (const [i, r] of REGISTERS.entries()) twins.setX(r, values[i]!);
          const began = Array.from({ length: 32 }, (_, r) => twins.x(r));
          ranges.begin();
          steps.forEach(({ op, a, b, imm }, i) => {
            const at = Number(twins.pc) - CODE;
            expect(twins.run(1), steps[i]!.text).toBe('budget');
            ranges.note(at, op, b, imm, a);
            for (const r of REGISTERS) {
              const base = ranges.base[r]!;
              if (base === NO_BASE) continue;
              if (base !== r) said++;
              const from = base === PAGE_BASE ? BigInt(CODE) : began[base]!;
              const beside = BigInt.asIntN(64, twins.x(r) - from);
              const [low, high, each] = [ranges.low[r]!, ranges.high[r]!, ranges.step[r]!];
              const found = `${name(r)} ${beside} in ${low}..${high} by ${each} after ${steps
                .slice(0, i + 1)
                .map(({ text }) => text)
                .join('; ')}`;
              expect(beside >= BigInt(low) && beside <= BigInt(high), found).toBe(true);
              expect((beside - BigInt(low)) % BigInt(each), found).toBe(0n);
            }
          });
          expect(twins.get64(L.INSTRET)).toBe(BigInt(steps.length));
        },
      ),
      { numRuns: Number(process.env.HYPERCRAFT_FUZZ ?? 100) * 4 },
    );
    expect(said).toBeGreaterThan(100);
  });
});
