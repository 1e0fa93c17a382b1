// How translated code finds what it calls: each fetch bank of the TLB has cells for targets of calls and jumps, which name the function of the region
// there and what of the budget it needs. Translated code looks at the cell of its target; what is not there it asks for (findCall).
//
// A cell is true while three things are: its page has its entry in the bank, the region lives, and the function is in the table of the realm
// that runs the vCPU. Whoever takes an entry out of the bank says so (forgetCalls), whoever drops a region moves the epoch of all cells
// (HOST_CALLS), and a vCPU that comes to another realm has all it caches dropped. Each time translated code is entered the bank is looked at
// (freshenCalls), so what other harts take away is relied on until this one's next safepoint only, like the TLB's other entries.

import { S_JIT } from './generated/slots';
import {
  BANK_X,
  CALL_CELL_BYTES,
  CALL_CELLS,
  CALL_INDEX,
  CALL_SIZE,
  CALLS_EPOCH,
  CALLS_STALE,
  HOST_CALLS,
  HOST_CONTROL,
  JIT_SEAT,
  REGION_AREA,
  REGION_BYTES,
  REGION_SEATS,
  REGION_SIZE,
  REGION_USED,
  X_CALLS,
  X_ENTRIES,
} from './layout';

/** What the cells of a bank say is no longer so. */
// @ts-ignore: decorator
@inline export function forgetCalls(bank: usize): void { atomic.store<u32>(bank, CALLS_STALE, CALLS_EPOCH); }

/** The same for all banks of all vCPUs, each when it next enters translated code. */
// @ts-ignore: decorator
@inline export function moveCallsEpoch(): void { atomic.add<u32>(HOST_CONTROL, 2, HOST_CALLS); }

/** Before translated code is entered: empties the cells of the current bank if they may be stale. */
// @ts-ignore: decorator
@inline export function freshenCalls(x: usize): void {
  const bank = <usize>load<u32>(x, BANK_X);
  if (load<u32>(bank, CALLS_EPOCH) != load<u32>(HOST_CONTROL, HOST_CALLS)) emptyCalls(bank);
}

function emptyCalls(bank: usize): void {
  // Exchanged before the cells are emptied: what is taken away from now on is seen the next time.
  atomic.xchg<u32>(bank, atomic.load<u32>(HOST_CONTROL, HOST_CALLS), CALLS_EPOCH);
  memory.fill(bank + X_CALLS, 0xff, CALL_CELLS * CALL_CELL_BYTES);
}

/** The region at `target` is that of a record: its cell will say so, if the page has its entry. */
export function noteRegion(x: usize, target: u64, record: usize): void {
  const bank = <usize>load<u32>(x, BANK_X);
  if (load<u64>(bank + ((<usize>(target >> 12) & (X_ENTRIES - 1)) << 4)) == target >> 12) fillCell(bank, target, record);
}

// @ts-ignore: decorator
@inline function fillCell(bank: usize, target: u64, record: usize): void {
  const cell = bank + ((<usize>target << 3) & ((CALL_CELLS - 1) * CALL_CELL_BYTES));
  store<u64>(cell, target, X_CALLS);
  store<u32>(cell, load<u32>(record), X_CALLS + CALL_INDEX);
  store<u32>(cell, load<u32>(record, REGION_SIZE), X_CALLS + CALL_SIZE);
}

/** Is there a region at `target` that may be entered with `n` instructions left? Its cell says which, then. */
export function findCall(x: usize, target: u64, n: i32): u32 {
  const bank = <usize>load<u32>(x, BANK_X);
  const entry = bank + ((<usize>(target >> 12) & (X_ENTRIES - 1)) << 4);
  if (load<u64>(entry) != target >> 12) return 0;
  const slot = <usize>load<u32>(entry, 8) + ((<usize>target & 0xffe) << 2);
  if (load<u16>(slot) != <u16>S_JIT) return 0;
  const record = REGION_AREA + <usize>load<u32>(slot, 4) * REGION_BYTES;
  if (load<i32>(record, REGION_SIZE) > n || !(load<u32>(record, REGION_SEATS) & load<u32>(x, JIT_SEAT))) return 0;
  store<u32>(record, 1, REGION_USED);
  fillCell(bank, target, record);
  return 1;
}
