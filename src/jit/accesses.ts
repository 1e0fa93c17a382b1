// Loads and stores: where an access goes, looked for in the TLB in place (lookup.ts), or found without it.

import * as L from '../engine/hart/layout.js';
import type { Code, Kept } from './code.js';
import type { Group } from './groups.js';
import { ENTRY, HOST, TAG, VA, X } from './locals.js';
import { address, found, hostAt, lookElsewhere, lookUp, missed } from './lookup.js';
import { inTable } from './table-access.js';
import * as W from './wasm.js';
import { inWindow, outsideWindow, useTag } from './windows.js';

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
  const table = c.table();
  if (table !== undefined) return inTable(c, table, bytes, tag);
  const group = c.group(bytes, tag !== 0);
  if (group !== undefined) return grouped(c, group, bytes, tag);
  const kept = c.kept(b, tag !== 0);
  address(c, imm);
  if (c.linear && (kept?.locals === undefined || c.windowInLocals(tag !== 0))) {
    inWindowOrTlb(c, bytes, tag);
    return 0;
  }
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

/** Pushes the host address for the guest address on the stack, by the window, or else by the TLB. */
function inWindowOrTlb(c: Code, bytes: number, tag: number): void {
  outsideWindow(c, tag !== 0, false);
  c.get(VA);
  hostAt(c, bytes, tag);
  c.set(HOST);
  c.otherwise();
  inWindow(c, tag !== 0);
  c.set(HOST);
  c.end();
  c.get(HOST);
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

// One of a group: its local holds the host address of the group's first byte, 0 if each access has to look for itself. RAM begins far above 0.
function grouped(c: Code, group: Group, bytes: number, tag: number): number {
  const base = c.groupLocal(group);
  const within = c.fields.imm - group.from;
  if (c.firstOfGroup) {
    const first = group.stores ? 8 : 0;
    address(c, group.from);
    if (c.linear) {
      outsideWindow(c, group.stores, true);
      c.get(VA);
    }
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
    if (c.linear) {
      c.otherwise();
      inWindow(c, group.stores);
      c.set(base);
      c.end();
    }
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
