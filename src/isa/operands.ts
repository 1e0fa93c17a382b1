// The spelling of operands in assembly text: how each kind of field is printed and what stands for its values. The
// disassembler prints with it, the assembler reads names from it.

import { csrByNumber } from './csr-table.js';
import type { Field } from './fields.js';
import { fprNames, gprNames } from './registers.js';

/** Rounding modes by number; 5 and 6 are reserved. */
export const roundingModes = ['rne', 'rtz', 'rdn', 'rup', 'rmm', 'unknown', 'unknown', 'dyn'] as const;

/** The constants of FLI by number (Unpriv. ISA, "Zfa", "Load-Immediate Instructions"). */
export const fliValues = [
  ...['-1.0', 'min', '1.52587890625e-05', '3.0517578125e-05', '0.00390625', '0.0078125', '0.0625', '0.125', '0.25'],
  ...['0.3125', '0.375', '0.4375', '0.5', '0.625', '0.75', '0.875', '1.0', '1.25', '1.5', '1.75', '2.0', '2.5', '3.0'],
  ...['4.0', '8.0', '16.0', '128.0', '256.0', '32768.0', '65536.0', 'inf', 'nan'],
] as const;

/** Fields that are printed in hexadecimal, as binutils does. */
const hexadecimal = new Set(['shamt', 'shamtw', 'cshamt', 'bs', 'rnum']);

/** `iorw` and its parts; an empty set has no name. */
export function fenceSet(value: number): string {
  if (value === 0) return 'unknown';
  return ['i', 'o', 'r', 'w'].filter((_, n) => value & (8 >> n)).join('');
}

/** What is between mnemonic and operands: `.aqrl`, the number of a may-be-operation. */
export function suffixText(field: Field, value: number): string {
  if (field.kind === 'aqrl') return ['', '.rl', '.aq', '.aqrl'][value]!;
  return `.${value}`;
}

/** The text of a field's value; `address` spells the target of a branch. */
export function operandText(field: Field, value: number, address: (offset: number) => string): string {
  switch (field.kind) {
    case 'x':
      return gprNames[value]!;
    case 'f':
      return fprNames[value]!;
    case 'offset':
      return address(value);
    case 'upper':
      return `0x${(value & 0xfffff).toString(16)}`;
    case 'csr':
      return csrByNumber(value)?.name ?? `0x${value.toString(16)}`;
    case 'rm':
      return roundingModes[value]!;
    case 'fenceset':
      return fenceSet(value);
    case 'fli':
      return fliValues[value]!;
    default:
      return hexadecimal.has(field.name) ? `0x${value.toString(16)}` : `${value}`;
  }
}
