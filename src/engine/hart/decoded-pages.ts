// The pool of decoded pages of this realm: where the slots of a host page lie, for which features they were decoded, and forgetting
// what has changed, in every realm.
//
// A host page that holds decoded slots has its realm's bit in the page flags, and no TLB lets a store reach it directly: stores take the
// slow path, which clears exactly the slots they overwrite, in all realms that have the page. So decoded code is always coherent; FENCE.I only
// has to leave translated code. A page that some TLB might still be written through is not decoded until every other vCPU has passed a
// safepoint; until then its instructions are fetched one by one. Others only ever make a slot undecoded; whoever decodes looks at the page's code
// epoch before and after, which moves before slots are cleared.
// Unprivileged ISA, "Zifencei".

import { emptyPlace, headOf } from './decoded-heads';
import { instructionFeatures } from './features';
import * as S from './generated/slots';
import { realm, realmArea } from './host';
import {
  CODE_EPOCHS,
  DECODED_STRIDE,
  DESK_PAGE,
  DESK_SLOTS,
  HEAD_BYTES,
  HEAD_EPOCH,
  HEAD_FEATURES,
  HOST_CODE_EPOCHS,
  HOST_CONTROL,
  PAGE_FLAGS,
  PAGE_HAS_CODE,
  PAGE_WRITE_MAPPED,
  REALM_AREA,
  REALM_DECODED,
  REALM_DECODED_OWNER,
  REALM_HEADS,
  REALM_PAGES,
  REALM_STRIDE,
  SLOT_BYTES,
} from './layout';
import { noteIdleStore } from './idle-pages';
import { takePlace } from './page-pool';
import { dropRegionAt, dropRegions } from './regions';
import { nextEpoch, passed } from './safepoint';
import { sweepCodePage, sweepWritable } from './tlb';

// @ts-ignore: decorator
@inline function flagsOf(page: u32): usize { return PAGE_FLAGS + (<usize>page << 1); }

/** Has any realm decoded instructions of the page of a host address? Asked after a store to it. */
// @ts-ignore: decorator
@inline export function hasCode(host: usize): bool {
  return (atomic.load<u16>(flagsOf(<u32>(host >> 12))) & PAGE_HAS_CODE) != 0;
}

/** Notes that a TLB may be about to hold a write entry for a page, made already; false: it must not, for the page holds code. */
export function mayWriteDirectly(page: u32): bool {
  const flags = atomic.load<u16>(flagsOf(page));
  if (flags & PAGE_HAS_CODE) return false;
  // Whoever decodes the page now sees this flag, or is seen here.
  return (atomic.or<u16>(flagsOf(page), PAGE_WRITE_MAPPED) & PAGE_HAS_CODE) == 0;
}

/**
 * Is that noted of a page without code already? Not for entries of the TLB: a sweep must find them, and only a change to the flags, which a processor does not put before
 * the stores that it follows, sees to it that it does.
 */
export function isWriteMapped(page: u32): bool {
  return (atomic.load<u16>(flagsOf(page)) & (PAGE_WRITE_MAPPED | PAGE_HAS_CODE)) == PAGE_WRITE_MAPPED;
}

/** The decoded page of a host page in this realm, 0 if there is none. */
// @ts-ignore: decorator
@inline export function knownPage(page: u32): usize { return <usize>load<u32>(realmArea + (<usize>page << 2), REALM_DECODED); }

/** The decoded page of a host page for a hart like `x`, taken from the pool when there is none yet. */
export function decodedPage(x: usize, page: u32): usize {
  const features = instructionFeatures(x);
  const known = knownPage(page);
  if (known != 0) {
    const head = headOf(known);
    if (load<u64>(head, HEAD_FEATURES) != features) decodeAfresh(known, features);
    return known;
  }
  const place = takePlace(x);
  const base: usize = realmArea + REALM_PAGES + <usize>place * DECODED_STRIDE;
  const head: usize = realmArea + REALM_HEADS + <usize>place * HEAD_BYTES;
  emptyPlace(base, head);
  store<u64>(head, features, HEAD_FEATURES);
  store<u32>(realmArea + REALM_DECODED_OWNER + (<usize>place << 2), page);
  atomic.store<u32>(realmArea + (<usize>page << 2), <u32>base, REALM_DECODED);
  if (atomic.or<u16>(flagsOf(page), <u16>((<u32>1) << realm)) & PAGE_WRITE_MAPPED) {
    sweepWritable(page);
    store<u32>(head, nextEpoch(), HEAD_EPOCH);
  }
  return base;
}

/** May slots of a decoded page be filled: can no store that was under way before it was made still arrive? */
export function settled(x: usize, base: usize, page: u32): bool {
  const head = headOf(base);
  const epoch = load<u32>(head, HEAD_EPOCH);
  if (epoch == 0) return true;
  if (!passed(x, epoch)) return false;
  store<u32>(head, 0, HEAD_EPOCH);
  atomic.and<u16>(flagsOf(page), <u16>~PAGE_WRITE_MAPPED);
  return true;
}

/** Lays a copy of the page at `page` on a translator's desk, with slots to decode it into that no hart runs. */
export function layDesk(desk: usize, page: usize): void {
  memory.copy(desk + DESK_PAGE, page, 4096);
  const slots = desk + DESK_SLOTS;
  memory.fill(slots, 0, 2048 * SLOT_BYTES);
  store<u16>(slots + 2048 * SLOT_BYTES, <u16>S.S_PAGE_END);
  store<u16>(slots + 2049 * SLOT_BYTES, <u16>S.S_PAGE_END);
}

/** A hart with other features comes to a page, for guests may share one: those who know it look it up again, too. */
function decodeAfresh(base: usize, features: u64): void {
  dropRegions(base);
  sweepCodePage(base);
  const head = headOf(base);
  const epoch = load<u32>(head, HEAD_EPOCH);
  emptyPlace(base, head);
  store<u64>(head, features, HEAD_FEATURES);
  store<u32>(head, epoch, HEAD_EPOCH);
}

// @ts-ignore: decorator
@inline function epochOf(page: u32): usize { return HOST_CONTROL + HOST_CODE_EPOCHS + ((<usize>page & (CODE_EPOCHS - 1)) << 2); }

/** Before slots of a page are filled ... */
export function codeEpoch(page: u32): u32 { return atomic.load<u32>(epochOf(page)); }

/** ... and after: has nothing been dropped meanwhile? What was stored before is seen by whoever drops something now. */
export function sameCodeEpoch(page: u32, epoch: u32): bool { return atomic.add<u32>(epochOf(page), 0) == epoch; }

/** Forgets what was decoded from [hpa, hpa + bytes): the bytes have changed. */
export function invalidateCode(hpa: usize, bytes: usize): void {
  let at = hpa & ~1;
  const end = hpa + bytes;
  while (at < end) {
    const page = <u32>(at >> 12);
    const pageEnd = (<usize>page + 1) << 12;
    const stop = min(end, pageEnd);
    atomic.add<u32>(epochOf(page), 1);
    let realms = <u32>atomic.load<u16>(flagsOf(page)) & PAGE_HAS_CODE;
    while (realms != 0) {
      const area: usize = REALM_AREA + <usize>ctz<u32>(realms) * REALM_STRIDE;
      const base = <usize>atomic.load<u32>(area + (<usize>page << 2), REALM_DECODED);
      if (base != 0 && !clearSlots(base, at, stop)) noteIdleStore(area, page, base);
      realms &= realms - 1;
    }
    at = pageEnd;
    if (at == 0) break; // the last page of the 4 GiB
  }
}

/** Makes slots undecoded; whether any was not. Their realm may be executing them: it goes on with what it has read, so only the operation changes. */
function clearSlots(base: usize, at: usize, stop: usize): bool {
  // A 4-byte instruction that begins one halfword earlier is overwritten too.
  let slot = base + ((at & 0xffe) << 2);
  if (slot > base) slot -= SLOT_BYTES;
  const last = base + (((stop - 1) & 0xffe) << 2);
  let changed = false;
  while (slot <= last) {
    const op = load<u16>(slot);
    if (op != <u16>S.S_UNDECODED) {
      if (op == <u16>S.S_JIT) dropRegionAt(slot);
      else store<u16>(slot, <u16>S.S_UNDECODED);
      changed = true;
    }
    slot += SLOT_BYTES;
  }
  if (changed) dropRegions(base);
  return changed;
}
