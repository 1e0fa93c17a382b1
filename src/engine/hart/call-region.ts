// Calls between translated functions: a call of the guest is one of the machine, so that its return is, too.

import { S_JIT } from './generated/slots';
import {
  BANK_X,
  JIT_DEPTH,
  JIT_NEEDS,
  JIT_RETURN,
  JIT_SEAT,
  PC,
  REGION_AREA,
  REGION_BYTES,
  REGION_SEATS,
  REGION_SIZE,
  REGION_USED,
  X_ENTRIES,
} from './layout';

/** Functions that may wait for one another to return: they take stack. */
const MOST_DEPTH: u32 = 128;
/** There is no region, or too little of the budget is left for it, or too many wait. */
const NOT_CALLED: i32 = -1;

/**
 * Calls the region at `target` with `n` instructions left, from code that goes on at `back`. Registers are in memory. Gives what is left when it has
 * come back there; NOT_CALLED; or, if the guest has gone another way, -2 less what is left.
 */
export function callRegion(x: usize, target: u64, n: i32, back: u64): i32 {
  const depth = load<u32>(x, JIT_DEPTH);
  const entry = <usize>load<u32>(x, BANK_X) + ((<usize>(target >> 12) & (X_ENTRIES - 1)) << 4);
  if (depth >= MOST_DEPTH || load<u64>(entry) != target >> 12) return NOT_CALLED;
  const slot = <usize>load<u32>(entry, 8) + ((<usize>target & 0xffe) << 2);
  if (load<u16>(slot) != <u16>S_JIT) return NOT_CALLED;
  const record = REGION_AREA + <usize>load<u32>(slot, 4) * REGION_BYTES;
  if (load<i32>(record, REGION_SIZE) > n || !(load<u32>(record, REGION_SEATS) & load<u32>(x, JIT_SEAT))) return NOT_CALLED;
  store<u32>(record, 1, REGION_USED);
  const outer = load<u64>(x, JIT_RETURN);
  store<u64>(x, back, JIT_RETURN);
  store<u32>(x, depth + 1, JIT_DEPTH);
  const left = call_indirect<i32>(load<u32>(record), x, target & ~0xfff, n);
  store<u64>(x, outer, JIT_RETURN);
  store<u32>(x, depth, JIT_DEPTH);
  return load<u64>(x, PC) == back && load<u32>(x, JIT_NEEDS) == 0 ? left : -2 - left;
}
