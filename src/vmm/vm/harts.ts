// The threads that a host's harts run on, made when the first guest needs them and gone with the last one.
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import { Bell } from '../hart/bell.js';
import { type GuestPort, HartLoop } from '../hart/hart-loop.js';
import type { FromHart, HartOptions, ToHart } from '../hart/messages.js';
import type { MachineConfig, TracedExit } from '../machine/config.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import type { MachineWorker, Platform } from './platform.js';
import { TranslatorThread } from './translator-thread.js';

/** Who hears of a guest's machine. */
export interface Occupant {
  receive(message: FromHart): void;
  remote: GuestPort['remote'];
  fail(error: unknown): void;
}

export interface HartThread {
  readonly threaded: boolean;
  readonly bell: Bell;
  /** Takes a guest in; the number it goes by. */
  sit(occupant: Occupant): number;
  build(guest: number, config: MachineConfig): void;
  run(guest: number): void;
  wake(): void;
  connect(guest: number, connection: Connection): void;
  disconnect(guest: number, device: HostDeviceName): void;
  /** Has the state of a machine at rest, without its memory, sent to its occupant. */
  save(guest: number): void;
  /** Resolves when nothing of the guest's machine runs any more, nor will. */
  remove(guest: number): Promise<void>;
  leave(guest: number): void;
}

/** The harts of one host. */
export class Harts {
  static readonly #all = new WeakMap<HostMachine, Harts>();
  readonly #host: HostMachine;
  readonly #options: HartOptions;
  #inline: InlineThread | undefined;
  #worker: WorkerThread | undefined;
  readonly #translator: TranslatorThread;

  private constructor(host: HostMachine, options: HartOptions) {
    this.#host = host;
    this.#options = options;
    this.#translator = new TranslatorThread(host);
  }

  /** Says how a host's harts share their time; before its first guest. */
  static configure(host: HostMachine, options: HartOptions): void {
    Harts.#all.set(host, new Harts(host, options));
  }

  static of(host: HostMachine): Harts {
    const known = Harts.#all.get(host);
    if (known !== undefined) return known;
    Harts.configure(host, {});
    return Harts.#all.get(host)!;
  }

  /** @throws HypercraftError `NO_THREADS` */
  thread(platform: Platform, threads: boolean): HartThread {
    if (!threads) {
      this.#inline ??= new InlineThread(this.#host, platform, this.#options, () => {
        this.#inline = undefined;
      });
      return this.#inline;
    }
    if (this.#worker !== undefined) return this.#worker;
    const worker = platform.spawnWorker?.();
    if (worker === undefined) throw new HypercraftError('NO_THREADS', 'this platform cannot run a machine in a worker');
    this.#translator.retain(platform);
    const thread = new WorkerThread(this.#host, worker, this.#options, this.#translator, () => {
      if (this.#worker === thread) this.#worker = undefined;
    });
    this.#worker = thread;
    return thread;
  }
}

/** What both kinds of thread have: guests, and a bell in shared memory. */
abstract class Thread {
  readonly bell: Bell;
  protected readonly host: HostMachine;
  protected readonly occupants = new Map<number, Occupant>();
  readonly #gone: () => void;
  #last = 0;

  constructor(host: HostMachine, gone: () => void) {
    this.host = host;
    this.#gone = gone;
    const pages = Math.ceil(Bell.bytes / PAGE_SIZE);
    this.bell = new Bell(host.engine.memory.buffer, host.allocDevicePages(pages));
  }

  sit(occupant: Occupant): number {
    this.occupants.set(++this.#last, occupant);
    return this.#last;
  }

  leave(guest: number): void {
    if (!this.occupants.delete(guest) || this.occupants.size > 0) return;
    this.#gone();
    this.end();
    this.host.deallocDevicePages(this.bell.offset, Math.ceil(Bell.bytes / PAGE_SIZE));
  }

  /** No guest is left. */
  protected abstract end(): void;

  /** The thread is of no use any more: new guests get a new one. */
  protected abandon(): void {
    this.#gone();
  }
}

/** Milliseconds that guests run between two turns of this thread's event loop. */
const STRETCH = 4;

/** Runs guests in slices between turns of this thread's event loop. */
class InlineThread extends Thread implements HartThread {
  readonly threaded = false;
  readonly #platform: Platform;
  readonly #loop: HartLoop;
  #sleep = new AbortController();
  #driving = false;

  constructor(host: HostMachine, platform: Platform, options: HartOptions, gone: () => void) {
    super(host, gone);
    this.#platform = platform;
    this.#loop = new HartLoop(host, platform.clock, this.bell, {
      ...options,
      ...(platform.openFile && { openFile: platform.openFile }),
    });
  }

  build(guest: number, config: MachineConfig): void {
    const occupant = this.occupants.get(guest)!;
    try {
      this.#loop.build(guest, config, inlinePort(guest, occupant));
      occupant.receive({ guest, kind: 'built' });
    } catch (error) {
      occupant.fail(error);
    }
  }

  run(guest: number): void {
    this.#loop.run(guest);
    this.wake();
    if (!this.#driving) void this.#drive();
  }

  wake(): void {
    this.#sleep.abort();
  }

  connect(guest: number, connection: Connection): void {
    this.#loop.connect(guest, connection);
    this.occupants.get(guest)?.receive({ guest, kind: 'connected' });
  }

  disconnect(guest: number, device: HostDeviceName): void {
    this.#loop.disconnect(device);
    this.occupants.get(guest)?.receive({ guest, kind: 'disconnected' });
  }

  save(guest: number): void {
    const occupant = this.occupants.get(guest)!;
    try {
      occupant.receive({ guest, kind: 'saved', state: this.#loop.machine(guest)!.save() });
    } catch (error) {
      occupant.fail(error);
    }
  }

  async remove(guest: number): Promise<void> {
    // Whoever asks may do so in the middle of a turn, from an event.
    await Promise.resolve();
    this.#loop.remove(guest);
    this.wake();
  }

  protected end(): void {
    this.wake();
  }

  async #drive(): Promise<void> {
    this.#driving = true;
    const { clock } = this.#platform;
    await Promise.resolve();
    while (this.#loop.active) {
      this.#sleep = new AbortController();
      const start = clock.now();
      let result = this.#loop.turn();
      while (result.kind === 'busy' && this.#loop.active && clock.now() - start < STRETCH && clock.now() !== start) {
        result = this.#loop.turn();
      }
      if (result.kind === 'idle') await this.#platform.sleep(result.milliseconds, this.#sleep.signal);
      else await this.#platform.yield();
    }
    this.#driving = false;
  }
}

function inlinePort(guest: number, occupant: Occupant): GuestPort {
  const traced: TracedExit[] = [];
  return {
    output: () => occupant.receive({ guest, kind: 'output' }),
    trace: (entry) => {
      traced.push(entry);
      if (traced.length > 1) return;
      queueMicrotask(() => occupant.receive({ guest, kind: 'trace', entries: traced.splice(0) }));
    },
    flushed: (request) => occupant.receive({ guest, kind: 'flushed', request }),
    remote: (access) => occupant.remote(access),
    deviceOutput: (device) => occupant.receive({ guest, kind: 'device-output', device }),
    starved: () => occupant.receive({ guest, kind: 'starved' }),
    paused: () => occupant.receive({ guest, kind: 'paused' }),
    ended: (end) => occupant.receive({ guest, kind: 'ended', end }),
    failed: (error) => occupant.fail(error),
  };
}

/** Runs guests in a worker. */
class WorkerThread extends Thread implements HartThread {
  readonly threaded = true;
  readonly #worker: MachineWorker;
  readonly #translator: TranslatorThread;
  readonly #port: number | undefined;
  readonly #removals = new Map<number, () => void>();
  #ended: Promise<void> | undefined;

  constructor(
    host: HostMachine,
    worker: MachineWorker,
    options: HartOptions,
    translator: TranslatorThread,
    gone: () => void,
  ) {
    super(host, gone);
    this.#worker = worker;
    this.#translator = translator;
    this.#port = host.share().jit === 'on' ? host.openJitPort() : undefined;
    worker.onMessage((message) => this.#receive(message as FromHart));
    worker.onError((error) => this.#fail(error));
    this.#post({ kind: 'hart', share: { ...host.share(), port: this.#port }, bell: this.bell.offset, options });
  }

  build(guest: number, config: MachineConfig): void {
    this.#post({ kind: 'build', guest, config });
  }

  run(guest: number): void {
    this.#post({ kind: 'run', guest });
  }

  wake(): void {
    this.bell.ring();
  }

  connect(guest: number, connection: Connection): void {
    this.#post({ kind: 'connect', guest, connection });
  }

  disconnect(guest: number, device: HostDeviceName): void {
    this.#post({ kind: 'disconnect', guest, device });
  }

  save(guest: number): void {
    this.#post({ kind: 'save', guest });
  }

  async remove(guest: number): Promise<void> {
    // The last guest takes the worker with it, whatever state that is in.
    if (this.occupants.size <= 1 || this.#ended !== undefined) {
      this.abandon();
      await this.#terminate();
      return;
    }
    const removed = new Promise<void>((resolve) => this.#removals.set(guest, resolve));
    this.#post({ kind: 'remove', guest });
    await removed;
  }

  protected end(): void {
    void this.#terminate();
  }

  #terminate(): Promise<void> {
    this.#ended ??= this.#worker.terminate().then(() => this.#afterwards());
    return this.#ended;
  }

  #afterwards(): Promise<void> {
    if (this.#port !== undefined) this.host.closeJitPort(this.#port);
    return this.#translator.release();
  }

  #post(message: ToHart): void {
    // Announced before it is there: a thread that has read it already is not to be kicked for it.
    this.bell.post();
    this.#worker.post(message);
  }

  #receive(message: FromHart): void {
    if (message.kind === 'removed') {
      this.#removals.get(message.guest)?.();
      this.#removals.delete(message.guest);
    } else this.occupants.get(message.guest)?.receive(message);
  }

  #fail(error: unknown): void {
    this.abandon();
    this.#ended ??= this.#afterwards();
    for (const occupant of this.occupants.values()) occupant.fail(error);
    for (const resolve of this.#removals.values()) resolve();
  }
}
