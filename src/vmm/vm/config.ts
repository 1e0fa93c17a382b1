// What a virtual machine is made with, and what it tells: plain types, shared by the machine's face and its snapshots.

import type { BootPlan, MachineDescription } from '../../boot/index.js';
import type { GuestPhysAddr } from '../../host/index.js';
import type { JitFigures } from '../../jit/index.js';
import type { VmEnd, VmExit } from '../exit.js';
import type { TracedExit } from '../machine/config.js';
import type { NestedPagingMode } from '../nested-pte.js';
import type { Share } from '../scheduler/index.js';

/** A device of your own, served in this realm. It may take its time: only the guest's hart waits. */
export interface UserDevice {
  /** For messages. */
  readonly name: string;
  /** First guest physical address it answers at. */
  readonly base: GuestPhysAddr;
  /** Bytes of guest physical space it answers in. */
  readonly size: number;
  /** The value at `offset` bytes from `base`. */
  read(offset: number, width: 1 | 2 | 4 | 8): bigint | Promise<bigint>;
  /** Takes a value. */
  write(offset: number, width: 1 | 2 | 4 | 8, value: bigint): void | Promise<void>;
}

/** A virtual machine to be made: its parts, what is in its memory, and how it is run. */
export interface VmConfig {
  /** For messages, consoles and snapshots. */
  readonly name?: string;
  /** What the machine is made of; see `virtMachine`. */
  readonly machine: MachineDescription;
  /**
   * What the guest's harts have: `max`, a profile or an ISA string, see {@link cpuExtensions}. By default it is what `machine` says, and
   * its device tree with it (`virtMachine({ cpu, ... })`); what is said here is in place of that.
   */
  readonly cpu?: string;
  /** What lies in memory, and where the first hart starts; see `planBoot`. */
  readonly boot: Pick<BootPlan, 'segments' | 'entry' | 'dtbAddress' | 'htif'> & { readonly a2?: bigint };
  /** Devices of your own. */
  readonly devices?: readonly UserDevice[];
  /** Run in a worker. By default where the platform has threads. */
  readonly threads?: boolean;
  /** Emit an `exit` event for every exit. */
  readonly traceExits?: boolean;
  /** Depth of the nested page table; `sv39x4` by default. */
  readonly nestedPaging?: NestedPagingMode;
  /** Guest time from retired instructions, one tick every 2^n of them, instead of the host's clock. */
  readonly virtualTime?: number;
  /** What becomes of the guest when the host has no memory left for it: paused with an event (default), or ended. */
  readonly whenFull?: 'pause' | 'end';
  /**
   * Bytes of the host's memory that the guest may have; fewer than its machine's memory if guests are promised more than there is. At its limit
   * a guest is treated as if the host were full (`whenFull`). No limit by default; see {@link Vm.limitMemory}.
   */
  readonly memoryLimit?: number;
  /**
   * The host's harts whose threads run the guest: its hart n begins on the (n modulo so many)th of them. By default those with the fewest guests. Of
   * no effect where all guests share one thread.
   */
  readonly pin?: readonly number[];
  /** How much of its harts' time the guest gets beside others, and at most. */
  readonly share?: Share;
  /** Two runs are alike, to the last bit: see {@link Determinism}. */
  readonly deterministic?: Determinism;
}

/**
 * What decides about a run beside its memory. Time comes from retired instructions (`virtualTime`, by default a tick every
 * 16), harts take turns by the seed, and the console's input arrives between two turns.
 */
export interface Determinism {
  /** 0 by default. */
  readonly seed?: bigint;
  /** Typed into the console from the start; what `Vm.input` is given later arrives when it does. */
  readonly script?: Uint8Array;
}

/** What a `Vm` tells. */
export interface VmEvents {
  /** Bytes the guest wrote to its console. A listener that returns a promise holds back what follows. */
  output: Uint8Array;
  /** An exit, with `traceExits`. */
  exit: TracedExit;
  /** The guest has ended. */
  end: VmEnd;
  /**
   * The guest needs a page, and the host has none left (`free` pages) or the guest is at its limit (`limited`); it is paused. `Vm.resume` lets it
   * try again.
   */
  'out-of-memory': { readonly free: number; readonly limited: boolean };
  /** A device of the user threw. The guest read all ones, or its write was lost. */
  'device-error': { readonly device: string; readonly error: unknown };
}

/** Figures of a machine, summed over its vCPUs. */
export interface VmStats {
  /** Instructions retired; exact while the machine is at rest. */
  readonly instructions: bigint;
  /** Of these, instructions retired in translated code. */
  readonly translated: bigint;
  /** How translation went on the host, for all its guests. */
  readonly jit: JitFigures;
  /** Times translated code was entered, and times it left for the interpreter. */
  readonly regionsEntered: bigint;
  /** See `regionsEntered`. */
  readonly regionsMissed: bigint;
  /** Exits to TypeScript, by kind. */
  readonly exits: Readonly<Record<VmExit['kind'], number>>;
  /** Translations that the TLB did not hold. */
  readonly pageWalks: bigint;
  /** Times that a run of instructions was decoded. */
  readonly decodes: bigint;
  /** Traps taken inside the guest. */
  readonly traps: bigint;
  /** MMIO accesses served inside the engine. */
  readonly mmio: bigint;
  /** Bytes of the host's memory it has, those that it shares with forks included. */
  readonly resident: number;
  /** Milliseconds it has run. */
  readonly ran: number;
  /** Milliseconds it waited for other guests although it had something to do. */
  readonly stolen: number;
  /** By vCPU: the host's hart that it is on. */
  readonly harts: readonly number[];
}

/** What of a fork differs from its parent. */
export type ForkOptions = Pick<
  VmConfig,
  'name' | 'devices' | 'share' | 'traceExits' | 'whenFull' | 'memoryLimit' | 'pin'
>;

/** What of a restored guest is not in its snapshot. */
export interface RestoreOptions
  extends Pick<VmConfig, 'name' | 'devices' | 'share' | 'traceExits' | 'whenFull' | 'memoryLimit' | 'pin' | 'threads'> {
  /** Check all pages before anything runs; true by default. */
  readonly verify?: boolean;
}

/** How a guest that comes from elsewhere is taken in. */
export interface ReceiveOptions extends Omit<RestoreOptions, 'verify'> {
  /** Milliseconds for which the other side may be silent; 30 000 by default. */
  readonly silence?: number;
}
