// The pages that translated code keeps of the TLB, from one access to the next and from one region to another (jit/kept-pages.ts).
//
// They are true until the TLB loses what it has: while translated code runs only other harts take something from it, which wait for this one's next
// safepoint before they rely on it. So they are forgotten whenever the engine comes to translated code.

import { KEPT_PAGE_BYTES, KEPT_PAGE_COUNT, KEPT_PAGES, NO_PAGE } from './layout';

export function forgetKept(x: usize): void {
  for (let i: usize = 0; i < <usize>(KEPT_PAGE_COUNT * KEPT_PAGE_BYTES); i += KEPT_PAGE_BYTES) store<u64>(x + i, NO_PAGE, KEPT_PAGES);
}
