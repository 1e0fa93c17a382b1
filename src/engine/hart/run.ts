// Running a vCPU: the loop around the interpreter that takes traps and interrupts, reads the clock and leaves the engine.

import {
  CHUNK_LEFT,
  CHUNK_START,
  EXIT_BUDGET,
  EXIT_KICKED,
  EXIT_REASON,
  INSTRET,
  KICK,
  PC,
  TIME_MODE,
  TIME_OFFSET,
  TIME_SHIFT,
} from './layout';
import { execute, L_CONTEXT, L_EXIT, L_TRAP } from './execute';
import { pendingInterrupt } from './interrupt';
import { enterContext, fetch } from './mmu';
import { deriveFpState } from './status';
import { deadlineAfter, now, updateTimers } from './timer';
import { raise, takeTrap } from './trap';
import { INTERRUPT } from './csr-fields';

/** Instructions between two looks at the clock and at other harts' signals: about 80 us. */
const SLICE: i32 = 32768;

/** With virtual time a timer fires at an exact instruction: no slice reaches past the next deadline. */
function sliceOf(x: usize, time: u64, left: i32): i32 {
  let slice = min(left, SLICE);
  if (load<u32>(x, TIME_MODE) == 1) {
    const deadline = deadlineAfter(x, time);
    if (deadline != u64.MAX_VALUE) {
      const at = (deadline - load<u64>(x, TIME_OFFSET)) << (load<u32>(x, TIME_SHIFT) & 63);
      const until = at - load<u64>(x, INSTRET);
      if (until < <u64>slice) slice = <i32>until;
    }
  }
  return slice;
}

function exit(x: usize, reason: u32): u32 {
  store<u32>(x, reason, EXIT_REASON);
  return reason;
}

/**
 * Runs until something must leave the engine, at most `budget` instructions (0: no limit but 2^31 - 1); traps taken count as one each, so that a
 * guest that only faults ends too. Returns an EXIT_* reason.
 */
export function run(x: usize, budget: i32): u32 {
  let left: i32 = budget > 0 ? budget : i32.MAX_VALUE;
  while (true) {
    if (atomic.load<u32>(x, KICK) != 0) {
      atomic.store<u32>(x, 0, KICK);
      return exit(x, EXIT_KICKED);
    }
    if (left <= 0) return exit(x, EXIT_BUDGET);
    const time = now(x);
    updateTimers(x, time);
    let slice = sliceOf(x, time, left);
    if (slice <= 0) slice = 1;
    left -= slice;
    // Within a slice: interrupts, traps and changes of context, without the clock.
    while (slice > 0) {
      const interrupt = pendingInterrupt(x);
      if (interrupt >= 0) {
        raise(x, INTERRUPT | <u64>interrupt, 0);
        const reason = takeTrap(x);
        slice--;
        if (reason != 0) return reason;
      }
      enterContext(x);
      deriveFpState(x);
      const pc = load<u64>(x, PC);
      if (!fetch(x, pc)) {
        const reason = takeTrap(x);
        if (reason != 0) return reason;
        slice--;
        continue;
      }
      store<i32>(x, slice, CHUNK_START);
      store<i32>(x, slice, CHUNK_LEFT);
      const why = execute(x, slice);
      const rest = load<i32>(x, CHUNK_LEFT);
      store<u64>(x, load<u64>(x, INSTRET) + <u64>(slice - rest), INSTRET);
      store<i32>(x, 0, CHUNK_START);
      store<i32>(x, 0, CHUNK_LEFT);
      slice = rest;
      if (why == L_TRAP) {
        const reason = takeTrap(x);
        if (reason != 0) return reason;
        slice--;
      } else if (why == L_EXIT) {
        return load<u32>(x, EXIT_REASON);
      } else if (why == L_CONTEXT) {
        // Timer comparators may have been written, and interrupt lines moved: look at the clock again.
        left += slice;
        break;
      }
    }
  }
  return unreachable();
}
