// The pool of places for decoded pages that a realm has, and who has them.

import { placeOf } from './decoded-heads';
import { realm, realmArea } from './host';
import {
  DECODED_PAGES,
  DECODED_STRIDE,
  PAGE_FLAGS,
  PC,
  REALM_DECODED,
  REALM_DECODED_FREE,
  REALM_DECODED_NEXT,
  REALM_DECODED_OWNER,
  REALM_DECODED_USED,
  REALM_PAGES,
} from './layout';
import { dropRegions } from './regions';
import { fetchEntry, sweepCodePage } from './tlb';

/** A place of the pool for a page that hart `x` comes to: one that was let go, else one that was never in use, else that of the page that came first. */
export function takePlace(x: usize): u32 {
  const used = load<u32>(realmArea, REALM_DECODED_USED);
  if (load<u32>(realmArea, REALM_DECODED_FREE) != 0) {
    for (let place: u32 = 0; place < used; place++) if (ownerOf(place) == 0) return vacated(place);
  }
  if (used < <u32>DECODED_PAGES) {
    store<u32>(realmArea, used + 1, REALM_DECODED_USED);
    return used;
  }
  let hand = load<u32>(realmArea, REALM_DECODED_NEXT);
  // Not that of the page the hart is in: its instruction may go on in this one.
  const pc = load<u64>(x, PC);
  const here = fetchEntry(x, pc);
  if (load<u64>(here) == pc >> 12 && load<u32>(here, 12) == ownerOf(hand)) hand = after(hand);
  store<u32>(realmArea, after(hand), REALM_DECODED_NEXT);
  return vacated(hand);
}

// @ts-ignore: decorator
@inline function ownerOf(place: u32): u32 { return load<u32>(realmArea + REALM_DECODED_OWNER + (<usize>place << 2)); }

// @ts-ignore: decorator
@inline function after(place: u32): u32 { return place + 1 == <u32>DECODED_PAGES ? 0 : place + 1; }

/** Whoever has a place of the pool has it no more. */
function vacated(place: u32): u32 {
  const owner = ownerOf(place);
  if (owner != 0) {
    const base: usize = realmArea + REALM_PAGES + <usize>place * DECODED_STRIDE;
    dropRegions(base);
    release(owner, base);
  }
  store<u32>(realmArea, load<u32>(realmArea, REALM_DECODED_FREE) - 1, REALM_DECODED_FREE);
  return place;
}

/** A page of this realm has no decoded page any more, and its place is free. */
export function release(page: u32, base: usize): void {
  atomic.store<u32>(realmArea + (<usize>page << 2), 0, REALM_DECODED);
  store<u32>(realmArea + REALM_DECODED_OWNER + (placeOf(base) << 2), 0);
  store<u32>(realmArea, load<u32>(realmArea, REALM_DECODED_FREE) + 1, REALM_DECODED_FREE);
  sweepCodePage(base);
  // Stores that come to it now find a page without code, and fill the TLB anew.
  atomic.and<u16>(PAGE_FLAGS + (<usize>page << 1), <u16>~((<u32>1) << realm));
}
