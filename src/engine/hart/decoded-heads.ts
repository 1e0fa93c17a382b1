// Heads of decoded pages: what is known of a page, apart from its slots. A pool has thousands of pages, in most of which little is decoded, and the system
// gives memory for each 4 KiB of slots that are written; so what every page has lies close together here.

import * as S from './generated/slots';
import {
  DECODED_STRIDE,
  HEAD_BYTES,
  HEAD_EPOCH,
  HEAD_IDLE,
  HEAD_PARTS,
  HEAD_REGIONS,
  REALM_AREA,
  REALM_HEADS,
  REALM_PAGES,
  REALM_STRIDE,
  SLOT_BYTES,
} from './layout';

/** Bytes of slots that a bit of HEAD_PARTS stands for, and their logarithm. */
const PART_BYTES: usize = 1024;
const PART_SHIFT: usize = 10;

/** The place that a decoded page has in its realm's pool. */
// @ts-ignore: decorator
@inline export function placeOf(base: usize): usize { return ((base - REALM_AREA) % REALM_STRIDE - REALM_PAGES) / DECODED_STRIDE; }

/** What is known of a decoded page, of whichever realm. */
export function headOf(base: usize): usize {
  const area: usize = REALM_AREA + ((base - REALM_AREA) / REALM_STRIDE) * REALM_STRIDE;
  return area + REALM_HEADS + placeOf(base) * HEAD_BYTES;
}

/** Only what is not zero is made so: the system gives memory for whatever is written, and most pages have little code in them. */
export function emptyPlace(base: usize, head: usize): void {
  for (let parts = load<u32>(head, HEAD_PARTS); parts != 0; parts &= parts - 1) {
    const from = <usize>ctz<u32>(parts) << PART_SHIFT;
    memory.fill(base + from, 0, min(PART_BYTES, DECODED_STRIDE - from));
  }
  store<u32>(head, 0, HEAD_PARTS);
  store<u32>(head, 0, HEAD_REGIONS);
  store<u32>(head, 0, HEAD_IDLE);
  store<u32>(head, 0, HEAD_EPOCH);
}

/** The slots in [from, to) have been filled. */
export function noteFilled(base: usize, from: usize, to: usize): void {
  const head = headOf(base);
  let parts: u32 = 0;
  for (let part = (from - base) >> PART_SHIFT; part <= (to - 1 - base) >> PART_SHIFT; part++) parts |= (<u32>1) << <u32>part;
  store<u32>(head, load<u32>(head, HEAD_PARTS) | parts, HEAD_PARTS);
}

/** Makes a slot behind a page's last one say so: until a hart comes there it is as empty as others. */
export function endPage(base: usize, slot: usize): void {
  noteFilled(base, slot, slot + SLOT_BYTES);
  store<u16>(slot, <u16>S.S_PAGE_END);
}
