// Directives of the assembler: data, space, alignment and symbols. Each gives the bytes it puts at an address.

import { HypercraftError } from '../error.js';
import { textBytes } from './expression.js';

export type Evaluate = (text: string) => bigint;

/** A directive with its operands: how many bytes it takes at an address, and which. */
export interface Data {
  bytes(here: bigint, constant: Evaluate): number;
  write(into: DataView, here: bigint, evaluate: Evaluate): void;
}

const integerSizes: Readonly<Record<string, number>> = {
  '.byte': 1,
  '.half': 2,
  '.2byte': 2,
  '.short': 2,
  '.hword': 2,
  '.word': 4,
  '.4byte': 4,
  '.long': 4,
  '.dword': 8,
  '.8byte': 8,
  '.quad': 8,
};

/** Directives that say nothing to an assembler that makes one flat image. */
const ignored = new Set([
  ...['.text', '.globl', '.global', '.local', '.weak', '.type', '.size', '.option', '.file', '.attribute', '.ident'],
]);

function storeInteger(into: DataView, at: number, size: number, value: bigint): void {
  const bits = size * 8;
  if (value !== BigInt.asIntN(bits, value) && value !== BigInt.asUintN(bits, value)) {
    throw new HypercraftError('ASM_RANGE', `${value} does not fit into ${size} bytes`);
  }
  for (let n = 0; n < size; n++) into.setUint8(at + n, Number((value >> BigInt(8 * n)) & 0xffn));
}

function integers(size: number, operands: readonly string[]): Data {
  return {
    bytes: () => size * operands.length,
    write: (into, _here, evaluate) => {
      operands.forEach((text, n) => {
        storeInteger(into, n * size, size, evaluate(text));
      });
    },
  };
}

function reals(size: 4 | 8, operands: readonly string[]): Data {
  const numbers = operands.map((text) =>
    /^[-+]?(inf|infinity)$/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text),
  );
  return {
    bytes: () => size * operands.length,
    write: (into) => {
      numbers.forEach((number, n) => {
        if (size === 4) into.setFloat32(n * 4, number, true);
        else into.setFloat64(n * 8, number, true);
      });
    },
  };
}

function strings(zero: boolean, operands: readonly string[]): Data {
  const parts = operands.map((text) => {
    if (!/^".*"$/s.test(text)) throw new HypercraftError('ASM_SYNTAX', `'${text}' is not a string`);
    return textBytes(text.slice(1, -1));
  });
  const all = parts.flatMap((part) => (zero ? [...part, 0] : [...part]));
  return {
    bytes: () => all.length,
    write: (into) => {
      all.forEach((byte, n) => {
        into.setUint8(n, byte);
      });
    },
  };
}

function count(value: bigint, what: string): number {
  if (value < 0n || value > 0x1000_0000n) throw new HypercraftError('ASM_RANGE', `${value} is no ${what}`);
  return Number(value);
}

function fill(operands: readonly string[]): Data {
  const size = (evaluate: Evaluate): number => (operands[1] ? Math.min(8, count(evaluate(operands[1]), 'size')) : 1);
  return {
    bytes: (_here, constant) => count(constant(operands[0] ?? ''), 'count') * size(constant),
    write: (into, _here, evaluate) => {
      const step = size(evaluate);
      const value = operands[2] ? evaluate(operands[2]) : 0n;
      for (let at = 0; step > 0 && at < into.byteLength; at += step) {
        storeInteger(into, at, step, BigInt.asUintN(step * 8, value));
      }
    },
  };
}

function space(operands: readonly string[]): Data {
  return {
    bytes: (_here, constant) => count(constant(operands[0] ?? ''), 'count'),
    write: (into, _here, evaluate) => {
      const value = operands[1] ? Number(evaluate(operands[1]) & 0xffn) : 0;
      for (let at = 0; at < into.byteLength; at++) into.setUint8(at, value);
    },
  };
}

/** Gaps are filled with NOPs, which data does not mind and code can run through. */
function align(power: boolean, operands: readonly string[]): Data {
  return {
    bytes: (here, constant) => {
      const wanted = count(constant(operands[0] ?? ''), 'alignment');
      const to = power ? 2n ** BigInt(Math.min(wanted, 28)) : BigInt(wanted || 1);
      return Number((to - (here % to)) % to);
    },
    write: (into, _here, evaluate) => {
      if (operands[1]) return space(['0', operands[1]]).write(into, 0n, evaluate);
      let at = into.byteLength % 2; // an odd byte cannot be code
      if ((into.byteLength - at) % 4 === 2) {
        into.setUint16(at, 0x0001, true);
        at += 2;
      }
      for (; at < into.byteLength; at += 4) into.setUint32(at, 0x0000_0013, true);
    },
  };
}

const nothing: Data = { bytes: () => 0, write: () => {} };

/**
 * The data a directive stands for.
 *
 * @throws HypercraftError `ASM_DIRECTIVE` for one that is not known
 */
export function directive(name: string, operands: readonly string[]): Data {
  const size = integerSizes[name];
  if (size !== undefined) return integers(size, operands);
  if (ignored.has(name)) return nothing;
  switch (name) {
    case '.float':
      return reals(4, operands);
    case '.double':
      return reals(8, operands);
    case '.ascii':
      return strings(false, operands);
    case '.asciz':
    case '.string':
      return strings(true, operands);
    case '.space':
    case '.zero':
    case '.skip':
      return space(operands);
    case '.fill':
      return fill(operands);
    case '.align':
    case '.p2align':
      return align(true, operands);
    case '.balign':
      return align(false, operands);
    default:
      throw new HypercraftError('ASM_DIRECTIVE', `there is no directive '${name}'`);
  }
}
