// How a region goes on where code does not say it by itself: calls, returns, jumps through registers and tables.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { ELSEWHERE, EXIT_DYNAMIC, NO_STUB } from './block-writer.js';
import { emitCall, emitReturn } from './chain.js';
import { ChoiceWriter } from './choice-writer.js';
import * as E from './endings.js';
import { BANK, N, PAGE, T0, TARGET, X } from './locals.js';
import { NOTHING } from './registers.js';
import * as W from './wasm.js';
import { UNNAMED } from './writer.js';

/** Writes the jumps that end blocks, but for branches. */
export abstract class JumpWriter extends ChoiceWriter {
  /** Goes on at block `to`, or leaves with pc at `offset` of the page. */
  protected abstract edge(from: number, to: number, offset: number): void;

  protected link(rd: number, after: number): void {
    this.get(PAGE);
    this.i64(after);
    this.op(W.I64_ADD);
    this.setReg(rd);
  }

  // JR through a table.
  protected switch(b: number, rs1: number, imm: number): void {
    this.#target(rs1, imm);
    const { dispatch } = this.region;
    if (dispatch < 0) this.cases(b);
    else if (this.region.stays(b, dispatch)) this.edge(b, dispatch, 0);
    else {
      this.pay();
      this.writeBack();
      this.branch(EXIT_DYNAMIC);
    }
  }

  /** Goes on at the case that begins at TARGET, by its offset in the page, or leaves. */
  protected cases(b: number): void {
    const region = this.region;
    let least = 4096;
    let most = 0;
    let dirty = -1;
    let floatDirty = -1;
    let valid = 0;
    let floatValid = 0;
    for (const to of region.cases) {
      if (!region.stays(b, to)) continue;
      least = Math.min(least, region.start[to]!);
      most = Math.max(most, region.start[to]!);
      dirty &= this.integers.dirty[to]!;
      floatDirty &= this.floats.dirty[to]!;
      valid |= this.integers.valid(to);
      floatValid |= this.floats.valid(to);
    }
    this.pay();
    this.owed = 0;
    if (most !== 0) {
      // A table has no arms: before it everything is as all of its cases want it.
      this.writeBack(~dirty, ~floatDirty);
      this.known.dirty &= dirty;
      this.known.floatDirty &= floatDirty;
      this.have(valid, floatValid);
      this.op(W.BLOCK);
      this.op(W.TYPE_VOID);
      this.labels.push(ELSEWHERE);
      this.get(TARGET);
      this.get(PAGE);
      this.op(W.I64_SUB);
      this.tee(T0);
      this.i64(4096);
      this.op(W.I64_GE_U);
      this.beginUnlikely();
      this.branch(ELSEWHERE);
      this.end();
      this.get(T0);
      this.op(W.I32_WRAP_I64);
      this.i32(least);
      this.op(W.I32_SUB);
      this.i32(1);
      this.op(W.I32_SHR_U);
      const elsewhere = this.depth(ELSEWHERE);
      this.op(W.BR_TABLE);
      this.out.u32((most - least) / 2 + 1);
      for (let offset = least; offset <= most; offset += 2) this.out.u32(this.#case(b, offset) ?? elsewhere);
      this.out.u32(elsewhere);
      this.labels.pop();
      this.op(W.END);
    }
    this.writeBack();
    this.branch(EXIT_DYNAMIC);
  }

  /** Sets TARGET to where a JR or JALR goes. */
  #target(rs1: number, imm: number): void {
    this.reg(rs1);
    if (imm !== 0) {
      this.i64(imm);
      this.op(W.I64_ADD);
    }
    this.i64(-2);
    this.op(W.I64_AND);
    this.set(TARGET);
  }

  /** The label of the case that begins at `offset`. */
  #case(b: number, offset: number): number | undefined {
    const region = this.region;
    for (const to of region.cases) {
      if (to < 0 || region.start[to] !== offset || !region.stays(b, to)) continue;
      return this.depth(region.rank[to]! <= region.rank[b]! ? ~to - 16 : to);
    }
    return undefined;
  }

  // A call of code elsewhere: by the machine's own call if it is translated and lies not too deep, and on at what is behind the call when it returns.
  protected callOut(b: number, rs1: number, imm: number, rd: number, after: number): void {
    const p = E.plain(this.operands.op);
    const offset = p === S.S_JALR ? undefined : this.current + (p === S.S_JAL ? imm >> 2 : imm);
    if (offset === undefined) this.#target(rs1, imm);
    else {
      this.get(PAGE);
      this.i64(offset);
      this.op(W.I64_ADD);
      this.set(TARGET);
    }
    this.link(rd, after);
    this.pay();
    this.owed = 0;
    this.writeBack();
    const to = this.region.next[b]!;
    if (this.region.stays(b, to)) {
      emitCall(this, offset, after, () => this.branch(EXIT_DYNAMIC));
      this.#forget();
      const { stub } = this;
      this.stub = NO_STUB;
      this.get(N);
      this.i32(this.region.longest);
      this.op(W.I32_LT_S);
      this.beginUnlikely();
      this.get(N);
      this.i32(0);
      this.op(W.I32_LT_S);
      this.begin(W.IF);
      this.get(N);
      this.op(W.RETURN);
      this.end();
      this.leaveAt(after);
      this.end();
      this.findBank();
      this.groups.clear();
      this.forgetTables();
      this.loadPages(this.region.loop[b]!);
      if (this.usesFloat) this.floatState();
      this.edge(b, to, after);
      this.stub = stub;
      return;
    }
    this.branch(EXIT_DYNAMIC);
  }

  /** Loads the TLB's bank, if it has a local. Only the engine changes banks. */
  protected findBank(): void {
    if (!this.bankInLocal) return;
    this.get(X);
    this.memory(W.I32_LOAD, L.BANK_LS);
    this.set(BANK);
  }

  /** All registers are in memory, and nothing else is known. */
  #forget(): void {
    this.known = { ...NOTHING };
    this.floatKnown = 0;
  }

  // JR and JALR: returns of calls made inside the region are compared first.
  protected indirect(b: number, rs1: number, imm: number, rd: number, after: number): void {
    this.#target(rs1, imm);
    if (E.plain(this.operands.op) === S.S_JALR) this.link(rd, after);
    const place = this.place();
    for (const to of this.region.returns) {
      if (to < 0) continue;
      const offset = this.region.start[to]!;
      this.get(TARGET);
      this.get(PAGE);
      this.i64(offset);
      this.op(W.I64_ADD);
      this.op(W.I64_EQ);
      this.op(W.IF);
      this.op(W.TYPE_VOID);
      this.labels.push(UNNAMED);
      this.edge(b, to, offset);
      this.labels.pop();
      this.op(W.END);
      this.goBack(place);
    }
    this.pay();
    this.writeBack();
    if (rd === 0) emitReturn(this);
    this.branch(EXIT_DYNAMIC);
  }
}
