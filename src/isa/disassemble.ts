// Instructions to text, as `objdump -d -M no-aliases` of binutils spells them: mnemonic, a tab, operands without spaces.
// With `aliases` the way people read it: compressed instructions as what they stand for, special cases by their pseudo-instruction names.

import { type Alias, aliases } from './aliases.js';
import { csrByName, isCsrName } from './csr.js';
import { expandCompressed, literalValue } from './expansion.js';
import { extract, type Field, fieldMask } from './fields.js';
import type { Instruction, Piece } from './instruction.js';
import { lookup } from './matching.js';
import { fenceSet, operandText, suffixText } from './operands.js';

/** How an instruction is written. */
export interface DisassembleOptions {
  /** Pseudo-instructions, and compressed instructions as the ones they stand for. */
  readonly aliases?: boolean;
  /** Names of addresses: branch targets are then printed as `address <name+offset>`. */
  readonly symbols?: ReadonlyMap<string, bigint>;
}

/** The nearest symbol at or below an address, as `<name+0x10>`. */
function locate(address: bigint, symbols: ReadonlyMap<string, bigint>): string | undefined {
  let best: [string, bigint] | undefined;
  for (const [name, at] of symbols) if (at <= address && (!best || at > best[1])) best = [name, at];
  if (!best) return undefined;
  return best[1] === address ? `<${best[0]}>` : `<${best[0]}+0x${(address - best[1]).toString(16)}>`;
}

function targetText(pc: bigint, options: DisassembleOptions): (offset: number) => string {
  return (offset) => {
    const target = BigInt.asUintN(64, pc + BigInt(offset));
    const place = options.symbols && locate(target, options.symbols);
    return place ? `${target.toString(16)} ${place}` : `0x${target.toString(16)}`;
  };
}

/** Operands from pieces; a rounding mode that goes without saying is not printed, nor is the comma before it. */
function operandsText(pieces: readonly Piece[], value: (f: Field) => number, address: (o: number) => string): string {
  let text = '';
  for (const piece of pieces) {
    if ('text' in piece) {
      text += piece.text;
    } else {
      const usual = piece.field.name === 'rm' ? 7 : piece.field.name === 'rmexact' ? 0 : undefined;
      if (usual === value(piece.field)) text = text.replace(/,$/, '');
      else text += operandText(piece.field, value(piece.field), address);
    }
  }
  return text;
}

let byBase: Map<string, Alias[]> | undefined;

/** The aliases that an instruction may be written as. */
function aliasesOf(name: string): readonly Alias[] {
  if (byBase === undefined) {
    byBase = new Map();
    for (const alias of aliases()) {
      if (!alias.readOnly) byBase.set(alias.base, [...(byBase.get(alias.base) ?? []), alias]);
    }
  }
  return byBase.get(name) ?? [];
}

function fixedValue(field: Field, text: string): number {
  if (field.kind === 'csr' && isCsrName(text)) return csrByName[text];
  return literalValue(text);
}

/** The values of an alias's operands when the word is that special case. */
function matchAlias(alias: Alias, base: Instruction, word: number): Map<Field, number> | undefined {
  const values = new Map<Field, number>();
  for (const [n, piece] of base.operands.entries()) {
    if ('text' in piece) continue;
    const actual = extract(piece.field, word);
    const wanted = alias.baseOperands[n]!;
    if ('text' in wanted) {
      const same =
        piece.field.kind === 'fenceset'
          ? fenceSet(actual) === wanted.text
          : actual === fixedValue(piece.field, wanted.text);
      if (!same) return undefined;
    } else {
      if ((values.get(wanted.field) ?? actual) !== actual) return undefined;
      values.set(wanted.field, actual);
    }
  }
  return values;
}

function render(name: string, operands: string): string {
  return operands === '' ? name : `${name}\t${operands}`;
}

/**
 * The text of the instruction in the low 16 or 32 bits of `word`; what is no instruction is printed as data.
 *
 * @param pc where it is, for the targets of branches
 * @example disassemble(0x00b50533) // 'add\ta0,a0,a1'
 */
export function disassemble(word: number, pc = 0n, options: DisassembleOptions = {}): string {
  const own = lookup(word);
  if (!own) {
    return (word & 3) === 3 ? `.4byte\t0x${(word >>> 0).toString(16)}` : `.2byte\t0x${(word & 0xffff).toString(16)}`;
  }
  const address = targetText(pc, options);
  const expand = options.aliases === true && own.length === 2;
  const bits = expand ? expandCompressed(word & 0xffff) : own.length === 2 ? word & 0xffff : word >>> 0;
  const instruction = expand ? lookup(bits)! : own;
  if (options.aliases) {
    for (const alias of aliasesOf(instruction.name)) {
      const values = matchAlias(alias, instruction, bits);
      if (values)
        return render(
          alias.name,
          operandsText(alias.operands, (f) => values.get(f)!, address),
        );
    }
  }
  const suffix = instruction.suffix ? suffixText(instruction.suffix, extract(instruction.suffix, bits)) : '';
  return render(
    instruction.name + suffix,
    operandsText(instruction.operands, (f) => extract(f, bits), address),
  );
}

/** The bits of an instruction that hardware ignores; assembling its text gives them as 0. */
export function ignoredBits(instruction: Instruction): number {
  const pieces = instruction.operands.flatMap((p) => ('field' in p ? [p.field] : []));
  const covered = [...pieces, ...(instruction.suffix ? [instruction.suffix] : [])].reduce(
    (m, f) => m | fieldMask(f),
    0,
  );
  const all = instruction.length === 4 ? 0xffffffff : 0xffff;
  return (all & ~(instruction.mask | covered)) >>> 0;
}
