// Operand values to words, the other direction of decode.ts.

import { HypercraftError } from './error.js';
import { allInstructions } from './extensions/tables.js';
import { type Field, type FieldRole, fits, insert } from './fields.js';
import type { Instruction } from './instruction.js';
import { matches } from './matching.js';

/** What is wrong with a value for a field, or undefined. */
export function fieldError(field: Field, value: number): string | undefined {
  if (fits(field, value)) return undefined;
  if (field.kind === 'x') return `register x${value} cannot be encoded here, only x8 to x15`;
  if (field.kind === 'f') return `register f${value} cannot be encoded here, only f8 to f15`;
  return `${value} does not fit the ${field.kind === 'offset' ? 'reach of the branch' : `operand '${field.name}'`}`;
}

/**
 * The word of an instruction with the given field values; fields without one are 0, a rounding mode is then the usual one.
 *
 * @throws HypercraftError `ASM_RANGE` when a value does not fit or the encoding is reserved
 */
export function encodeFields(instruction: Instruction, values: ReadonlyMap<Field, number>): number {
  let word = instruction.match;
  const all = instruction.operands.flatMap((p) => ('field' in p ? [p.field] : []));
  for (const field of instruction.suffix ? [...all, instruction.suffix] : all) {
    const value = values.get(field) ?? (field.name === 'rm' ? 7 : field.bias);
    const error = fieldError(field, value);
    if (error) throw new HypercraftError('ASM_RANGE', `${instruction.name}: ${error}`);
    word |= insert(field, value);
  }
  word >>>= 0;
  if (!matches(instruction, word)) {
    throw new HypercraftError('ASM_RANGE', `${instruction.name}: this combination of operands is reserved`);
  }
  return word;
}

let byName: Map<string, Instruction> | undefined;

/** The first instruction of that name. */
function named(name: string): Instruction | undefined {
  if (byName === undefined) {
    byName = new Map();
    for (const i of allInstructions()) if (!byName.has(i.name)) byName.set(i.name, i);
  }
  return byName.get(name);
}

/**
 * Encodes an instruction by mnemonic and operand roles. The immediate of LUI and AUIPC is the 20-bit number.
 *
 * @throws HypercraftError `ASM_UNKNOWN_INSTRUCTION`, `ASM_RANGE`
 * @example encode('addi', { rd: 10, rs1: 10, imm: -1 })
 */
export function encode(name: string, operands: Partial<Record<FieldRole, number>> = {}): number {
  const instruction = named(name);
  if (!instruction) throw new HypercraftError('ASM_UNKNOWN_INSTRUCTION', `there is no instruction '${name}'`);
  const values = new Map<Field, number>();
  for (const piece of instruction.operands) {
    const value = 'field' in piece ? operands[piece.field.role] : undefined;
    if ('field' in piece && value !== undefined) values.set(piece.field, value);
  }
  if (instruction.suffix) values.set(instruction.suffix, operands[instruction.suffix.role] ?? instruction.suffix.bias);
  return encodeFields(instruction, values);
}
