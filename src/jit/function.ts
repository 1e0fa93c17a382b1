// One region as one WebAssembly function: (x: i32, page: i64, n: i32) -> i32, the instructions left over.
//
// Guest registers live in locals from entry to exit. `n` is lowered block by block, and looked at on entry and at loop heads only, where
// enough must be left for the longest way through the region. Every exit writes the registers back, sets PC and says in JIT_NEEDS whether the
// instruction there wants the interpreter (a TLB miss, a CSR) or is simply where the code went. What is slow is never done here.
// Structure: Ramsey, "Beyond Relooper" (ICFP 2022): nested blocks from the dominator tree.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { emitChain } from './chain.js';
import { type Code, type Kept, NO_PAGE } from './code.js';
import { floatRegisters, readsInteger, writesInteger } from './float-operands.js';
import { Idioms } from './idioms.js';
import { KeptPages } from './kept-pages.js';
import {
  F64_TEMPORARIES,
  FP_NATIVE,
  FP_READY,
  GUEST,
  I32_LOCALS,
  I64_LOCALS,
  N,
  NEEDS,
  OFFSET,
  PAGE,
  SHARED,
  T0,
  TARGET,
  TLB,
  X,
} from './locals.js';
import { readsSecond } from './operands.js';
import { emitOperation } from './operations.js';
import * as R from './region.js';
import * as W from './wasm.js';
import { HINT_UNLIKELY, Writer } from './writer.js';

/** Labels: a block's number where it is joined, ~block - 16 for the head of a loop, and the three exits. */
const EXIT_DYNAMIC = -1; // TARGET holds pc
const EXIT_JUMP = -2; // OFFSET in the page
const EXIT_SLOW = -3; // likewise, and the interpreter must do the instruction

/** Translates regions into function bodies. */
export class FunctionWriter extends Writer implements Code {
  readonly #region: R.Region;
  #slots!: R.Slots;
  readonly #used = new Uint8Array(33);
  readonly #dirty = new Uint8Array(33);
  readonly #floatUsed = new Uint8Array(32);
  readonly #floatDirty = new Uint8Array(32);
  #usesFloat = false;
  readonly #idioms = new Idioms();
  readonly #pages = new KeptPages();
  #floats = 0;
  /** Number of the first local of type f64. */
  #temporaries = 0;
  /** What this block has made sure of: 1 the floating-point unit is ready, 2 and its mode is round-to-nearest. */
  #floatKnown = 0;
  /** Instructions of the current block before the one being written. */
  #done = 0;
  #block = 0;
  #at = 0;
  /** Told of every instruction before it is written: its offset in the page, and where its code begins in `out`. */
  trace: ((at: number, position: number) => void) | undefined;

  readonly #chain: boolean;

  /** @param chain regions call one another in tail position, where the runtime can */
  constructor(region: R.Region, chain: boolean) {
    super();
    this.#region = region;
    this.#chain = chain;
  }

  // ---- what operations.ts writes with --------------------------------------------------------------------------------

  get fields(): { op: number; a: number; b: number; imm: number } {
    return this.#fields;
  }
  readonly #fields = { op: 0, a: 0, b: 0, imm: 0 };

  get at(): number {
    return this.#at;
  }

  /** Leaves for the interpreter at the current instruction if the i32 on the stack is not zero. */
  slowIf(): void {
    this.hint(HINT_UNLIKELY);
    this.op(W.IF);
    this.op(W.TYPE_VOID);
    this.labels.push(Number.NaN);
    this.#leaveSlow();
    this.labels.pop();
    this.op(W.END);
  }

  kept(r: number, stores: boolean): Kept | undefined {
    return this.#pages.of(r, stores);
  }

  forgetPages(): void {
    for (const { page } of this.#pages.all) {
      this.i64(NO_PAGE);
      this.set(page);
    }
  }

  temporary(i: number): number {
    return this.#temporaries + i;
  }

  floatReady(): void {
    if (this.#floatKnown >= 1) return;
    this.get(FP_READY);
    this.op(W.I32_EQZ);
    this.slowIf();
    this.#floatKnown = 1;
  }

  floatNative(): void {
    if (this.#floatKnown === 2) return;
    this.get(FP_NATIVE);
    this.op(W.I32_EQZ);
    this.slowIf();
    this.#floatKnown = 2;
  }

  /** Leaves for the interpreter at the current instruction. */
  #leaveSlow(): void {
    const rest = this.#region.size[this.#block]! - this.#done;
    if (rest !== 0) {
      this.get(N);
      this.i32(rest);
      this.op(W.I32_ADD);
      this.set(N);
    }
    this.i32(this.#at);
    this.set(OFFSET);
    this.branch(EXIT_SLOW);
  }

  // ---- the function ----------------------------------------------------------------------------------------------------

  /** Appends the function's body (locals and code, without its size) to `out`; hints are relative to its beginning. */
  write(slots: R.Slots): void {
    this.#slots = slots;
    this.beginBody();
    this.#survey();
    let locals = 0;
    for (let r = 1; r < 32; r++) if (this.#used[r] || this.#dirty[r]) this.local[r] = GUEST + locals++;
    const out = this.out;
    out.u32(2 + (this.#usesFloat ? 1 : 0) + (this.#pages.any ? 2 : 0));
    out.u32(I32_LOCALS);
    out.u8(W.TYPE_I32);
    out.u32(I64_LOCALS + locals);
    out.u8(W.TYPE_I64);
    if (this.#usesFloat) {
      this.#temporaries = GUEST + locals;
      let floats = F64_TEMPORARIES;
      for (let r = 0; r < 32; r++) {
        if (this.#floatUsed[r] || this.#floatDirty[r]) this.float[r] = this.#temporaries + floats++;
      }
      this.#floats = floats;
      out.u32(floats);
      out.u8(W.TYPE_F64);
    }

    const first = GUEST + locals + (this.#usesFloat ? this.#floats : 0);
    const kept = this.#pages.place(first);
    if (kept > 0) {
      out.u32(kept);
      out.u8(W.TYPE_I64);
      out.u32(kept);
      out.u8(W.TYPE_I32);
    }

    // The engine enters a region only with enough of the budget left for the longest way through it.
    this.get(X);
    this.memory(W.I32_LOAD, L.BANK_LS);
    this.set(TLB);
    if (this.#usesFloat) this.floatState();
    if (kept > 0) {
      this.i32(L.HOST_CONTROL);
      this.memory(W.I32_LOAD, L.HOST_VCPU_COUNT);
      this.i32(1);
      this.op(W.I32_GT_U);
      this.op(W.I64_EXTEND_I32_U);
      this.i64(3);
      this.op(W.I64_SHL);
      this.set(SHARED);
      this.forgetPages();
    }
    for (let r = 1; r < 32; r++) {
      if (!this.#used[r] && !this.#dirty[r]) continue;
      this.get(X);
      this.memory(W.I64_LOAD, L.X + r * 8);
      this.set(this.local[r]!);
    }

    for (let r = 0; r < 32; r++) {
      if (!this.#floatUsed[r] && !this.#floatDirty[r]) continue;
      this.get(X);
      this.memory(W.F64_LOAD, L.F + r * 8);
      this.set(this.float[r]!);
    }

    for (const exit of [EXIT_DYNAMIC, EXIT_JUMP, EXIT_SLOW]) {
      this.op(W.BLOCK);
      this.op(W.TYPE_VOID);
      this.labels.push(exit);
    }
    this.#tree(this.#region.order[0]!);
    this.labels.length = 0;
    this.op(W.END);
    this.i32(1);
    this.set(NEEDS);
    this.op(W.END);
    this.get(PAGE);
    this.get(OFFSET);
    this.op(W.I64_EXTEND_I32_S);
    this.op(W.I64_ADD);
    this.set(TARGET);
    this.op(W.END);

    for (let r = 1; r < 32; r++) {
      if (!this.#dirty[r]) continue;
      this.get(X);
      this.get(this.local[r]!);
      this.memory(W.I64_STORE, L.X + r * 8);
    }
    for (let r = 0; r < 32; r++) {
      if (!this.#floatDirty[r]) continue;
      this.get(X);
      this.get(this.float[r]!);
      this.memory(W.F64_STORE, L.F + r * 8);
    }
    this.get(X);
    this.get(TARGET);
    this.memory(W.I64_STORE, L.PC);
    this.get(X);
    this.get(NEEDS);
    this.memory(W.I32_STORE, L.JIT_NEEDS);
    if (this.#chain) emitChain(this);
    this.get(N);
    this.op(W.END);
  }

  /** Finds which guest registers are read and written, and whether floating point occurs. */
  #survey(): void {
    this.#used.fill(0);
    this.#dirty.fill(0);
    this.#floatUsed.fill(0);
    this.#floatDirty.fill(0);
    this.#usesFloat = false;
    this.#pages.clear();
    const region = this.#region;
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      this.#block = b;
      this.#each(b, () => this.#note());
      if (region.ending[b] !== R.ENDS_NEXT && region.ending[b] !== R.ENDS_SLOW) {
        this.#read(region.end[b]!);
        this.#note();
      }
    }
    this.#used[0] = 0;
    this.#dirty[0] = 0;
  }

  #note(): void {
    const { op, a, b, imm } = this.#fields;
    const p = R.plain(op);
    if (this.#region.inLoop[this.#block]) this.#pages.note(p, a, b);
    if (p >= S.S_SB && p <= S.S_SD) {
      this.#used[a] = 1;
      this.#used[b] = 1;
    } else if (p >= S.S_FLW && p <= S.S_FSD) {
      this.#noteFloat();
      this.#used[b] = 1;
    } else if (op === S.S_FADD_D || op === S.S_FSUB_D || op === S.S_FMUL_D || op === S.S_FP) {
      this.#noteFloat();
      if (readsInteger(imm)) this.#used[b] = 1;
      if (writesInteger(imm) && a < 32) this.#dirty[a] = 1;
    } else if (op === S.S_ATOMIC) {
      this.#used[b] = 1;
      this.#used[imm & 31] = 1;
      if (a < 32) this.#dirty[a] = 1;
    } else if (isBranch(p)) {
      this.#used[a] = 1;
      this.#used[b] = 1;
    } else {
      if (a < 32) this.#dirty[a] = 1;
      this.#used[b] = 1;
      if (readsSecond(p)) this.#used[imm & 31] = 1;
    }
  }

  #noteFloat(): void {
    const { op, a, b, imm } = this.#fields;
    this.#usesFloat = true;
    floatRegisters(op, a, b, imm, this.#noteRead, this.#noteWrite);
  }
  readonly #noteRead = (f: number): void => {
    this.#floatUsed[f] = 1;
  };
  readonly #noteWrite = (f: number): void => {
    this.#floatDirty[f] = 1;
  };

  #read(offset: number): void {
    const slot = this.#region.slot(offset);
    const head = this.#slots.i32[slot >>> 2]!;
    this.#at = offset;
    this.#fields.op = head & 0xffff;
    this.#fields.a = (head >>> 16) & 0xff;
    this.#fields.b = head >>> 24;
    this.#fields.imm = this.#slots.i32[(slot + 4) >>> 2]!;
  }

  /** Visits the instructions of a block but for the one that ends it. */
  #each(b: number, visit: () => void): void {
    const region = this.#region;
    let offset = region.start[b]!;
    const end = region.end[b]!;
    while (offset < end) {
      this.#read(offset);
      visit();
      offset += R.lengthOf(this.#fields.op);
    }
  }

  // ---- control flow ----------------------------------------------------------------------------------------------------

  /** Writes a block and everything it dominates. */
  #tree(b: number): void {
    const loop = this.#region.isLoop[b] === 1;
    if (loop) {
      this.op(W.LOOP);
      this.op(W.TYPE_VOID);
      this.labels.push(~b - 16);
      this.get(N);
      this.i32(this.#region.instructions);
      this.op(W.I32_LT_S);
      this.hint(HINT_UNLIKELY);
      this.op(W.IF);
      this.op(W.TYPE_VOID);
      this.labels.push(Number.NaN);
      this.i32(this.#region.start[b]!);
      this.set(OFFSET);
      this.branch(EXIT_SLOW);
      this.labels.pop();
      this.op(W.END);
    }
    // Blocks this one dominates that are joined from several places follow it, the last in order outermost.
    const joins: number[] = [];
    const { order, blocks, dominator, rank } = this.#region;
    for (let i = blocks - 1; i > rank[b]!; i--) {
      const c = order[i]!;
      if (dominator[c] === b && this.#region.joins[c]! >= 2) joins.push(c);
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
      this.#tree(joins[i]!);
    }
    if (loop) {
      this.labels.pop();
      this.op(W.END);
    }
  }

  #blockCode(b: number): void {
    const region = this.#region;
    this.#block = b;
    this.#done = 0;
    this.#floatKnown = 0;
    if (region.size[b]! > 0) {
      this.get(N);
      this.i32(region.size[b]!);
      this.op(W.I32_SUB);
      this.set(N);
    }
    this.#idioms.beginBlock();
    this.#each(b, () => {
      this.trace?.(this.#at, this.out.length);
      this.#instruction(region.end[b]!);
      this.#done++;
    });
    const ending = region.ending[b]!;
    const end = region.end[b]!;
    if (ending === R.ENDS_NEXT) {
      this.#edge(b, region.next[b]!, end);
      return;
    }
    this.#read(end);
    this.trace?.(end, this.out.length);
    const { a, b: rs1, imm } = this.#fields;
    const after = end + R.lengthOf(this.#fields.op);
    switch (ending) {
      case R.ENDS_SLOW:
        this.#leaveSlow();
        return;
      case R.ENDS_CALL:
        this.#link(a, after);
        this.#edge(b, region.taken[b]!, end + (imm >> 2));
        return;
      case R.ENDS_JUMP:
        this.#edge(b, region.taken[b]!, end + (imm >> 2));
        return;
      case R.ENDS_CALL_FAR:
        this.#link(a, after);
        this.#edge(b, R.LEAVES, end + imm);
        return;
      case R.ENDS_JUMP_FAR:
        this.#edge(b, R.LEAVES, end + imm);
        return;
      case R.ENDS_INDIRECT:
        this.#indirect(b, rs1, imm, a, after);
        return;
      case R.ENDS_SWITCH:
        this.#switch(b, rs1, imm);
        return;
    }
    const far = ending === R.ENDS_BRANCH_FAR;
    this.#condition();
    this.op(W.IF);
    this.op(W.TYPE_VOID);
    this.labels.push(Number.NaN);
    this.#edge(b, region.taken[b]!, end + (far ? imm : imm >> 2));
    this.labels.pop();
    this.op(W.ELSE);
    this.labels.push(Number.NaN);
    this.#edge(b, region.next[b]!, after);
    this.labels.pop();
    this.op(W.END);
  }

  /** Writes an instruction that does not end its block, which reaches to `end`. */
  #instruction(end: number): void {
    const { op, a, b, imm } = this.#fields;
    const idioms = this.#idioms;
    const next = this.#at + R.lengthOf(op);
    if (imm === 32 && a === b && next < end) {
      const head = this.#slots.i32[this.#region.slot(next) >>> 2]!;
      if (idioms.leaveOut(op, a, b, imm, head & 0xffff, (head >>> 16) & 0xff, head >>> 24)) return;
    }
    if (!idioms.emit(this, op, a, b, imm) && !emitOperation(this)) {
      this.i32(1);
      this.slowIf();
    }
    const p = R.plain(op);
    const stores = (p >= S.S_SB && p <= S.S_SD) || p === S.S_FSW || p === S.S_FSD;
    if (!stores && a <= L.X_SINK) idioms.note(op, a, b, imm);
  }

  #link(rd: number, after: number): void {
    this.get(PAGE);
    this.i64(after);
    this.op(W.I64_ADD);
    this.setReg(rd);
  }

  /** Goes on at block `to`, or leaves with pc at `offset` of the page. */
  #edge(from: number, to: number, offset: number): void {
    const region = this.#region;
    if (!region.stays(from, to)) {
      this.i32(offset);
      this.set(OFFSET);
      this.branch(EXIT_JUMP);
    } else if (region.rank[to]! <= region.rank[from]!) this.branch(~to - 16);
    else if (region.joins[to]! >= 2) this.branch(to);
    else this.#tree(to);
  }

  // JR through a table: by the offset in the page to the case there.
  #switch(b: number, rs1: number, imm: number): void {
    const region = this.#region;
    let least = 4096;
    let most = 0;
    for (const to of region.cases) {
      if (!region.stays(b, to)) continue;
      least = Math.min(least, region.start[to]!);
      most = Math.max(most, region.start[to]!);
    }
    this.reg(rs1);
    this.i64(imm);
    this.op(W.I64_ADD);
    this.i64(-2);
    this.op(W.I64_AND);
    this.tee(TARGET);
    this.get(PAGE);
    this.op(W.I64_SUB);
    this.tee(T0);
    this.i64(4096);
    this.op(W.I64_GE_U);
    this.beginUnlikely();
    this.branch(EXIT_DYNAMIC);
    this.end();
    if (most === 0) {
      this.branch(EXIT_DYNAMIC);
      return;
    }
    this.get(T0);
    this.op(W.I32_WRAP_I64);
    this.i32(least);
    this.op(W.I32_SUB);
    this.i32(1);
    this.op(W.I32_SHR_U);
    const elsewhere = this.depth(EXIT_DYNAMIC);
    this.op(W.BR_TABLE);
    this.out.u32((most - least) / 2 + 1);
    for (let offset = least; offset <= most; offset += 2) this.out.u32(this.#case(b, offset) ?? elsewhere);
    this.out.u32(elsewhere);
  }

  /** The label of the case that begins at `offset`. */
  #case(b: number, offset: number): number | undefined {
    const region = this.#region;
    for (const to of region.cases) {
      if (to < 0 || region.start[to] !== offset || !region.stays(b, to)) continue;
      return this.depth(region.rank[to]! <= region.rank[b]! ? ~to - 16 : to);
    }
    return undefined;
  }

  // JR and JALR: returns of calls made inside the region are compared first.
  #indirect(b: number, rs1: number, imm: number, rd: number, after: number): void {
    this.reg(rs1);
    this.i64(imm);
    this.op(W.I64_ADD);
    this.i64(-2);
    this.op(W.I64_AND);
    this.set(TARGET);
    if (R.plain(this.#fields.op) === S.S_JALR) this.#link(rd, after);
    for (const to of this.#region.returns) {
      if (to < 0) continue;
      const offset = this.#region.start[to]!;
      this.get(TARGET);
      this.get(PAGE);
      this.i64(offset);
      this.op(W.I64_ADD);
      this.op(W.I64_EQ);
      this.op(W.IF);
      this.op(W.TYPE_VOID);
      this.labels.push(Number.NaN);
      this.#edge(b, to, offset);
      this.labels.pop();
      this.op(W.END);
    }
    this.branch(EXIT_DYNAMIC);
  }

  #condition(): void {
    const { op, a, b } = this.#fields;
    this.reg(a);
    this.reg(b);
    this.op(CONDITION.get(R.plain(op))!);
  }
}

function isBranch(p: number): boolean {
  return (p >= S.S_BEQ && p <= S.S_BNE_FAR) || (p >= S.S_BLT && p <= S.S_BGEU_FAR);
}

/** The comparison of each conditional branch. */
const CONDITION = new Map<number, number>([
  [S.S_BEQ, W.I64_EQ],
  [S.S_BNE, W.I64_NE],
  [S.S_BLT, W.I64_LT_S],
  [S.S_BGE, W.I64_GE_S],
  [S.S_BLTU, W.I64_LT_U],
  [S.S_BGEU, W.I64_GE_U],
  [S.S_BEQ_FAR, W.I64_EQ],
  [S.S_BNE_FAR, W.I64_NE],
  [S.S_BLT_FAR, W.I64_LT_S],
  [S.S_BGE_FAR, W.I64_GE_S],
  [S.S_BLTU_FAR, W.I64_LT_U],
  [S.S_BGEU_FAR, W.I64_GE_U],
]);
