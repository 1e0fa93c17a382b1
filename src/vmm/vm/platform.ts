// What a virtual machine monitor needs of the runtime it is in, beyond the language: time, turns of the event loop, and
// workers. Implemented under platform/, injected from there.
import type { Clock, EntropySource } from '../../host/index.js';
import type { JitStore } from '../../jit/index.js';
import type { OpenBacking } from '../snapshot/backing.js';

/** A worker that serves one hart (`serveHart`). */
export interface MachineWorker {
  /** What it knows of since it began, if anything. */
  readonly memory?: WebAssembly.Memory | undefined;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The worker died by itself. */
  onError(listener: (error: unknown) => void): void;
  terminate(): Promise<void>;
}

/** What the core needs of where it runs: clock, threads, timers. Node.js and the browser each have one. */
export interface Platform {
  /** Wall-clock time. */
  readonly clock: Clock;
  /** The engine's compiled module, if it is there or on its way. */
  readonly engine?: Promise<WebAssembly.Module> | undefined;
  /** Gives a memory of one page that a worker may know already, to become a host's; none a second time. */
  readonly takeMemory?: (() => WebAssembly.Memory | undefined) | undefined;
  /** Randomness for guests that ask their hart for it. */
  readonly entropy?: EntropySource | undefined;
  /** Lets the event loop do everything else it has to do, and comes back. */
  yield(): Promise<void>;
  /** Comes back after so many milliseconds, or when `signal` aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Opens a file that pages are brought in from as a guest touches them; absent where there are no files. */
  readonly openFile?: OpenBacking | undefined;
  /** Threads that run at the same time: how many harts of a host are of use. 1 where there are no threads. */
  readonly cores: number;
  /** Starts a worker; absent where there are no threads or memory cannot be shared with them. */
  readonly spawnWorker?: (() => MachineWorker) | undefined;
  /**
   * Whether what harts of other threads run is translated on this one, which has little else to do: a thread less, and its memory. It has a turn of the event
   * loop after each module.
   */
  readonly translatesHere?: boolean | undefined;
  /** Where translations are kept for the next run, by the name that the host was given (`HostOptions.jitCache`). */
  readonly openJitStore?: ((name: string) => JitStore) | undefined;
}
