// One region as one WebAssembly function: (x: i32, page: i64, n: i32, back: i64, depth: i32) -> i32. If the guest comes to `back`, that is the instructions left
// over; else their complement, which is less than 0, and PC and JIT_NEEDS say what is next.
//
// `n` is lowered where ways meet, and looked at on entry and at loop heads only, where enough must be left for the longest way through the region.
// Every exit writes back the registers that memory does not have (flow.ts), sets PC and says in JIT_NEEDS whether the instruction there wants the
// interpreter (a TLB miss, a CSR) or is simply where the code went. What is slow is never done here.
// Structure: Ramsey, "Beyond Relooper" (ICFP 2022): nested blocks from the dominator tree.

import * as L from '../engine/hart/layout.js';
import { EXIT_DYNAMIC, EXIT_JUMP, EXIT_SLOW, NO_STUB, REST_SHIFT, STUBS, type Stub } from './block-writer.js';
import { emitChain } from './chain.js';
import { emitCondition } from './conditions.js';
import { emitCrossing, PAGE_BYTES } from './crossing.js';
import * as E from './endings.js';
import { JumpWriter } from './jump-writer.js';
import { N, OFFSET, PAGE, TARGET, X } from './locals.js';
import type { Region } from './region.js';
import { NOTHING } from './registers.js';
import { findTable } from './table-access.js';
import * as W from './wasm.js';
import { HINT_UNLIKELY, UNNAMED } from './writer.js';

/** Translates regions into function bodies. */
export class FunctionWriter extends JumpWriter {
  readonly #chain: boolean;

  /** @param chain regions call one another in tail position, where the runtime can */
  constructor(region: Region, chain: boolean) {
    super(region);
    this.#chain = chain;
  }

  // ---- the function ----------------------------------------------------------------------------------------------------

  /** Appends the function's body (locals and code, without its size) to `out`; hints are relative to its beginning. */
  write(slots: E.Slots): void {
    this.slots = slots;
    this.beginBody();
    const words = this.survey();
    this.declare(words);
    const entry = this.region.order[0]!;
    const live = this.integers.valid(entry);
    const floats = this.floats.valid(entry);
    // The engine enters a region only with enough of the budget left for the longest way through it.
    if (this.usesFloat) this.floatState();
    this.forgetTables();
    this.load(live, floats);
    this.known = { ...NOTHING, valid: live, floatValid: floats };
    this.floatKnown = 0;
    this.owed = 0;
    for (const exit of [EXIT_DYNAMIC, EXIT_JUMP, EXIT_SLOW]) {
      this.op(W.BLOCK);
      this.op(W.TYPE_VOID);
      this.labels.push(exit);
    }
    this.stub = NO_STUB;
    this.findBank();
    this.loadPages(entry, true);
    this.#tree(entry, false);
    this.labels.length = 0;
    this.op(W.END);
    this.get(X);
    this.get(PAGE);
    this.get(OFFSET);
    this.i32((1 << REST_SHIFT) - 1);
    this.op(W.I32_AND);
    this.op(W.I64_EXTEND_I32_S);
    this.op(W.I64_ADD);
    this.memory(W.I64_STORE, L.PC);
    this.get(X);
    this.i32(1);
    this.memory(W.I32_STORE, L.JIT_NEEDS);
    this.i32(-1);
    this.get(N);
    this.get(OFFSET);
    this.i32(REST_SHIFT);
    this.op(W.I32_SHR_S);
    this.op(W.I32_ADD);
    this.op(W.I32_XOR);
    this.op(W.RETURN);
    this.op(W.END);
    this.get(PAGE);
    this.get(OFFSET);
    this.op(W.I64_EXTEND_I32_S);
    this.op(W.I64_ADD);
    this.set(TARGET);
    this.op(W.END);

    this.get(X);
    this.get(TARGET);
    this.memory(W.I64_STORE, L.PC);
    this.get(X);
    this.i32(0);
    this.memory(W.I32_STORE, L.JIT_NEEDS);
    if (this.#chain) emitChain(this);
    this.i32(-1);
    this.get(N);
    this.op(W.I32_XOR);
    this.op(W.END);
  }

  // ---- control flow ----------------------------------------------------------------------------------------------------

  /** Writes a block and everything it dominates; `joined`: it is reached in several ways. */
  #tree(b: number, joined: boolean): void {
    const loop = this.region.isLoop[b] === 1;
    const around = this.stub;
    let stub: Stub | undefined;
    if (joined || loop) {
      this.arrive(b);
      const { dirty, floatDirty } = this.known;
      stub = { label: STUBS + b, dirty, floatDirty };
      this.stub = stub;
      this.op(W.BLOCK);
      this.op(W.TYPE_VOID);
      this.labels.push(stub.label);
    }
    if (loop) {
      this.op(W.LOOP);
      this.op(W.TYPE_VOID);
      this.labels.push(~b - 16);
      this.get(N);
      this.i32(this.region.longest);
      this.op(W.I32_LT_S);
      this.hint(HINT_UNLIKELY);
      this.op(W.IF);
      this.op(W.TYPE_VOID);
      this.labels.push(UNNAMED);
      if (b === this.region.dispatch) {
        this.writeBack();
        this.branch(EXIT_DYNAMIC);
      } else this.leaveAt(this.region.start[b]!);
      this.labels.pop();
      this.op(W.END);
    }
    // Blocks this one dominates that are joined from several places follow it, the last in order outermost.
    const joins: number[] = [];
    const { order, blocks, dominator, rank } = this.region;
    for (let i = blocks - 1; i > rank[b]!; i--) {
      const c = order[i]!;
      if (dominator[c] === b && this.region.joins[c]! >= 2) joins.push(c);
    }
    for (const join of joins) {
      this.op(W.BLOCK);
      this.op(W.TYPE_VOID);
      this.labels.push(join);
    }
    this.#blockCode(b);
    for (let i = joins.length - 1; i >= 0; i--) {
      this.labels.pop();
      this.op(W.END);
      this.#tree(joins[i]!, true);
    }
    if (loop) {
      this.labels.pop();
      this.op(W.END);
    }
    if (stub === undefined) return;
    this.labels.pop();
    this.op(W.END);
    this.stub = around;
    this.arrive(b);
    // Whoever comes here may have made more of what was a word.
    this.known.narrow = 0;
    this.writeBack();
    this.branch(EXIT_SLOW);
  }

  #blockCode(b: number): void {
    const region = this.region;
    this.block = b;
    this.idioms.beginBlock();
    this.findLastWrites(b);
    for (const table of this.tables.enter(b)) findTable(this, table);
    let left = false;
    this.each(b, () => {
      if (left) return;
      this.trace?.(this.current, this.out.length);
      left = !this.instruction(region.end[b]!);
      this.owed++;
    });
    if (left) return;
    const ending = region.ending[b]!;
    const end = region.end[b]!;
    if (ending === E.ENDS_NEXT) {
      this.edge(b, region.next[b]!, end);
      return;
    }
    if (ending === E.ENDS_DISPATCH) {
      this.cases(b);
      return;
    }
    this.read(end);
    this.trace?.(end, this.out.length);
    const { a, b: rs1, imm } = this.operands;
    const after = end + E.lengthOf(this.operands.op);
    if (ending === E.ENDS_SLOW) {
      this.leave();
      return;
    }
    if (after > PAGE_BYTES) emitCrossing(this, region.secondHalf!);
    this.owed++;
    switch (ending) {
      case E.ENDS_CALL:
        this.link(a, after);
        this.edge(b, region.taken[b]!, end + (imm >> 2));
        return;
      case E.ENDS_JUMP:
        this.edge(b, region.taken[b]!, end + (imm >> 2));
        return;
      case E.ENDS_CALL_FAR:
        this.link(a, after);
        this.edge(b, E.LEAVES, end + imm);
        return;
      case E.ENDS_JUMP_FAR:
        this.edge(b, E.LEAVES, end + imm);
        return;
      case E.ENDS_OUT:
        this.callOut(b, rs1, imm, a, after);
        return;
      case E.ENDS_INDIRECT:
        this.indirect(b, rs1, imm, a, after);
        return;
      case E.ENDS_SWITCH:
        this.switch(b, rs1, imm);
        return;
    }
    const far = ending === E.ENDS_BRANCH_FAR;
    if (!far && this.skips(b)) {
      this.choose(region.next[b]!);
      this.edge(b, region.taken[b]!, end + (imm >> 2));
      return;
    }
    emitCondition(this);
    const place = this.place();
    this.op(W.IF);
    this.op(W.TYPE_VOID);
    this.labels.push(UNNAMED);
    this.edge(b, region.taken[b]!, end + (far ? imm : imm >> 2));
    this.labels.pop();
    this.op(W.ELSE);
    this.labels.push(UNNAMED);
    this.goBack(place);
    this.edge(b, region.next[b]!, after);
    this.labels.pop();
    this.op(W.END);
  }

  /** Goes on at block `to`, or leaves with pc at `offset` of the page. */
  protected edge(from: number, to: number, offset: number): void {
    const region = this.region;
    if (!region.stays(from, to)) {
      this.pay();
      this.writeBack();
      this.i32(offset);
      this.set(OFFSET);
      this.branch(EXIT_JUMP);
      return;
    }
    const back = region.rank[to]! <= region.rank[from]!;
    const joined = region.joins[to]! >= 2;
    if (back || joined || region.isLoop[to] === 1) this.prepare(to);
    if (!back) this.loadPages(to);
    if (back) this.branch(~to - 16);
    else if (joined) this.branch(to);
    else this.#tree(to, false);
  }
}
