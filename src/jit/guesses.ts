// What is guessed of code from its looks alone: which jumps are those of a switch, where its cases are, which functions come back soon. A wrong guess costs speed.

import * as S from '../engine/generated/slots.js';
import {
  ENDING,
  ENDS_CALL,
  ENDS_CALL_FAR,
  ENDS_INDIRECT,
  ENDS_JUMP,
  ENDS_JUMP_FAR,
  lengthOf,
  MAX_INSTRUCTIONS,
  plain,
  type Slots,
} from './endings.js';

/** Cases that a region has at most. */
export const MAX_CASES = 40;
/** Instructions of a short function, as they stand. */
const SHORT = 32;
const RA = 1;
const T0 = 5;
const SP = 2;

/** A page of decoded code. */
export interface Decoded {
  readonly slots: Slots;
  /** Address of the decoded instruction at a byte offset of the page. */
  slot(offset: number): number;
}

/**
 * Is the JR at `offset` one through a table, as compilers make of a switch? The register was just loaded from an indexed place: lw, add, jr or
 * add, lw or ld, jr.
 */
export function isSwitch(code: Decoded, offset: number, last: number, beforeLast: number): boolean {
  const jr = headAt(code, offset);
  const rs1 = jr >>> 24;
  if (plain(jr & 0xffff) !== S.S_JR || rs1 === RA || rs1 === T0 || last < 0 || beforeLast < 0) return false;
  const second = headAt(code, last);
  const first = headAt(code, beforeLast);
  if (destination(second) !== rs1) return false;
  const loads = (op: number) => op === S.S_LW || op === S.S_LD || op === S.S_LWU;
  const op1 = plain(first & 0xffff);
  const op2 = plain(second & 0xffff);
  return (op2 === S.S_ADD && loads(op1)) || (loads(op2) && (op1 === S.S_ADD || op1 === S.S_SH3ADD));
}

/**
 * What only a table can lead to: the code behind each jump that does not come back, from `at` on. A case that is none costs its translation, one
 * that is not found costs leaving the region.
 */
export function casesBehind(code: Decoded, at: number, decode: (offset: number) => void): number[] {
  const cases: number[] = [];
  let begins = true;
  for (let offset = at, n = 0; offset < 4096 && n < MAX_INSTRUCTIONS && cases.length < MAX_CASES; n++) {
    const head = decoded(code, offset, decode);
    const op = head & 0xffff;
    if (isNone(op)) break;
    // The next function makes room on the stack.
    const grows = plain(op) === S.S_ADDI && destination(head) === SP && head >>> 24 === SP;
    if (grows && code.slots.i32[(code.slot(offset) + 4) >>> 2]! < 0) break;
    if (begins) cases.push(offset);
    const ends = ENDING[op]!;
    begins = ends === ENDS_JUMP || ends === ENDS_JUMP_FAR || plain(op) === S.S_JR;
    offset += lengthOf(op);
  }
  return cases;
}

/** Does the function at an offset return before long, as it stands, and call nobody before? */
export function comesBackSoon(code: Decoded, at: number, decode: (offset: number) => void): boolean {
  for (let offset = at, n = 0; offset < 4096 && n < SHORT; n++) {
    const head = decoded(code, offset, decode);
    const op = head & 0xffff;
    const ends = ENDING[op]!;
    if (ends === ENDS_INDIRECT) return plain(op) === S.S_JR && head >>> 24 === RA;
    if (ends === ENDS_CALL || ends === ENDS_CALL_FAR || isNone(op)) return false;
    offset += lengthOf(op);
  }
  return false;
}

/** What no code goes on behind in its page. */
function isNone(op: number): boolean {
  return op === S.S_ILLEGAL || op === S.S_UNDECODED || op === S.S_CROSS || op === S.S_PAGE_END;
}

function headAt(code: Decoded, offset: number): number {
  return code.slots.i32[code.slot(offset) >>> 2]!;
}

/** The same of an instruction that may not be decoded yet. */
function decoded(code: Decoded, offset: number, decode: (offset: number) => void): number {
  if (code.slots.u16[code.slot(offset) >>> 1] === S.S_UNDECODED) decode(offset);
  return headAt(code, offset);
}

function destination(head: number): number {
  return (head >>> 16) & 0xff;
}
