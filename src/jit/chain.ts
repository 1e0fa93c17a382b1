// What a region does when it comes to code that is translated too: it goes on there in tail position, or calls it, so that a return of the guest is one of
// the machine.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { FN_CALL } from './code.js';
import { ENTRY, LEFT, N, NEEDS, PAGE, T0, TARGET, X } from './locals.js';
import * as W from './wasm.js';
import type { Writer } from './writer.js';

/** Opens three arms for when there is a region of this realm at TARGET and enough of the budget is left for it; its record is in ENTRY. */
function beginFound(c: Writer): void {
  // The fetch TLB's entry for the page.
  c.get(X);
  c.memory(W.I32_LOAD, L.BANK_X);
  c.get(TARGET);
  c.i64(12);
  c.op(W.I64_SHR_U);
  c.tee(T0);
  c.op(W.I32_WRAP_I64);
  c.i32(L.X_ENTRIES - 1);
  c.op(W.I32_AND);
  c.i32(4);
  c.op(W.I32_SHL);
  c.op(W.I32_ADD);
  c.tee(ENTRY);
  c.memory(W.I64_LOAD, 0);
  c.get(T0);
  c.op(W.I64_EQ);
  c.begin(W.IF);
  // Its slot.
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 8);
  c.get(TARGET);
  c.op(W.I32_WRAP_I64);
  c.i32(0xffe);
  c.op(W.I32_AND);
  c.i32(2);
  c.op(W.I32_SHL);
  c.op(W.I32_ADD);
  c.tee(ENTRY);
  c.memory(W.I32_LOAD16_U, 0);
  c.i32(S.S_JIT);
  c.op(W.I32_EQ);
  c.begin(W.IF);
  // The record it names.
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 4);
  c.i32(5);
  c.op(W.I32_SHL);
  c.tee(ENTRY);
  c.memory(W.I32_LOAD, L.REGION_AREA + L.REGION_SIZE);
  c.get(N);
  c.op(W.I32_LE_S);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, L.REGION_AREA + L.REGION_SEATS);
  c.get(X);
  c.memory(W.I32_LOAD, L.JIT_SEAT);
  c.op(W.I32_AND);
  c.i32(0);
  c.op(W.I32_NE);
  c.op(W.I32_AND);
  c.begin(W.IF);
  c.get(ENTRY);
  c.i32(1);
  c.memory(W.I32_STORE, L.REGION_AREA + L.REGION_USED);
}

/**
 * If pc has reached the entry of another region, goes on there, in tail position; not if it has come to where the code that called wants to go on.
 * PC is stored.
 */
export function emitChain(c: Writer): void {
  c.get(NEEDS);
  c.op(W.I32_EQZ);
  c.get(TARGET);
  c.get(X);
  c.memory(W.I64_LOAD, L.JIT_RETURN);
  c.op(W.I64_NE);
  c.op(W.I32_AND);
  c.begin(W.IF);
  beginFound(c);
  c.get(X);
  c.get(TARGET);
  c.i64(-4096);
  c.op(W.I64_AND);
  c.get(N);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, L.REGION_AREA);
  c.op(W.RETURN_CALL_INDIRECT);
  c.out.u32(0);
  c.out.u32(0);
  for (let i = 0; i < 4; i++) c.end();
}

/**
 * Calls the region at TARGET, from code that goes on at byte `after` of the page. All registers are in memory, before and after. If the guest comes
 * back in another way, that is passed on; if there is no region, or it is not to be called, `elsewhere` says what to do.
 */
export function emitCall(c: Writer, after: number, elsewhere: () => void): void {
  c.get(X);
  c.get(TARGET);
  c.get(N);
  c.get(PAGE);
  c.i64(after);
  c.op(W.I64_ADD);
  c.call(FN_CALL);
  c.tee(LEFT);
  c.i32(0);
  c.op(W.I32_LT_S);
  c.beginUnlikely();
  c.get(LEFT);
  c.i32(-1);
  c.op(W.I32_EQ);
  c.begin(W.IF);
  elsewhere();
  c.end();
  c.i32(-2);
  c.get(LEFT);
  c.op(W.I32_SUB);
  c.op(W.RETURN);
  c.end();
  c.get(LEFT);
  c.set(N);
}
