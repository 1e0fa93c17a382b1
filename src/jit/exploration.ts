// What can be reached from a hot instruction inside its page, as far as it is worth looking at: its instructions, and those of them that begin a block.

import * as S from '../engine/generated/slots.js';
import {
  ENDING,
  ENDS_BRANCH,
  ENDS_BRANCH_FAR,
  ENDS_CALL,
  ENDS_CALL_FAR,
  ENDS_INDIRECT,
  ENDS_JUMP,
  ENDS_NEXT,
  LINEAR_WEIGHT,
  lengthOf,
  PROGRAM_WEIGHT,
  plain,
  SCATTERED_ACCESS,
  type Slots,
  SYSTEM_WEIGHT,
} from './endings.js';
import { casesBehind, comesBackSoon, type Decoded, isSwitch, MAX_CASES } from './guesses.js';
import { accessOf, atomicOf, isCsrInPlace } from './operands.js';
import type { Setting } from './setting.js';

/** Calls of functions of the region itself: beyond, what they call is called as code of other regions is. */
const MAX_RETURNS = 2;
/** Calls of others that are come back from, and instructions beyond which none is. */
const MAX_OUTS = 3;
const MAX_BEFORE_OUT = 32;
/** How much is looked at of code that does not fit, beside what does; and blocks that may begin in it, but for cases of a switch. */
const MOST_EXPLORED = 2;
const MOST_LEADERS = 160;
const PAGE_BYTES = 4096;
const HALVES = 2048;
const UNSEEN = 0;
const SEEN = 1;
const LEADER = 2;

export class Exploration {
  /** Byte offsets in the page where blocks begin: the entry first, in the order they were found. */
  readonly leaders: number[] = [];
  /** Of them, those that calls inside the region return to, and those that look like the cases of a switch. */
  readonly returns: number[] = [];
  readonly cases: number[] = [];
  /** Jumps through tables, and calls of others that are come back from. */
  readonly switches: number[] = [];
  readonly outs: number[] = [];
  /** What all of it weighs, and what has room in a region. */
  weight = 0;
  room = 0;
  readonly #marks = new Uint8Array(HALVES + 2);
  #code!: Decoded;
  #slots!: Slots;
  #access = 1;
  #instructions = 0;

  /**
   * Explores the code that begins at byte `entry` of a decoded page.
   * @param decode makes sure that the slot at an offset is decoded
   * @param room what a region may weigh
   */
  explore(
    code: Decoded,
    entry: number,
    decode: (offset: number) => void,
    setting: Setting,
    room = roomIn(setting),
  ): void {
    const { slots } = code;
    this.#code = code;
    this.#slots = slots;
    this.room = room;
    this.#access = setting.linear ? 1 : SCATTERED_ACCESS;
    this.#marks.fill(UNSEEN);
    for (const list of [this.leaders, this.returns, this.cases, this.switches, this.outs]) list.length = 0;
    this.#instructions = 0;
    this.weight = 0;
    this.#begin(entry);
    for (let at = 0; at < this.leaders.length; at++) {
      const from = this.leaders[at]!;
      // What runs on from the entry is all of the region, if it is long.
      const most = from === entry ? this.room : MOST_EXPLORED * this.room;
      for (let offset = from; offset < PAGE_BYTES && !this.has(offset); ) {
        if (this.weight >= most) {
          // To the beginning of what does not fit others come as well. In its middle a region of its own would begin, and end in the middle of something again.
          if (from !== entry) this.#forget(from, offset);
          break;
        }
        if (slots.u16[code.slot(offset) >>> 1] === S.S_UNDECODED) decode(offset);
        const op = slots.u16[code.slot(offset) >>> 1]!;
        const ends = this.endingOf(op, offset);
        this.#marks[offset >> 1]! |= SEEN;
        this.#instructions++;
        this.weight += this.#weightOf(op);
        if (ends !== ENDS_NEXT) {
          this.#follow(entry, from, offset, op, ends, decode);
          break;
        }
        offset += lengthOf(op);
      }
    }
  }

  /** Goes on where the instruction at `offset` leads that ends the block from `from` on. */
  #follow(entry: number, from: number, offset: number, op: number, ends: number, decode: (at: number) => void): void {
    const near = offset + (this.#immediate(offset) >> 2);
    const after = offset + lengthOf(op);
    const room = this.leaders.length < MOST_LEADERS;
    if (ends === ENDS_BRANCH) {
      if (room) this.#begin(near);
      this.#begin(after);
    } else if (ends === ENDS_BRANCH_FAR) this.#begin(after);
    else if (ends === ENDS_JUMP && room) this.#begin(near);
    else if (ends === ENDS_CALL && room && this.#mayCall(near, entry, decode)) {
      this.#begin(near);
      this.#begin(after);
      this.returns.push(after);
    } else if (room && this.#mayCallOut() && after < PAGE_BYTES && linksOut(ends, op, this.#destination(offset))) {
      this.outs.push(offset);
      this.#begin(after);
    } else if (ends === ENDS_INDIRECT && isSwitch(this.#code, from, offset)) {
      this.switches.push(offset);
      for (const target of casesBehind(this.#code, after, decode)) {
        if (this.leaders.length >= 2 * MOST_LEADERS || this.cases.length === MAX_CASES) break;
        if (this.cases.includes(target)) continue;
        this.cases.push(target);
        this.#begin(target);
      }
    }
  }

  /** Was the instruction at an offset of the page reached, and not taken back since? */
  has(offset: number): boolean {
    return (this.#marks[offset >> 1]! & SEEN) !== 0;
  }

  /** Does a block begin there? */
  beginsAt(offset: number): boolean {
    return (this.#marks[offset >> 1]! & LEADER) !== 0;
  }

  /** Has blocks begin where other regions do. */
  split(heads: Uint8Array): void {
    for (let i = 0; i < HALVES; i++) if (heads[i] === 1 && this.has(2 * i)) this.#begin(2 * i);
  }

  /** Takes all instructions back, for some to be kept after all. */
  takeBack(): void {
    const marks = this.#marks;
    for (let i = 0; i < HALVES; i++) marks[i]! &= ~SEEN;
  }

  /** Keeps those from one offset to another. */
  keep(from: number, to: number): void {
    for (let offset = from; offset < to; offset += lengthOf(this.#operation(offset))) this.#marks[offset >> 1]! |= SEEN;
  }

  /** What the instructions from one offset to another weigh. */
  weigh(from: number, to: number): number {
    let weight = 0;
    for (let offset = from; offset < to; ) {
      const op = this.#operation(offset);
      weight += this.#weightOf(op);
      offset += lengthOf(op);
    }
    return weight;
  }

  /** How the operation at an offset ends a block: some are done in place whose like is not. */
  endingOf(op: number, offset: number): number {
    if (op === S.S_ATOMIC && atomicOf(this.#immediate(offset)) !== undefined) return ENDS_NEXT;
    if (op === S.S_CSR && isCsrInPlace(this.#immediate(offset))) return ENDS_NEXT;
    return ENDING[op]!;
  }

  #begin(offset: number): void {
    if (this.beginsAt(offset)) return;
    this.#marks[offset >> 1]! |= LEADER;
    this.leaders.push(offset);
  }

  /** Takes back what was marked from `from` on, up to `to`. */
  #forget(from: number, to: number): void {
    for (let offset = from; offset < to; ) {
      const op = this.#operation(offset);
      this.#marks[offset >> 1]! &= ~SEEN;
      this.#instructions--;
      this.weight -= this.#weightOf(op);
      offset += lengthOf(op);
    }
  }

  #weightOf(op: number): number {
    return accessOf(op) !== 0 ? this.#access : 1;
  }

  /** Is the function at `near` worth being part of the region? The region's own is there already, and a short one costs less than its call. */
  #mayCall(near: number, entry: number, decode: (offset: number) => void): boolean {
    return this.returns.length < MAX_RETURNS && (near === entry || comesBackSoon(this.#code, near, decode));
  }

  /** Is there room for what follows a call? What does not fit becomes a region of its own. */
  #mayCallOut(): boolean {
    return this.outs.length < MAX_OUTS && this.#instructions < MAX_BEFORE_OUT;
  }

  #operation(offset: number): number {
    return this.#slots.u16[this.#code.slot(offset) >>> 1]!;
  }

  #destination(offset: number): number {
    return (this.#slots.i32[this.#code.slot(offset) >>> 2]! >>> 16) & 0xff;
  }

  #immediate(offset: number): number {
    return this.#slots.i32[(this.#code.slot(offset) + 4) >>> 2]!;
  }
}

/** What a region may weigh. */
function roomIn({ linear, program }: Setting): number {
  if (program) return PROGRAM_WEIGHT;
  return linear ? LINEAR_WEIGHT : SYSTEM_WEIGHT;
}

/** Is it a call, of whatever, that may return? */
function linksOut(ends: number, op: number, rd: number): boolean {
  if (ends === ENDS_CALL || ends === ENDS_CALL_FAR) return rd === 1 || rd === 5;
  return ends === ENDS_INDIRECT && plain(op) === S.S_JALR && (rd === 1 || rd === 5);
}
