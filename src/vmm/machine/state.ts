// Everything a machine is besides its memory, as plain data that can be cloned, written to a file and hashed.
import type { DeviceState } from '../../devices/index.js';
import type { SbiState } from '../sbi/index.js';
import type { VCpuState } from '../vcpu-state.js';
import type { RoundsState } from './rounds.js';

/** Layout version of {@link MachineState}. */
export const MACHINE_STATE_VERSION = 1;

export interface MachineState {
  readonly kind: 'machine';
  readonly version: number;
  /** `time` of the machine, in ticks; it goes on from here. */
  readonly time: bigint;
  readonly vcpus: readonly VCpuState[];
  /** By hart: whether it sleeps in WFI. */
  readonly asleep: readonly boolean[];
  /** By name. */
  readonly devices: Readonly<Record<string, DeviceState>>;
  /** Typed into the console and not yet received. */
  readonly input: Uint8Array;
  /** Absent in `bare`. */
  readonly sbi?: SbiState;
  /** With virtual time. */
  readonly rounds?: RoundsState;
}
