// The counters: cycle, instret, and 29 programmable ones that count the same two events, by privilege mode if asked to, with an
// interrupt when they overflow. Priv. ISA, "Hardware Performance Monitor", "Machine Counter-Inhibit"; Smcntrpmf; Sscofpmf.
//
// Every instruction takes one cycle, so all of them derive from the count of retired instructions: a counter that runs is that count
// plus an offset, a counter that is stopped keeps its value in the offset. Nothing is done per instruction. What starts and stops
// counters (their controls, and with a mode filter every change of mode) moves values between the two forms; and no slice of
// execution reaches past the instruction at which a watched counter overflows, see run.ts.
import {
  CHUNK_LEFT,
  CHUNK_START,
  COUNTERS_FILTERED,
  COUNTERS_FRESH,
  COUNTERS_STOPPED,
  COUNTERS_SYNCED,
  COUNTERS_WATCHED,
  INSTRET,
  MCOUNTINHIBIT,
  MCYCLE_OFFSET,
  MCYCLECFG,
  MHPMCOUNTER,
  MHPMEVENT,
  MINSTRET_OFFSET,
  MINSTRETCFG,
  MIP,
  PRIV,
  VIRT,
} from './layout';
import { EVENT_INHIBITS, EVENT_MINH, EVENT_OF, EVENT_SINH, EVENT_UINH, EVENT_VSINH, EVENT_VUINH, IP_LCOFI } from './csr-fields';
import { FEATURE_H, FEATURE_SMCNTRPMF, FEATURE_SSCOFPMF, hasFeature } from './features';

const CYCLE: u32 = 0;
const INSTRET_COUNTER: u32 = 2;
const COUNTERS: u32 = 32;
/** Counter 1 would be `time`, which is none of ours. */
const ALL: u64 = 0xffff_fffd;

/** Events, numbered as the SBI numbers them: the two that a machine of this kind has. */
const EVENT_CODE: u64 = ((<u64>1) << 56) - 1;
const EVENT_CYCLES: u64 = 1;
const EVENT_INSTRUCTIONS: u64 = 2;

/** Instructions retired since reset, the current one not included. */
export function retired(x: usize): u64 {
  return load<u64>(x, INSTRET) + <u64>(load<u32>(x, CHUNK_START) - load<u32>(x, CHUNK_LEFT));
}

// ---- one counter ----------------------------------------------------------------------------------------------------

function place(x: usize, n: u32): usize {
  if (n == CYCLE) return x + MCYCLE_OFFSET;
  return n == INSTRET_COUNTER ? x + MINSTRET_OFFSET : x + MHPMCOUNTER + (<usize>n << 3);
}

/** Its event, for those that have a choice, and the modes in which it does not count. */
function selector(x: usize, n: u32): u64 {
  if (n == CYCLE) return load<u64>(x, MCYCLECFG);
  return n == INSTRET_COUNTER ? load<u64>(x, MINSTRETCFG) : load<u64>(x + (<usize>n << 3), MHPMEVENT);
}

function isStopped(x: usize, n: u32): bool {
  return ((load<u64>(x, COUNTERS_STOPPED) >> n) & 1) != 0;
}

/** mcycle, minstret or mhpmcounter `n` as it reads. */
export function counterRead(x: usize, n: u32): u64 {
  const offset = load<u64>(place(x, n));
  return isStopped(x, n) ? offset : retired(x) + offset;
}

/**
 * Makes a counter read `value` from the next instruction on. `retiring` is 1 if the write comes from an instruction that has yet to
 * retire (its own increment happens before the write), 0 if it comes from outside.
 */
export function counterWrite(x: usize, n: u32, value: u64, retiring: u64): void {
  syncCounters(x);
  if (!isStopped(x, n)) {
    value -= retired(x) + retiring;
    if (retiring) store<u64>(x, load<u64>(x, COUNTERS_FRESH) | ((<u64>1) << n), COUNTERS_FRESH);
  }
  store<u64>(place(x, n), value);
}

/** mhpmevent, mcyclecfg and minstretcfg: the fields that exist. */
function selectorFields(x: usize, n: u32): u64 {
  const programmable = n > INSTRET_COUNTER;
  let fields: u64 = programmable ? EVENT_CODE : 0;
  if (hasFeature(x, programmable ? FEATURE_SSCOFPMF : FEATURE_SMCNTRPMF)) {
    fields |= EVENT_INHIBITS;
    if (programmable) fields |= EVENT_OF;
    if (!hasFeature(x, FEATURE_H)) fields &= ~(EVENT_VSINH | EVENT_VUINH);
  }
  return fields;
}

export function selectorWrite(x: usize, n: u32, value: u64, retiring: u64): void {
  syncCounters(x);
  value &= selectorFields(x, n);
  if (n == CYCLE) store<u64>(x, value, MCYCLECFG);
  else if (n == INSTRET_COUNTER) store<u64>(x, value, MINSTRETCFG);
  else store<u64>(x + (<usize>n << 3), value, MHPMEVENT);
  const bit = (<u64>1) << n;
  const others = load<u64>(x, COUNTERS_FILTERED) & ~bit;
  store<u64>(x, value & EVENT_INHIBITS ? others | bit : others, COUNTERS_FILTERED);
  gateCounters(x, retired(x), retired(x) + retiring);
}

/** scountovf, of all counters. */
export function overflowed(x: usize): u64 {
  let bits: u64 = 0;
  for (let n: u32 = 3; n < COUNTERS; n++) if (selector(x, n) & EVENT_OF) bits |= (<u64>1) << n;
  return bits;
}

// ---- what runs ------------------------------------------------------------------------------------------------------

/** The bit that keeps counters from counting in the hart's present mode. */
function inhibitNow(x: usize): u64 {
  const virt = load<u32>(x, VIRT) != 0;
  switch (load<u32>(x, PRIV)) {
    case 0:
      return virt ? EVENT_VUINH : EVENT_UINH;
    case 1:
      return virt ? EVENT_VSINH : EVENT_SINH;
    default:
      return EVENT_MINH;
  }
}

function hasEvent(x: usize, n: u32): bool {
  const code = selector(x, n) & EVENT_CODE;
  return n <= INSTRET_COUNTER || code == EVENT_CYCLES || code == EVENT_INSTRUCTIONS;
}

/** The counters that their controls and the hart's mode keep from counting. */
function stopped(x: usize): u64 {
  let bits = load<u64>(x, MCOUNTINHIBIT) & ALL;
  const inhibit = inhibitNow(x);
  for (let n: u32 = 0; n < COUNTERS; n++) {
    if (n != 1 && (!hasEvent(x, n) || selector(x, n) & inhibit)) bits |= (<u64>1) << n;
  }
  return bits;
}

/**
 * Stops and starts counters after what controls them has changed. Those that stop count up to the instruction number `stopAt`, those
 * that start count from `startAt` on.
 */
export function gateCounters(x: usize, stopAt: u64, startAt: u64): void {
  syncCounters(x);
  const stop = stopped(x);
  const before = load<u64>(x, COUNTERS_STOPPED);
  let fresh = load<u64>(x, COUNTERS_FRESH);
  for (let n: u32 = 0; n < COUNTERS; n++) {
    const bit = (<u64>1) << n;
    if (!((stop ^ before) & bit)) continue;
    const at = place(x, n);
    if (stop & bit) {
      const value = stopAt + load<u64>(at);
      store<u64>(at, value);
      if (value == 0 && stopAt != retired(x) && load<u64>(x, COUNTERS_WATCHED) & bit) overflow(x, n);
    } else {
      store<u64>(at, load<u64>(at) - startAt);
      if (startAt != retired(x)) fresh |= bit;
    }
  }
  store<u64>(x, stop, COUNTERS_STOPPED);
  store<u64>(x, fresh, COUNTERS_FRESH);
  watch(x);
}

/** mcountinhibit changed. */
export function inhibitWrite(x: usize, value: u64, retiring: u64): void {
  syncCounters(x);
  store<u64>(x, value & ALL, MCOUNTINHIBIT);
  gateCounters(x, retired(x), retired(x) + retiring);
}

/** The hart's mode changed; the next instruction to count in it is number `first`. */
// @ts-ignore: decorator
@inline export function modeChanged(x: usize, first: u64): void {
  if (load<u64>(x, COUNTERS_FILTERED)) gateCounters(x, first, first);
}

/** After reset nothing is programmed, so only cycle and instret count. */
export function resetCounters(x: usize): void {
  store<u64>(x, stopped(x), COUNTERS_STOPPED);
}

// ---- overflow -------------------------------------------------------------------------------------------------------

/** Watches the counters that count and would interrupt. */
function watch(x: usize): void {
  let bits: u64 = 0;
  if (hasFeature(x, FEATURE_SSCOFPMF)) {
    for (let n: u32 = 3; n < COUNTERS; n++) if (!isStopped(x, n) && !(selector(x, n) & EVENT_OF)) bits |= (<u64>1) << n;
  }
  store<u64>(x, bits, COUNTERS_WATCHED);
}

function overflow(x: usize, n: u32): void {
  store<u64>(x + (<usize>n << 3), selector(x, n) | EVENT_OF, MHPMEVENT);
  store<u64>(x, load<u64>(x, COUNTERS_WATCHED) & ~((<u64>1) << n), COUNTERS_WATCHED);
  store<u64>(x, load<u64>(x, MIP) | IP_LCOFI, MIP);
}

/** Notices the watched counters that have overflowed since it was asked last. */
export function syncCounters(x: usize): void {
  const at = retired(x);
  const passed = at - load<u64>(x, COUNTERS_SYNCED);
  if (passed == 0) return;
  store<u64>(x, at, COUNTERS_SYNCED);
  const fresh = load<u64>(x, COUNTERS_FRESH);
  store<u64>(x, 0, COUNTERS_FRESH);
  const watched = load<u64>(x, COUNTERS_WATCHED);
  for (let n: u32 = 3; n < COUNTERS; n++) {
    if (!((watched >> n) & 1)) continue;
    // A counter set by an instruction has not counted that one.
    const counted = passed - ((fresh >> n) & 1);
    if (at + load<u64>(place(x, n)) < counted) overflow(x, n);
  }
}

/** Instructions until a watched counter overflows. */
export function untilOverflow(x: usize): u64 {
  let nearest = u64.MAX_VALUE;
  const watched = load<u64>(x, COUNTERS_WATCHED);
  if (watched == 0) return nearest;
  for (let n: u32 = 3; n < COUNTERS; n++) {
    const value = counterRead(x, n);
    if ((watched >> n) & 1 && value != 0) nearest = min<u64>(nearest, 0 - value);
  }
  return nearest;
}
