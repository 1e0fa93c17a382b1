// What is translated together: the blocks reachable from a hot one inside its page, as a control-flow graph in reverse postorder.
//
// Read from the decoded slots, so that an instruction is decoded once. Everything is kept in typed arrays that are reused from one region to
// the next. Edges that would make the graph irreducible leave the region instead.

import * as S from '../engine/generated/slots.js';
import { SLOT_BYTES } from '../engine/hart/layout.js';
import {
  ENDING,
  ENDS_BRANCH,
  ENDS_BRANCH_FAR,
  ENDS_CALL,
  ENDS_CALL_FAR,
  ENDS_DISPATCH,
  ENDS_INDIRECT,
  ENDS_JUMP,
  ENDS_NEXT,
  ENDS_OUT,
  ENDS_SLOW,
  ENDS_SWITCH,
  LEAVES,
  lengthOf,
  MAX_BLOCKS,
  MAX_INSTRUCTIONS,
  NO_MORE,
  plain,
  SCATTERED_ACCESS,
  type Slots,
} from './endings.js';
import { casesBehind, comesBackSoon, isSwitch, MAX_CASES } from './guesses.js';
import { Loops } from './loops.js';
import { accessOf, atomicOf, isCsrInPlace } from './operands.js';

/** Calls of functions of the region itself: beyond, what they call is called as code of other regions is. */
const MAX_RETURNS = 2;
/** Calls of others that are come back from, and instructions beyond which none is. */
const MAX_OUTS = 3;
const MAX_BEFORE_OUT = 32;
const HALVES = 2048;
const UNSEEN = 0;
const SEEN = 1;
const LEADER = 2;

/** A region under translation. One object serves all: `build` overwrites it. */
export class Region {
  /** Per block: byte offset in the page of its first instruction and of the one that ends it. */
  readonly start = new Int32Array(MAX_BLOCKS);
  readonly end = new Int32Array(MAX_BLOCKS);
  /** Instructions in the block, an ENDS_SLOW one not counted. */
  readonly size = new Int32Array(MAX_BLOCKS);
  readonly ending = new Uint8Array(MAX_BLOCKS);
  /** Successors: where a branch goes, and where it runs on. */
  readonly taken = new Int32Array(MAX_BLOCKS);
  readonly next = new Int32Array(MAX_BLOCKS);
  /** Position in reverse postorder, and the order itself. */
  readonly rank = new Int32Array(MAX_BLOCKS);
  readonly order = new Int32Array(MAX_BLOCKS);
  readonly dominator = new Int32Array(MAX_BLOCKS);
  readonly isLoop = new Uint8Array(MAX_BLOCKS);
  /** Head of the innermost loop that the block lies on, not counting those made of calls; -1 if there is none. */
  readonly loop = new Int32Array(MAX_BLOCKS);
  /** Of a loop's head: is its body written several times? */
  readonly repeated = new Uint8Array(MAX_BLOCKS);
  /** Of a loop's head: has the loop no other one inside? */
  readonly innermost = new Uint8Array(MAX_BLOCKS);
  /** Forward edges into the block. */
  readonly joins = new Int32Array(MAX_BLOCKS);
  /** Blocks that calls inside the region return to. */
  readonly returns: number[] = [];
  /** Blocks that look like the cases of the region's jumps through tables. */
  readonly cases: number[] = [];
  /** Where they meet, if there are several: a block of its own that leads to all cases. -1 if there is none. */
  dispatch = -1;
  /** Blocks in `order`; blocks at all, those nothing leads to included; and the one the region begins with. */
  blocks = 0;
  count = 0;
  entry = 0;
  instructions = 0;
  /** Instructions that one way through the region may have at most: repeated ones count as often as they are there. */
  longest = 0;
  readonly #loops = new Loops();

  readonly #marks = new Uint8Array(HALVES + 2);
  readonly #blockAt = new Int32Array(HALVES + 2);
  readonly #work: number[] = [];
  readonly #switches: number[] = [];
  readonly #outs: number[] = [];
  readonly #state = new Uint8Array(MAX_BLOCKS);
  readonly #stack = new Int32Array(MAX_BLOCKS);
  readonly #post = new Int32Array(MAX_BLOCKS);
  /** What its page was decoded into. */
  slots!: Slots;
  /** What stands behind the end of the page, if an instruction crosses it: a guess, which is looked at each time. */
  secondHalf: number | undefined;
  #base = 0;
  /** What its instructions weigh, and what an access to memory does. */
  #weight = 0;
  #access = 1;

  /** Address of the decoded instruction at a byte offset of the page. */
  slot(offset: number): number {
    return this.#base + offset * (SLOT_BYTES / 2);
  }

  /**
   * Finds the region that begins at byte `offset` of the page decoded at `base`.
   * @param decode makes sure that the slot at an offset is decoded
   * @param linear is memory? see linear.ts
   */
  build(slots: Slots, base: number, offset: number, decode: (offset: number) => void, linear: boolean): boolean {
    this.#access = linear ? 1 : SCATTERED_ACCESS;
    this.#base = base;
    this.slots = slots;
    this.#explore(slots, offset, decode);
    this.#cut(slots, offset);
    if (this.blocks === 0) return false;
    this.entry = 0;
    this.count = this.blocks;
    this.longest = this.instructions;
    this.#meet();
    this.#rankBlocks();
    this.#dominate();
    if (this.#loops.split(this)) {
      this.#rankBlocks();
      this.#dominate();
    }
    this.#loops.find(this);
    if (this.#loops.unroll(this)) {
      this.#rankBlocks();
      this.#dominate();
      this.#loops.find(this);
    }
    this.#tidy();
    return true;
  }

  // Marks every reachable instruction, and those that begin a block.
  #explore(slots: Slots, entry: number, decode: (offset: number) => void): void {
    this.#marks.fill(UNSEEN);
    this.#work.length = 0;
    this.returns.length = 0;
    this.cases.length = 0;
    this.#switches.length = 0;
    this.#outs.length = 0;
    this.instructions = 0;
    this.#weight = 0;
    const push = (offset: number) => {
      if (this.#marks[offset >> 1]! & LEADER) return;
      this.#marks[offset >> 1]! |= LEADER;
      this.#work.push(offset);
    };
    push(entry);
    let leaders = 1;
    for (let at = 0; at < this.#work.length; at++) {
      let offset = this.#work[at]!;
      const from = offset;
      while (offset < 4096 && !(this.#marks[offset >> 1]! & SEEN)) {
        if (this.#weight >= MAX_INSTRUCTIONS) {
          // To the beginning of what does not fit others come as well. In its middle a region of its own would begin, and end in the middle of something again.
          if (from !== entry) this.#forget(from, offset);
          break;
        }
        if (slots.u16[this.slot(offset) >>> 1] === S.S_UNDECODED) decode(offset);
        const op = slots.u16[this.slot(offset) >>> 1]!;
        const ends = this.#endingOf(op, offset);
        this.#marks[offset >> 1]! |= SEEN;
        this.instructions++;
        this.#weight += this.#weightOf(op);
        if (ends === ENDS_NEXT) {
          offset += lengthOf(op);
          continue;
        }
        const near = offset + (slots.i32[(this.slot(offset) + 4) >>> 2]! >> 2);
        const after = offset + lengthOf(op);
        const room = leaders < MAX_BLOCKS / 2 - 2;
        if (ends === ENDS_BRANCH) {
          if (room) push(near);
          push(after);
          leaders += 2;
        } else if (ends === ENDS_BRANCH_FAR) {
          push(after);
          leaders++;
        } else if (ends === ENDS_JUMP && room) {
          push(near);
          leaders++;
        } else if (ends === ENDS_CALL && room && this.#mayCall(near, entry, decode)) {
          push(near);
          push(after);
          this.returns.push(after);
          leaders += 2;
        } else if (
          room &&
          this.#mayCallOut() &&
          after < 4096 &&
          linksOut(ends, op, (slots.i32[this.slot(offset) >>> 2]! >>> 16) & 0xff)
        ) {
          this.#outs.push(offset);
          push(after);
          leaders++;
        } else if (ends === ENDS_INDIRECT && isSwitch(this, from, offset)) {
          this.#switches.push(offset);
          for (const target of casesBehind(this, after, decode)) {
            if (leaders >= MAX_BLOCKS - 2 || this.cases.length === MAX_CASES || this.cases.includes(target)) continue;
            this.cases.push(target);
            push(target);
            leaders++;
          }
        }
        break;
      }
    }
  }

  /** Takes back what was marked from `from` on, up to `to`. */
  #forget(from: number, to: number): void {
    for (let offset = from; offset < to; ) {
      const op = this.slots.u16[this.slot(offset) >>> 1]!;
      this.#marks[offset >> 1]! &= ~SEEN;
      this.instructions--;
      this.#weight -= this.#weightOf(op);
      offset += lengthOf(op);
    }
  }

  #weightOf(op: number): number {
    return accessOf(op) !== 0 ? this.#access : 1;
  }

  /** Is the function at `near` worth being part of the region? The region's own is there already, and a short one costs less than its call. */
  #mayCall(near: number, entry: number, decode: (offset: number) => void): boolean {
    return this.returns.length < MAX_RETURNS && (near === entry || comesBackSoon(this, near, decode));
  }

  /** Is there room for what follows a call? What does not fit becomes a region of its own. */
  #mayCallOut(): boolean {
    return this.#outs.length < MAX_OUTS && this.instructions < MAX_BEFORE_OUT;
  }

  #immediate(offset: number): number {
    return this.slots.i32[(this.slot(offset) + 4) >>> 2]!;
  }

  #endingOf(op: number, offset: number): number {
    if (op === S.S_ATOMIC && atomicOf(this.#immediate(offset)) !== undefined) return ENDS_NEXT;
    if (op === S.S_CSR && isCsrInPlace(this.#immediate(offset))) return ENDS_NEXT;
    return ENDING[op]!;
  }

  // Cuts what was explored into blocks, the entry first. Code that overlaps itself is in several blocks, and counts in each.
  #cut(slots: Slots, entry: number): void {
    this.blocks = 0;
    this.instructions = 0;
    this.#blockAt.fill(LEAVES);
    const add = (offset: number) => {
      if (this.blocks === MAX_BLOCKS || !(this.#marks[offset >> 1]! & SEEN)) return;
      this.#blockAt[offset >> 1] = this.blocks;
      this.start[this.blocks++] = offset;
    };
    add(entry);
    for (const offset of this.#work) if (offset !== entry) add(offset);
    for (let b = 0; b < this.blocks; b++) {
      let offset = this.start[b]!;
      let size = 0;
      for (;;) {
        const op = slots.u16[this.slot(offset) >>> 1]!;
        const ends = this.#endingOf(op, offset);
        const after = offset + lengthOf(op);
        if (ends !== ENDS_NEXT) {
          this.#end(slots, b, offset, after, ends);
          if (ends !== ENDS_SLOW) size++;
          break;
        }
        size++;
        if (after >= 4096 || !(this.#marks[after >> 1]! & SEEN) || this.#marks[after >> 1]! & LEADER) {
          this.ending[b] = ENDS_NEXT;
          this.end[b] = after;
          this.next[b] = after < 4096 ? this.#blockAt[after >> 1]! : LEAVES;
          this.taken[b] = LEAVES;
          break;
        }
        offset = after;
      }
      this.size[b] = size;
      this.instructions += size;
    }
    for (let i = 0; i < this.returns.length; i++) this.returns[i] = this.#blockAt[this.returns[i]! >> 1]!;
    for (let i = 0; i < this.cases.length; i++) this.cases[i] = this.#blockAt[this.cases[i]! >> 1]!;
  }

  #end(slots: Slots, b: number, offset: number, after: number, ends: number): void {
    const near = offset + (slots.i32[(this.slot(offset) + 4) >>> 2]! >> 2);
    const out = this.#outs.includes(offset);
    this.ending[b] = out ? ENDS_OUT : ends === ENDS_INDIRECT && this.#switches.includes(offset) ? ENDS_SWITCH : ends;
    this.end[b] = offset;
    this.taken[b] = LEAVES;
    this.next[b] = LEAVES;
    if (out) {
      this.next[b] = this.#blockAt[after >> 1]!;
      return;
    }
    if (ends === ENDS_BRANCH || ends === ENDS_JUMP || ends === ENDS_CALL) this.taken[b] = this.#blockAt[near >> 1]!;
    if (ends === ENDS_BRANCH || ends === ENDS_BRANCH_FAR)
      this.next[b] = after < 4096 ? this.#blockAt[after >> 1]! : LEAVES;
  }

  /** Edge number `i` out of a block: where it goes, LEAVES for nowhere in the region, NO_MORE behind the last. */
  successor(b: number, i: number): number {
    if (this.ending[b] === ENDS_INDIRECT)
      return i < this.returns.length ? this.returns[this.returns.length - 1 - i]! : NO_MORE;
    if (this.#leadsToCases(b)) return i < this.cases.length ? this.cases[i]! : NO_MORE;
    return i === 0 ? this.next[b]! : i === 1 ? this.taken[b]! : NO_MORE;
  }

  // Interpreters jump through a table behind each of their instructions. Each case leads to all of them then, which is no loop with one head until those jumps meet.
  #meet(): void {
    this.dispatch = -1;
    if (this.#switches.length < 2 || this.cases.length === 0 || this.count === MAX_BLOCKS) return;
    const d = this.count++;
    this.start[d] = this.start[0]!;
    this.end[d] = this.start[0]!;
    this.size[d] = 0;
    this.ending[d] = ENDS_DISPATCH;
    this.taken[d] = LEAVES;
    this.next[d] = LEAVES;
    for (let b = 0; b < d; b++) if (this.ending[b] === ENDS_SWITCH) this.next[b] = d;
    this.dispatch = d;
  }

  #leadsToCases(b: number): boolean {
    return this.ending[b] === ENDS_DISPATCH || (this.ending[b] === ENDS_SWITCH && this.dispatch < 0);
  }

  /** Does the block step through memory: is there an access through a register that it adds a constant to? */
  streams(b: number): boolean {
    let accessed = 0;
    let added = 0;
    for (let offset = this.start[b]!; offset < this.end[b]!; ) {
      const head = this.slots.i32[this.slot(offset) >>> 2]!;
      const op = head & 0xffff;
      const rs1 = head >>> 24;
      if (accessOf(op) !== 0) accessed |= 1 << rs1;
      if (plain(op) === S.S_ADDI && ((head >>> 16) & 0xff) === rs1) added |= 1 << rs1;
      offset += lengthOf(op);
    }
    return (accessed & added) !== 0;
  }

  #rankBlocks(): void {
    const state = this.#state.fill(0);
    const stack = this.#stack;
    const post = this.#post;
    let depth = 1;
    let done = 0;
    stack[0] = this.entry;
    state[this.entry] = 1;
    // state: 0 not seen, else 1 + successors looked at so far.
    while (depth > 0) {
      const b = stack[depth - 1]!;
      const to = this.successor(b, state[b]! - 1);
      if (to === NO_MORE) {
        post[done++] = b;
        depth--;
        continue;
      }
      state[b]!++;
      if (to >= 0 && state[to] === 0) {
        state[to] = 1;
        stack[depth++] = to;
      }
    }
    this.rank.fill(-1);
    for (let i = 0; i < done; i++) {
      const b = post[done - 1 - i]!;
      this.order[i] = b;
      this.rank[b] = i;
    }
    this.blocks = done; // `order` holds the reachable ones
  }

  // Dominators by iteration over reverse postorder (Cooper, Harvey, Kennedy).
  #dominate(): void {
    const { dominator, rank } = this;
    dominator.fill(-1);
    dominator[this.order[0]!] = this.order[0]!;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 0; i < this.blocks; i++) {
        const b = this.order[i]!;
        for (let e = 0, to = this.successor(b, 0); to !== NO_MORE; to = this.successor(b, ++e)) {
          if (to < 0 || rank[to] === 0) continue;
          const old = dominator[to]!;
          const now = old < 0 ? b : this.#nearest(old, b);
          if (now === old) continue;
          dominator[to] = now;
          changed = true;
        }
      }
    }
  }

  /** The nearest block that dominates both, as far as is known. */
  #nearest(a: number, b: number): number {
    const { dominator, rank } = this;
    let p = a;
    let q = b;
    while (p !== q) {
      while (rank[p]! > rank[q]!) p = dominator[p]!;
      while (rank[q]! > rank[p]!) q = dominator[q]!;
    }
    return p;
  }

  #dominates(a: number, b: number): boolean {
    let at = b;
    while (this.rank[at]! > this.rank[a]!) at = this.dominator[at]!;
    return at === a;
  }

  /** May the edge be followed inside the region? A retreating edge whose target does not dominate it may not. */
  stays(from: number, to: number): boolean {
    return to >= 0 && (this.rank[to]! > this.rank[from]! || this.#dominates(to, from));
  }

  #tidy(): void {
    this.isLoop.fill(0);
    this.joins.fill(0);
    for (let i = 0; i < this.blocks; i++) {
      const b = this.order[i]!;
      for (let e = 0, to = this.successor(b, 0); to !== NO_MORE; to = this.successor(b, ++e)) {
        if (to < 0) continue;
        // A case always gets a label, for the table to name.
        if (this.rank[to]! > this.rank[b]!) this.joins[to]! += this.#leadsToCases(b) ? 2 : 1;
        else if (this.#dominates(to, b)) this.isLoop[to] = 1;
      }
    }
  }
}

/** Is it a call, of whatever, that may return? */
function linksOut(ends: number, op: number, rd: number): boolean {
  if (ends === ENDS_CALL || ends === ENDS_CALL_FAR) return rd === 1 || rd === 5;
  return ends === ENDS_INDIRECT && plain(op) === S.S_JALR && (rd === 1 || rd === 5);
}
