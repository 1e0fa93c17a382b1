// What the performance counters can count. SBI specification, "Performance Monitoring Unit Extension", the event tables.
import { PMU_HARDWARE } from './state.js';

/** Codes of firmware events (type 15). Each fence's `received` follows its `sent`. */
export const FirmwareEvent = {
  misalignedLoad: 0,
  misalignedStore: 1,
  accessLoad: 2,
  accessStore: 3,
  illegalInstruction: 4,
  setTimer: 5,
  ipiSent: 6,
  ipiReceived: 7,
  fenceISent: 8,
  fenceIReceived: 9,
  sfenceVmaSent: 10,
  sfenceVmaReceived: 11,
  sfenceVmaAsidSent: 12,
  sfenceVmaAsidReceived: 13,
  hfenceGvmaSent: 14,
  hfenceGvmaReceived: 15,
  hfenceGvmaVmidSent: 16,
  hfenceGvmaVmidReceived: 17,
  hfenceVvmaSent: 18,
  hfenceVvmaReceived: 19,
  hfenceVvmaAsidSent: 20,
  hfenceVvmaAsidReceived: 21,
} as const;
export type FirmwareEvent = (typeof FirmwareEvent)[keyof typeof FirmwareEvent];

const FIRMWARE_EVENTS = 22n;
const FIRMWARE_TYPE = 0xfn;

export interface HardwareCounter {
  /** The CSR the supervisor reads it by. */
  readonly csr: number;
  /** The machine-level CSR that presets it; `time` has none. */
  readonly preset?: 'mcycle' | 'minstret';
  /** event_idx of what it counts. */
  readonly events: readonly bigint[];
}

/**
 * The hardware counters, in the order of their CSRs and of the bits in mcountinhibit. `time` can be neither stopped nor
 * preset, so it is described and read by its CSR, but no event is mapped to it.
 */
export const HARDWARE_COUNTERS: readonly HardwareCounter[] = [
  { csr: 0xc00, preset: 'mcycle', events: [1n] },
  { csr: 0xc01, events: [] },
  { csr: 0xc02, preset: 'minstret', events: [2n] },
];

/** The code of a firmware event_idx that is counted here. */
export function firmwareCode(event: bigint): bigint | undefined {
  const code = event & 0xffffn;
  return event >> 16n === FIRMWARE_TYPE && code < FIRMWARE_EVENTS ? code : undefined;
}

/** Can this counter count that event? Every event counted here leaves `event_data` unused, so it must be zero. */
export function canCount(counter: number, event: bigint, data: bigint): boolean {
  if (data !== 0n) return false;
  if (counter >= PMU_HARDWARE) return firmwareCode(event) !== undefined;
  return HARDWARE_COUNTERS[counter]!.events.includes(event);
}
