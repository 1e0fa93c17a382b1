// Safepoints: the moments between two slices at which a running vCPU holds no translation that it has looked up but not yet used.
//
// Whoever takes something away (a mapping, the right to store to a page directly) first removes it from memory and from the TLBs it may
// touch, asks the vCPUs for the rest (REQUESTS), and moves the shoot-down epoch. Once every vCPU has been out of the engine, or has passed
// a safepoint that has seen that epoch, nobody uses it any more (DESIGN.md, decision 3).

import { giveWay } from './exclusive';
import { realm } from './host';
import {
  HOST_CONTROL,
  HOST_EPOCH,
  HOST_VCPU_COUNT,
  HOST_WAITERS,
  IN_ENGINE,
  LAST_REALM,
  REQUESTS,
  REQUEST_FLUSH,
  SEEN_EPOCH,
  VCPU_AREA,
  VCPU_STRIDE,
} from './layout';
import { flushTlb } from './mmu';
import { performFences } from './remote-fence';
import { leaveSwept } from './windows';

/** The vCPU is about to run guest code in this realm. */
export function enter(x: usize): void {
  atomic.store<u32>(x, 1, IN_ENGINE);
  if (load<u32>(x, LAST_REALM) != realm + 1) {
    flushTlb(x); // fetch entries name another realm's decoded pages
    store<u32>(x, realm + 1, LAST_REALM);
  }
}

/** It has stopped. */
export function leave(x: usize): void {
  atomic.store<u32>(x, 0, IN_ENGINE);
  if (atomic.load<u32>(HOST_CONTROL, HOST_WAITERS) != 0) atomic.notify(x + SEEN_EPOCH, -1);
}

/** Does what others have asked for, and says so. */
export function safepoint(x: usize): void {
  giveWay(x);
  const epoch = atomic.load<u32>(HOST_CONTROL, HOST_EPOCH);
  if (atomic.load<u32>(x, REQUESTS) != 0) serveRequests(x);
  if (load<u32>(x, SEEN_EPOCH) == epoch) return;
  leaveSwept(x);
  atomic.store<u32>(x, epoch, SEEN_EPOCH);
  if (atomic.load<u32>(HOST_CONTROL, HOST_WAITERS) != 0) atomic.notify(x + SEEN_EPOCH, -1);
}

function serveRequests(x: usize): void {
  const requests = atomic.xchg<u32>(x, 0, REQUESTS);
  const flush = (requests & REQUEST_FLUSH) != 0;
  if (flush) flushTlb(x);
  if (requests & ~REQUEST_FLUSH) performFences(x, requests, flush);
}

/** A new epoch, after what is to be seen; never 0. */
export function nextEpoch(): u32 {
  const epoch = atomic.add<u32>(HOST_CONTROL, 1, HOST_EPOCH) + 1;
  return epoch != 0 ? epoch : nextEpoch();
}

/** Has every vCPU but `x` passed a safepoint in this epoch or a later one? */
export function passed(x: usize, epoch: u32): bool {
  const count = load<u32>(HOST_CONTROL, HOST_VCPU_COUNT);
  for (let v: u32 = 0; v < count; v++) {
    const other: usize = VCPU_AREA + <usize>v * VCPU_STRIDE;
    if (other == x || atomic.load<u32>(other, IN_ENGINE) == 0) continue;
    if (<i32>(atomic.load<u32>(other, SEEN_EPOCH) - epoch) < 0) return false;
  }
  return true;
}
