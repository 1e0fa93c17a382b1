// Several regions in one WebAssembly module: a module costs memory, a function little. Also carries the branch hints.
// WebAssembly Core Specification 2.0, "Binary Format: Modules"; Branch Hinting proposal (custom section "metadata.code.branch_hint").

import { Bytes } from './bytes.js';
import { IMPORTED_FUNCTIONS } from './code.js';
import * as W from './wasm.js';

const MEMORY_PAGES = 65536;
const I32 = W.TYPE_I32;
const I64 = W.TYPE_I64;
/** Types: a region, then the imported functions in order. */
const TYPES: readonly (readonly [parameters: readonly number[], result: number])[] = [
  [[I32, I64, I32, I64, I32], I32],
  [[I32, I32, I32, I32, I32, I32, I32], I32],
  [[I32, I64, I64, I64, I32], I64],
  [[I32, I32], I32],
  [[I32, I64, I32], I32],
];
/** Names of the imported functions, by the numbers of code.ts. */
export const IMPORT_NAMES = ['fpExecute', 'f64Fma', 'access', 'findCall'] as const;

/** A translated function: its body without its size, and hints as pairs of offset and value. */
export interface Body {
  readonly code: Uint8Array;
  readonly hints: ArrayLike<number>;
}

/** What all modules begin with: magic, version, types and imports. */
const PRELUDE = prelude();

function prelude(): Uint8Array {
  const out = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.u8(byte);
  const types = beginSection(out, 1);
  out.u32(TYPES.length);
  for (const [parameters, result] of TYPES) {
    out.u8(0x60);
    out.u32(parameters.length);
    for (const type of parameters) out.u8(type);
    out.u32(1);
    out.u8(result);
  }
  endSection(out, types);
  const imports = beginSection(out, 2);
  out.u32(2 + IMPORTED_FUNCTIONS);
  out.name('env');
  out.name('memory');
  out.u8(0x02);
  out.u8(0x03); // shared, with a maximum
  out.u32(MEMORY_PAGES);
  out.u32(MEMORY_PAGES);
  out.name('env');
  out.name('table');
  out.u8(0x01);
  out.u8(0x70);
  out.u8(0x00);
  out.u32(0);
  for (let i = 0; i < IMPORTED_FUNCTIONS; i++) {
    out.name('env');
    out.name(IMPORT_NAMES[i]!);
    out.u8(0x00);
    out.u32(1 + i);
  }
  endSection(out, imports);
  return out.take();
}

/** One buffer serves all modules. */
const buffer = new Bytes();

/** Puts bodies together; function i is exported under the name `i`. What it returns is so until the next one is made: whoever compiles it makes a copy. */
export function assembleModule(bodies: readonly Body[]): Uint8Array<ArrayBuffer> {
  const out = buffer;
  out.clear();
  out.bytes(PRELUDE);
  const functions = beginSection(out, 3);
  out.u32(bodies.length);
  for (let i = 0; i < bodies.length; i++) out.u32(0);
  endSection(out, functions);
  const names = beginSection(out, 7);
  out.u32(bodies.length);
  for (let i = 0; i < bodies.length; i++) {
    out.name(String(i));
    out.u8(0x00);
    out.u32(IMPORTED_FUNCTIONS + i);
  }
  endSection(out, names);
  const hints = beginSection(out, 0);
  out.name('metadata.code.branch_hint');
  out.u32(bodies.length);
  for (let i = 0; i < bodies.length; i++) {
    const body = bodies[i]!;
    out.u32(IMPORTED_FUNCTIONS + i);
    out.u32(body.hints.length / 2);
    for (let h = 0; h < body.hints.length; h += 2) {
      out.u32(body.hints[h]!);
      out.u32(1);
      out.u8(body.hints[h + 1]!);
    }
  }
  endSection(out, hints);
  const codes = beginSection(out, 10);
  out.u32(bodies.length);
  for (let i = 0; i < bodies.length; i++) {
    const { code } = bodies[i]!;
    out.u32(code.length);
    out.bytes(code);
  }
  endSection(out, codes);
  return out.view();
}

/** Leaves room for the size of a section, in the longest form that a number may have. */
function beginSection(out: Bytes, id: number): number {
  out.u8(id);
  for (let i = 0; i < 5; i++) out.u8(0);
  return out.length;
}

function endSection(out: Bytes, start: number): void {
  let size = out.length - start;
  for (let i = 5; i > 0; i--, size >>>= 7) out.buffer[start - i] = (size & 0x7f) | (i > 1 ? 0x80 : 0);
}
