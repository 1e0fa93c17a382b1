// How an instruction is described. Each extension is a table in text, one instruction a line, in the notation of the
// instruction listings of the Unpriv. ISA:
//
//   addi        rd,rs1,imm        ............ ..... 000 ..... 0010011
//   lr.w{aqrl}  rd,(rs1)          00010 .. 00000 ..... 010 ..... 0101111
//   c.lwsp      crd,clwsp(sp)     010 . ..... ..... 10   => lw crd,clwsp(sp)   if crd!=0
//
// the mnemonic (with the field that its suffix spells, in braces), the operands as they are written in assembly (names
// of fields, see fields.ts; anything else stands for itself; `-` for none) and the bits: 0 and 1 fixed, `.` belongs to an operand,
// `-` is ignored by hardware and written as 0. A compressed instruction says what it expands to and which encodings are reserved. `hint`: the
// encoding belongs to a base instruction that does nothing and only has a name of its own.

import { type Field, fieldMask, fieldNamed } from './fields.js';

/** A piece of the operand text: a field, or a character or register name that stands for itself. */
export type Piece = { readonly field: Field } | { readonly text: string };

/** `field` must not have this `value`. */
export interface Constraint {
  readonly field: Field;
  readonly value: number;
}

/** An instruction as the tables describe it. */
export interface Instruction {
  /** The mnemonic without its suffix: `amoadd.w`, `c.lwsp`. */
  readonly name: string;
  /** The field that the mnemonic's suffix spells: `.aq` and `.rl`, the n of `mop.r.n`. */
  readonly suffix: Field | undefined;
  /** Its operands, in the order of the assembler. */
  readonly operands: readonly Piece[];
  /** Bytes: 4, or 2 for a compressed instruction. */
  readonly length: 2 | 4;
  /** A word is this instruction when `(word & mask) === match` (as unsigned numbers) and no constraint is hurt. */
  readonly mask: number;
  /** See `mask`. */
  readonly match: number;
  /** What else must hold of the fields, like `rd != 0`. */
  readonly constraints: readonly Constraint[];
  /** For a compressed instruction: the name of the instruction it stands for, and that one's operands in order. */
  readonly expansion: { readonly name: string; readonly operands: readonly Piece[] } | undefined;
  /** The extension that has it; `Zbb|Zbkb` either of them, `D&Zfa` both of them. */
  readonly feature: string;
  /** A named hint: hardware executes the base instruction that shares the encoding. */
  readonly hint: boolean;
}

/** Splits operand text into fields and literals. */
export function parseOperands(text: string): Piece[] {
  if (text === '-') return [];
  const tokens = text.match(/-?[\w.]+|[(),]/g) ?? [];
  return tokens.map((token) => {
    const field = fieldNamed(token);
    return field ? { field } : { text: token };
  });
}

function parseConstraint(text: string): Constraint {
  const [name, value] = text.split('!=');
  return { field: fieldNamed(name!)!, value: Number(value) };
}

function parseBits(bits: string): { mask: number; match: number; free: number } {
  let mask = 0;
  let match = 0;
  let free = 0;
  for (const bit of bits) {
    mask = mask * 2 + (bit === '0' || bit === '1' ? 1 : 0);
    match = match * 2 + (bit === '1' ? 1 : 0);
    free = free * 2 + (bit === '.' ? 1 : 0);
  }
  return { mask, match, free };
}

/** The part of a line that only they need who encode or decode: most programs that run guests never do. */
type Parsed = Pick<Instruction, 'suffix' | 'operands' | 'mask' | 'match' | 'constraints' | 'expansion'>;

function parseLine(line: string, length: 2 | 4): Parsed {
  const [body, condition] = line.split(' if ');
  const [encoding, expansionText] = body!.split('=>').map((part) => part.trim());
  const tokens = encoding!.split(/ +/);
  const [, suffixName] = /^[\w.]+?(?:\{(\w+)\})?$/.exec(tokens[0]!)!;
  const suffix = suffixName ? fieldNamed(suffixName) : undefined;
  const operands = parseOperands(tokens[1]!);
  const bits = tokens.slice(2, tokens.at(-1) === 'hint' ? -1 : undefined).join('');
  const { mask, match, free } = parseBits(bits);

  let covered = suffix ? fieldMask(suffix) : 0;
  for (const piece of operands) if ('field' in piece) covered |= fieldMask(piece.field);
  const fixed = suffix ? mask : 0; // c.mop.n spells n in bits of which some are fixed
  if (bits.length !== length * 8 || (covered & ~fixed) >>> 0 !== free) {
    throw new Error(`the operands of this line do not cover its free bits: ${line}`);
  }
  const [base, baseOperands] = expansionText?.split(' ') ?? [];
  return {
    suffix,
    operands,
    mask,
    match,
    constraints: condition?.trim().split(' and ').map(parseConstraint) ?? [],
    expansion: base ? { name: base, operands: parseOperands(baseOperands ?? '-') } : undefined,
  };
}

/** A line of a table. It is taken apart when somebody asks for more than its name, since there are hundreds and starting takes time. */
class Line implements Instruction {
  readonly name: string;
  readonly length: 2 | 4;
  readonly feature: string;
  readonly hint: boolean;
  readonly #line: string;
  #parsed: Parsed | undefined;

  constructor(line: string, feature: string) {
    const brace = line.indexOf('{');
    const space = line.indexOf(' ');
    this.name = line.slice(0, brace > 0 && brace < space ? brace : space);
    // All mnemonics of compressed instructions begin like that, and no others.
    this.length = line.startsWith('c.') ? 2 : 4;
    this.feature = feature;
    this.hint = line.endsWith(' hint') || line.includes(' hint ');
    this.#line = line;
  }

  get suffix(): Field | undefined {
    return this.#rest().suffix;
  }

  get operands(): readonly Piece[] {
    return this.#rest().operands;
  }

  get mask(): number {
    return this.#rest().mask;
  }

  get match(): number {
    return this.#rest().match;
  }

  get constraints(): readonly Constraint[] {
    return this.#rest().constraints;
  }

  get expansion(): Instruction['expansion'] {
    return this.#rest().expansion;
  }

  #rest(): Parsed {
    this.#parsed ??= parseLine(this.#line, this.length);
    return this.#parsed;
  }
}

/** The instructions of one extension. */
export type Table = () => Instruction[];

/** The table of one extension. */
export function extension(feature: string, table: string): Table {
  return () => {
    const lines = table.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').map((line) => new Line(line, feature));
  };
}
