// Random programs for the twins: instructions out of the tables with operands that lead somewhere, in any control flow, that come to an end.
//
// x8, x9, x2 and x4 point into data, x3 at the code, x1 is for calls, x31 is fuel: whatever can go backwards burns some, and goes on
// forwards when there is none left. x30 and x29 are for the program's own changes to its code.
import fc from 'fast-check';
import { insert } from '../../isa/fields.js';
import { decode, encode, instructions } from '../../isa/index.js';
import type { Instruction } from '../../isa/instruction.js';
import { CODE, DATA } from './twins.js';

const FUEL = 31;
const BASES = [8, 9, 2, 4];
const BASES_SHORT = [8, 9];
const WRITABLE = [0, 5, 6, 7, ...Array.from({ length: 19 }, (_, i) => 10 + i)];
const WRITABLE_SHORT = [10, 11, 12, 13, 14, 15];
const KEPT = new Set([1, 2, 3, 4, 8, 9, 29, 30, 31]);
const NOP = 0x13;

const INTEGER_FEATURES = new Set(['I', 'M', 'Zba', 'Zbb', 'Zbb|Zbkb', 'Zbs', 'Zicond', 'C', 'Zcb', 'Zbc|Zbkc']);
const EXCLUDED = new Set(['ecall', 'ebreak', 'c.ebreak', 'jalr', 'c.jr', 'c.jalr', 'c.addi16sp', 'fence.tso']);

const hasOffset = (i: Instruction): boolean => i.operands.some((p) => 'field' in p && p.field.kind === 'offset');
const accesses = (i: Instruction): boolean => i.operands.some((p) => 'text' in p && p.text === '(');
const drawn = instructions.filter(({ name, hint }) => !EXCLUDED.has(name) && !hint);

const arithmetic = drawn.filter((i) => INTEGER_FEATURES.has(i.feature) && !accesses(i) && !hasOffset(i));
const memory = drawn.filter((i) => accesses(i) && /^(I|F|D|C|Zcb|C&F|C&D|Zcf|Zcd)$/.test(i.feature));
const branches = drawn.filter((i) => hasOffset(i) && /^(b|c\.b)/.test(i.name));
const jumps = drawn.filter((i) => hasOffset(i) && /^(jal|c\.j)$/.test(i.name));
const atomics = drawn.filter((i) => ['Zaamo', 'Zalrsc', 'Zacas', 'Zabha'].includes(i.feature));
const doubles = drawn.filter((i) => /^(fadd|fsub|fmul)\.d$/.test(i.name));
const singles = drawn.filter(({ name }) =>
  /^f(add|sub|mul|div|sqrt|n?madd|n?msub|sgnj[nx]?|eq|lt|le)\.s$|^fcvt\.(s\.(w|wu|l|d)|(w|l|d)\.s)$|^fmv\.(x\.w|w\.x)$/.test(
    name,
  ),
);
const singleAccesses = drawn.filter(({ name }) => /^(c\.)?f[ls]w(sp)?$/.test(name));
const floats = drawn.filter((i) => /^(D|F|Zfh|Zfa)(&|$)/.test(i.feature) && !accesses(i));

/** One step: an instruction with raw numbers for its operands, or a few that belong together. */
export interface Item {
  readonly kind: 'plain' | 'branch' | 'back' | 'call' | 'return' | 'indirect' | 'system' | 'patch';
  readonly instruction: Instruction;
  readonly r: readonly [number, number, number];
  readonly value: number;
  /** How many items a jump passes over. */
  readonly skip: number;
}

export interface Program {
  readonly items: readonly Item[];
  /** Byte offset of the first instruction from CODE. */
  readonly offset: number;
  readonly registers: readonly bigint[];
  readonly floats: readonly bigint[];
  readonly fcsr: number;
  readonly fuel: number;
  readonly budgets: readonly number[];
  readonly paged: boolean;
}

const item = (kind: Item['kind'], from: readonly Instruction[]): fc.Arbitrary<Item> =>
  fc.record({
    kind: fc.constant(kind),
    instruction: fc.constantFrom(...from),
    r: fc.tuple(fc.nat(31), fc.nat(31), fc.nat(31)),
    value: fc.oneof(fc.constantFrom(0, 1, -1, 31, 63, 8, -8, 2047, -2048), fc.integer()),
    skip: fc.nat(6),
  });

const items = {
  arithmetic: item('plain', arithmetic),
  memory: item('plain', memory),
  atomic: item('plain', atomics),
  double: item('plain', doubles),
  single: item('plain', singles),
  singleMemory: item('plain', singleAccesses),
  float: item('plain', floats),
  branch: item('branch', branches),
  jump: item('branch', jumps),
  back: item('back', branches),
  call: item('call', jumps),
  return: item('return', jumps),
  indirect: item('indirect', jumps),
  system: item('system', jumps),
  patch: item('patch', jumps),
};

export type Kind = keyof typeof items;

/** Zero, ones, edges, patterns; f64 and f32 specials, which integer registers may hold just as well. */
const SPECIAL = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
  0xffff_ffff_8000_0000n,
  0x0123_4567_89ab_cdefn,
  0xfedc_ba98_7654_3210n,
]; // prettier-ignore
const DOUBLES = [
  0n,
  2n ** 63n,
  1n,
  0x000f_ffff_ffff_ffffn,
  0x0010_0000_0000_0000n,
  0x0020_0000_0000_0000n,
  0x3ff0_0000_0000_0000n,
  0xbff0_0000_0000_0000n,
  0x3fb9_9999_9999_999an,
  0x4008_0000_0000_0000n,
  0x7fef_ffff_ffff_ffffn,
  0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
  0x7ff8_0000_0000_0000n,
  0x7ff0_0000_0000_0001n,
  0x3ca0_0000_0000_0000n,
  0x4340_0000_0000_0000n,
  0xffff_ffff_3f80_0000n,
  0x1ff0_0000_0000_0000n,
  0x5ff0_0000_0000_0001n,
]; // prettier-ignore
const anyRegister = fc.oneof(fc.constantFrom(...SPECIAL), fc.bigInt(0n, 2n ** 64n - 1n));
const anyDouble = fc.oneof(
  fc.constantFrom(...DOUBLES),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((v) => new BigUint64Array(new Float64Array([v]).buffer)[0]!),
  fc.bigInt(0n, 2n ** 64n - 1n),
);

/** Singles of all kinds, boxed. */
const SINGLES = [
  0, 0x8000_0000, 1, 0x7f_ffff, 0x80_0000, 0x100_0000, 0x3f80_0000, 0xbf80_0000, 0x3dcc_cccd, 0x4040_0000, 0x7f7f_ffff,
  0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0x7f80_0001, 0x3380_0000, 0x4b80_0000, 0x0d80_0001,
]; // prettier-ignore
const boxed = (bits: number): bigint => 0xffff_ffff_0000_0000n | BigInt(bits >>> 0);
const anySingle = fc.oneof(
  fc.constantFrom(...SINGLES).map(boxed),
  fc.float({ noNaN: true, min: -1000, max: 1000 }).map((v) => boxed(new Uint32Array(new Float32Array([v]).buffer)[0]!)),
  fc.integer({ min: -100, max: 100 }).map((v) => boxed(new Uint32Array(new Float32Array([v]).buffer)[0]!)),
);

/** Programs of up to `most` items of these kinds, each as often as its weight says. */
export function programs(weights: Partial<Record<Kind, number>>, most = 30): fc.Arbitrary<Program> {
  const kinds = Object.entries(weights).map(([kind, weight]) => ({ weight, arbitrary: items[kind as Kind] }));
  return fc.record({
    items: fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: most, size: 'max' }),
    offset: fc.constantFrom(0, 0x40, 0xf00, 0xf82, 0xffa, 0xffe),
    registers: fc.array(anyRegister, { minLength: 32, maxLength: 32 }),
    floats: fc.array(weights.single === undefined ? anyDouble : fc.oneof(anySingle, anySingle, anySingle, anyDouble), {
      minLength: 32,
      maxLength: 32,
    }),
    fcsr: fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(0, 1) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x9f }) },
    ),
    fuel: fc.integer({ min: 1, max: 200 }),
    budgets: fc.array(fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constantFrom(1, 2, 97, 3000)), {
      minLength: 1,
      maxLength: 8,
    }),
    paged: fc.boolean(),
  });
}

const pick = <T>(from: readonly T[], n: number): T => from[n % from.length]!;

/** An instruction with its operands filled in; `distance` for the field that is an offset. */
function fill(i: Instruction, { r, value }: Item, distance = 0): number {
  let word = i.match;
  const memoryOperand = accesses(i);
  let register = 0;
  for (const piece of i.operands) {
    if (!('field' in piece)) continue;
    const { field } = piece;
    const short = field.bias === 8;
    let n: number;
    if (field.kind === 'x') {
      const raw = r[register++ % 3]!;
      const isBase = memoryOperand && field.role === 'rs1';
      const written = field.role === 'rd' || (i.length === 2 && field.role === 'rs1' && short);
      if (isBase) n = pick(short ? BASES_SHORT : BASES, raw);
      else if (written) n = pick(short ? WRITABLE_SHORT : WRITABLE, raw);
      else n = short ? 8 + (raw & 7) : raw;
    } else if (field.kind === 'f') n = field.bias + (r[register++ % 3]! & (short ? 7 : 15));
    else if (field.kind === 'rm') n = pick([7, 7, 7, 0, 0, 1, 2, 3, 4, 5], value >>> 3);
    else if (field.kind === 'offset') n = distance;
    else n = memoryOperand && field.signed ? ((value & 0xff) - 128) & (value & 0x100 ? ~0 : ~7) : value;
    word |= insert(field, n);
  }
  const decoded = decode(word >>> 0);
  if (decoded === undefined || decoded.name !== i.name) return NOP;
  // Compressed instructions may mean a register that is not to be written by fields that do not say so.
  const toFloat = i.operands.some((p) => 'field' in p && p.field.role === 'rd' && p.field.kind === 'f');
  if (!toFloat && KEPT.has(decoded.rd) && !hasOffset(i)) return NOP;
  return word >>> 0;
}

/** sscratch, sepc, scause, stval. */
const SAVED = [0x140, 0x141, 0x142, 0x143];
/** fflags, frm, fcsr. */
const FLOATING = [1, 2, 3];
const CSRS = [0x001, 0x002, 0x003, 0xc02, 0xb02, 0x340, 0x8ff];

/** Words of an item whose jump lands `distance` bytes after its beginning; always of the same lengths. */
function words(it: Item, distance: number, code: (item: number) => number): number[] {
  const { kind, instruction, r, value, skip } = it;
  const burn = [encode('addi', { rd: FUEL, rs1: FUEL, imm: -1 }), encode('bge', { rs1: 0, rs2: FUEL, imm: 8 })];
  switch (kind) {
    case 'plain':
      return [fill(instruction, it)];
    case 'branch':
      return [
        /^jal$/.test(instruction.name)
          ? encode('jal', { rd: pick(WRITABLE, r[0]), imm: distance })
          : fill(instruction, it, distance),
      ];
    case 'back': // as long as there is fuel; sometimes by a jump of its own
      return [burn[0]!, encode('blt', { rs1: 0, rs2: FUEL, imm: distance - 4 })];
    case 'call':
      return [...burn, encode('jal', { rd: 1, imm: distance - 8 })];
    case 'return':
      return [...burn, encode('jalr', { rd: 0, rs1: 1, imm: 0 })];
    case 'indirect': {
      const through = pick(WRITABLE.slice(1), r[0]);
      return [
        encode('auipc', { rd: through, imm: 0 }),
        encode('jalr', { rd: pick(WRITABLE, r[1]), rs1: through, imm: distance | (value & 1) }),
      ];
    }
    case 'system':
      return [system(it)];
    case 'patch': {
      // Overwrites one word of an item by another instruction.
      const target = code(value & 0xff) & ~1;
      const word = encode('addi', { rd: pick(WRITABLE, r[0]), rs1: r[1], imm: (value >> 8) & 0x3ff });
      const low = (word << 20) >> 20;
      const high = ((word - low) >> 12) & 0xfffff;
      const store = pick(['sw', 'sw', 'sh', 'sb', 'sd'], skip);
      return [
        encode('lui', { rd: 30, imm: (high << 12) >> 12 }),
        encode('addi', { rd: 30, rs1: 30, imm: low }),
        encode('add', { rd: 29, rs1: 3, rs2: 0 }),
        encode(store, { rs1: 29, rs2: 30, imm: target }),
        ...(value & 0x10000 ? [encode('fence.i', {})] : []),
      ];
    }
  }
}

function system({ r, value, skip }: Item): number {
  const rd = pick(WRITABLE, r[0]);
  switch ((value >>> 4) % 9) {
    case 0:
      return encode('ecall');
    case 1:
      return 0; // illegal
    case 2:
      return encode('fence.i');
    case 3:
      return encode('fence', { pred: 15, succ: 15 });
    case 4:
      return encode('csrrw', { rd, csr: pick(CSRS, skip), rs1: r[1] });
    case 5:
      return value & 0x200
        ? encode(pick(['csrrwi', 'csrrsi', 'csrrci'], value >>> 14), {
            rd,
            csr: pick(FLOATING, skip),
            imm: (value >> 10) & 31,
          })
        : encode(pick(['csrrw', 'csrrs', 'csrrc'], value >>> 10), { rd, csr: pick(FLOATING, skip), rs1: r[1] });
    case 6:
      return encode(pick(['csrrs', 'csrrc', 'csrrw'], value & 0xff), { rd, csr: pick(SAVED, skip), rs1: r[1] });
    case 7:
      return encode(pick(['csrrsi', 'csrrci'], value & 0xff), { rd, csr: 0x100, imm: value & 2 });
    default:
      return encode('csrrs', { rd, csr: pick(CSRS, skip), rs1: 0 });
  }
}

const lengthOf = (word: number): number => ((word & 3) === 3 || word === 0 ? 4 : 2);

/** A program's code, from CODE + offset on, with an ebreak behind it; the whole is gone through again while there is fuel. */
export function codeOf({ items: list, offset }: Program): { bytes: Uint8Array; end: number } {
  const starts: number[] = [];
  const place = (): number => {
    let at = offset;
    list.forEach((it, n) => {
      starts[n] = at;
      for (const word of words(it, 8, () => 0)) at += lengthOf(word);
    });
    return at;
  };
  const loop = place();
  const end = loop + 8;
  const bytes = new Uint8Array(end + 4 - offset);
  const view = new DataView(bytes.buffer);
  const put = (at: number, word: number): number => {
    if (lengthOf(word) === 4) view.setUint32(at - offset, word, true);
    else view.setUint16(at - offset, word, true);
    return at + lengthOf(word);
  };
  list.forEach((it, n) => {
    const back = it.kind === 'back' || it.kind === 'call';
    const to =
      back && (it.kind === 'back' || it.value & 1) ? Math.max(0, n - it.skip) : Math.min(list.length, n + 1 + it.skip);
    // Sometimes into the middle of an instruction.
    const middle = it.kind === 'indirect' && (it.value & 0x700) === 0x700 ? 2 : 0;
    const target = (to === list.length ? loop : starts[to]!) + middle;
    let at = starts[n]!;
    for (const word of words(it, target - at, (i) => (starts[i % list.length] ?? offset) & 0x7ff)) at = put(at, word);
  });
  put(loop, encode('addi', { rd: FUEL, rs1: FUEL, imm: -1 }));
  put(loop + 4, encode('blt', { rs1: 0, rs2: FUEL, imm: offset - loop - 4 }));
  put(end, encode('ebreak'));
  return { bytes, end: CODE + end };
}

/** Where the pointers point. */
export const POINTERS: Readonly<Record<number, number>> = {
  8: DATA + 0x800,
  9: DATA + 0x1000 - 8,
  2: DATA + 0x2000 - 64,
  4: DATA + 0x3000 - 16,
};
