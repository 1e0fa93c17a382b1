// A vCPU of a machine as whoever runs it sees it: what it waits for, and for how long it may run.
import type { Clock } from '../../host/index.js';
import type { VmEnd } from '../exit.js';
import type { MmioAccess } from '../mmio-decode.js';
import type { Pace } from '../scheduler/index.js';
import type { VCpu } from '../vcpu.js';
import type { VCpuHart } from './sbi-platform.js';

/** A machine of which no vCPU can run: not yet looked at all, nothing for so long, or the end. */
export type Rest =
  | { readonly kind: 'busy' }
  /** `look`: it is to be looked at again after so long, sooner or later. */
  | { readonly kind: 'idle'; readonly milliseconds: number; readonly look?: number }
  | { readonly kind: 'ended'; readonly end: VmEnd };

/** Why a hart does not run now, other than by HSM: waiting in WFI or WRS, for room in the console, for a remote device, for memory. */
export type Hold = 'none' | 'wfi' | 'wrs' | 'console' | 'remote' | 'memory';

/** A vCPU of a machine. */
export interface Member {
  readonly hart: VCpuHart;
  readonly vcpu: VCpu;
  hold: Hold;
  /** In WRS: when it goes on at the latest, in milliseconds. */
  until: number;
  remote: MmioAccess | undefined;
}

/** How long a vCPU may run. */
export interface Slice {
  readonly milliseconds: number;
  /** What the vCPU's speed is known from. */
  readonly pace: Pace;
  readonly clock: Clock;
  /** When it began. */
  readonly now: number;
}
