// A look into the TLB: two places for each page in the bank that the vCPU uses (engine/hart/places.ts).

import * as L from '../engine/hart/layout.js';
import type { Code } from './code.js';
import { BANK, ENTRY, TAG, VA, X } from './locals.js';
import * as W from './wasm.js';

/** Pushes the address of an access through its base register. */
export function address(c: Code, imm: number): void {
  c.reg(c.fields.b);
  if (imm !== 0) {
    c.i64(imm);
    c.op(W.I64_ADD);
  }
}

/** Pushes the host address by the entry that was found. */
export function found(c: Code): void {
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.get(VA);
  c.op(W.I32_WRAP_I64);
  c.op(W.I32_ADD);
}

/** If the lookup found another page's entry, goes on with the other place the page may be in; leaves if it is not there. */
export function missed(c: Code, bytes: number, tag: number): void {
  c.beginUnlikely();
  lookElsewhere(c, bytes, tag);
  c.beginUnlikely();
  c.leave();
  c.end();
  c.end();
}

/** Makes ENTRY the page's other place, and pushes whether that is another page's, too. */
export function lookElsewhere(c: Code, bytes: number, tag: number): void {
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

/** Pushes the host address for the guest address on the stack, by the TLB. */
export function hostAt(c: Code, bytes: number, tag: number): void {
  lookUp(c, bytes, tag);
  missed(c, bytes, tag);
  found(c);
}

/**
 * Leaves the TLB's entry for the address on the stack in ENTRY, the address in VA, and pushes whether it is another page's. As in the interpreter,
 * the tag is compared with the page of the last byte, so that an access across a page misses by itself.
 */
export function lookUp(c: Code, bytes: number, tag: number): void {
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
