// What a machine is built from, wherever it runs: plain data that can be posted to a worker, and the ways it reports back.
import type { HtifPlace, MachineDescription } from '../../boot/index.js';
import type { GuestPhysAddr } from '../../host/index.js';
import type { VmExit } from '../exit.js';
import type { Share } from '../scheduler/index.js';
import type { BackingPlace } from '../snapshot/backing.js';
import type { MachineState } from './state.js';

/** A byte ring in the shared memory. */
export interface RingPlace {
  readonly offset: number;
  readonly capacity: number;
}

/** A device that the creating realm serves. */
export interface RemoteDevicePlace {
  readonly name: string;
  readonly base: GuestPhysAddr;
  readonly size: number;
}

/** How a machine comes by its memory. */
export interface RamPlan {
  /** Give 2 MiB at a time while there is plenty. */
  readonly blocks: boolean;
  /** What becomes of the guest when the host has no memory left for it. */
  readonly whenFull: 'pause' | 'end';
  /** Where pages that were not touched yet have their content. */
  readonly backing?: BackingPlace;
  /** Offset of the guest's {@link PageBudget}. */
  readonly budget: number;
}

/** A machine: where its parts lie in the shared memory, and how it starts. */
export interface MachineConfig {
  readonly description: MachineDescription;
  /** Offsets of the vCPU areas, by hart. */
  readonly vcpuAreas: readonly number[];
  readonly vmBlock: number;
  /** Root of the nested page table, in hgatp format. */
  readonly token: bigint;
  readonly ram: RamPlan;
  /** Offset of the {@link Control} area. */
  readonly control: number;
  /** Offsets of the bells of the threads that run it, one or more. Which of them a hart is on is said in the control area. */
  readonly bells: readonly number[];
  /** Which of the threads this is; 0, where the machine is built first and its devices live, by default. */
  readonly seat?: number;
  readonly input: RingPlace;
  readonly output: RingPlace;
  readonly entry: GuestPhysAddr;
  /** a1 of the first hart: where the device tree lies. */
  readonly a1: bigint;
  readonly a2: bigint;
  /** The mailbox of a bare program. */
  readonly htif?: HtifPlace;
  readonly remoteDevices: readonly RemoteDevicePlace[];
  /** Report every exit. */
  readonly trace: boolean;
  /**
   * Guest time from retired instructions: `time` moves by one tick every 2^n instructions. Without it time is the host's.
   */
  readonly virtualTime?: number;
  /** With virtual time: draws the length of slices and the order of harts. */
  readonly seed?: bigint;
  /** With virtual time: what is typed into the console from the start. */
  readonly script?: Uint8Array;
  /** The machine goes on from here instead of starting at `entry`. */
  readonly state?: MachineState;
  /** How much of the hart's time it gets. */
  readonly share?: Share;
}

/** One access to a remote device. */
export interface RemoteAccess {
  readonly vcpu: number;
  /** Index in `remoteDevices`. */
  readonly device: number;
  readonly kind: 'load' | 'store';
  readonly offset: number;
  readonly width: 1 | 2 | 4 | 8;
  /** What is stored. */
  readonly value: bigint;
}

/** An exit as traced. */
export interface TracedExit {
  /** The vCPU's id. */
  readonly vcpu: number;
  /** Where it stood. */
  readonly pc: bigint;
  /** What happened. */
  readonly exit: VmExit;
}

/** How a machine reports to the realm that created it. */
export interface MachinePort {
  /** There are bytes in the output ring. */
  output(): void;
  trace(entry: TracedExit): void;
  /** The host has no memory left for a page the guest needs. */
  starved(): void;
  /** Cached translations have been dropped, as asked for by this request. */
  flushed(request: number): void;
  /** Carries out an access to a remote device; without an answer at once it comes later, by `Control.reply`. */
  remote(access: RemoteAccess): bigint | undefined;
}
