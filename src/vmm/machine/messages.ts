// The messages between a Vm and the worker that runs its machine. They are few: what happens often goes through shared
// memory (control.ts).
import type { HostShare } from '../../host/index.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig, RemoteAccess, TracedExit } from './config.js';

export type ToMachine =
  | { readonly kind: 'start'; readonly share: HostShare; readonly config: MachineConfig }
  | { readonly kind: 'run' };

export type FromMachine =
  | { readonly kind: 'started' }
  | { readonly kind: 'output' }
  | { readonly kind: 'trace'; readonly entries: readonly TracedExit[] }
  | { readonly kind: 'flushed'; readonly request: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'ended'; readonly end: VmEnd }
  | { readonly kind: 'remote'; readonly access: RemoteAccess }
  /** The machine could not be built, or met a defect of ours. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
