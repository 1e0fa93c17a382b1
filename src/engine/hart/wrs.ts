// Waiting for another hart's store to the reservation set: what locks of several harts spin with. Unprivileged ISA, "Zawrs".

import {
  BELL,
  EXIT_REASON,
  EXIT_WRS,
  HOST_CONTROL,
  HOST_VCPU_COUNT,
  KICK,
  REQUESTS,
  RESERVE_ADDR,
  RESERVE_BYTES,
  RESERVE_VALUE,
  TIME_MODE,
} from './layout';
import { pendingInterrupt } from './interrupt';
import { R_EXIT, R_OK } from './results';

/** How often the reservation set is looked at before a wait for a store to it ends: some 80 us, about what it costs to sleep and be woken. */
const LOOKS: i32 = 32768;

/**
 * WRS.NTO and WRS.STO. A wait may end at any time and for any reason, so all are bounded and none can trap. Whoever is waited for may have no
 * thread to run on now: after a while the hart leaves the engine, and at once where all harts share a thread. In virtual time and alone nobody is
 * waited for.
 */
export function waitOnReservation(x: usize): u32 {
  const host = <usize>load<u32>(x, RESERVE_ADDR);
  if (host == 0 || load<u32>(x, TIME_MODE) == 1 || load<u32>(HOST_CONTROL, HOST_VCPU_COUNT) < 2) return R_OK;
  for (let looks = load<u32>(x, BELL) != 0 ? LOOKS : 1; looks > 0; looks--) {
    if (storedTo(x, host)) return R_OK;
    if (atomic.load<u32>(x, KICK) != 0 || atomic.load<u32>(x, REQUESTS) != 0) break;
    if ((looks & 63) == 0 && pendingInterrupt(x) >= 0) break;
  }
  store<u32>(x, EXIT_WRS, EXIT_REASON);
  return R_EXIT;
}

/** Does the reservation set hold something else than LR has seen? */
function storedTo(x: usize, host: usize): bool {
  const seen = load<u64>(x, RESERVE_VALUE);
  return load<u64>(x, RESERVE_BYTES) == 4 ? atomic.load<u32>(host) != <u32>seen : atomic.load<u64>(host) != seen;
}

/** Has a hart that left the engine in WRS a reason to go on? */
export function wrsOver(x: usize): bool {
  const host = <usize>load<u32>(x, RESERVE_ADDR);
  return host == 0 || storedTo(x, host) || pendingInterrupt(x) >= 0;
}
