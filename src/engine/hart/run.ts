// Running a vCPU: the loop around the interpreter that takes traps and interrupts, reads the clock and leaves the engine.

import {
  CHUNK_LEFT,
  CHUNK_START,
  COUNTERS_WATCHED,
  ELP,
  EXIT_BUDGET,
  EXIT_HOT,
  EXIT_KICKED,
  EXIT_REASON,
  FETCH_IP,
  HOST_CONTROL,
  HOST_JIT,
  HOT_AGE,
  INSTRET,
  JIT_PORT,
  KICK,
  PC,
  REALM_HOT_COUNT,
  REALM_IDLE_PAGE,
  RUN_LEFT,
  SAMPLE_LEFT,
  TIME_MODE,
  TIME_OFFSET,
  TIME_SHIFT,
} from './layout';
import { execute, L_CHUNK, L_CONTEXT, L_EXIT, L_TRAP } from './execute';
import { S_FIRST_PAIR, S_J, S_JIT } from './generated/slots';
import { realmArea } from './host';
import { lookAtIdlePage } from './idle-pages';
import { pendingInterrupt } from './interrupt';
import { land } from './landing-pad';
import { enterContext, fetch } from './mmu';
import { jitOn, meetBlockAt } from './regions';
import { modeChanged, retired, syncCounters, untilOverflow } from './counters';
import { enter, leave, safepoint } from './safepoint';
import { deriveFpState } from './status';
import { deadlineAfter, now, updateTimers } from './timer';
import { raise, takeTrap } from './trap';
import { missedWindow, widenWindows } from './widen';
import { INTERRUPT } from './csr-fields';

/** Instructions between two looks at the clock and at other harts' signals: about 80 us. */
const SLICE: i32 = 32768;

/**
 * The same where hot code is translated, which is faster: what leaves a region in its middle is interpreted until it comes to the beginning of one. What is
 * interpreted ends a slice sooner, after {@link SAMPLE_EVERY}.
 */
const JIT_SLICE: i32 = 65536;
/** Instructions that are interpreted between two samples, in however many slices. */
const SAMPLE_EVERY: i32 = 4096;
/** As many as never come. */
const NO_SAMPLE: i32 = 1 << 30;
/** Slices when every block is to be translated: so short that a block waits for its translation a few instructions only. */
const ALWAYS_SLICE: i32 = 1024;
/** HOST_JIT: translate whatever is met. */
const JIT_ALWAYS: u32 = 2;
/** Instructions that are followed to find the next block after a sample. */
const PROBE: i32 = 512;
/** Hot blocks are handed over when so many wait ... */
const HOT_ENOUGH: u32 = 8;
/** ... or when some have waited for so many slices. */
const HOT_PATIENCE: u32 = 64;

/** With virtual time a timer fires at an exact instruction: no slice reaches past the next deadline. */
function sliceOf(x: usize, time: u64, left: i32): i32 {
  let slice = min(left, !jitOn() ? SLICE : load<u32>(HOST_CONTROL, HOST_JIT) == JIT_ALWAYS ? ALWAYS_SLICE : JIT_SLICE);
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

// @ts-ignore: decorator
@inline function isJump(from: u64, to: u64): bool { return to - from - 2 > 2; }

/** Have the hot blocks that are there waited long enough for company? */
function aged(x: usize): bool {
  const age = load<u32>(x, HOT_AGE) + 1;
  store<u32>(x, age, HOT_AGE);
  return age > HOT_PATIENCE;
}

/** Is the slot that was fetched the entry of a translated region? */
// @ts-ignore: decorator
@inline function atRegion(x: usize): bool { return load<u16>(<usize>load<u32>(x, FETCH_IP)) == <u16>S_JIT; }

/** Address of the last of the instructions that {@link straight} counted. */
let lastOfRun: u64 = 0;

/** How many instructions, at most `most`, follow one another from the slot that was fetched on, with the first one that may not. */
function straight(x: usize, pc: u64, most: i32): i32 {
  const from = <usize>load<u32>(x, FETCH_IP);
  let ip = from;
  let count = 1;
  while (count < most) {
    const op = <u32>load<u16>(ip);
    if (op < S_FIRST_PAIR || op >= S_J) break;
    ip += (op & 1) != 0 ? 8 : 16;
    count++;
  }
  lastOfRun = pc + <u64>((ip - from) >> 2);
  return count;
}

/**
 * Runs until something must leave the engine, at most `budget` instructions (0: no limit but 2^31 - 1); traps taken count as one each, so that a
 * guest that only faults ends too. Returns an EXIT_* reason.
 */
export function run(x: usize, budget: i32): u32 {
  enter(x);
  const reason = runSlices(x, budget);
  leave(x);
  return reason;
}

function runSlices(x: usize, budget: i32): u32 {
  modeChanged(x, retired(x)); // the monitor may have moved the hart
  let left: i32 = budget > 0 ? budget : i32.MAX_VALUE;
  const always = load<u32>(HOST_CONTROL, HOST_JIT) == JIT_ALWAYS;
  while (true) {
    safepoint(x);
    if (atomic.load<u32>(x, KICK) != 0) {
      atomic.store<u32>(x, 0, KICK);
      return exit(x, EXIT_KICKED);
    }
    if (left <= 0) return exit(x, EXIT_BUDGET);
    if (atomic.load<u32>(realmArea, REALM_IDLE_PAGE) != 0) lookAtIdlePage();
    const hot = load<u32>(realmArea, REALM_HOT_COUNT);
    const port = <usize>load<u32>(x, JIT_PORT);
    if (port != 0 ? hot != 0 || atomic.load<u32>(port) != 0 : hot != 0 && (hot >= HOT_ENOUGH || always || aged(x))) {
      store<u32>(x, 0, HOT_AGE);
      store<u32>(x, <u32>left, RUN_LEFT);
      return exit(x, EXIT_HOT);
    }
    let sampling = always;
    if (always || !jitOn()) store<i32>(x, NO_SAMPLE, SAMPLE_LEFT);
    else if (load<i32>(x, SAMPLE_LEFT) <= 0 || load<i32>(x, SAMPLE_LEFT) > SAMPLE_EVERY) {
      sampling = true;
      store<i32>(x, SAMPLE_EVERY, SAMPLE_LEFT);
    }
    const time = now(x);
    updateTimers(x, time);
    let slice = sliceOf(x, time, left);
    if (slice <= 0) slice = 1;
    left -= slice;
    // Only what the guest can tell must be exact: the end of the budget and what virtual time or a counter's overflow decide.
    const soft = left > 0 && !always && load<u32>(x, TIME_MODE) != 1 && load<u64>(x, COUNTERS_WATCHED) == 0;
    let probe: i32 = always ? i32.MAX_VALUE : sampling ? PROBE : 0;
    // Within a slice: interrupts, traps and changes of context, without the clock.
    while (slice > 0) {
      if (load<u64>(x, COUNTERS_WATCHED) != 0) syncCounters(x);
      const interrupt = pendingInterrupt(x);
      if (interrupt >= 0) {
        // Who raised it may have taken a mapping away before: its handler must not see the old one.
        safepoint(x);
        raise(x, INTERRUPT | <u64>interrupt, 0);
        const reason = takeTrap(x);
        slice--;
        if (reason != 0) return reason;
        if (slice == 0) break;
      }
      if (load<u64>(x, COUNTERS_WATCHED) != 0) {
        // A counter overflows at an exact instruction, too.
        const rest = slice - <i32>min<u64>(untilOverflow(x), <u64>slice);
        left += rest;
        slice -= rest;
      }
      enterContext(x);
      if (missedWindow(x)) widenWindows(x);
      deriveFpState(x);
      const pc = load<u64>(x, PC);
      if (!fetch(x, pc) || (load<u64>(x, ELP) != 0 && !land(x))) {
        const reason = takeTrap(x);
        if (reason != 0) return reason;
        slice--;
        continue;
      }
      // Always translating: until a translated block is met, which then has the whole slice.
      const probing = probe > 0 && !(always && atRegion(x));
      const chunk = probing ? straight(x, pc, min(slice, probe)) : slice;
      store<i32>(x, chunk, CHUNK_START);
      store<i32>(x, chunk, CHUNK_LEFT);
      const why = execute(x, chunk, soft && !probing);
      const rest = load<i32>(x, CHUNK_LEFT);
      store<u64>(x, load<u64>(x, INSTRET) + <u64>(chunk - rest), INSTRET);
      store<i32>(x, 0, CHUNK_START);
      store<i32>(x, 0, CHUNK_LEFT);
      slice -= chunk - rest;
      if (probe > 0) {
        probe -= max(chunk - rest, 1);
        if (why == L_CHUNK && isJump(probing ? lastOfRun : pc, load<u64>(x, PC)) && meetBlockAt(x, load<u64>(x, PC))) probe = always ? 1 : 0;
      }
      if (why == L_TRAP) {
        const reason = takeTrap(x);
        if (reason != 0) return reason;
        slice--;
      } else if (why == L_CHUNK && rest > 0) {
        break;
      } else if (why == L_EXIT) {
        return load<u32>(x, EXIT_REASON);
      } else if (why == L_CONTEXT) {
        // Timer comparators may have been written, and interrupt lines moved: look at the clock again.
        break;
      }
    }
    // What is left over; or one too many, when the slice's last instruction jumped to a page that faults. However slices are cut, a budget
    // ends at the same instruction.
    left += slice;
  }
  return unreachable();
}
