// Writes the engine's decoder (AssemblyScript) from the instruction tables: operation numbers, decodeOp, opExtension,
// opFallback, expandCompressed, compressedExtension. Bundled and called by scripts/build.mjs.

import { expansionOf } from '../src/isa/expansion.js';
import { featureBits, instructions, operations } from '../src/isa/extensions/index.js';
import { type Field, fieldMask, insert } from '../src/isa/fields.js';
import type { Constraint, Instruction } from '../src/isa/instruction.js';
import { bySpeciality } from '../src/isa/matching.js';

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;
const constant = (name: string): string => `OP_${name.toUpperCase().replaceAll('.', '_')}`;

/** One way to tell what an encoding is: when the bits match and the conditions hold, return `result`. */
interface Case {
  readonly mask: number;
  readonly match: number;
  readonly conditions: readonly string[];
  readonly result: string;
}

/** The longest run of bits that every case fixes and that is not decided yet, at most 7 wide. */
function commonRun(cases: readonly Case[], decided: number): { at: number; width: number } | undefined {
  let common = ~decided;
  for (const c of cases) common &= c.mask;
  let best = { at: 0, width: 0 };
  for (let at = 0; at < 32; at++) {
    let width = 0;
    while (at + width < 32 && width < 7 && (common >>> (at + width)) & 1) width++;
    if (width > best.width) best = { at, width };
  }
  return best.width === 0 ? undefined : best;
}

/** Statements that return the result of the first case that fits, and whether they always return. */
function decisionTree(cases: readonly Case[], decided: number, indent: string): { text: string; closed: boolean } {
  const run = cases.length > 1 ? commonRun(cases, decided) : undefined;
  if (run === undefined) return comparisons(cases, decided, indent);
  const bits = ((2 ** run.width - 1) << run.at) >>> 0;
  const value = `(w >> ${run.at}) & ${hex(2 ** run.width - 1)}`;
  const groups = new Map<number, Case[]>();
  for (const c of cases) {
    const key = (c.match & bits) >>> run.at;
    groups.set(key, [...(groups.get(key) ?? []), c]);
  }
  if (groups.size === 1) {
    const inner = decisionTree(cases, decided | bits, `${indent}  `);
    const key = [...groups.keys()][0]!;
    return { text: `${indent}if ((${value}) == ${key}) {\n${inner.text}${indent}}\n`, closed: false };
  }
  let text = `${indent}switch (${value}) {\n`;
  for (const [key, group] of [...groups].sort(([a], [b]) => a - b)) {
    const inner = decisionTree(group, decided | bits, `${indent}    `);
    text += `${indent}  case ${key}: {\n${inner.text}${inner.closed ? '' : `${indent}    return 0;\n`}${indent}  }\n`;
  }
  return { text: `${text}${indent}  default:\n${indent}    return 0;\n${indent}}\n`, closed: true };
}

function comparisons(cases: readonly Case[], decided: number, indent: string): { text: string; closed: boolean } {
  let text = '';
  for (const c of cases) {
    const rest = c.mask & ~decided;
    const tests = [...(rest === 0 ? [] : [`(w & ${hex(rest)}) == ${hex(c.match & rest)}`]), ...c.conditions];
    if (tests.length === 0) return { text: `${text}${indent}return ${c.result};\n`, closed: true };
    text += `${indent}if (${tests.join(' && ')}) return ${c.result};\n`;
  }
  return { text, closed: false };
}

/** The body of a function over `w` that returns the result of the first case that fits, or 0. */
function decisionBody(cases: readonly Case[], decided: number): string {
  const { text, closed } = decisionTree(cases, decided, '  ');
  return closed ? text : `${text}  return 0;\n`;
}

function fieldMoves(from: Field, to: Field): string[] {
  // Value bit -> bit of the compressed encoding it comes from; above the top bit a signed value repeats it.
  const source = new Map<number, number>();
  for (const s of from.segments) for (let n = 0; n < s.width; n++) source.set(s.to + n, s.at + n);
  const top = Math.max(...source.keys());
  const moves = new Map<number, number>(); // left shift -> mask in the word
  let signMask = 0;
  for (const s of to.segments) {
    for (let n = 0; n < s.width; n++) {
      const bit = 1 << (s.at + n);
      const at = source.get(s.to + n);
      if (at !== undefined) {
        const shift = s.at + n - at;
        moves.set(shift, (moves.get(shift) ?? 0) | bit);
      } else if (from.signed && s.to + n > top) signMask |= bit;
    }
  }
  const terms = [...moves].map(([shift, mask]) => {
    const moved = shift === 0 ? 'w' : shift > 0 ? `(w << ${shift})` : `(w >> ${-shift})`;
    return `(${moved} & ${hex(mask)})`;
  });
  if (signMask !== 0) terms.push(`((0 - ((w >> ${source.get(top)}) & 1)) & ${hex(signMask)})`);
  return terms;
}

/** The expression that turns a compressed instruction `w` into the 32-bit one it stands for. */
function expansion(compressed: Instruction): string {
  const { fixed, moves } = expansionOf(compressed)!;
  const bias = moves.reduce((word, { from, to }) => word | insert(to, from.bias), 0);
  return [hex(fixed | bias), ...moves.flatMap(({ from, to }) => fieldMoves(from, to))].join(' | ');
}

function condition({ field, value }: Constraint): string {
  return `(w & ${hex(fieldMask(field))}) != ${hex(insert(field, value))}`;
}

function toCases(list: readonly Instruction[], result: (i: Instruction) => string): Case[] {
  return list.map((i) => ({
    mask: i.mask,
    match: i.match,
    conditions: i.constraints.map(condition),
    result: result(i),
  }));
}

/** What hardware without the extension makes of the encoding: the more general instruction that contains it. */
function fallbacks(): string {
  const words = bySpeciality(4).filter((i) => !i.hint);
  let text = '';
  for (const i of words) {
    const contains = (g: Instruction): boolean =>
      g.mask !== i.mask && (g.mask & i.mask) >>> 0 === g.mask && (i.match & g.mask) >>> 0 === g.match;
    const general = words.find((g) => g.name !== i.name && contains(g));
    if (general && !text.includes(`case ${constant(i.name)}:`))
      text += `    case ${constant(i.name)}: return ${constant(general.name)};\n`;
  }
  return text;
}

/** The text of src/engine/hart/generated/isa.ts. */
export function generate(): string {
  const words = bySpeciality(4).filter((i) => !i.hint);
  const halves = bySpeciality(2).filter((i) => !i.hint);
  const extensionOf = [...operations.keys()].map(
    (name) => featureBits.get(instructions.find((i) => i.name === name)!.feature)!,
  );
  if (extensionOf.some((bit) => bit > 63)) throw new Error('more features of instructions than fit into one word');
  let out = '// Generated by scripts/generate-isa.ts from src/isa/extensions. Do not edit.\n\n';
  for (const [name, number] of operations) out += `export const ${constant(name)}: u32 = ${number};\n`;
  out += `\n/** One more than the largest operation number. */\nexport const OP_COUNT: u32 = ${operations.size + 1};\n\n`;
  for (const [feature, bit] of featureBits) {
    const name = feature.toUpperCase().replaceAll('|', '_OR_').replaceAll('&', '_AND_');
    out += `export const FEATURE_${name}: u32 = ${bit};\n`;
  }
  out +=
    '\n/** The operation of a 32-bit instruction, 0 when it is illegal. */\nexport function decodeOp(w: u32): u32 {\n';
  out += '  if ((w & 3) != 3) return 0;\n';
  out += `${decisionBody(
    toCases(words, (i) => constant(i.name)),
    3,
  )}}\n`;
  out +=
    '\n/** The feature bit that an operation needs, a FEATURE_ number. */\nexport function opExtension(op: u32): u32 {\n';
  out += `  return <u32>load<u8>(memory.data<u8>([0, ${extensionOf.join(', ')}]) + <usize>op);\n}\n`;
  out += '\n/** The more general operation an encoding has where its own feature is off; 0: illegal then. */\n';
  out += `export function opFallback(op: u32): u32 {\n  switch (op) {\n${fallbacks()}    default: return 0;\n  }\n}\n`;
  out += '\n/** The 32-bit instruction that a compressed one stands for, 0 when it is illegal. */\n';
  out +=
    'export function expandCompressed(h: u32): u32 {\n  const w: u32 = h & 0xffff;\n  if ((w & 3) == 3) return 0;\n';
  out += `${decisionBody(toCases(halves, expansion), 0)}}\n`;
  out += '\n/** The feature bit that a legal compressed instruction needs besides that of what it stands for. */\n';
  out += 'export function compressedExtension(h: u32): u32 {\n  const w: u32 = h & 0xffff;\n';
  const special = halves.filter((i) => i.feature !== 'C');
  for (const c of toCases(special, (i) => `${featureBits.get(i.feature)}`)) {
    out += `  if ((w & ${hex(c.mask)}) == ${hex(c.match)}) return ${c.result};\n`;
  }
  out += `  return ${featureBits.get('C')};\n}\n`;
  return out;
}
