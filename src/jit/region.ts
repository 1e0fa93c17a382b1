// What is translated together: the blocks reachable from a hot one inside its page, as a control-flow graph in reverse postorder.
//
// Read from the decoded slots, so that an instruction is decoded once. Everything is kept in typed arrays that are reused from one region to
// the next. Edges that would make the graph irreducible leave the region instead.

import * as S from '../engine/generated/slots.js';
import { SLOT_BYTES } from '../engine/hart/layout.js';
import {
  ENDS_BRANCH,
  ENDS_BRANCH_FAR,
  ENDS_CALL,
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
  NO_MORE,
  plain,
  type Slots,
} from './endings.js';
import { Exploration } from './exploration.js';
import { Loops } from './loops.js';
import { accessOf } from './operands.js';
import { Selection } from './selection.js';
import type { Setting } from './setting.js';

const HALVES = 2048;
/** Of what has room, how much there is for a block at least: each has ways to leave. */
const PER_BLOCK = 4;

/** A region under translation. One object serves all: `build` overwrites it. */
export class Region {
  /** Per block: byte offset in the page of its first instruction and of the one that ends it. */
  readonly start = new Int32Array(MAX_BLOCKS);
  readonly end = new Int32Array(MAX_BLOCKS);
  /** What its instructions weigh, where not all that can be reached fits. */
  readonly weight = new Int32Array(MAX_BLOCKS);
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

  readonly #explored = new Exploration();
  readonly #selection = new Selection();
  readonly #blockAt = new Int32Array(HALVES + 2);
  readonly #state = new Uint8Array(MAX_BLOCKS);
  readonly #stack = new Int32Array(MAX_BLOCKS);
  readonly #post = new Int32Array(MAX_BLOCKS);
  /** What it may weigh; by default by its setting. */
  room: number | undefined;
  /** What its page was decoded into. */
  slots!: Slots;
  /** What stands behind the end of the page, if an instruction crosses it: a guess, which is looked at each time. */
  secondHalf: number | undefined;
  #base = 0;

  /** Address of the decoded instruction at a byte offset of the page. */
  slot(offset: number): number {
    return this.#base + offset * (SLOT_BYTES / 2);
  }

  /**
   * Finds the region that begins at byte `offset` of the page decoded at `base`.
   * @param decode makes sure that the slot at an offset is decoded
   * @param heads finds, by halfword of the page, whether another region begins there; asked where not all has room
   */
  build(
    slots: Slots,
    base: number,
    offset: number,
    decode: (offset: number) => void,
    setting: Setting,
    heads: () => Uint8Array,
  ): boolean {
    this.#base = base;
    this.slots = slots;
    this.#explored.explore(this, offset, decode, setting, this.room);
    this.entry = 0;
    this.#cut();
    if (this.blocks === 0) return false;
    const { weight, room } = this.#explored;
    if (weight > room || this.blocks * PER_BLOCK > room) this.#select(heads());
    this.longest = this.instructions;
    this.#meet();
    this.#settle();
    if (this.#loops.split(this)) this.#settle();
    this.#loops.find(this);
    if (this.#loops.unroll(this)) {
      this.#settle();
      this.#loops.find(this);
    }
    this.#tidy();
    return true;
  }

  /** Of what does not fit takes what is likely to run most often (selection.ts). */
  #select(heads: Uint8Array): void {
    const code = this.#explored;
    code.split(heads);
    this.#cut();
    this.dispatch = -1;
    this.#settle();
    this.#loops.find(this);
    for (let b = 0; b < this.count; b++) this.weight[b] = code.weigh(this.start[b]!, this.#endOf(b));
    const { chosen } = this.#selection;
    this.#selection.choose(this, this.#loops, { weight: code.room, blocks: code.room / PER_BLOCK }, heads);
    const blocks = this.count;
    code.takeBack();
    for (let b = 0; b < blocks; b++) if (chosen[b] === 1) code.keep(this.start[b]!, this.#endOf(b));
    this.#cut();
  }

  /** Where a block ends, its last instruction included. */
  #endOf(b: number): number {
    const end = this.end[b]!;
    return this.ending[b] === ENDS_NEXT ? end : end + lengthOf(this.slots.u16[this.slot(end) >>> 1]!);
  }

  // Cuts what was explored into blocks, the entry first. Code that overlaps itself is in several blocks, and counts in each.
  #cut(): void {
    const { slots } = this;
    const code = this.#explored;
    this.blocks = 0;
    this.instructions = 0;
    this.#blockAt.fill(LEAVES);
    for (const offset of code.leaders) {
      if (this.blocks === MAX_BLOCKS || !code.has(offset)) continue;
      this.#blockAt[offset >> 1] = this.blocks;
      this.start[this.blocks++] = offset;
    }
    for (let b = 0; b < this.blocks; b++) {
      let offset = this.start[b]!;
      let size = 0;
      for (;;) {
        const op = slots.u16[this.slot(offset) >>> 1]!;
        const ends = code.endingOf(op, offset);
        const after = offset + lengthOf(op);
        if (ends !== ENDS_NEXT) {
          this.#end(b, offset, after, ends);
          if (ends !== ENDS_SLOW) size++;
          break;
        }
        size++;
        if (after >= 4096 || !code.has(after) || code.beginsAt(after)) {
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
    this.count = this.blocks;
    this.returns.length = 0;
    this.cases.length = 0;
    for (const offset of code.returns) this.returns.push(this.#blockAt[offset >> 1]!);
    for (const offset of code.cases) this.cases.push(this.#blockAt[offset >> 1]!);
  }

  #end(b: number, offset: number, after: number, ends: number): void {
    const near = offset + (this.slots.i32[(this.slot(offset) + 4) >>> 2]! >> 2);
    const { outs, switches } = this.#explored;
    const out = outs.includes(offset);
    this.ending[b] = out ? ENDS_OUT : ends === ENDS_INDIRECT && switches.includes(offset) ? ENDS_SWITCH : ends;
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
    if (this.#explored.switches.length < 2 || this.cases.length === 0 || this.count === MAX_BLOCKS) return;
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

  /** The head of the loop around the one with this head, -1 if there is none. */
  around(head: number): number {
    return this.#loops.around(head);
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

  /** How many times the block gives a register the value of another. */
  moves(b: number): number {
    let moves = 0;
    for (let offset = this.start[b]!; offset < this.end[b]!; ) {
      const op = this.slots.u16[this.slot(offset) >>> 1]!;
      if (plain(op) === S.S_MV) moves++;
      offset += lengthOf(op);
    }
    return moves;
  }

  #settle(): void {
    this.#rankBlocks();
    this.#dominate();
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
