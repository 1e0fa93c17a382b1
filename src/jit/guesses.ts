// What is guessed of code from its looks alone: which jumps are those of a switch, where its cases are, which functions come back soon. A wrong guess costs speed.

import * as S from '../engine/generated/slots.js';
import { Effects } from './effects.js';
import {
  ENDING,
  ENDS_CALL,
  ENDS_CALL_FAR,
  ENDS_INDIRECT,
  ENDS_JUMP,
  ENDS_JUMP_FAR,
  lengthOf,
  plain,
  type Slots,
} from './endings.js';

/** Cases that a region has at most. */
export const MAX_CASES = 40;
/** Instructions looked at behind a jump through a table. */
const MOST_BEHIND = 320;
/** Instructions of a short function, as they stand. */
const SHORT = 32;
/** What loads an address to jump to, and what makes the place of it in a table. */
const LOADS_TARGET = new Set([S.S_LW, S.S_LWU, S.S_LD]);
const INDEXES = new Set([S.S_ADD, S.S_SH3ADD]);
const effects = new Effects();
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
 * Is the JR at `offset` one through a table, as compilers make of a switch? The register was loaded from an indexed place in the code that runs there
 * from `from`: by lw, add or by add, lw or add, ld, among other things.
 */
export function isSwitch(code: Decoded, from: number, offset: number): boolean {
  const jr = headAt(code, offset);
  const rs1 = jr >>> 24;
  if (plain(jr & 0xffff) !== S.S_JR || rs1 === RA || rs1 === T0) return false;
  const is = (at: number, operations: ReadonlySet<number>) =>
    at >= 0 && operations.has(plain(headAt(code, at) & 0xffff));
  const at = lastWrite(code, from, offset, rs1);
  if (at < 0) return false;
  const base = lastWrite(code, from, at, headAt(code, at) >>> 24);
  if (is(at, LOADS_TARGET)) return is(base, INDEXES);
  if (plain(headAt(code, at) & 0xffff) !== S.S_ADD) return false;
  const other = lastWrite(code, from, at, code.slots.i32[(code.slot(at) + 4) >>> 2]!);
  return is(base, LOADS_TARGET) || is(other, LOADS_TARGET);
}

/** Where register `r` is last written in the code that runs from one place to another, -1 if it is not. */
function lastWrite(code: Decoded, from: number, to: number, r: number): number {
  let found = -1;
  for (let at = from; at < to; ) {
    const head = headAt(code, at);
    const op = head & 0xffff;
    effects.of(op, destination(head), head >>> 24, code.slots.i32[(code.slot(at) + 4) >>> 2]!);
    if (r !== 0 && (effects.writes & (1 << r)) !== 0) found = at;
    at += lengthOf(op);
  }
  return found;
}

/**
 * What only a table can lead to: the code behind each jump that does not come back, from `at` on. A case that is none costs its translation, one
 * that is not found costs leaving the region.
 */
export function casesBehind(code: Decoded, at: number, decode: (offset: number) => void): number[] {
  const cases: number[] = [];
  let begins = true;
  for (let offset = at, n = 0; offset < 4096 && n < MOST_BEHIND && cases.length < MAX_CASES; n++) {
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
