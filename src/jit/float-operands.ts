// Which registers a floating-point instruction reads and writes. Unprivileged ISA, "F Extension", "D Extension", "Zfh", "Zfa".

import * as S from '../engine/generated/slots.js';
import { operations } from '../isa/extensions/index.js';
import { plain } from './endings.js';

/** Bits of what an operation of the isa does with registers. */
const TO_INTEGER = 1;
const FROM_INTEGER = 2;
const SECOND = 4;
const THIRD = 8;

const KIND = new Uint8Array(1 << 16);
for (const [name, op] of operations) {
  if (/^(feq|flt|fle|fltq|fleq|fclass|fcvtmod)\.|^fcvt\.(w|wu|l|lu)\.|^fmvh?\.x\./.test(name)) KIND[op]! |= TO_INTEGER;
  if (/^fcvt\.[sdh]\.(w|wu|l|lu)$|^fmv\.[wdh]\.x$/.test(name)) KIND[op]! |= FROM_INTEGER;
  if (/^f(add|sub|mul|div|sgnj|sgnjn|sgnjx|min|max|minm|maxm|eq|lt|le|ltq|leq|n?madd|n?msub)\./.test(name))
    KIND[op]! |= SECOND;
  if (/^fn?m(add|sub)\./.test(name)) KIND[op]! |= THIRD;
}

/** Does a slot with S_FP write an integer register? */
export function writesInteger(imm: number): boolean {
  return (KIND[imm >>> 16]! & TO_INTEGER) !== 0;
}

/** Does a slot with S_FP read an integer register? */
export function readsInteger(imm: number): boolean {
  return (KIND[imm >>> 16]! & FROM_INTEGER) !== 0;
}

/** Calls `read` and `write` with the floating-point registers of a slot with an S_FL*, S_FS*, S_F*_D or S_FP operation. */
export function floatRegisters(
  op: number,
  a: number,
  b: number,
  imm: number,
  read: (f: number) => void,
  write: (f: number) => void,
): void {
  const p = plain(op);
  if (p === S.S_FLW || p === S.S_FLD) write(a);
  else if (p === S.S_FSW || p === S.S_FSD) read(a);
  else {
    const kind = op === S.S_FP ? KIND[imm >>> 16]! : SECOND;
    if ((kind & FROM_INTEGER) === 0) read(b);
    if ((kind & SECOND) !== 0) read(imm & 31);
    if ((kind & THIRD) !== 0) read((imm >> 5) & 31);
    if ((kind & TO_INTEGER) === 0) write(a);
  }
}
