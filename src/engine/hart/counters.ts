// The base counters. Priv. ISA, "Hardware Performance Monitor" and "Machine Counter-Inhibit"; Unpriv. ISA, Zicntr, Zihpm.
// Every instruction takes one cycle, so cycle and instret both derive from the count of retired instructions; a counter
// that is stopped keeps its value in the offset instead. The event counters are storage: no event is ever counted.
import {
  CHUNK_LEFT,
  CHUNK_START,
  COUNTERS_STOPPED,
  INSTRET,
  MCOUNTINHIBIT,
  MCYCLE_OFFSET,
  MINSTRET_OFFSET,
} from './layout';
import { COUNTER_CY, COUNTER_IR } from './csr-fields';

/** Instructions retired since reset, the current one not included. */
export function retired(x: usize): u64 {
  return load<u64>(x, INSTRET) + <u64>(load<u32>(x, CHUNK_START) - load<u32>(x, CHUNK_LEFT));
}

function counter(x: usize, offset: u64, bit: u64): u64 {
  return load<u64>(x, COUNTERS_STOPPED) & bit ? offset : retired(x) + offset;
}

export function cycleRead(x: usize): u64 {
  return counter(x, load<u64>(x, MCYCLE_OFFSET), COUNTER_CY);
}

export function instretRead(x: usize): u64 {
  return counter(x, load<u64>(x, MINSTRET_OFFSET), COUNTER_IR);
}

/**
 * The offset that makes a counter read `value` from the next instruction on. `retiring` is 1 if the write comes from an
 * instruction that has yet to retire (its own increment happens before the write), 0 if it comes from outside.
 */
function offsetFor(x: usize, value: u64, bit: u64, retiring: u64): u64 {
  return load<u64>(x, COUNTERS_STOPPED) & bit ? value : value - retired(x) - retiring;
}

export function cycleWrite(x: usize, value: u64, retiring: u64): void {
  store<u64>(x, offsetFor(x, value, COUNTER_CY, retiring), MCYCLE_OFFSET);
}

export function instretWrite(x: usize, value: u64, retiring: u64): void {
  store<u64>(x, offsetFor(x, value, COUNTER_IR, retiring), MINSTRET_OFFSET);
}

/** Stops and starts counters after what controls them changed, keeping their values. */
export function gateCounters(x: usize, retiring: u64): void {
  const stop = load<u64>(x, MCOUNTINHIBIT) & (COUNTER_CY | COUNTER_IR);
  if (stop == load<u64>(x, COUNTERS_STOPPED)) return;
  const cycle = cycleRead(x);
  const instret = instretRead(x);
  store<u64>(x, stop, COUNTERS_STOPPED);
  cycleWrite(x, cycle, retiring);
  instretWrite(x, instret, retiring);
}
