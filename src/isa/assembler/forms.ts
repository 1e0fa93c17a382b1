// The ways of writing a mnemonic: every instruction of the tables with its suffixes, and the aliases. A form reads
// operands into field values and encodes them.

import { type Alias, aliases } from '../aliases.js';
import { csrByName, isCsrName } from '../csr.js';
import { encodeFields, fieldError } from '../encode.js';
import { HypercraftError } from '../error.js';
import { literalValue } from '../expansion.js';
import { allInstructions } from '../extensions/tables.js';
import { extract, type Field, insert } from '../fields.js';
import type { Instruction, Piece } from '../instruction.js';
import { fliValues, roundingModes, suffixText } from '../operands.js';
import { fprNumber, registerNumber } from '../registers.js';

/** One way of writing an instruction. */
export interface Form {
  readonly instruction: Instruction;
  /** The operands as written, one list of pieces for each. */
  readonly slots: readonly (readonly Piece[])[];
  /** How many operands may be left out at the end: the rounding mode. */
  readonly optional: number;
  readonly suffix: number | undefined;
  readonly alias: Alias | undefined;
}

function slotsOf(pieces: readonly Piece[]): Piece[][] {
  const slots: Piece[][] = pieces.length === 0 ? [] : [[]];
  for (const piece of pieces) {
    if ('text' in piece && piece.text === ',') slots.push([]);
    else slots.at(-1)!.push(piece);
  }
  return slots;
}

function suffixValues(instruction: Instruction): (number | undefined)[] {
  const { suffix } = instruction;
  if (!suffix) return [undefined];
  const fixed = extract(suffix, instruction.match);
  const all = Array.from({ length: 32 }, (_, n) => n);
  const possible = all.filter((n) => {
    const bits = insert(suffix, n);
    return extract(suffix, bits) === n && ((bits | instruction.match) & instruction.mask) >>> 0 === instruction.match;
  });
  return possible.filter((n) => (n & fixed) === fixed);
}

function allForms(): Map<string, Form[]> {
  const forms = new Map<string, Form[]>();
  const addForm = (name: string, form: Form): void => {
    const known = forms.get(name);
    if (known === undefined) forms.set(name, [form]);
    else known.push(form);
  };
  for (const instruction of allInstructions()) {
    const slots = slotsOf(instruction.operands);
    const last = slots.at(-1)?.[0];
    const optional = last && 'field' in last && last.field.kind === 'rm' ? 1 : 0;
    for (const suffix of suffixValues(instruction)) {
      const name = instruction.name + (instruction.suffix ? suffixText(instruction.suffix, suffix!) : '');
      addForm(name, { instruction, slots, optional, suffix, alias: undefined });
    }
  }
  const byName = new Map(
    allInstructions()
      .map((i) => [i.name, i])
      .reverse() as [string, Instruction][],
  );
  for (const alias of aliases()) {
    const instruction = byName.get(alias.base)!;
    addForm(alias.name, { instruction, slots: slotsOf(alias.operands), optional: 0, suffix: undefined, alias });
  }
  return forms;
}

/** Made for the first one asked for. */
let forms: Map<string, Form[]> | undefined;

/** The ways of writing a mnemonic, empty when there is none of that name. */
export function formsOf(name: string): readonly Form[] {
  forms ??= allForms();
  return forms.get(name) ?? [];
}

/** Evaluates an expression of an operand; `undefined` while sizes are being worked out is never asked for. */
export type Evaluate = (text: string) => bigint;

function rangeError(message: string): HypercraftError {
  return new HypercraftError('ASM_RANGE', message);
}

function operandError(text: string, wanted: string): HypercraftError {
  return new HypercraftError('ASM_OPERAND', `'${text}' is not ${wanted}`);
}

function named(text: string, value: number | undefined, wanted: string): number {
  if (value === undefined) throw operandError(text, wanted);
  return value;
}

function readInteger(field: Field, text: string, evaluate: Evaluate, here: bigint): number {
  if (registerNumber(text) !== undefined) throw operandError(text, 'a number');
  let value = evaluate(text);
  if (field.kind === 'offset') value = BigInt.asIntN(64, value - here);
  if (field.name === 'cupper' && value > 0xfffdfn && value <= 0xfffffn) value -= 0x100000n;
  const number = Number(value);
  const error = fieldError(field, number);
  if (error) throw rangeError(error);
  return number;
}

function fenceBits(text: string): number | undefined {
  if (text === 'unknown') return 0;
  if (!/^i?o?r?w?$/.test(text) || text === '') return undefined;
  return [...text].reduce((bits, c) => bits | (8 >> 'iorw'.indexOf(c)), 0);
}

function readField(field: Field, text: string, evaluate: Evaluate, here: bigint): number {
  switch (field.kind) {
    case 'x':
      return named(text, registerNumber(text), 'an integer register');
    case 'f':
      return named(text, fprNumber(text), 'a floating-point register');
    case 'csr':
      return isCsrName(text) ? csrByName[text] : readInteger(field, text, evaluate, here);
    case 'rm': {
      const mode = text === 'unknown' ? -1 : roundingModes.indexOf(text as (typeof roundingModes)[number]);
      return named(text, mode < 0 ? undefined : mode, 'a rounding mode');
    }
    case 'fenceset':
      return fenceBits(text) ?? readInteger(field, text, evaluate, here);
    case 'fli': {
      const same = (v: string): boolean => v === text || (text !== '' && Number(v) === Number(text));
      const index = fliValues.findIndex(same);
      return named(text, index < 0 ? undefined : index, 'one of the constants of fli');
    }
    default:
      return readInteger(field, text, evaluate, here);
  }
}

function readPiece(piece: Piece, text: string, values: Map<Field, number>, evaluate: Evaluate, here: bigint): void {
  if ('field' in piece) {
    const value = readField(piece.field, text, evaluate, here);
    const error = fieldError(piece.field, value);
    if (error) throw rangeError(error);
    values.set(piece.field, value);
  } else if (
    text !== piece.text &&
    (registerNumber(text) === undefined || registerNumber(text) !== registerNumber(piece.text))
  ) {
    throw operandError(text, `'${piece.text}'`);
  }
}

function readSlot(
  slot: readonly Piece[],
  text: string,
  values: Map<Field, number>,
  evaluate: Evaluate,
  here: bigint,
): void {
  if (slot.length === 1) {
    readPiece(slot[0]!, text, values, evaluate, here);
    return;
  }
  const found = /^([\s\S]*?)\(\s*(\w+)\s*\)$/.exec(text);
  if (!found) throw operandError(text, 'an address of the form offset(register)');
  const offset = found[1]!.trim();
  const register = slot.length === 3 ? slot[1]! : slot[2]!;
  readPiece(register, found[2]!, values, evaluate, here);
  if (slot.length === 4) readPiece(slot[0]!, offset === '' ? '0' : offset, values, evaluate, here);
  else if (offset !== '' && evaluate(offset) !== 0n)
    throw rangeError(`this instruction takes no offset, not '${offset}'`);
}

/** Carries the values of an alias's operands over to the fields of the instruction it is. */
function throughAlias(alias: Alias, instruction: Instruction, given: ReadonlyMap<Field, number>): Map<Field, number> {
  const values = new Map<Field, number>();
  instruction.operands.forEach((piece, n) => {
    if ('text' in piece) return;
    const source = alias.baseOperands[n];
    if (source === undefined) return; // a rounding mode
    if ('field' in source) values.set(piece.field, given.get(source.field)!);
    else if (piece.field.kind === 'fenceset') values.set(piece.field, 15);
    else values.set(piece.field, isCsrName(source.text) ? csrByName[source.text] : literalValue(source.text));
  });
  return values;
}

/**
 * The word of an instruction written in this form.
 *
 * @throws HypercraftError when the operands are not of this form
 */
export function encodeForm(form: Form, operands: readonly string[], evaluate: Evaluate, here: bigint): number {
  const { slots, instruction } = form;
  if (operands.length > slots.length || operands.length < slots.length - form.optional) {
    throw new HypercraftError('ASM_OPERAND', `${slots.length} operands are needed, not ${operands.length}`);
  }
  const values = new Map<Field, number>();
  operands.forEach((text, n) => {
    readSlot(slots[n]!, text, values, evaluate, here);
  });
  if (instruction.suffix && form.suffix !== undefined) values.set(instruction.suffix, form.suffix);
  return encodeFields(instruction, form.alias ? throughAlias(form.alias, instruction, values) : values);
}
