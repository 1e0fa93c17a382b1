// Whether what a vCPU reaches lies in host memory as it does in its own: then what an entry of the TLB adds to an address can be guessed.
//
// A load takes an address, an entry of the TLB, and only then the word: what follows pointers waits for all of it at each step. With the guess that
// the entry adds what the last one did, the processor loads the word at once and compares meanwhile. Under one stretch of host memory (no paging, or the
// large pages that kernels map memory with) it is always right; where each page lies elsewhere it would be wrong as often as not, and costs more than it gives.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';

const NOTHING = 0xffff_ffff;
/** One in so many entries may add something else. */
const OTHERS = 16;

/** Do nearly all entries of the TLB that vCPU `x` uses now add the same to a virtual address? */
export function isLinear({ u32 }: Engine, x: number): boolean {
  const bank = u32[(x + L.BANK_LS) >>> 2]! >>> 2;
  // The one that has the majority, if there is one (Boyer and Moore), and then how large that is.
  let most = 0;
  let lead = 0;
  let all = 0;
  for (let i = 0; i < L.LS_ENTRIES; i++) {
    const at = bank + (i * L.LS_ENTRY_BYTES) / 4;
    if (u32[at] === NOTHING && u32[at + 1] === NOTHING) continue;
    all++;
    const addend = u32[at + 6]!;
    if (lead === 0) most = addend;
    lead += addend === most ? 1 : -1;
  }
  let others = 0;
  for (let i = 0; i < L.LS_ENTRIES; i++) {
    const at = bank + (i * L.LS_ENTRY_BYTES) / 4;
    if (u32[at] === NOTHING && u32[at + 1] === NOTHING) continue;
    if (u32[at + 6] !== most) others++;
  }
  return others * OTHERS <= all;
}
