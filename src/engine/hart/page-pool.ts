// The pool of places for decoded pages that a realm has, and who has them.
//
// It is as large as what is run, not as what has ever been: a guest that boots comes to thousands of pages once.

import { placeOf } from './decoded-heads';
import { realm, realmArea } from './host';
import {
  DECODED_PAGES,
  DECODED_STRIDE,
  HEAD_BYTES,
  HEAD_ROUND,
  PAGE_FLAGS,
  REALM_DECODED,
  REALM_DECODED_NEXT,
  REALM_DECODED_OWNER,
  REALM_DECODED_ROUND,
  REALM_DECODED_TAKEN,
  REALM_DECODED_USED,
  REALM_HEADS,
  REALM_PAGES,
} from './layout';
import { dropRegions } from './regions';
import { forgetFetches, sweepCodePage } from './tlb';

/** Places taken from one round of the pool to the next. */
const ROUND: u32 = 256;
/** Places that are looked at for one whose page has gone out of use. */
const LOOKED_AT: u32 = 64;

/**
 * A place of the pool that no page has: one that was let go, else that of a page to which no hart has come in a whole round, else one that was never
 * in use. So the pool is as large as what is run, not as what has ever been. To come to a page is to miss the TLB, as interpreted and translated
 * code do alike, and each round begins with fetches that miss.
 */
export function takePlace(): u32 {
  let round = load<u32>(realmArea, REALM_DECODED_ROUND);
  const taken = load<u32>(realmArea, REALM_DECODED_TAKEN) + 1;
  store<u32>(realmArea, taken == ROUND ? 0 : taken, REALM_DECODED_TAKEN);
  if (taken == ROUND) {
    store<u32>(realmArea, ++round, REALM_DECODED_ROUND);
    forgetFetches();
  }
  const used = load<u32>(realmArea, REALM_DECODED_USED);
  let hand = load<u32>(realmArea, REALM_DECODED_NEXT);
  for (let i: u32 = 0; i < min(LOOKED_AT, used); i++) {
    if (hand >= used) hand = 0;
    const owner = load<u32>(realmArea + REALM_DECODED_OWNER + (<usize>hand << 2));
    if (owner == 0 || load<u32>(realmArea + REALM_HEADS + <usize>hand * HEAD_BYTES, HEAD_ROUND) + 1 < round) return vacated(hand);
    hand++;
  }
  if (used == <u32>DECODED_PAGES) return vacated(hand >= used ? 0 : hand);
  store<u32>(realmArea, hand, REALM_DECODED_NEXT);
  store<u32>(realmArea, used + 1, REALM_DECODED_USED);
  return used;
}

/** Whoever has a place of the pool has it no more, and the hand goes on behind it. */
function vacated(place: u32): u32 {
  store<u32>(realmArea, place + 1, REALM_DECODED_NEXT);
  const owner = load<u32>(realmArea + REALM_DECODED_OWNER + (<usize>place << 2));
  if (owner == 0) return place;
  const base: usize = realmArea + REALM_PAGES + <usize>place * DECODED_STRIDE;
  dropRegions(base);
  release(owner, base);
  return place;
}

/** A page of this realm has no decoded page any more. */
export function release(page: u32, base: usize): void {
  atomic.store<u32>(realmArea + (<usize>page << 2), 0, REALM_DECODED);
  store<u32>(realmArea + REALM_DECODED_OWNER + (placeOf(base) << 2), 0);
  sweepCodePage(base);
  // Stores that come to it now find a page without code, and fill the TLB anew.
  atomic.and<u16>(PAGE_FLAGS + (<usize>page << 1), <u16>~((<u32>1) << realm));
}
