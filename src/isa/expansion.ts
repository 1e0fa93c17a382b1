// What a compressed instruction stands for, worked out once from the tables: the base instruction, the bits that are
// always the same, and which field of the compressed encoding goes into which field of the base one.

import { allInstructions } from './extensions/tables.js';
import { extract, type Field, insert } from './fields.js';
import type { Instruction, Piece } from './instruction.js';
import { lookup } from './matching.js';
import { registerNumber } from './registers.js';

export interface Expansion {
  readonly base: Instruction;
  readonly fixed: number;
  readonly moves: readonly { readonly from: Field; readonly to: Field }[];
}

function isName(piece: Piece): boolean {
  return 'text' in piece && /\w/.test(piece.text);
}

/** Of the instructions of that name the one whose fixed operands (the `ra` of `sspush ra`) are the given ones. */
function findBase(name: string, operands: readonly Piece[]): Instruction {
  const sameText = (a: Piece, b: Piece | undefined): boolean =>
    b !== undefined && 'text' in a && 'text' in b && a.text === b.text;
  const fits = (i: Instruction): boolean => i.operands.every((p, n) => !isName(p) || sameText(p, operands[n]));
  return allInstructions().find((i) => i.name === name && fits(i))!;
}

/** A fixed operand's value: a number or the index of a register. */
export function literalValue(text: string): number {
  return registerNumber(text) ?? Number(text);
}

function work(compressed: Instruction): Expansion {
  const { name, operands } = compressed.expansion!;
  const base = findBase(name, operands);
  const moves: { from: Field; to: Field }[] = [];
  let fixed = base.match;
  base.operands.forEach((piece, n) => {
    if ('text' in piece) return;
    const given = operands[n]!;
    if ('text' in given) fixed |= insert(piece.field, literalValue(given.text));
    else moves.push({ from: given.field, to: piece.field });
  });
  return { base, fixed: fixed >>> 0, moves };
}

const worked = new Map<Instruction, Expansion>();

/** The expansion of a compressed instruction, undefined for any other. */
export function expansionOf(instruction: Instruction): Expansion | undefined {
  const known = worked.get(instruction);
  if (known !== undefined || instruction.expansion === undefined) return known;
  const expansion = work(instruction);
  worked.set(instruction, expansion);
  return expansion;
}

/** The 32-bit instruction that a compressed one stands for, 0 when it is illegal. */
export function expandCompressed(half: number): number {
  const instruction = (half & 3) === 3 ? undefined : lookup(half);
  const expansion = instruction && expansionOf(instruction);
  if (!expansion) return 0;
  return expansion.moves.reduce((word, { from, to }) => word | insert(to, extract(from, half)), expansion.fixed) >>> 0;
}
