// Pseudo-instructions that become more than one instruction ("RISC-V Assembly Programmer's Manual", "Pseudoinstructions"):
// li of any 64-bit constant, pc-relative la, call, tail and loads and stores of a symbol.

import { encode } from '../encode.js';
import { HypercraftError } from '../error.js';
import { registerNumber } from '../registers.js';

function register(text: string | undefined): number {
  const number = registerNumber(text ?? '');
  if (number === undefined) throw new HypercraftError('ASM_OPERAND', `'${text ?? ''}' is not an integer register`);
  return number;
}

/** The shortest of the usual sequences for a constant: addi; lui and addiw; or those, shifted, and addi again. */
export function loadImmediate(rd: number, value: bigint): number[] {
  const low = BigInt.asIntN(12, value);
  if (value === low) return [encode('addi', { rd, imm: Number(low) })];
  return loadWide(rd, value);
}

function loadWide(rd: number, value: bigint): number[] {
  const low = BigInt.asIntN(12, value);
  if (value === BigInt.asIntN(32, value)) {
    const upper = Number(((value - low) >> 12n) & 0xfffffn);
    const words = upper === 0 ? [] : [encode('lui', { rd, imm: upper })];
    if (low !== 0n || upper === 0) words.push(encode('addiw', { rd, rs1: upper === 0 ? 0 : rd, imm: Number(low) }));
    return words;
  }
  let upper = BigInt.asIntN(64, value - low);
  let shift = 12;
  while (((upper >> BigInt(shift)) & 1n) === 0n) shift++;
  upper >>= BigInt(shift);
  const words = [...loadWide(rd, upper), encode('slli', { rd, rs1: rd, imm: shift })];
  if (low !== 0n) words.push(encode('addi', { rd, rs1: rd, imm: Number(low) }));
  return words;
}

/** AUIPC of the upper part of `target - here` and what is left for the second instruction. */
function pcRelative(rd: number, target: bigint, here: bigint): { auipc: number; low: number } {
  const distance = BigInt.asIntN(64, target - here);
  const low = BigInt.asIntN(12, distance);
  const high = (distance - low) >> 12n;
  if (high !== BigInt.asIntN(20, high)) {
    throw new HypercraftError('ASM_RANGE', `0x${BigInt.asUintN(64, target).toString(16)} is out of reach from here`);
  }
  return { auipc: encode('auipc', { rd, imm: Number(high & 0xfffffn) }), low: Number(low) };
}

const jumps: Readonly<Record<string, { link: number; scratch: number }>> = {
  call: { link: 1, scratch: 1 },
  tail: { link: 0, scratch: 6 },
};

const loads = new Set(['lb', 'lh', 'lw', 'ld', 'lbu', 'lhu', 'lwu', 'flh', 'flw', 'fld']);
const stores = new Set(['sb', 'sh', 'sw', 'sd', 'fsh', 'fsw', 'fsd']);

/** A pseudo-instruction: its bytes are known before its symbols are. */
export interface Pseudo {
  readonly bytes: number;
  words(evaluate: (text: string) => bigint, here: bigint): number[];
}

function pair(words: (evaluate: (text: string) => bigint, here: bigint) => number[]): Pseudo {
  return { bytes: 8, words };
}

function loadAddress(operands: readonly string[]): Pseudo {
  return pair((evaluate, here) => {
    const rd = register(operands[0]);
    const { auipc, low } = pcRelative(rd, evaluate(operands[1] ?? ''), here);
    return [auipc, encode('addi', { rd, rs1: rd, imm: low })];
  });
}

function jump(name: string, operands: readonly string[]): Pseudo {
  return pair((evaluate, here) => {
    let { link, scratch } = jumps[name] ?? { link: 0, scratch: register(operands[1]) };
    if (name === 'call' && operands.length === 2) [link, scratch] = [register(operands[0]), 6];
    const target = name === 'call' ? operands.at(-1) : operands[0];
    const { auipc, low } = pcRelative(scratch, evaluate(target ?? ''), here);
    return [auipc, encode('jalr', { rd: link, rs1: scratch, imm: low })];
  });
}

function symbolAccess(name: string, operands: readonly string[], fpr: (text: string) => number | undefined): Pseudo {
  return pair((evaluate, here) => {
    const floating = name.startsWith('f');
    const first = floating ? fpr(operands[0]!) : register(operands[0]);
    if (first === undefined)
      throw new HypercraftError('ASM_OPERAND', `'${operands[0]}' is not a floating-point register`);
    const needsScratch = floating || stores.has(name);
    const base = needsScratch ? register(operands[2]) : first;
    const { auipc, low } = pcRelative(base, evaluate(operands[1]!), here);
    const data = stores.has(name) ? { rs2: first } : { rd: first };
    return [auipc, encode(name, { ...data, rs1: base, imm: low })];
  });
}

/** The pseudo-instruction of that name and operands, or undefined when the statement is an ordinary instruction. */
export function pseudoOf(
  name: string,
  operands: readonly string[],
  constant: (text: string) => bigint,
  fpr: (text: string) => number | undefined,
): Pseudo | undefined {
  if (name === 'li') {
    const words = loadImmediate(register(operands[0]), constant(operands[1] ?? ''));
    return { bytes: words.length * 4, words: () => words };
  }
  if (name === 'la' || name === 'lla') return loadAddress(operands);
  if (name === 'call' || name === 'tail' || name === 'jump') return jump(name, operands);
  const accessesSymbol = (loads.has(name) || stores.has(name)) && operands.length >= 2 && !operands[1]!.endsWith(')');
  return accessesSymbol ? symbolAccess(name, operands, fpr) : undefined;
}
