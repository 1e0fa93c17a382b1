// The straight-line part of a function: a block's instructions, what is known where they stand, and how the region is left in the middle of it.
//
// Leaving writes back the registers that memory does not have yet. Those that were dirty already where the last block that is reached in several
// ways began are written by one stub for all that leaves from there.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Code, Kept } from './code.js';
import { emitCrossing, LAST, PAGE_BYTES } from './crossing.js';
import { Effects } from './effects.js';
import * as E from './endings.js';
import { Flow } from './flow.js';
import { type Group, Groups } from './groups.js';
import { Idioms } from './idioms.js';
import { KeptPages } from './kept-pages.js';
import { FP_NATIVE, FP_READY, N, OFFSET, X } from './locals.js';
import { emitOperation } from './operations.js';
import type { Region } from './region.js';
import { type Known, NOTHING, RegisterWriter } from './registers.js';
import { Signs } from './signs.js';
import { findTable } from './table-access.js';
import { type Table, Tables } from './tables.js';
import * as W from './wasm.js';
import { LoopWindows, loadWindows } from './windows.js';
import { HINT_UNLIKELY, UNNAMED } from './writer.js';

/** Labels: a block's number where it is joined, ~block - 16 for the head of a loop, and the three exits. */
export const EXIT_DYNAMIC = -1; // TARGET holds pc
export const EXIT_JUMP = -2; // OFFSET in the page
export const EXIT_SLOW = -3; // likewise, and the interpreter must do the instruction
export const ELSEWHERE = -4; // a jump through a table leads to none of its cases

/** Above the offset in OFFSET, where the region is left for the interpreter: what N gets, less than 0 if it has to give. */
export const REST_SHIFT = 13;

/** Where to leave for the interpreter: code that writes back what was dirty where a block reached in several ways begins. */
export interface Stub {
  readonly label: number;
  readonly dirty: number;
  readonly floatDirty: number;
}
export const NO_STUB: Stub = { label: EXIT_SLOW, dirty: 0, floatDirty: 0 };
/** The label of a block's stub is its number above this. */
export const STUBS = 1000;

/** What is known at a place, to go on from there again. */
export interface Place {
  readonly known: Known;
  readonly groups: readonly Group[];
  readonly alive: number;
  readonly floatKnown: number;
  readonly owed: number;
}

/** Writes the instructions of blocks. */
export class BlockWriter extends RegisterWriter implements Code {
  protected readonly region: Region;
  protected slots!: E.Slots;
  protected readonly effects = new Effects();
  protected readonly integers = new Flow();
  protected readonly floats = new Flow();
  protected readonly signs = new Signs();
  /** Registers that have an i32 local. */
  protected words = 0;
  protected usesFloat = false;
  protected readonly idioms = new Idioms();
  protected readonly pages = new KeptPages();
  protected readonly windows = new LoopWindows();
  protected readonly groups = new Groups();
  protected readonly tables = new Tables();
  protected stub = NO_STUB;
  protected groupLocals = 0;
  protected tableLocals = 0;
  /** Number of the first local of type f64. */
  protected temporaries = 0;
  /** And of one of type f32, in a region that computes with singles. */
  protected singleResult = 0;
  protected usesSingle = false;
  /** What has been made sure of: 1 the floating-point unit is ready, 2 and its mode is round-to-nearest. */
  protected floatKnown = 0;
  /** Instructions before the one being written that N has not been lowered by. */
  protected owed = 0;
  protected block = 0;
  protected current = 0;
  /** What goes to memory at the end of the current block goes there when it is written last: per register, where that is. */
  #leaving = 0;
  #floatsLeaving = 0;
  readonly #lastWrite = new Int32Array(64);
  linear = false;
  bankInLocal = false;
  /** Told of every instruction before it is written: its offset in the page, and where its code begins in `out`. */
  trace: ((at: number, position: number) => void) | undefined;

  // ---- what operations.ts writes with --------------------------------------------------------------------------------

  get fields(): { op: number; a: number; b: number; imm: number } {
    return this.operands;
  }
  protected readonly operands = { op: 0, a: 0, b: 0, imm: 0 };

  get at(): number {
    return this.current;
  }

  /** Leaves for the interpreter at the current instruction if the i32 on the stack is not zero. */
  slowIf(): void {
    this.hint(HINT_UNLIKELY);
    this.op(W.IF);
    this.op(W.TYPE_VOID);
    this.labels.push(UNNAMED);
    this.leave();
    this.labels.pop();
    this.op(W.END);
  }

  kept(r: number, stores: boolean): Kept | undefined {
    const head = this.region.loop[this.block]!;
    return head < 0 ? undefined : this.pages.of(head, this.current, r, stores);
  }

  windowInLocals(stores: boolean): boolean {
    return this.windows.inLocals(this.region.loop[this.block]!, stores);
  }

  get inTable(): boolean {
    return this.pages.inTable(this.current);
  }

  firstOfGroup = false;

  group(bytes: number, stores: boolean): Group | undefined {
    const { b, imm } = this.operands;
    const group = this.groups.of(b, stores, imm, bytes);
    this.firstOfGroup = group === undefined;
    return group ?? this.groups.begin(this.slots, this.region, this.current, this.region.end[this.block]!);
  }

  groupLocal(group: Group): number {
    return this.groupLocals + group.local;
  }

  table(): Table | undefined {
    return this.tables.of(this.current);
  }

  tableLocal(table: Table): number {
    return this.tableLocals + table.local;
  }

  protected override overwritten(r: number): void {
    this.groups.drop(r);
    if (this.#lastWrite[r] !== this.current || (this.#leaving & (1 << r)) === 0 || this.arms > 0) return;
    this.writeBack(1 << r, 0);
    this.known.dirty &= ~(1 << r);
  }

  protected override floatOverwritten(r: number): void {
    if (this.#lastWrite[r + 32] !== this.current || (this.#floatsLeaving & (1 << r)) === 0 || this.arms > 0) return;
    this.writeBack(0, 1 << r);
    this.known.floatDirty &= ~(1 << r);
  }

  /** Empties the places of pages that are true in any region but not foreseen: another one may have used them. */
  protected forgetTables(): void {
    for (const { page, table } of this.pages.all) {
      if (!table) continue;
      this.get(X);
      this.i64(L.NO_PAGE);
      this.memory(W.I64_STORE, page);
    }
  }

  /** Loads the windows, pages and tables that a loop has in locals, on a way into it. */
  protected loadPages(head: number, entry = false): void {
    if (this.linear) loadWindows(this, this.windows.loaded(head, entry));
    for (const { page, addend, locals } of this.pages.inLocals(head)) {
      this.get(X);
      this.memory(W.I64_LOAD, page);
      this.set(locals.page);
      this.get(X);
      this.memory(W.I32_LOAD, addend);
      this.set(locals.addend);
    }
    for (const table of this.tables.ofLoop(head)) findTable(this, table);
  }

  temporary(i: number): number {
    return this.temporaries + i;
  }

  get singleTemporary(): number {
    return this.singleResult;
  }

  floatReady(): void {
    if (this.floatKnown >= 1) return;
    this.get(FP_READY);
    this.op(W.I32_EQZ);
    this.slowIf();
    this.floatKnown = 1;
  }

  floatNative(): void {
    if (this.floatKnown === 2) return;
    this.get(FP_NATIVE);
    this.op(W.I32_EQZ);
    this.slowIf();
    this.floatKnown = 2;
  }

  roundingChanged(): void {
    this.floatState();
    this.floatKnown = Math.min(this.floatKnown, 1);
  }

  leave(): void {
    this.leaveAt(this.current);
  }

  /** Leaves for the interpreter at an offset of the page. */
  protected leaveAt(offset: number): void {
    const { label, dirty, floatDirty } = this.stub;
    this.have(this.known.narrow & dirty, this.known.unboxed & floatDirty);
    this.writeBack(~dirty, ~floatDirty);
    this.i32(offset | (-this.owed << REST_SHIFT));
    this.set(OFFSET);
    this.branch(label);
  }

  protected read(offset: number): void {
    const slot = this.region.slot(offset);
    const head = this.slots.i32[slot >>> 2]!;
    this.current = offset;
    this.operands.op = head & 0xffff;
    this.operands.a = (head >>> 16) & 0xff;
    this.operands.b = head >>> 24;
    this.operands.imm = this.slots.i32[(slot + 4) >>> 2]!;
  }

  /** Visits the instructions of a block but for the one that ends it. */
  protected each(b: number, visit: () => void): void {
    const region = this.region;
    let offset = region.start[b]!;
    const end = region.end[b]!;
    while (offset < end) {
      this.read(offset);
      visit();
      offset += E.lengthOf(this.operands.op);
    }
  }

  // ---- what is known where -----------------------------------------------------------------------------------------------

  protected place(): Place {
    return {
      known: { ...this.known },
      groups: this.groups.active,
      alive: this.groups.alive,
      floatKnown: this.floatKnown,
      owed: this.owed,
    };
  }

  protected goBack({ known, groups, alive, floatKnown, owed }: Place): void {
    this.owed = owed;
    this.known = { ...known };
    this.groups.active = groups;
    this.groups.alive = alive;
    this.floatKnown = floatKnown;
  }

  /** What is known at the beginning of a block that is reached in several ways. */
  protected arrive(b: number): void {
    const dirty = this.integers.dirty[b]!;
    const floatDirty = this.floats.dirty[b]!;
    const valid = this.integers.valid(b);
    const floatValid = this.floats.valid(b);
    const narrow = this.narrowAt(b);
    this.known = {
      ...NOTHING,
      valid,
      dirty,
      narrow,
      half: narrow,
      signed: this.signs.signed[b]! & valid & ~narrow,
      floatValid,
      floatDirty,
    };
    this.groups.clear();
    this.floatKnown = 0;
    this.owed = 0;
  }

  /** Lowers N by what has been done, at the end of a way through the region. What is owed stays as it is: this may be an arm. */
  protected pay(): void {
    if (this.owed === 0) return;
    this.get(N);
    this.i32(this.owed);
    this.op(W.I32_SUB);
    this.set(N);
  }

  /** Makes true what the beginning of block `to` takes for granted. What is known stays as it is. */
  protected prepare(to: number): void {
    this.pay();
    this.writeBack(~this.integers.dirty[to]!, ~this.floats.dirty[to]!);
    const narrow = this.narrowAt(to);
    this.have(this.integers.valid(to) & ~narrow, this.floats.valid(to));
    this.haveHalves(narrow);
  }

  /** Registers whose low half alone is in a local where a block begins that is reached in several ways. */
  protected narrowAt(b: number): number {
    return this.signs.carried[b]! & this.integers.valid(b) & this.words;
  }

  protected findLastWrites(b: number): void {
    this.#leaving = this.integers.leaving(this.region, b);
    this.#floatsLeaving = this.floats.leaving(this.region, b);
    if ((this.#leaving | this.#floatsLeaving) === 0) return;
    const effects = this.effects;
    this.#lastWrite.fill(-1);
    this.each(b, () => {
      const { op, a, b: from, imm } = this.operands;
      effects.of(op, a, from, imm);
      if (effects.writes !== 0) this.#lastWrite[31 - Math.clz32(effects.writes)] = this.current;
      if (effects.floatWrites !== 0) this.#lastWrite[63 - Math.clz32(effects.floatWrites)] = this.current;
    });
  }

  /** Writes an instruction that does not end its block, which reaches to `end`; false if the region is left here for the interpreter. */
  protected instruction(end: number): boolean {
    const { op, a, b, imm } = this.operands;
    const idioms = this.idioms;
    const next = this.current + E.lengthOf(op);
    if (next > PAGE_BYTES) emitCrossing(this, this.region.secondHalf!);
    if (imm === 32 && a === b && next < end && next < LAST) {
      const head = this.slots.i32[this.region.slot(next) >>> 2]!;
      if (idioms.leaveOut(op, a, b, imm, head & 0xffff, (head >>> 16) & 0xff, head >>> 24)) return true;
    }
    if (!idioms.emit(this, op, a, b, imm) && !emitOperation(this)) {
      this.leave();
      return false;
    }
    const p = E.plain(op);
    const stores = (p >= S.S_SB && p <= S.S_SD) || p === S.S_FSW || p === S.S_FSD;
    if (!stores && a <= L.X_SINK) idioms.note(op, a, b, imm);
    return true;
  }

  constructor(region: Region) {
    super();
    this.region = region;
  }
}
