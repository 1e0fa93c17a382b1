// Translated regions as the engine sees them: a slot whose operation is S_JIT names a record, the record a function of the table.
//
// A region begins at one slot and stays within one page. When decoded code of the page changes, all regions of the page are dropped: their
// slots become undecoded again and their records wait to be collected by the translator, which owns the functions.
//
// Blocks are found hot by sampling: after a slice the interpreter goes on one instruction at a time to the next jump, and its target is
// counted. A block that is met often enough enters the hot queue. Nothing is counted in the interpreter's loop itself.

import { moveCallsEpoch } from './calls';
import { headOf } from './decoded-heads';
import { S_JIT, S_UNDECODED } from './generated/slots';
import { realmArea } from './host';
import {
  HEAD_EPOCH,
  HEAD_REGIONS,
  HOST_CONTROL,
  HOST_HOT_THRESHOLD,
  HOST_JIT,
  HOST_REGIONS_DROPPED,
  HOT_QUEUE_ENTRIES,
  MAX_REGIONS,
  PRIV,
  REALM_DECODED,
  REALM_HOT_COUNT,
  REALM_HOT_QUEUE,
  REALM_HOT_TABLE,
  REGION_AREA,
  REGION_BYTES,
  REGION_ORIGINAL,
  REGION_SEATS,
  REGION_USED,
  SLOT_BYTES,
} from './layout';
import { fetchEntry } from './tlb';

const INDEX: usize = 0;
const SLOT: usize = 4;
const SIZE: usize = 8;
const STATE: usize = 12;
const LIVE: u32 = 1;
const DROPPED: u32 = 2;

/** Drops the regions that begin in a decoded page, of whichever realm. */
export function dropRegions(base: usize): void {
  const head = headOf(base);
  if (load<u32>(head, HEAD_REGIONS) == 0) return;
  store<u32>(head, 0, HEAD_REGIONS);
  const end = base + 2048 * SLOT_BYTES;
  for (let slot = base; slot < end; slot += SLOT_BYTES) {
    if (load<u16>(slot) == <u16>S_JIT) dropRegionAt(slot);
  }
}

/**
 * Drops the region that begins at a slot: its instruction is decoded again when it is next met. The slot is cleared first, for the realm's
 * translator takes the record back as soon as it is dropped. Any realm may do this to another's.
 */
export function dropRegionAt(slot: usize): void {
  const region = load<u32>(slot, 4);
  atomic.store<u16>(slot, <u16>S_UNDECODED);
  if (region >= <u32>MAX_REGIONS) return; // its realm was faster, and has decoded the slot anew
  const record: usize = REGION_AREA + <usize>region * REGION_BYTES;
  if (<usize>load<u32>(record, SLOT) == slot) mark(record);
}

function mark(record: usize): void {
  if (atomic.cmpxchg<u32>(record, LIVE, DROPPED, STATE) != LIVE) return;
  moveCallsEpoch();
  atomic.add<u32>(HOST_CONTROL, 1, HOST_REGIONS_DROPPED);
}

/** Makes the block at host address `hpa` enter the function `index` of the table through record `region`. */
export function installRegion(region: u32, hpa: u32, index: u32, size: u32, seat: u32): bool {
  const base = <usize>load<u32>(realmArea + ((<usize>hpa >> 12) << 2), REALM_DECODED);
  if (base == 0) return false;
  const head = headOf(base);
  if (load<u32>(head, HEAD_EPOCH) != 0) return false;
  const slot = base + ((<usize>hpa & 0xffe) << 2);
  const record: usize = REGION_AREA + <usize>region * REGION_BYTES;
  if (load<u16>(slot) == <u16>S_JIT) return false;
  store<u32>(record, index, INDEX);
  store<u32>(record, <u32>slot, SLOT);
  store<u32>(record, size, SIZE);
  store<u64>(record, load<u64>(slot), REGION_ORIGINAL);
  store<u32>(record, seat, REGION_SEATS);
  store<u32>(record, 1, REGION_USED);
  atomic.store<u32>(record, LIVE, STATE);
  store<u32>(head, 1, HEAD_REGIONS);
  store<u32>(slot, region, 4);
  atomic.store<u32>(slot, S_JIT);
  return true;
}

/** Drops one region of this realm: its slot is decoded again when it is next met. */
export function removeRegion(region: u32): void {
  const record: usize = REGION_AREA + <usize>region * REGION_BYTES;
  if (atomic.load<u32>(record, STATE) != LIVE) return;
  const slot = <usize>load<u32>(record, SLOT);
  if (load<u16>(slot) == <u16>S_JIT && load<u32>(slot, 4) == region) dropRegionAt(slot);
  else mark(record); // another realm has just cleared the slot
}

/** Is hot code looked for? */
// @ts-ignore: decorator
@inline export function jitOn(): bool { return load<u32>(HOST_CONTROL, HOST_JIT) != 0; }

/** Counts a meeting with the block at `hpa`; when it becomes hot it enters the queue, and with it whether it was met in user mode. */
function meetBlock(hpa: u32, program: bool): void {
  const entry: usize = realmArea + REALM_HOT_TABLE + ((<usize>(hpa >> 1) * 0x9e3779b1) >>> 20) * 8;
  if (load<u32>(entry) != hpa) {
    store<u32>(entry, hpa);
    store<u32>(entry, 0, 4);
  }
  const met = load<u32>(entry, 4) + 1;
  store<u32>(entry, met, 4);
  // A block that is still met had its region dropped, or could not be translated: it is tried again, at first
  // soon, then every 16th time.
  const threshold = max<u32>(1, load<u32>(HOST_CONTROL, HOST_HOT_THRESHOLD));
  const times = met / threshold;
  if (times * threshold != met || ((times & (times - 1)) != 0 && (times & 15) != 0)) return;
  const waiting = load<u32>(realmArea, REALM_HOT_COUNT);
  if (waiting == <u32>HOT_QUEUE_ENTRIES) {
    store<u32>(entry, met - 1, 4); // full: it will be met again
    return;
  }
  store<u32>(realmArea + REALM_HOT_QUEUE + (<usize>waiting << 2), hpa | <u32>program);
  store<u32>(realmArea, waiting + 1, REALM_HOT_COUNT);
}

/** The same for the block at `pc`, unless it is translated already. False if its page has no entry in the fetch bank. */
export function meetBlockAt(x: usize, pc: u64): bool {
  const entry = fetchEntry(x, pc);
  if (load<u64>(entry) != pc >> 12) return false;
  const slot = <usize>load<u32>(entry, 8) + ((<usize>pc & 0xffe) << 2);
  if (load<u16>(slot) != <u16>S_JIT) meetBlock((load<u32>(entry, 12) << 12) + (<u32>pc & 0xffe), load<u32>(x, PRIV) == 0);
  return true;
}
