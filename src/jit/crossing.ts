// An instruction that crosses the end of its page. A region is made of the code of one page, and what the next one is may change from one time to the
// other: so the second half is looked at each time, where the TLB says that the guest has it now. Unprivileged ISA, "Base Instruction-Length Encoding": instructions
// are aligned to 16 bits.

import * as L from '../engine/hart/layout.js';
import type { Code } from './code.js';
import { ENTRY, PAGE, TARGET, X } from './locals.js';
import * as W from './wasm.js';

const PAGE_BITS = 12;
export const PAGE_BYTES = 1 << PAGE_BITS;
/** Where such an instruction begins. */
export const LAST = PAGE_BYTES - 2;
const ENTRY_SHIFT = Math.log2(L.X_ENTRY_BYTES);
/** Fields of an entry of the fetch bank. */
const HOST_PAGE = 12;

/** Leaves for the interpreter unless the next page has its entry in the fetch bank, and begins with `half`. */
export function emitCrossing(c: Code, half: number): void {
  c.get(PAGE);
  c.i64(PAGE_BYTES);
  c.op(W.I64_ADD);
  c.set(TARGET);
  c.get(X);
  c.memory(W.I32_LOAD, L.BANK_X);
  c.get(TARGET);
  c.op(W.I32_WRAP_I64);
  c.i32(PAGE_BITS - ENTRY_SHIFT);
  c.op(W.I32_SHR_U);
  c.i32((L.X_ENTRIES - 1) << ENTRY_SHIFT);
  c.op(W.I32_AND);
  c.op(W.I32_ADD);
  c.set(ENTRY);
  c.get(ENTRY);
  c.memory(W.I64_LOAD, 0);
  c.get(TARGET);
  c.i64(PAGE_BITS);
  c.op(W.I64_SHR_U);
  c.op(W.I64_NE);
  c.slowIf();
  c.get(ENTRY);
  c.memory(W.I32_LOAD, HOST_PAGE);
  c.i32(PAGE_BITS);
  c.op(W.I32_SHL);
  c.memory(W.I32_LOAD16_U, 0);
  c.i32(half);
  c.op(W.I32_NE);
  c.slowIf();
}
