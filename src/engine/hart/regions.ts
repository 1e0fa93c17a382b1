// Translated regions as the engine sees them: a slot whose operation is S_JIT names a record, the record a function of the table.
//
// A region begins at one slot and stays within one page. When decoded code of the page changes, all regions of the page are dropped: their
// slots become undecoded again and their records wait to be collected by the translator, which owns the functions.
//
// Blocks are found hot by sampling: after a slice the interpreter goes on one instruction at a time to the next jump, and its target is
// counted. A block that is met often enough enters the hot queue. Nothing is counted in the interpreter's loop itself.

import { S_JIT, S_UNDECODED } from './generated/slots';
import {
  HOST_CONTROL,
  HOST_HOT_COUNT,
  HOST_HOT_QUEUE,
  HOST_HOT_TABLE,
  HOST_HOT_THRESHOLD,
  HOST_JIT,
  HOST_REGIONS_DROPPED,
  HOT_QUEUE_ENTRIES,
  PAGE_DECODED,
  PAGE_FLAGS,
  PAGE_HAS_REGIONS,
  REGION_AREA,
  REGION_BYTES,
  REGION_ORIGINAL,
  REGION_SEATS,
  REGION_USED,
  SLOT_BYTES,
} from './layout';

const INDEX: usize = 0;
const SLOT: usize = 4;
const SIZE: usize = 8;
const STATE: usize = 12;
const LIVE: u32 = 1;
const DROPPED: u32 = 2;

/** Drops the regions that begin in a decoded page. */
export function dropRegions(base: usize, page: u32): void {
  const flags = load<u8>(PAGE_FLAGS + page);
  if (!(flags & PAGE_HAS_REGIONS)) return;
  store<u8>(PAGE_FLAGS + page, <u8>(flags & ~PAGE_HAS_REGIONS));
  const end = base + 2048 * SLOT_BYTES;
  for (let slot = base; slot < end; slot += SLOT_BYTES) {
    if (load<u16>(slot) == <u16>S_JIT) dropRegionAt(slot);
  }
}

/** Drops the region that begins at a slot: its instruction is decoded again when it is next met. */
export function dropRegionAt(slot: usize): void {
  store<u32>(REGION_AREA + <usize>load<u32>(slot, 4) * REGION_BYTES, DROPPED, STATE);
  store<u32>(slot, S_UNDECODED);
  store<u32>(HOST_CONTROL, load<u32>(HOST_CONTROL, HOST_REGIONS_DROPPED) + 1, HOST_REGIONS_DROPPED);
}

/** Makes the block at host address `hpa` enter the function `index` of the table through record `region`. */
export function installRegion(region: u32, hpa: u32, index: u32, size: u32, seat: u32): bool {
  const base = <usize>load<u32>(PAGE_DECODED + ((<usize>hpa >> 12) << 2));
  if (base == 0) return false;
  const slot = base + ((<usize>hpa & 0xffe) << 2);
  const record: usize = REGION_AREA + <usize>region * REGION_BYTES;
  if (load<u16>(slot) == <u16>S_JIT) return false;
  store<u32>(record, index, INDEX);
  store<u32>(record, <u32>slot, SLOT);
  store<u32>(record, size, SIZE);
  store<u32>(record, LIVE, STATE);
  store<u64>(record, load<u64>(slot), REGION_ORIGINAL);
  store<u32>(record, seat, REGION_SEATS);
  store<u32>(record, 1, REGION_USED);
  store<u32>(slot, region, 4);
  store<u32>(slot, S_JIT);
  store<u8>(PAGE_FLAGS + (hpa >> 12), load<u8>(PAGE_FLAGS + (hpa >> 12)) | <u8>PAGE_HAS_REGIONS);
  return true;
}

/** Drops one region: its slot is decoded again when it is next met. */
export function removeRegion(region: u32): void {
  const record: usize = REGION_AREA + <usize>region * REGION_BYTES;
  if (load<u32>(record, STATE) == LIVE) dropRegionAt(<usize>load<u32>(record, SLOT));
}

/** Is hot code looked for? */
// @ts-ignore: decorator
@inline export function jitOn(): bool { return load<u32>(HOST_CONTROL, HOST_JIT) != 0; }

/** Counts a meeting with the block at `hpa`; when it becomes hot it enters the queue. */
export function meetBlock(hpa: u32): void {
  const entry: usize = HOST_CONTROL + HOST_HOT_TABLE + ((<usize>(hpa >> 1) * 0x9e3779b1) >>> 20) * 8;
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
  const waiting = load<u32>(HOST_CONTROL, HOST_HOT_COUNT);
  if (waiting == <u32>HOT_QUEUE_ENTRIES) {
    store<u32>(entry, met - 1, 4); // full: it will be met again
    return;
  }
  store<u32>(HOST_CONTROL + HOST_HOT_QUEUE + (<usize>waiting << 2), hpa);
  store<u32>(HOST_CONTROL, waiting + 1, HOST_HOT_COUNT);
}
