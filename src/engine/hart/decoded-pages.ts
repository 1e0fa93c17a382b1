// The pool of decoded pages: where the slots of a host page lie, for which features they were decoded, and forgetting what has changed.
//
// A host page that holds decoded slots is flagged PAGE_HAS_CODE, and no TLB lets a store reach it directly: stores take the
// slow path, which clears exactly the slots it overwrites. Decoded code is therefore always coherent and FENCE.I costs nothing.
// Unprivileged ISA, "Zifencei".

import { instructionFeatures } from './features';
import * as S from './generated/slots';
import {
  DECODED_AREA,
  DECODED_FEATURES,
  DECODED_PAGES,
  DECODED_STRIDE,
  DESK_FEATURES,
  DESK_PAGE,
  DESK_SLOTS,
  HOST_CONTROL,
  HOST_DECODED_NEXT,
  HOST_DECODED_OWNER,
  PAGE_DECODED,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_HAS_REGIONS,
  PAGE_WRITE_MAPPED,
  SLOT_BYTES,
} from './layout';
import { dropRegionAt, dropRegions } from './regions';
import { sweepCodePage, sweepWritable } from './tlb';

/** Where a decoded page says for which features it was decoded, after its last slot. */
export const PAGE_FEATURES: usize = DECODED_FEATURES;

/** The decoded page of a host page for a hart like `x`, taken from the pool when there is none yet. */
export function decodedPage(x: usize, page: u32): usize {
  const entry = PAGE_DECODED + (<usize>page << 2);
  const features = instructionFeatures(x);
  const known = <usize>load<u32>(entry);
  if (known != 0) {
    if (load<u64>(known, PAGE_FEATURES) != features) decodeAfresh(known, features, page);
    return known;
  }
  const hand = load<u32>(HOST_CONTROL, HOST_DECODED_NEXT);
  store<u32>(HOST_CONTROL, hand + 1 == <u32>DECODED_PAGES ? 0 : hand + 1, HOST_DECODED_NEXT);
  const base: usize = DECODED_AREA + <usize>hand * DECODED_STRIDE;
  const ownerSlot: usize = HOST_CONTROL + HOST_DECODED_OWNER + (<usize>hand << 2);
  const owner = load<u32>(ownerSlot);
  if (owner != 0) {
    dropRegions(base, owner);
    store<u32>(PAGE_DECODED + (<usize>owner << 2), 0);
    store<u8>(PAGE_FLAGS + owner, load<u8>(PAGE_FLAGS + owner) & ~PAGE_HAS_CODE);
    sweepCodePage(base);
  }
  emptyPage(base, features);
  store<u32>(ownerSlot, page);
  store<u32>(entry, <u32>base);
  const flags = load<u8>(PAGE_FLAGS + page);
  store<u8>(PAGE_FLAGS + page, <u8>((flags | PAGE_HAS_CODE) & ~PAGE_WRITE_MAPPED));
  if (flags & PAGE_WRITE_MAPPED) sweepWritable(page);
  return base;
}

function emptyPage(base: usize, features: u64): void {
  memory.fill(base, 0, DECODED_STRIDE);
  store<u16>(base + 2048 * SLOT_BYTES, <u16>S.S_PAGE_END);
  store<u16>(base + 2049 * SLOT_BYTES, <u16>S.S_PAGE_END);
  store<u64>(base, features, PAGE_FEATURES);
}

/** Lays a copy of the page at `page` on a translator's desk, with slots to decode it into that no hart runs. */
export function layDesk(desk: usize, page: usize): void {
  memory.copy(desk + DESK_PAGE, page, 4096);
  emptyPage(desk + DESK_SLOTS, load<u64>(desk, DESK_FEATURES));
}

/** A hart with other features comes to a page, for guests may share one: those who know it look it up again, too. */
function decodeAfresh(base: usize, features: u64, page: u32): void {
  dropRegions(base, page);
  sweepCodePage(base);
  emptyPage(base, features);
}

/** Forgets what was decoded from [hpa, hpa + bytes): the bytes have changed. */
export function invalidateCode(hpa: usize, bytes: usize): void {
  let at = hpa & ~1;
  const end = hpa + bytes;
  while (at < end) {
    const page = <u32>(at >> 12);
    const pageEnd = (<usize>page + 1) << 12;
    const stop = min(end, pageEnd);
    const base = <usize>load<u32>(PAGE_DECODED + (<usize>page << 2));
    if (base != 0) {
      // A 4-byte instruction that begins one halfword earlier is overwritten too.
      let slot = base + ((at & 0xffe) << 2);
      if (slot > base) slot -= SLOT_BYTES;
      const last = base + (((stop - 1) & 0xffe) << 2);
      let changed = false;
      while (slot <= last) {
        if (load<u16>(slot) != <u16>S.S_UNDECODED) {
          if (load<u16>(slot) == <u16>S.S_JIT) dropRegionAt(slot);
          else store<u32>(slot, S.S_UNDECODED);
          changed = true;
        }
        slot += SLOT_BYTES;
      }
      if (changed && load<u8>(PAGE_FLAGS + page) & PAGE_HAS_REGIONS) dropRegions(base, page);
    }
    at = pageEnd;
    if (at == 0) break; // the last page of the 4 GiB
  }
}
