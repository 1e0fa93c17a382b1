// The counters themselves: hardware ones live in CSRs, firmware ones in the hart's state words, where another hart may
// add to them. SBI specification, "Performance Monitoring Unit Extension".
import type { SbiHart } from './context.js';
import { type FirmwareEvent, firmwareCode, HARDWARE_COUNTERS } from './pmu-events.js';
import { PMU_COUNTED, PMU_EVENT, PMU_FIRMWARE, PMU_HARDWARE, PMU_SNAPSHOT, PMU_STARTED, PMU_VALUE } from './state.js';

export const COUNTERS = PMU_HARDWARE + PMU_FIRMWARE;

export const isFirmware = (counter: number): boolean => counter >= PMU_HARDWARE;
const bit = (counter: number): bigint => 1n << BigInt(counter);
const valueWord = (counter: number): number => PMU_VALUE + counter - PMU_HARDWARE;

/** Adds one to every started counter of `hart` that counts this firmware event. */
export function countFirmwareEvent(hart: SbiHart, event: FirmwareEvent): void {
  const { state } = hart;
  if (((state[PMU_COUNTED]! >> BigInt(event)) & 1n) === 0n) return;
  for (let counter = PMU_HARDWARE; counter < COUNTERS; counter++) {
    if (isStarted(hart, counter) && firmwareCode(configuredEvent(hart, counter)) === BigInt(event)) {
      Atomics.add(state, valueWord(counter), 1n);
    }
  }
}

export function isStarted(hart: SbiHart, counter: number): boolean {
  return (hart.state[PMU_STARTED]! & bit(counter)) !== 0n;
}

/** The event_idx a counter is configured for, 0 for none. */
export function configuredEvent(hart: SbiHart, counter: number): bigint {
  return hart.state[PMU_EVENT + counter]!;
}

export function configure(hart: SbiHart, counter: number, event: bigint): void {
  hart.state[PMU_EVENT + counter] = event;
  if (isFirmware(counter)) noteCountedEvents(hart);
}

export function readCounter(hart: SbiHart, counter: number, time: bigint): bigint {
  if (isFirmware(counter)) return Atomics.load(hart.state, valueWord(counter));
  const { preset } = HARDWARE_COUNTERS[counter]!;
  return preset ? hart.readCsr(preset) : time;
}

export function writeCounter(hart: SbiHart, counter: number, value: bigint): void {
  if (isFirmware(counter)) {
    Atomics.store(hart.state, valueWord(counter), value);
    return;
  }
  const { preset } = HARDWARE_COUNTERS[counter]!;
  if (preset) hart.writeCsr(preset, value);
}

export function setStarted(hart: SbiHart, counter: number, started: boolean): void {
  const { state } = hart;
  state[PMU_STARTED] = started ? state[PMU_STARTED]! | bit(counter) : state[PMU_STARTED]! & ~bit(counter);
  if (isFirmware(counter)) noteCountedEvents(hart);
  else inhibit(hart, bit(counter), !started);
}

/** A reset hart counts cycles and instructions freely, and nothing on anyone's behalf. */
export function resetCounters(hart: SbiHart): void {
  hart.state.fill(0n, PMU_STARTED, PMU_VALUE + PMU_FIRMWARE);
  inhibit(hart, bit(PMU_HARDWARE) - 1n, false);
}

/** The snapshot page, if one was set. */
export function snapshotPage(hart: SbiHart): bigint | undefined {
  const word = hart.state[PMU_SNAPSHOT]!;
  return word === 0n ? undefined : word & ~1n;
}

export function setSnapshotPage(hart: SbiHart, page: bigint | undefined): void {
  hart.state[PMU_SNAPSHOT] = page === undefined ? 0n : page | 1n;
}

function inhibit(hart: SbiHart, bits: bigint, on: boolean): void {
  const inhibited = hart.readCsr('mcountinhibit');
  hart.writeCsr('mcountinhibit', on ? inhibited | bits : inhibited & ~bits);
}

/** Keeps the set of counted events at hand, so that an event nobody counts costs one test. */
function noteCountedEvents(hart: SbiHart): void {
  let counted = 0n;
  for (let counter = PMU_HARDWARE; counter < COUNTERS; counter++) {
    const code = isStarted(hart, counter) ? firmwareCode(configuredEvent(hart, counter)) : undefined;
    if (code !== undefined) counted |= 1n << code;
  }
  hart.state[PMU_COUNTED] = counted;
}
