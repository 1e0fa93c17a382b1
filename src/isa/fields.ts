// The operand fields of RISC-V instructions: which instruction bits make which bits of the value, and what the value
// is. Unpriv. ISA, "RV32I Base Instruction Formats" and "Compressed Instruction Formats". Fields of 16-bit instructions
// begin with `c`; everything that encodes, decodes, expands or prints an operand reads this table.

/** `width` instruction bits from bit `at` upwards are the value's bits from `to` upwards. */
export interface Segment {
  readonly at: number;
  readonly width: number;
  readonly to: number;
}

/**
 * What a field's value stands for: `x`/`f` a register index, `int` a number, `offset` a distance from the pc, `upper`
 * a 20-bit upper immediate, and the rest what their name says.
 */
export type FieldKind = 'x' | 'f' | 'int' | 'offset' | 'upper' | 'csr' | 'rm' | 'fenceset' | 'fli' | 'aqrl' | 'number';

/** The property of a decoded instruction that the field fills. */
export type FieldRole = 'rd' | 'rs1' | 'rs2' | 'rs3' | 'imm' | 'csr' | 'rm' | 'pred' | 'succ' | 'aqrl' | 'number';

export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly role: FieldRole;
  readonly signed: boolean;
  readonly segments: readonly Segment[];
  /** Added to the encoded bits: 8 for the registers x8..x15 of compressed formats. */
  readonly bias: number;
}

type Row = readonly [name: string, kind: FieldKind, role: FieldRole, bits: string];

/**
 * The bits spell the segments: `31:25>5 11:7>0` means instruction bits 31..25 are the value's bits from 5 upwards, and
 * so on. A leading `-` says the value is signed, a trailing `+8` biases it.
 */
const rows: readonly Row[] = [
  ['rd', 'x', 'rd', '11:7>0'],
  ['rs1', 'x', 'rs1', '19:15>0'],
  ['rs2', 'x', 'rs2', '24:20>0'],
  ['fd', 'f', 'rd', '11:7>0'],
  ['fs1', 'f', 'rs1', '19:15>0'],
  ['fs2', 'f', 'rs2', '24:20>0'],
  ['fs3', 'f', 'rs3', '31:27>0'],
  ['imm', 'int', 'imm', '-31:20>0'],
  ['store', 'int', 'imm', '-31:25>5 11:7>0'],
  ['branch', 'offset', 'imm', '-31>12 7>11 30:25>5 11:8>1'],
  ['jump', 'offset', 'imm', '-31>20 19:12>12 20>11 30:21>1'],
  ['upper', 'upper', 'imm', '31:12>0'],
  ['prefetch', 'int', 'imm', '-31:25>5'],
  ['shamt', 'int', 'imm', '25:20>0'],
  ['shamtw', 'int', 'imm', '24:20>0'],
  ['csr', 'csr', 'csr', '31:20>0'],
  ['zimm', 'int', 'imm', '19:15>0'],
  ['rm', 'rm', 'rm', '14:12>0'],
  ['rmexact', 'rm', 'rm', '14:12>0'], // of a conversion that never rounds: written as 0 when not spelled
  ['pred', 'fenceset', 'pred', '27:24>0'],
  ['succ', 'fenceset', 'succ', '23:20>0'],
  ['bs', 'int', 'imm', '31:30>0'],
  ['rnum', 'int', 'imm', '23:20>0'],
  ['fli', 'fli', 'imm', '19:15>0'],
  ['aqrl', 'aqrl', 'aqrl', '26:25>0'],
  ['mopr', 'number', 'number', '30>4 27:26>2 21:20>0'],
  ['moprr', 'number', 'number', '30>2 27:26>0'],

  ['crd', 'x', 'rd', '11:7>0'],
  ['crs2', 'x', 'rs2', '6:2>0'],
  ['cfd', 'f', 'rd', '11:7>0'],
  ['cfs2', 'f', 'rs2', '6:2>0'],
  ['cd', 'x', 'rd', '4:2>0+8'],
  ['cs1', 'x', 'rs1', '9:7>0+8'],
  ['cs2', 'x', 'rs2', '4:2>0+8'],
  ['cfd3', 'f', 'rd', '4:2>0+8'],
  ['cfs23', 'f', 'rs2', '4:2>0+8'],
  ['cimm', 'int', 'imm', '-12>5 6:2>0'],
  ['cupper', 'upper', 'imm', '-12>5 6:2>0'],
  ['cshamt', 'int', 'imm', '12>5 6:2>0'],
  ['caddi4spn', 'int', 'imm', '12:11>4 10:7>6 6>2 5>3'],
  ['caddi16sp', 'int', 'imm', '-12>9 6>4 5>6 4:3>7 2>5'],
  ['clw', 'int', 'imm', '12:10>3 6>2 5>6'],
  ['cld', 'int', 'imm', '12:10>3 6:5>6'],
  ['clwsp', 'int', 'imm', '12>5 6:4>2 3:2>6'],
  ['cldsp', 'int', 'imm', '12>5 6:5>3 4:2>6'],
  ['cswsp', 'int', 'imm', '12:9>2 8:7>6'],
  ['csdsp', 'int', 'imm', '12:10>3 9:7>6'],
  ['clb', 'int', 'imm', '6>0 5>1'],
  ['clh', 'int', 'imm', '5>1'],
  ['cjump', 'offset', 'imm', '-12>11 11>4 10:9>8 8>10 7>6 6>7 5:3>1 2>5'],
  ['cbranch', 'offset', 'imm', '-12>8 11:10>3 6:5>6 4:3>1 2>5'],
  ['cmop', 'number', 'number', '11:7>0'],
];

function parse([name, kind, role, bits]: Row): Field {
  const signed = bits.startsWith('-');
  const [spelled, bias] = bits.replace('-', '').split('+');
  const segments = spelled!.split(' ').map((part) => {
    const [range, to] = part.split('>');
    const [high, low] = range!.split(':').map(Number);
    return { at: low ?? high!, width: high! - (low ?? high!) + 1, to: Number(to) };
  });
  return { name, kind, role, signed, segments, bias: Number(bias ?? 0) };
}

let table: ReadonlyMap<string, Field> | undefined;

/** Every operand field by name. */
export function allFields(): ReadonlyMap<string, Field> {
  table ??= new Map(rows.map((row) => [row[0], parse(row)]));
  return table;
}

/** The operand field of that name. */
export function fieldNamed(name: string): Field | undefined {
  return allFields().get(name);
}

/** The number of value bits the field reaches (13 for a branch, whose bit 0 is always 0). */
export function fieldWidth(field: Field): number {
  return Math.max(...field.segments.map((s) => s.to + s.width));
}

/** The instruction bits the field occupies. */
export function fieldMask(field: Field): number {
  let mask = 0;
  for (const s of field.segments) mask |= ((2 ** s.width - 1) << s.at) >>> 0;
  return mask >>> 0;
}

/** The value of a field in an instruction. */
export function extract(field: Field, word: number): number {
  let value = 0;
  for (const s of field.segments) value |= ((word >>> s.at) & (2 ** s.width - 1)) << s.to;
  if (field.signed) {
    const unused = 32 - fieldWidth(field);
    value = (value << unused) >> unused;
  }
  return value + field.bias;
}

/** The instruction bits that give the field a value; bits of the value outside the field are dropped. */
export function insert(field: Field, value: number): number {
  let word = 0;
  for (const s of field.segments) word |= (((value - field.bias) >> s.to) & (2 ** s.width - 1)) << s.at;
  return word >>> 0;
}

/** Can the field hold exactly this value? */
export function fits(field: Field, value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 31 && extract(field, insert(field, value)) === value;
}
