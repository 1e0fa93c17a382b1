// Fences that one hart asks of another: which translations are meant lies in a record of the other's area until its next safepoint.
// SBI specification, "RFENCE Extension"; Priv. ISA, Hypervisor, "Hypervisor Memory-Management Fence Instructions".

import { FENCE_BYTES, FENCE_RECORDS, FENCES, REQUEST_FENCE, REQUEST_FLUSH, REQUESTS } from './layout';
import { currentVmid, fenceGstage, fencePages } from './tlb';

// A record.
const TAKEN: usize = 0; // u32: 1 from when somebody asks until it is performed
const KIND: usize = 4; // u32, one of those below
const FIRST: usize = 8; // u64: number of the first page
const PAGES: usize = 16; // u32: how many, 0 for all
const ASID: usize = 20; // u32, or ANY
const VMID: usize = 24; // u32, or ANY

/** Translations of the first stage of a hart that is no guest, */
const SUPERVISOR: u32 = 0;
/** of a guest, its current one unless a VMID is given, */
const GUEST: u32 = 1;
/** and of the second stage. */
const GUEST_PHYSICAL: u32 = 2;
const ANY: u32 = u32.MAX_VALUE;

/** Performs a fence on a vCPU that is this thread's own, or runs nowhere. */
export function fenceHart(x: usize, kind: u32, first: u64, pages: u32, asid: u32, vmid: u32): void {
  if (kind == GUEST_PHYSICAL) {
    fenceGstage(x, first << 12, vmid, pages != 0, vmid != ANY);
    return;
  }
  const guest = kind == GUEST;
  fencePages(x, first, pages, asid, asid != ANY, guest, guest && vmid != ANY ? vmid : currentVmid(x));
}

/** Asks any vCPU for a fence at its next safepoint; where too many wait already, for all of its translations. */
export function requestFence(x: usize, kind: u32, first: u64, pages: u32, asid: u32, vmid: u32): void {
  for (let i: u32 = 0; i < <u32>FENCE_RECORDS; i++) {
    const record = x + FENCES + <usize>i * FENCE_BYTES;
    if (atomic.cmpxchg<u32>(record, 0, 1, TAKEN) != 0) continue;
    store<u32>(record, kind, KIND);
    store<u64>(record, first, FIRST);
    store<u32>(record, pages, PAGES);
    store<u32>(record, asid, ASID);
    store<u32>(record, vmid, VMID);
    atomic.or<u32>(x, REQUEST_FENCE << i, REQUESTS);
    return;
  }
  atomic.or<u32>(x, REQUEST_FLUSH, REQUESTS);
}

/** Performs what `requests` tells of; `flushed` if nothing is cached any more anyway. */
export function performFences(x: usize, requests: u32, flushed: bool): void {
  for (let i: u32 = 0; i < <u32>FENCE_RECORDS; i++) {
    if ((requests & (REQUEST_FENCE << i)) == 0) continue;
    const at = x + FENCES + <usize>i * FENCE_BYTES;
    if (!flushed) fenceHart(x, load<u32>(at, KIND), load<u64>(at, FIRST), load<u32>(at, PAGES), load<u32>(at, ASID), load<u32>(at, VMID));
    atomic.store<u32>(at, 0, TAKEN);
  }
}
