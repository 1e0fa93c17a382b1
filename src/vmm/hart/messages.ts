// The messages between the realm that creates guests and the thread of a hart that runs them. They are few: what happens
// often goes through shared memory (bell.ts, ../machine/control.ts).
import type { HostShare } from '../../host/index.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig, RemoteAccess, TracedExit } from '../machine/config.js';
import type { MachineState } from '../machine/state.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import type { SchedulerOptions } from '../scheduler/index.js';

/** How a hart shares its time. */
export interface HartOptions extends SchedulerOptions {
  /** Microseconds for which a hart without anything to do looks for work before it sleeps; 0 by default. */
  readonly haltPolling?: number;
}

/** `guest` is the number a machine goes by on its hart, `realm` that of the hart's engine instance. */
export type ToHart =
  | {
      readonly kind: 'hart';
      /** Without the memory if the worker knows it already. */
      readonly share: Omit<HostShare, 'memory'> & { readonly memory: WebAssembly.Memory | undefined };
      readonly realm: number;
      readonly bell: number;
      readonly options: HartOptions;
      /** Where translated code is kept, as in HostOptions.jitCache. */
      readonly cache: string | undefined;
    }
  | { readonly kind: 'build'; readonly guest: number; readonly config: MachineConfig }
  | { readonly kind: 'run'; readonly guest: number }
  /** The machine is at rest. */
  | { readonly kind: 'save'; readonly guest: number }
  /** A device of the host is the guest's from now on, or is not any more. */
  | { readonly kind: 'connect'; readonly guest: number; readonly connection: Connection }
  | { readonly kind: 'disconnect'; readonly guest: number; readonly device: HostDeviceName }
  | { readonly kind: 'remove'; readonly guest: number };

/** What a worker is told: to be a hart, or the translator of a host. */
export type ToWorker =
  | ToHart
  | { readonly kind: 'translator'; readonly share: HostShare; readonly cache: string | undefined };

/** The translator's thread is of use: a hart has translated what that could have. */
export type TranslatorWanted = { readonly kind: 'translator-wanted' };

/** The translator has ended as it was asked to. */
export type FromTranslator = { readonly kind: 'translator-ended' };

export type FromHart = { readonly guest: number } & (
  | { readonly kind: 'built' }
  | { readonly kind: 'output' }
  | { readonly kind: 'trace'; readonly entries: readonly TracedExit[] }
  | { readonly kind: 'flushed'; readonly request: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'starved' }
  | { readonly kind: 'saved'; readonly state: MachineState }
  /** How, if it ended on this thread. */
  | { readonly kind: 'ended'; readonly end: VmEnd | undefined }
  | { readonly kind: 'remote'; readonly access: RemoteAccess }
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'device-output'; readonly device: HostDeviceName }
  | { readonly kind: 'removed' }
  /** The machine could not be built, or met a defect of ours. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
);
