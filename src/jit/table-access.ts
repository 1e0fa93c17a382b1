// Accesses to tables (tables.ts), and what is added to their addresses.

import type { Code } from './code.js';
import { ENTRY, HOST, PAGE } from './locals.js';
import { address, lookElsewhere, lookUp, missed } from './lookup.js';
import { PAGE_BASE } from './ranges.js';
import type { Table } from './tables.js';
import * as W from './wasm.js';

/** Looks for a table where its loop or block begins, without a jump. Its local is 0 if it does not lie as it should, or is not in the TLB. */
export function findTable(c: Code, table: Table): void {
  const { from, to, align } = table;
  const local = c.tableLocal(table);
  if (align === 0) {
    find(c, table, from, to - from, local);
    return;
  }
  find(c, table, from, 1, local);
  find(c, table, to - 1, 1, local + 1);
  fromBase(c, table, from);
  c.op(W.I32_WRAP_I64);
  c.set(ENTRY);
  if (align > 1) {
    for (const each of [local, local + 1]) {
      c.i32(0);
      c.get(each);
      c.get(ENTRY);
      c.i32(align - 1);
      c.op(W.I32_AND);
      c.op(W.SELECT);
      c.set(each);
    }
  }
  // Two pages that follow one another are an even and an odd one.
  c.get(local + 1);
  c.get(local);
  ofOdd(c, ENTRY);
  c.set(HOST);
  c.get(local);
  c.get(local + 1);
  ofOdd(c, ENTRY);
  c.set(local + 1);
  c.get(HOST);
  c.set(local);
}

/** Chooses the upper value if an address is of an odd page, the lower one if not. */
function ofOdd(c: Code, address: number): void {
  c.get(address);
  c.i32(4096);
  c.op(W.I32_AND);
  c.op(W.SELECT);
}

/** Sets a local to what the TLB adds to so many bytes' addresses, 0 if they are not in it. */
function find(c: Code, table: Table, offset: number, bytes: number, local: number): void {
  const tag = table.stores ? 8 : 0;
  fromBase(c, table, offset);
  lookUp(c, bytes, tag);
  c.set(HOST);
  c.i32(0);
  addendUnless(c, HOST);
  c.set(local);
  lookElsewhere(c, bytes, tag);
  c.set(HOST);
  c.get(local);
  addendUnless(c, HOST);
  c.set(local);
}

/** Leaves the value on the stack if a local is not 0, else replaces it by what the entry adds. */
function addendUnless(c: Code, missed: number): void {
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.get(missed);
  c.op(W.SELECT);
}

function fromBase(c: Code, { base }: Table, offset: number): void {
  if (base === PAGE_BASE) c.get(PAGE);
  else c.peek(base);
  if (offset === 0) return;
  c.i64(offset);
  c.op(W.I64_ADD);
}

/**
 * Pushes the host address of one of a table, less an offset that the access adds and this returns. If what is added to its addresses is not known, it looks for
 * itself, or leaves for the interpreter. (What happens to be 0 is looked for each time.)
 */
export function inTable(c: Code, table: Table, bytes: number, tag: number): number {
  const { b, imm } = c.fields;
  const local = c.tableLocal(table);
  if (table.align === 0) c.get(local);
  else {
    c.get(local + 1);
    c.get(local);
    c.regW(b);
    if (imm !== 0) {
      c.i32(imm);
      c.op(W.I32_ADD);
    }
    c.i32(4096);
    c.op(W.I32_AND);
    c.op(W.SELECT);
  }
  c.tee(HOST);
  c.op(W.I32_EQZ);
  c.beginUnlikely();
  address(c, imm);
  lookUp(c, bytes, tag);
  missed(c, bytes, tag);
  c.get(ENTRY);
  c.memory(W.I32_LOAD, 24);
  c.set(HOST);
  c.end();
  c.get(HOST);
  c.regW(b);
  c.op(W.I32_ADD);
  if (imm >= 0) return imm;
  c.i32(imm);
  c.op(W.I32_ADD);
  return 0;
}
