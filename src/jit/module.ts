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
  [[I32, I64, I32], I32],
  [[I32, I32, I32, I32, I32, I32, I32], I32],
  [[I32, I64, I64, I64, I32], I64],
  [[I32, I32], I32],
];
/** Names of the imported functions, by the numbers of code.ts. */
export const IMPORT_NAMES = ['fpExecute', 'f64Fma', 'access'] as const;

/** A translated function: its body without its size, and hints as pairs of offset and value. */
export interface Body {
  readonly code: Uint8Array;
  readonly hints: ArrayLike<number>;
}

/** Puts bodies together; function i is exported under the name `i`. */
export function assembleModule(bodies: readonly Body[]): Uint8Array<ArrayBuffer> {
  const out = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]) out.u8(byte);
  section(out, 1, (s) => {
    s.u32(TYPES.length);
    for (const [parameters, result] of TYPES) {
      s.u8(0x60);
      s.u32(parameters.length);
      for (const type of parameters) s.u8(type);
      s.u32(1);
      s.u8(result);
    }
  });
  section(out, 2, (s) => {
    s.u32(2 + IMPORTED_FUNCTIONS);
    s.name('env');
    s.name('memory');
    s.u8(0x02);
    s.u8(0x03); // shared, with a maximum
    s.u32(MEMORY_PAGES);
    s.u32(MEMORY_PAGES);
    s.name('env');
    s.name('table');
    s.u8(0x01);
    s.u8(0x70);
    s.u8(0x00);
    s.u32(0);
    for (let i = 0; i < IMPORTED_FUNCTIONS; i++) {
      s.name('env');
      s.name(IMPORT_NAMES[i]!);
      s.u8(0x00);
      s.u32(1 + i);
    }
  });
  section(out, 3, (s) => {
    s.u32(bodies.length);
    for (let i = 0; i < bodies.length; i++) s.u32(0);
  });
  section(out, 7, (s) => {
    s.u32(bodies.length);
    for (let i = 0; i < bodies.length; i++) {
      s.name(String(i));
      s.u8(0x00);
      s.u32(IMPORTED_FUNCTIONS + i);
    }
  });
  section(out, 0, (s) => {
    s.name('metadata.code.branch_hint');
    s.u32(bodies.length);
    bodies.forEach((body, i) => {
      s.u32(IMPORTED_FUNCTIONS + i);
      s.u32(body.hints.length / 2);
      for (let h = 0; h < body.hints.length; h += 2) {
        s.u32(body.hints[h]!);
        s.u32(1);
        s.u8(body.hints[h + 1]!);
      }
    });
  });
  section(out, 10, (s) => {
    s.u32(bodies.length);
    for (const { code } of bodies) {
      s.u32(code.length);
      s.bytes(code);
    }
  });
  return out.take();
}

function section(out: Bytes, id: number, write: (s: Bytes) => void): void {
  const content = new Bytes();
  write(content);
  out.u8(id);
  out.u32(content.length);
  out.append(content);
}
