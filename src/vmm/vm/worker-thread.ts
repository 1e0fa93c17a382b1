// Guests run in a worker: messages for what is rare, its bell for the rest.
import type { HostMachine } from '../../host/index.js';
import type { FromHart, HartOptions, ToHart, TranslatorWanted } from '../hart/messages.js';
import type { MachineConfig } from '../machine/config.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import type { MachineWorker, Platform } from './platform.js';
import { type HartThread, Thread } from './thread.js';
import type { TranslatorThread } from './translator-thread.js';

export interface WorkerThreadOptions {
  readonly host: HostMachine;
  readonly worker: MachineWorker;
  readonly options: HartOptions;
  readonly translator: TranslatorThread;
  readonly platform: Platform;
  /** The number of its engine instance. */
  readonly realm: number;
  /** The end of the thread that had the number before. */
  readonly after: Promise<void> | undefined;
  /** It is of no use any more. */
  readonly gone: () => void;
}

/** Runs guests in a worker. */
export class WorkerThread extends Thread implements HartThread {
  readonly threaded = true;
  readonly hart: number;
  readonly #worker: MachineWorker;
  readonly #translator: TranslatorThread;
  readonly #platform: Platform;
  readonly #port: number | undefined;
  readonly #after: Promise<void> | undefined;
  readonly #removals = new Map<number, () => void>();
  #ended: Promise<void> | undefined;
  /** Messages that wait for its beginning. */
  #waiting: ToHart[] | undefined;

  constructor({ host, worker, options, translator, platform, realm, after, gone }: WorkerThreadOptions) {
    super(host, gone);
    this.hart = realm - 1;
    this.#worker = worker;
    this.#translator = translator;
    this.#platform = platform;
    this.#after = after;
    this.#port = host.share().jit === 'on' ? host.openJitPort() : undefined;
    worker.onMessage((message) => this.#receive(message as FromHart | TranslatorWanted));
    worker.onError((error) => this.#fail(error));
    if (after !== undefined) {
      this.#waiting = [];
      void after.then(() => this.#begin());
    }
    const share = { ...host.share(), port: this.#port };
    // What it knows is not sent again: V8 would look in vain for garbage worth 4 GiB.
    const told = worker.memory === share.memory ? { ...share, memory: undefined } : share;
    this.#post({ kind: 'hart', share: told, realm, bell: this.bell.offset, options, cache: host.jitCache });
  }

  /** Resolves when nothing runs in it any more; undefined as long as it is in use. */
  get ended(): Promise<void> | undefined {
    return this.#ended;
  }

  build(guest: number, config: MachineConfig): void {
    this.#post({ kind: 'build', guest, config });
  }

  run(guest: number): void {
    this.#post({ kind: 'run', guest });
    this.#translator.begin(this.#platform);
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

  protected end(): Promise<void> {
    return this.#terminate();
  }

  #terminate(): Promise<void> {
    this.#ended ??= Promise.all([this.#worker.terminate(), this.#after]).then(() => this.#afterwards());
    return this.#ended;
  }

  #afterwards(): Promise<void> {
    if (this.#port !== undefined) this.host.closeJitPort(this.#port);
    return this.#translator.release();
  }

  /** The thread that had its number before is no more. */
  #begin(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (this.#ended === undefined) for (const message of waiting) this.#post(message);
  }

  #post(message: ToHart): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(message);
      return;
    }
    // Announced before it is there: a thread that has read it already is not to be kicked for it.
    this.bell.post();
    this.#worker.post(message);
  }

  #receive(message: FromHart | TranslatorWanted): void {
    if (message.kind === 'translator-wanted') this.#translator.want(this.#platform);
    else if (message.kind === 'removed') {
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
