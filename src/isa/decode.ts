// Words to instructions: which one it is and what its operands are. A compressed instruction gives the operation and
// operands of what it stands for, and says its own name.

import { expandCompressed, expansionOf } from './expansion.js';
import { operations } from './extensions/index.js';
import { extract, type FieldRole } from './fields.js';
import type { Instruction } from './instruction.js';
import { lookup } from './matching.js';
import { registerNumber } from './registers.js';

/** An instruction word taken apart. */
export interface Decoded {
  /** Mnemonic as in the tables, without the suffixes .aq and .rl; `c.` names for compressed instructions. */
  readonly name: string;
  /** The engine's operation number; a named hint has that of the base instruction it is. */
  readonly op: number;
  /** Bytes of the instruction in memory. */
  readonly length: 2 | 4;
  /** The 32-bit instruction executed. */
  readonly word: number;
  /** The extension that has it, see {@link Instruction.feature}. */
  readonly feature: string;
  /** Register indexes (integer or floating point as the operation has them); 0 where there is none. */
  readonly rd: number;
  /** See `rd`. */
  readonly rs1: number;
  /** See `rd`. */
  readonly rs2: number;
  /** See `rd`. */
  readonly rs3: number;
  /** Immediate, sign-extended; a branch's distance in bytes; for LUI and AUIPC the value added (bits 31..12). */
  readonly imm: number;
  /** The CSR's address; 0 where there is none. */
  readonly csr: number;
  /** The rounding mode field; 0 where there is none. */
  readonly rm: number;
  /** The acquire bit of an atomic. */
  readonly aq: boolean;
  /** The release bit of an atomic. */
  readonly rl: boolean;
  /** The predecessor set of a fence: bits IORW. */
  readonly pred: number;
  /** The successor set of a fence: bits IORW. */
  readonly succ: number;
  /** The n of a may-be-operation. */
  readonly number: number;
}

function operandsOf(instruction: Instruction, word: number): Partial<Record<FieldRole, number>> {
  const values: Partial<Record<FieldRole, number>> = {};
  for (const piece of instruction.operands) {
    if ('text' in piece) continue;
    const value = extract(piece.field, word);
    values[piece.field.role] = piece.field.kind === 'upper' ? value << 12 : value;
  }
  if (instruction.suffix) values[instruction.suffix.role] = extract(instruction.suffix, word);
  return values;
}

/** Literal register operands are encoded in fixed bits, so that `sspush ra` still has an rs2. */
function fixedRegisters(instruction: Instruction, word: number): { rs1: number; rs2: number } {
  const fixed = instruction.operands.some((p) => 'text' in p && registerNumber(p.text) !== undefined);
  return fixed ? { rs1: (word >>> 15) & 31, rs2: (word >>> 20) & 31 } : { rs1: 0, rs2: 0 };
}

/** The instruction in the low 16 or 32 bits of a word; undefined when it is illegal. */
export function decode(word: number): Decoded | undefined {
  const own = lookup(word);
  if (!own) return undefined;
  const executed = own.length === 2 ? expandCompressed(word & 0xffff) : word >>> 0;
  const base = own.length === 2 ? expansionOf(own)!.base : own;
  const values = operandsOf(base, executed);
  const fixed = fixedRegisters(base, executed);
  const aqrl = values.aqrl ?? 0;
  return {
    name: own.name,
    op: operations.get(base.name) ?? operations.get(lookup(executed, false)!.name)!,
    length: own.length,
    word: executed,
    feature: own.feature,
    rd: values.rd ?? 0,
    rs1: values.rs1 ?? fixed.rs1,
    rs2: values.rs2 ?? fixed.rs2,
    rs3: values.rs3 ?? 0,
    imm: values.imm ?? 0,
    csr: values.csr ?? 0,
    rm: values.rm ?? 0,
    aq: (aqrl & 2) !== 0,
    rl: (aqrl & 1) !== 0,
    pred: values.pred ?? 0,
    succ: values.succ ?? 0,
    number: values.number ?? 0,
  };
}
