// Whether what a vCPU reaches lies in host memory as it does in its own: then translated code looks at a window first, and not at the TLB (windows.ts).
//
// Under one stretch of host memory (no paging, or the large pages that kernels map memory with) nearly all accesses lie in a window; where each page lies
// elsewhere hardly any would, and the look at it would be in vain.

import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';

const NOTHING = 0xffff_ffff;
/** Entries that are enough to judge by. */
const ENOUGH = 128;
/** Where the next look begins, so that all of a full bank comes to be looked at. */
let start = 0;

/** Do nearly all entries of the TLB that vCPU `x` uses now add the same to a virtual address? */
export function isLinear({ u32 }: Engine, x: number): boolean {
  const bank = u32[(x + L.BANK_LS) >>> 2]! >>> 2;
  // The one that has the majority (Boyer and Moore): all but what it leads by has cancelled out in pairs, of which half or more are others.
  let most = 0;
  let lead = 0;
  let all = 0;
  for (let looked = 0; looked < L.LS_ENTRIES && all < ENOUGH; looked++) {
    const at = bank + (start * L.LS_ENTRY_BYTES) / 4;
    start = (start + 1) % L.LS_ENTRIES;
    // The upper half of a page number says whether there is one.
    if (u32[at + 1] === NOTHING) continue;
    all++;
    const addend = u32[at + 6]!;
    if (lead === 0) most = addend;
    lead += addend === most ? 1 : -1;
  }
  return lead * 8 >= all * 7;
}
