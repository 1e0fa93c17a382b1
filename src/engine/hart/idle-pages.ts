// Pages that held code once and hold data now: systems use their pages again, and stores to a page that is taken for code are slow.
//
// A store to a decoded page that overwrites nothing decoded is counted. After some of them the page's realm is asked to look, which it does
// between two slices, when none of its harts is in the page: a page without a decoded slot is let go; one that still has some, but no translated
// region, is let go when there were many such stores: should it be run again it is decoded again.

import * as S from './generated/slots';
import { headOf } from './decoded-heads';
import { realmArea } from './host';
import { HEAD_IDLE, REALM_DECODED, REALM_IDLE_PAGE, SLOT_BYTES } from './layout';
import { release } from './page-pool';

/** Stores between two looks, a power of two. */
const LOOK: u32 = 128;
/** Stores after which a page goes that has something decoded. */
const PATIENCE: u32 = 8192;

/** Counts a store to a page decoded at `base` for the realm at `area` that has overwritten nothing decoded. */
export function noteIdleStore(area: usize, page: u32, base: usize): void {
  const stores = atomic.add<u32>(headOf(base), 1, HEAD_IDLE) + 1;
  if ((stores & (LOOK - 1)) == 0) atomic.store<u32>(area, page, REALM_IDLE_PAGE);
}

/** Looks at the page that this realm was asked about. No hart of it may be running. */
export function lookAtIdlePage(): void {
  const page = atomic.xchg<u32>(realmArea, 0, REALM_IDLE_PAGE);
  const known = realmArea + (<usize>page << 2);
  const base = <usize>load<u32>(known, REALM_DECODED);
  if (base == 0) return;
  const many = atomic.load<u32>(headOf(base), HEAD_IDLE) >= PATIENCE;
  const end = base + 2048 * SLOT_BYTES;
  for (let slot = base; slot < end; slot += SLOT_BYTES) {
    const op = load<u16>(slot);
    if (op != <u16>S.S_UNDECODED && (!many || op == <u16>S.S_JIT)) return;
  }
  release(page, base);
}
