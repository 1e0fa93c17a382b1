// What a region does when it has left for code that is translated too: it calls on, in tail position.

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { ENTRY, N, NEEDS, T0, TARGET, X } from './locals.js';
import * as W from './wasm.js';
import type { Writer } from './writer.js';

/** If pc has reached the entry of another region of this realm and enough of the budget is left, goes on there. PC is stored. */
export function emitChain(c: Writer): void {
  c.get(NEEDS);
  c.op(W.I32_EQZ);
  c.begin(W.IF);
  // The fetch TLB's entry for the page of pc.
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
