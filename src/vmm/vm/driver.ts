// What runs a machine: a worker, or slices on this thread. Both look the same from the realm that created the machine,
// and both take their orders from the control area.
import type { Clock, HostMachine } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig, RemoteAccess, TracedExit } from '../machine/config.js';
import { Command, type Control } from '../machine/control.js';
import { Machine } from '../machine/machine.js';
import type { FromMachine, ToMachine } from '../machine/messages.js';
import type { MachineWorker, Platform } from './platform.js';

/** What a driver reports to its Vm. */
export interface DriverEvents {
  output(): void;
  trace(entries: readonly TracedExit[]): void;
  /** Cached translations have been dropped. */
  flushed(request: number): void;
  /** The machine is at rest: paused, and nothing of it runs. */
  paused(): void;
  ended(end: VmEnd): void;
  failed(error: unknown): void;
  /** Carries out an access to a user's device. */
  remote(access: RemoteAccess): bigint | Promise<bigint>;
}

export interface Driver {
  /** Whether the machine runs in a thread of its own. */
  readonly threaded: boolean;
  /** Builds the machine. */
  start(): Promise<void>;
  /** Runs it until it is told otherwise by the control area. */
  run(): void;
  /** Makes it look around soon. */
  wake(): void;
  /** Stops it for good. */
  dispose(): Promise<void>;
}

/** Instructions of one slice on the creating realm's thread: a few milliseconds. */
const SLICE = 1_000_000;

/** Runs a machine in slices between turns of this thread's event loop. */
export class InlineDriver implements Driver {
  readonly threaded = false;
  readonly #host: HostMachine;
  readonly #platform: Platform;
  readonly #config: MachineConfig;
  readonly #control: Control;
  readonly #events: DriverEvents;
  #machine: Machine | undefined;
  #sleep = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(host: HostMachine, platform: Platform, config: MachineConfig, control: Control, events: DriverEvents) {
    this.#host = host;
    this.#platform = platform;
    this.#config = config;
    this.#control = control;
    this.#events = events;
  }

  async start(): Promise<void> {
    const clock: Clock = this.#platform.clock;
    const traced: TracedExit[] = [];
    this.#machine = new Machine(this.#host, clock, this.#config, {
      output: () => this.#events.output(),
      trace: (entry) => {
        traced.push(entry);
        if (traced.length === 1) queueMicrotask(() => this.#events.trace(traced.splice(0)));
      },
      flushed: (request) => this.#events.flushed(request),
      remote: (access) => this.#remote(access),
    });
  }

  run(): void {
    this.#loop = this.#loop.then(() => this.#run()).catch((error) => this.#events.failed(error));
  }

  wake(): void {
    this.#sleep.abort();
  }

  async dispose(): Promise<void> {
    this.#control.command = Command.stop;
    this.wake();
    await this.#loop;
    this.#machine = undefined;
  }

  async #run(): Promise<void> {
    while (this.#control.command === Command.run) {
      this.#sleep = new AbortController();
      const result = this.#machine!.turn(SLICE);
      if (result.kind === 'ended') {
        this.#events.ended(result.end);
        return;
      }
      if (result.kind === 'idle') await this.#platform.sleep(result.milliseconds, this.#sleep.signal);
      else await this.#platform.yield();
    }
    if (this.#control.command === Command.pause) this.#events.paused();
  }

  #remote(access: RemoteAccess): bigint | 'pending' {
    const answer = this.#events.remote(access);
    if (typeof answer === 'bigint') return answer;
    void answer.then((value) => {
      this.#machine?.completeRemote(value);
      this.wake();
    });
    return 'pending';
  }
}

/** Runs a machine in a worker of its own. */
export class WorkerDriver implements Driver {
  readonly threaded = true;
  readonly #host: HostMachine;
  readonly #worker: MachineWorker;
  readonly #config: MachineConfig;
  readonly #control: Control;
  readonly #events: DriverEvents;
  #started: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #disposed = false;

  constructor(host: HostMachine, worker: MachineWorker, config: MachineConfig, control: Control, events: DriverEvents) {
    this.#host = host;
    this.#worker = worker;
    this.#config = config;
    this.#control = control;
    this.#events = events;
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
      this.#worker.onMessage((message) => this.#receive(message as FromMachine));
      this.#worker.onError((error) => this.#fail(error));
      this.#post({ kind: 'start', share: this.#host.share(), config: this.#config });
    });
  }

  run(): void {
    this.#post({ kind: 'run' });
  }

  wake(): void {
    this.#control.ring();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#control.command = Command.stop;
    await this.#worker.terminate();
  }

  #post(message: ToMachine): void {
    this.#worker.post(message);
  }

  #receive(message: FromMachine): void {
    switch (message.kind) {
      case 'started':
        this.#started?.resolve();
        this.#started = undefined;
        break;
      case 'output':
        this.#events.output();
        break;
      case 'trace':
        this.#events.trace(message.entries);
        break;
      case 'flushed':
        this.#events.flushed(message.request);
        break;
      case 'paused':
        this.#events.paused();
        break;
      case 'ended':
        this.#events.ended(message.end);
        break;
      case 'remote':
        void this.#answer(message.access);
        break;
      case 'failed':
        this.#fail(new HypercraftError(message.code, message.message));
        break;
    }
  }

  async #answer(access: RemoteAccess): Promise<void> {
    this.#control.reply(await this.#events.remote(access));
  }

  #fail(error: unknown): void {
    if (this.#disposed) return;
    if (this.#started !== undefined) this.#started.reject(error);
    else this.#events.failed(error);
    this.#started = undefined;
  }
}
