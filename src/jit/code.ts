// What the parts of the translator write with.

import type { Group } from './groups.js';
import type { Table } from './tables.js';

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
  /** The same in an arm. */
  peek(r: number): void;
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
  /** Has the loop here its window for loads, or stores, in locals? */
  windowInLocals(stores: boolean): boolean;
  /** Is the access one of a table, by an index of few bits? */
  readonly inTable: boolean;
  /** The group of accesses that this one belongs to, and whether it is the first of it. */
  group(bytes: number, stores: boolean): Group | undefined;
  readonly firstOfGroup: boolean;
  /** The local that holds what a group's lookup gave. */
  groupLocal(group: Group): number;
  /** The table that this access looks something up in, if it is one of those, and the first of its locals. */
  table(): Table | undefined;
  tableLocal(table: Table): number;
  /** Opens `if` (or a block) without a result, its other arm, and closes it. */
  begin(code: number): void;
  otherwise(): void;
  end(): void;
  /** The same as `begin(IF)`, for a condition that is seldom true. */
  beginUnlikely(): void;
  f32(value: number): void;
  f64(value: number): void;
  /** An instruction with the vector prefix. */
  simd(code: number): void;
  /** Pushes a floating-point register, and pops into one. */
  f(r: number): void;
  setF(r: number): void;
  /** May the single that a floating-point register holds have a local of its own, of type f32? Is it in there? */
  maySingle(r: number): boolean;
  isSingle(r: number): boolean;
  /** Pushes it from there; notes what is on the stack as it; and pops one into a register. */
  single(r: number): void;
  keepSingle(r: number): void;
  setSingle(r: number): void;
  /** The local of a temporary of type f32. */
  readonly singleTemporary: number;
  /** The local of a temporary of type f64. */
  temporary(i: number): number;
  /** Leaves for the interpreter unless the floating-point unit is on and marked dirty: looked at once in a block. */
  floatReady(): void;
  /** The same, and unless the rounding mode is to the nearest. */
  floatNative(): void;
  /** Recomputes FP_READY, FP_NATIVE and FP_NX. */
  floatState(): void;
  /** The same after the rounding mode was written: what was looked at is looked at again. */
  roundingChanged(): void;
}
