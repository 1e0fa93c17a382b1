// Memory that two guests have until one of them writes: the copy of a last-level nested page table, for a fork. A guest has as many
// entries as pages, and this is what a fork waits for.
// Priv. ISA, "Addressing and Memory Protection" (PTE format, RSW bits), Hypervisor, "Two-Stage Address Translation".

import { NPT_COPY, NPT_D, NPT_HELD, NPT_MOVING, NPT_V, NPT_W, PAGE_HOLDERS } from './layout';

/** Gives each page of a run one more holder. A page has fewer holders than there are guests, so the count stays in its 15 bits. */
export function holdPages(page: u32, count: u32): void {
  const end = PAGE_HOLDERS + ((<usize>page + count) << 1);
  for (let at = PAGE_HOLDERS + ((<usize>page) << 1); at < end; at += 2) atomic.add<u16>(at, 1);
}

/**
 * Copies a table of 4 KiB leaves: a leaf of the guest's own memory becomes one that is copied before it is written, in both; memory that
 * is due is due in both; other leaves stay where they are. Nobody uses `from` meanwhile, or what was cached of it afterwards.
 */
export function shareTable(from: usize, to: usize): void {
  for (let at: usize = 0; at < 4096; at += 8) {
    const pte = load<u32>(from + at);
    if ((pte & NPT_HELD) == 0) continue;
    let shared = pte;
    if (pte & NPT_V) {
      holdPages(pte >> 10, 1);
      if (pte & NPT_COPY) shared = pte & ~NPT_MOVING;
      else {
        shared = (pte & NPT_W ? pte & ~NPT_W : pte & ~NPT_D) | NPT_COPY;
      }
      if (shared != pte) store<u32>(from + at, shared);
    }
    store<u32>(to + at, shared);
  }
}
