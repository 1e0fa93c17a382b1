// FENCE in translated code. Unprivileged ISA, "Memory Ordering Instructions".

import * as L from '../engine/hart/layout.js';
import type { Code } from './code.js';
import { X } from './locals.js';
import * as W from './wasm.js';

/**
 * Is the machine below one whose stores are seen in their order and whose loads happen in theirs, as x86 is, or one that is emulated? WebAssembly does
 * not tell, but the NaN that a division makes does: its sign is set there, and on no other. Part of what translated code depends on.
 */
export const ORDERED = ordered();

function ordered(): boolean {
  // (module (func (export "f") (param f64 f64) (result i64) (i64.reinterpret_f64 (f64.div (local.get 0) (local.get 1)))))
  const bytes = Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 7, 1, 0x60, 2, 0x7c, 0x7c, 1, 0x7e, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
    ...[10, 10, 1, 8, 0, 0x20, 0, 0x20, 1, 0xa3, 0xbd, 0x0b],
  );
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Record<
    string,
    (...of: number[]) => bigint
  >;
  return f!(0, 0) < 0n;
}

/** A fence that need not keep loads behind earlier stores is none on such a machine, but for the compiler: it moves nothing past a store. */
export function emitFence(c: Code): void {
  if (ORDERED && c.fields.imm === 0) {
    c.get(X);
    c.i32(0);
    c.memory(W.I32_STORE, L.JIT_SCRATCH);
    return;
  }
  c.op(W.ATOMIC_PREFIX);
  c.op(W.ATOMIC_FENCE);
  c.op(0);
}
