// Integer arithmetic: RV64I, M, Zba, Zbb, Zbs, Zicond, each instruction against its definition over unbounded integers. Unpriv. ISA,
// "RV32I", "RV64I Base Integer Instruction Set", "M Extension", '"B" Extension for Bit Manipulation', "Zicond".
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, sext, TestHart, u64 } from './engine-testing/hart.js';
import { expectBinary, expectUnary } from './engine-testing/operands.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

type Binary = Record<string, (a: bigint, b: bigint) => bigint>;
type Unary = Record<string, (a: bigint) => bigint>;

const i64 = (v: bigint): bigint => BigInt.asIntN(64, v);
const i32 = (v: bigint): bigint => BigInt.asIntN(32, v);
const u32 = (v: bigint): bigint => BigInt.asUintN(32, v);
const word = (v: bigint): bigint => sext(32, v);
const truth = (v: boolean): bigint => (v ? 1n : 0n);
const not = (v: bigint): bigint => u64(~v);
/** Division that rounds to zero; by zero all ones, and the one overflow gives the dividend. */
const quotient = (a: bigint, b: bigint): bigint => (b === 0n ? -1n : a / b);
const remainder = (a: bigint, b: bigint): bigint => (b === 0n ? a : a % b);
const rotate = (bits: number, a: bigint, n: bigint): bigint => {
  const by = n & BigInt(bits - 1);
  return BigInt.asUintN(bits, (a << by) | (BigInt.asUintN(bits, a) >> (BigInt(bits) - by)));
};
const digits = (bits: number, a: bigint): string => BigInt.asUintN(bits, a).toString(2).padStart(bits, '0');
const leading = (text: string): bigint => BigInt(text.indexOf('1') < 0 ? text.length : text.indexOf('1'));
const bytewise = (a: bigint, f: (byte: bigint, n: bigint) => bigint): bigint => {
  let out = 0n;
  for (let n = 0n; n < 8n; n++) out |= f((a >> (8n * n)) & 255n, n);
  return out;
};

const base: Binary = {
  add: (a, b) => u64(a + b),
  sub: (a, b) => u64(a - b),
  sll: (a, b) => u64(a << (b & 63n)),
  slt: (a, b) => truth(i64(a) < i64(b)),
  sltu: (a, b) => truth(a < b),
  xor: (a, b) => a ^ b,
  srl: (a, b) => a >> (b & 63n),
  sra: (a, b) => u64(i64(a) >> (b & 63n)),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => word(a + b),
  subw: (a, b) => word(a - b),
  sllw: (a, b) => word(a << (b & 31n)),
  srlw: (a, b) => word(u32(a) >> (b & 31n)),
  sraw: (a, b) => word(i32(a) >> (b & 31n)),
};
const multiply: Binary = {
  mul: (a, b) => u64(a * b),
  mulh: (a, b) => u64((i64(a) * i64(b)) >> 64n),
  mulhsu: (a, b) => u64((i64(a) * b) >> 64n),
  mulhu: (a, b) => (a * b) >> 64n,
  div: (a, b) => u64(quotient(i64(a), i64(b))),
  divu: (a, b) => u64(quotient(a, b)),
  rem: (a, b) => u64(remainder(i64(a), i64(b))),
  remu: (a, b) => u64(remainder(a, b)),
  mulw: (a, b) => word(a * b),
  divw: (a, b) => word(quotient(i32(a), i32(b))),
  divuw: (a, b) => word(quotient(u32(a), u32(b))),
  remw: (a, b) => word(remainder(i32(a), i32(b))),
  remuw: (a, b) => word(remainder(u32(a), u32(b))),
};
const zba: Binary = {
  'add.uw': (a, b) => u64(u32(a) + b),
  sh1add: (a, b) => u64((a << 1n) + b),
  sh2add: (a, b) => u64((a << 2n) + b),
  sh3add: (a, b) => u64((a << 3n) + b),
  'sh1add.uw': (a, b) => u64((u32(a) << 1n) + b),
  'sh2add.uw': (a, b) => u64((u32(a) << 2n) + b),
  'sh3add.uw': (a, b) => u64((u32(a) << 3n) + b),
};
const zbb: Binary = {
  andn: (a, b) => a & not(b),
  orn: (a, b) => a | not(b),
  xnor: (a, b) => not(a ^ b),
  max: (a, b) => (i64(a) > i64(b) ? a : b),
  maxu: (a, b) => (a > b ? a : b),
  min: (a, b) => (i64(a) < i64(b) ? a : b),
  minu: (a, b) => (a < b ? a : b),
  rol: (a, b) => rotate(64, a, b),
  ror: (a, b) => rotate(64, a, -b),
  rolw: (a, b) => word(rotate(32, a, b)),
  rorw: (a, b) => word(rotate(32, a, -b)),
};
const zbbUnary: Unary = {
  clz: (a) => leading(digits(64, a)),
  clzw: (a) => leading(digits(32, a)),
  ctz: (a) => leading([...digits(64, a)].reverse().join('')),
  ctzw: (a) => leading([...digits(32, a)].reverse().join('')),
  cpop: (a) => BigInt(digits(64, a).replaceAll('0', '').length),
  cpopw: (a) => BigInt(digits(32, a).replaceAll('0', '').length),
  'sext.b': (a) => sext(8, a),
  'sext.h': (a) => sext(16, a),
  'zext.h': (a) => a & 0xffffn,
  rev8: (a) => bytewise(a, (byte, n) => byte << (56n - 8n * n)),
  'orc.b': (a) => bytewise(a, (byte, n) => (byte === 0n ? 0n : 255n << (8n * n))),
};
const zbs: Binary = {
  bclr: (a, b) => a & not(1n << (b & 63n)),
  bext: (a, b) => (a >> (b & 63n)) & 1n,
  binv: (a, b) => a ^ (1n << (b & 63n)),
  bset: (a, b) => a | (1n << (b & 63n)),
};
const zicond: Binary = {
  'czero.eqz': (a, b) => (b === 0n ? 0n : a),
  'czero.nez': (a, b) => (b !== 0n ? 0n : a),
};

const binary: [string, string, (a: bigint, b: bigint) => bigint][] = Object.entries({
  RV64I: base,
  M: multiply,
  Zba: zba,
  Zbb: zbb,
  Zbs: zbs,
  Zicond: zicond,
}).flatMap(([extension, table]) =>
  Object.entries(table)
    .map(([name, f]) => [extension, name, f] as const)
    .map(([e, n, f]) => [e, n, f] as [string, string, typeof f]),
);

describe('two registers', () => {
  test.each(binary)('%s %s_any operands_as defined', (_, name, f) => expectBinary(hart, `${name} a0, a1, a2`, f));
  test.each(Object.entries(zbbUnary))('Zbb %s_any operand_as defined', (name, f) =>
    expectUnary(hart, `${name} a0, a1`, f),
  );

  test('rd equal to a source, or x0_reads before it writes, and x0 stays 0', () => {
    for (const [, name, f] of binary) {
      hart.load(`${name} a1, a1, a2; ${name} zero, a1, a2; ${name} a0, zero, zero`);
      hart.run({ a1: 0x1_8000_0007n, a2: 0xffff_ffff_8000_0003n });
      expect([name, hart.x('a1')]).toEqual([name, f(0x1_8000_0007n, 0xffff_ffff_8000_0003n)]);
      expect([name, hart.x('zero'), hart.x('a0')]).toEqual([name, 0n, f(0n, 0n)]);
    }
  });
});

describe('a register and an immediate', () => {
  const immediates: Record<string, [name: string, f: (a: bigint, b: bigint) => bigint]> = {
    addi: ['add', base.add!],
    slti: ['slt', base.slt!],
    sltiu: ['sltu', base.sltu!],
    xori: ['xor', base.xor!],
    ori: ['or', base.or!],
    andi: ['and', base.and!],
    addiw: ['addw', base.addw!],
  };
  const shifts: Record<string, [bits: bigint, f: (a: bigint, b: bigint) => bigint]> = {
    slli: [64n, base.sll!],
    srli: [64n, base.srl!],
    srai: [64n, base.sra!],
    slliw: [32n, base.sllw!],
    srliw: [32n, base.srlw!],
    sraiw: [32n, base.sraw!],
    rori: [64n, zbb.ror!],
    roriw: [32n, zbb.rorw!],
    bclri: [64n, zbs.bclr!],
    bexti: [64n, zbs.bext!],
    binvi: [64n, zbs.binv!],
    bseti: [64n, zbs.bset!],
    'slli.uw': [64n, (a, b) => u64(u32(a) << b)],
  };

  test.each(Object.entries(immediates))(
    '%s_edges of the immediate_as with the sign-extended register',
    (name, [, f]) => {
      for (const immediate of [0n, 1n, -1n, 2047n, -2048n, 0x555n]) {
        expectUnary(hart, `${name} a0, a1, ${immediate}`, (a) => f(a, u64(immediate)));
      }
    },
  );

  test.each(Object.entries(shifts))('%s_edges of the amount_as with the register', (name, [bits, f]) => {
    for (const amount of [0n, 1n, 7n, bits - 1n]) expectUnary(hart, `${name} a0, a1, ${amount}`, (a) => f(a, amount));
  });

  test('word shifts_amount of 32 and more_are reserved', () => {
    for (const [funct3, funct7] of [
      [1, 0],
      [5, 0],
      [5, 0x20],
    ] as const) {
      hart.loadWords(((funct7 << 25) | (1 << 25) | (11 << 15) | (funct3 << 12) | (10 << 7) | 0x1b) >>> 0);
      expect(hart.run()).toBe(cause.illegal);
    }
  });

  test('lui and auipc_edges_sign-extend bit 31', () => {
    hart.load('lui a0, 0x80000; auipc a1, 0x80000; lui a2, 0x7ffff; auipc a3, 0');
    hart.run();
    expect([hart.x('a0'), hart.x('a1'), hart.x('a2'), hart.x('a3')]).toEqual([
      0xffff_ffff_8000_0000n,
      4n,
      0x7fff_f000n,
      0x8000_000cn,
    ]);
  });
});

describe('features', () => {
  test.each<[string, string[], string[]]>([
    ['M', [], Object.keys(multiply)],
    ['Zba', [], Object.keys(zba)],
    ['Zbs', [], Object.keys(zbs)],
    ['Zicond', [], Object.keys(zicond)],
    ['Zbb', ['Zbkb'], Object.keys(zbb)],
  ])('%s off_its instructions are illegal and the others stay', (extension, also, names) => {
    hart.configure({ off: [extension, ...also] });
    for (const [, name] of binary) {
      hart.load(`${name} a0, a1, a2`);
      expect([name, hart.run()]).toEqual([name, names.includes(name) ? cause.illegal : 'done']);
    }
  });
});
