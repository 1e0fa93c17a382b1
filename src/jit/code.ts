// What the parts of the translator write with, and the inline TLB lookup they share.

import * as L from '../engine/hart/layout.js';
import type { Group } from './groups.js';
import { BANK, ENTRY, HOST, TAG, VA, X } from './locals.js';
import * as W from './wasm.js';

/** Imported functions of a translated module, all the engine's own. */
export const FN_FLOAT = 0; // fpExecute
export const FN_FMA = 1; // f64Fma
export const FN_ACCESS = 2; // access: CSRs
export const FN_FIND = 3; // findCall
export const IMPORTED_FUNCTIONS = 4;

/**
 * Where in the vCPU's area a page is kept: its virtual address (u64), and what gives the host address when added to a virtual one (u32). While the
 * loop runs that it is kept for, locals have both too, if there are any to spare.
 */
export interface Kept {
  readonly page: number;
  readonly addend: number;
  /** Is it that of a table, perhaps of two pages, of which then none is kept until the region is entered again? */
  readonly table: boolean;
  readonly locals: { readonly page: number; readonly addend: number } | undefined;
}

/** Where the code goes and what it is about. */
export interface Code {
  /** The decoded instruction. */
  readonly fields: { readonly op: number; readonly a: number; readonly b: number; readonly imm: number };
  /** Memory is linear, most likely: linear.ts. */
  readonly linear: boolean;
  /** Is the TLB's bank in its local? */
  readonly bankInLocal: boolean;
  /** Byte offset in the page of the instruction. */
  readonly at: number;
  op(code: number): void;
  i32(value: number): void;
  i64(value: number): void;
  i64Big(value: bigint): void;
  get(local: number): void;
  set(local: number): void;
  tee(local: number): void;
  memory(code: number, offset: number): void;
  /** An atomic access, whose alignment is given as a power of two. */
  atomic(code: number, alignment: number): void;
  call(index: number): void;
  /** Pushes a guest register. */
  reg(r: number): void;
  /** Pops into a guest register; `signed` says that the value is the sign extension of its low half. */
  setReg(r: number, signed?: boolean): void;
  /** Pushes the low half of a guest register as an i32. */
  regW(r: number): void;
  /** Pops an i32, whose sign extension becomes the register's value. */
  setRegW(r: number): void;
  /** Is a register's value known to be the sign extension of its low half? */
  isSigned(r: number): boolean;
  /** Does an i32 local hold its low half? May one? */
  hasHalf(r: number): boolean;
  mayNarrow(r: number): boolean;
  /** Leaves for the interpreter at this instruction, always or if the i32 on the stack is not zero. */
  leave(): void;
  slowIf(): void;
  /** The locals that keep the page last reached through a register, by loads or by stores; undefined if there are none for it. */
  kept(r: number, stores: boolean): Kept | undefined;
  /** Is the access one of a table, by an index of few bits? */
  readonly inTable: boolean;
  /** The group of accesses that this one belongs to, and whether it is the first of it. */
  group(bytes: number, stores: boolean): Group | undefined;
  readonly firstOfGroup: boolean;
  /** The local that holds what a group's lookup gave. */
  groupLocal(group: Group): number;
  /** Opens `if` (or a block) without a result, its other arm, and closes it. */
  begin(code: number): void;
  otherwise(): void;
  end(): void;
  /** The same as `begin(IF)`, for a condition that is seldom true. */
  beginUnlikely(): void;
  f64(value: number): void;
  /** An instruction with the vector prefix. */
  simd(code: number): void;
  /** Pushes a floating-point register, and pops into one. */
  f(r: number): void;
  setF(r: number): void;
  /** The local of a temporary of type f64. */
  temporary(i: number): number;
  /** Leaves for the interpreter unless the floating-point unit is on and marked dirty: looked at once in a block. */
  floatReady(): void;
  /** The same, and unless the rounding mode is to the nearest. */
  floatNative(): void;
  /** Recomputes FP_READY, FP_NATIVE and FP_NX. */
  floatState(): void;
}

/** The stack pointer. */
const SP = 2;
/** In place of a kept page, like NO_PAGE: none is worth being kept. */
const NEVER = 16;

/**
 * Pushes the host address (i32) of a load or store of `bytes` at rs1 + imm, less an offset that the access adds and this returns; or leaves for
 * the interpreter when the TLB does not have it.
 *
 * What the TLB loses while a region runs it loses to other harts, which wait for this one's next safepoint before they rely on it
 * (hart/safepoint.ts); a region ends before that. So what was looked up may be used until then: by a group of accesses through one register, or, in
 * loops, kept from one turn to the next.
 */
export function host(c: Code, bytes: number, tag: number): number {
  const { b, imm } = c.fields;
  const group = c.group(bytes, tag !== 0);
  if (group !== undefined) return grouped(c, group, bytes, tag);
  const kept = c.kept(b, tag !== 0);
  address(c, imm);
  if (kept === undefined) {
    hostAt(c, bytes, tag);
    return 0;
  }
  c.tee(VA);
  c.i64(-4096 | (bytes - 1));
  c.op(W.I64_AND);
  const { locals } = kept;
  if (locals !== undefined) c.get(locals.page);
  else {
    c.get(X);
    c.memory(W.I64_LOAD, kept.page);
    c.tee(TAG);
  }
  c.op(W.I64_NE);
  c.beginUnlikely();
  if (locals === undefined) useTag(c);
  c.get(VA);
  lookUp(c, bytes, tag);
  missed(c, bytes, tag);
  if (c.inTable) {
    // Of a table that lies on two pages none is kept from then on: which one comes next nobody foresees.
    c.get(X);
    c.memory(W.I64_LOAD, kept.page);
    c.i64(L.NO_PAGE);
    c.op(W.I64_EQ);
    c.begin(W.IF);
    keep(c, kept);
    c.otherwise();
    c.get(X);
    c.i64(NEVER);
    if (locals !== undefined) c.tee(locals.page);
    c.memory(W.I64_STORE, kept.page);
    c.end();
    c.get(ENTRY);
    c.memory(W.I32_LOAD, 24);
    c.set(HOST);
    c.otherwise();
    keptAddend(c, kept);
    c.set(HOST);
    c.end();
    c.get(HOST);
  } else {
    keep(c, kept);
    c.end();
    keptAddend(c, kept);
  }
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
  return 0;
}

/** Keeps the page of VA, whose entry was found. */
function keep(c: Code, { page, addend, locals }: Kept): void {
  c.get(X);
  c.get(VA);
  c.i64(-4096);
  c.op(W.I64_AND);
  if (locals !== undefined) c.tee(locals.page);
  c.memory(W.I64_STORE, page);
  c.get(X);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  if (locals !== undefined) c.tee(locals.addend);
  c.memory(W.I32_STORE, addend);
}

/** Pushes what is added to addresses of the page that is kept. */
function keptAddend(c: Code, { addend, locals }: Kept): void {
  if (locals !== undefined) {
    c.get(locals.addend);
    return;
  }
  c.get(X);
  c.memory(W.I32_LOAD, addend);
}

function address(c: Code, imm: number): void {
  c.reg(c.fields.b);
  if (imm !== 0) {
    c.i64(imm);
    c.op(W.I64_ADD);
  }
}

// One of a group: its local holds the host address of the group's first byte, 0 if each access has to look for itself. RAM begins far above 0.
function grouped(c: Code, group: Group, bytes: number, tag: number): number {
  const base = c.groupLocal(group);
  const within = c.fields.imm - group.from;
  if (c.firstOfGroup) {
    const first = group.stores ? 8 : 0;
    address(c, group.from);
    lookUp(c, group.to - group.from, first);
    c.beginUnlikely();
    useTag(c);
    lookElsewhere(c, group.to - group.from, first);
    c.beginUnlikely();
    c.i32(0);
    c.set(base);
    c.otherwise();
    found(c);
    c.set(base);
    c.end();
    c.otherwise();
    found(c);
    c.set(base);
    c.end();
  }
  c.get(base);
  c.tee(HOST);
  c.op(W.I32_EQZ);
  c.beginUnlikely();
  address(c, c.fields.imm);
  lookUp(c, bytes, tag);
  missed(c, bytes, tag);
  found(c);
  c.i32(within);
  c.op(W.I32_SUB);
  c.set(HOST);
  c.end();
  c.get(HOST);
  return within;
}

/** Pushes the host address by the entry that was found. */
function found(c: Code): void {
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
}

/** If the lookup found another page's entry, goes on with the other place the page may be in; leaves if it is not there. */
function missed(c: Code, bytes: number, tag: number): void {
  c.beginUnlikely();
  lookElsewhere(c, bytes, tag);
  c.beginUnlikely();
  c.leave();
  c.end();
  c.end();
}

/** Makes ENTRY the page's other place, and pushes whether that is another page's, too. */
function lookElsewhere(c: Code, bytes: number, tag: number): void {
  c.get(ENTRY);
  c.i32(L.LS_OTHER);
  c.op(W.I32_XOR);
  c.tee(ENTRY);
  c.memory(W.I64_LOAD, tag);
  c.get(VA);
  pageOfLast(c, bytes);
  c.op(W.I64_NE);
}

/** From an address to the page number of the last of so many bytes. */
function pageOfLast(c: Code, bytes: number): void {
  if (bytes > 1) {
    c.i64(bytes - 1);
    c.op(W.I64_ADD);
  }
  c.i64(12);
  c.op(W.I64_SHR_U);
}

/**
 * Stores the tag that was compared, where nobody reads it: V8 compares a value that is used once with memory in place, and loads it beforehand as
 * well. For arms only.
 */
function useTag(c: Code): void {
  c.get(X);
  c.get(TAG);
  c.memory(W.I64_STORE, L.JIT_SCRATCH);
}

/** Pushes the host address for the guest address on the stack, by the TLB. */
export function hostAt(c: Code, bytes: number, tag: number): void {
  lookUp(c, bytes, tag);
  missed(c, bytes, tag);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  if (c.linear && tag === 0 && c.fields.b !== SP) guess(c);
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
}

/** Replaces an addend on the stack by what the last one was, which is the same, or made so. Nobody waits for addresses of the stack. */
function guess(c: Code): void {
  c.set(HOST);
  c.get(X);
  c.memory(W.I32_LOAD, L.JIT_ADDEND);
  c.tee(ENTRY);
  c.get(HOST);
  c.op(W.I32_NE);
  c.beginUnlikely();
  c.get(X);
  c.get(HOST);
  c.tee(ENTRY);
  c.memory(W.I32_STORE, L.JIT_ADDEND);
  c.end();
  c.get(ENTRY);
}

/**
 * Leaves the TLB's entry for the address on the stack in ENTRY, the address in VA, and pushes whether it is another page's. As in the interpreter,
 * the tag is compared with the page of the last byte, so that an access across a page misses by itself.
 */
function lookUp(c: Code, bytes: number, tag: number): void {
  c.tee(VA);
  c.op(W.I32_WRAP_I64);
  c.i32(7);
  c.op(W.I32_SHR_U);
  c.i32((L.LS_ENTRIES - 1) * L.LS_ENTRY_BYTES);
  c.op(W.I32_AND);
  if (c.bankInLocal) c.get(BANK);
  else {
    c.get(X);
    c.memory(W.I32_LOAD, L.BANK_LS);
  }
  c.op(W.I32_ADD);
  c.tee(ENTRY);
  c.memory(W.I64_LOAD, tag);
  c.tee(TAG);
  c.get(VA);
  pageOfLast(c, bytes);
  c.op(W.I64_NE);
}
