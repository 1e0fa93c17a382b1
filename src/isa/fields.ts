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

const table = new Map<string, Field>();

/**
 * `bits` spells the segments: `31:25>5 11:7>0` means instruction bits 31..25 are the value's bits from 5 upwards, and
 * so on. A leading `-` says the value is signed, a trailing `+8` biases it.
 */
function field(name: string, kind: FieldKind, role: FieldRole, bits: string): void {
  const signed = bits.startsWith('-');
  const [spelled, bias] = bits.replace('-', '').split('+');
  const segments = spelled!.split(' ').map((part) => {
    const [range, to] = part.split('>');
    const [high, low] = range!.split(':').map(Number);
    return { at: low ?? high!, width: high! - (low ?? high!) + 1, to: Number(to) };
  });
  table.set(name, { name, kind, role, signed, segments, bias: Number(bias ?? 0) });
}

field('rd', 'x', 'rd', '11:7>0');
field('rs1', 'x', 'rs1', '19:15>0');
field('rs2', 'x', 'rs2', '24:20>0');
field('fd', 'f', 'rd', '11:7>0');
field('fs1', 'f', 'rs1', '19:15>0');
field('fs2', 'f', 'rs2', '24:20>0');
field('fs3', 'f', 'rs3', '31:27>0');
field('imm', 'int', 'imm', '-31:20>0');
field('store', 'int', 'imm', '-31:25>5 11:7>0');
field('branch', 'offset', 'imm', '-31>12 7>11 30:25>5 11:8>1');
field('jump', 'offset', 'imm', '-31>20 19:12>12 20>11 30:21>1');
field('upper', 'upper', 'imm', '31:12>0');
field('prefetch', 'int', 'imm', '-31:25>5');
field('shamt', 'int', 'imm', '25:20>0');
field('shamtw', 'int', 'imm', '24:20>0');
field('csr', 'csr', 'csr', '31:20>0');
field('zimm', 'int', 'imm', '19:15>0');
field('rm', 'rm', 'rm', '14:12>0');
field('rmexact', 'rm', 'rm', '14:12>0'); // of a conversion that never rounds: written as 0 when not spelled
field('pred', 'fenceset', 'pred', '27:24>0');
field('succ', 'fenceset', 'succ', '23:20>0');
field('bs', 'int', 'imm', '31:30>0');
field('rnum', 'int', 'imm', '23:20>0');
field('fli', 'fli', 'imm', '19:15>0');
field('aqrl', 'aqrl', 'aqrl', '26:25>0');
field('mopr', 'number', 'number', '30>4 27:26>2 21:20>0');
field('moprr', 'number', 'number', '30>2 27:26>0');

field('crd', 'x', 'rd', '11:7>0');
field('crs2', 'x', 'rs2', '6:2>0');
field('cfd', 'f', 'rd', '11:7>0');
field('cfs2', 'f', 'rs2', '6:2>0');
field('cd', 'x', 'rd', '4:2>0+8');
field('cs1', 'x', 'rs1', '9:7>0+8');
field('cs2', 'x', 'rs2', '4:2>0+8');
field('cfd3', 'f', 'rd', '4:2>0+8');
field('cfs23', 'f', 'rs2', '4:2>0+8');
field('cimm', 'int', 'imm', '-12>5 6:2>0');
field('cupper', 'upper', 'imm', '-12>5 6:2>0');
field('cshamt', 'int', 'imm', '12>5 6:2>0');
field('caddi4spn', 'int', 'imm', '12:11>4 10:7>6 6>2 5>3');
field('caddi16sp', 'int', 'imm', '-12>9 6>4 5>6 4:3>7 2>5');
field('clw', 'int', 'imm', '12:10>3 6>2 5>6');
field('cld', 'int', 'imm', '12:10>3 6:5>6');
field('clwsp', 'int', 'imm', '12>5 6:4>2 3:2>6');
field('cldsp', 'int', 'imm', '12>5 6:5>3 4:2>6');
field('cswsp', 'int', 'imm', '12:9>2 8:7>6');
field('csdsp', 'int', 'imm', '12:10>3 9:7>6');
field('clb', 'int', 'imm', '6>0 5>1');
field('clh', 'int', 'imm', '5>1');
field('cjump', 'offset', 'imm', '-12>11 11>4 10:9>8 8>10 7>6 6>7 5:3>1 2>5');
field('cbranch', 'offset', 'imm', '-12>8 11:10>3 6:5>6 4:3>1 2>5');
field('cmop', 'number', 'number', '11:7>0');

/** Every operand field by name. */
export const fields: ReadonlyMap<string, Field> = table;

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
