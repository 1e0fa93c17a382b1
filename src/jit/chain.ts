// What a region does when it comes to code that is translated too: it goes on there in tail position, or calls it, so that a return of the guest is one of
// the machine. Cells beside the TLB's fetch bank say what is there (engine/hart/calls.ts).

import * as L from '../engine/hart/layout.js';
import { FN_FIND } from './code.js';
import { BACK, DEPTH, ENTRY, N, PAGE, TARGET, X } from './locals.js';
import * as W from './wasm.js';
import type { Writer } from './writer.js';

/** Functions that may wait for one another to return: they take stack. */
const MOST_DEPTH = 128;
/** Where a target's cell lies is its bits 8..1. */
const CELL_MASK = (L.CALL_CELLS - 1) * L.CALL_CELL_BYTES;
const CELL_SHIFT = 3;

/** Sets ENTRY so that the cell of TARGET is at the offset returned; `known` is where it lies relative to the page, if the code says so. */
function findCell(c: Writer, known?: number): number {
  c.get(X);
  c.memory(W.I32_LOAD, L.BANK_X);
  if (known !== undefined) {
    c.set(ENTRY);
    return L.X_CALLS + ((known << CELL_SHIFT) & CELL_MASK);
  }
  c.get(TARGET);
  c.op(W.I32_WRAP_I64);
  c.i32(CELL_SHIFT);
  c.op(W.I32_SHL);
  c.i32(CELL_MASK);
  c.op(W.I32_AND);
  c.op(W.I32_ADD);
  c.set(ENTRY);
  return L.X_CALLS;
}

/** Pushes the arguments that come first, for the region at TARGET. */
function pushPlace(c: Writer, known?: number): void {
  c.get(X);
  if (known !== undefined && known >> 12 === 0) c.get(PAGE);
  else {
    c.get(TARGET);
    c.i64(-4096);
    c.op(W.I64_AND);
  }
  c.get(N);
}

/** Goes on in tail position where there is another region at TARGET, and enough of the budget is left for it. PC is stored. */
export function emitChain(c: Writer): void {
  const cell = findCell(c);
  c.get(ENTRY);
  c.memory(W.I64_LOAD, cell);
  c.get(TARGET);
  c.op(W.I64_EQ);
  c.begin(W.IF);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, cell + L.CALL_SIZE);
  c.get(N);
  c.op(W.I32_LE_S);
  c.begin(W.IF);
  pushPlace(c);
  c.get(BACK);
  c.get(DEPTH);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, cell + L.CALL_INDEX);
  c.op(W.RETURN_CALL_INDIRECT);
  c.out.u32(0);
  c.out.u32(0);
  c.end();
  c.end();
}

/** Returns to the code that called if TARGET is where it goes on. All registers are in memory. */
export function emitReturn(c: Writer): void {
  c.get(TARGET);
  c.get(BACK);
  c.op(W.I64_EQ);
  c.begin(W.IF);
  c.get(N);
  c.op(W.RETURN);
  c.end();
}

/**
 * Calls the region at TARGET, from code that goes on at byte `after` of the page; `known` is where TARGET lies relative to the page, if the code says so.
 * All registers are in memory, before and after. N is what the call gives: less than 0 if the guest has not come back. If there is no region, or it is
 * not to be called, `elsewhere` says what to do.
 */
export function emitCall(c: Writer, known: number | undefined, after: number, elsewhere: () => void): void {
  const cell = findCell(c, known);
  c.begin(W.BLOCK);
  c.begin(W.BLOCK);
  c.get(ENTRY);
  c.memory(W.I64_LOAD, cell);
  c.get(TARGET);
  c.op(W.I64_NE);
  c.exitUnlikely(0);
  c.get(N);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, cell + L.CALL_SIZE);
  c.op(W.I32_LT_S);
  c.exitUnlikely(0);
  c.get(DEPTH);
  c.i32(MOST_DEPTH);
  c.op(W.I32_LT_U);
  c.exit(1);
  elsewhere();
  c.end();
  c.get(X);
  c.get(TARGET);
  c.get(N);
  c.call(FN_FIND);
  c.get(DEPTH);
  c.i32(MOST_DEPTH);
  c.op(W.I32_LT_U);
  c.op(W.I32_AND);
  c.exit(0);
  elsewhere();
  c.end();
  pushPlace(c, known);
  c.get(PAGE);
  c.i64(after);
  c.op(W.I64_ADD);
  c.get(DEPTH);
  c.i32(1);
  c.op(W.I32_ADD);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, cell + L.CALL_INDEX);
  c.op(W.CALL_INDIRECT);
  c.out.u32(0);
  c.out.u32(0);
  c.set(N);
}
