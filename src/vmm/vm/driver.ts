// What runs a guest: a seat on a thread of the host's harts. The thread is a worker, or this one in slices; both look the
// same from the realm that created the guest, take their orders from the control area, and are shared by all guests of a host.
import type { HostMachine } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { Bell } from '../hart/bell.js';
import type { FromHart } from '../hart/messages.js';
import type { MachineConfig, RemoteAccess, TracedExit } from '../machine/config.js';
import { Command, type Control } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import { Harts, type HartThread } from './harts.js';
import type { Platform } from './platform.js';

/** What a driver reports to its Vm. */
export interface DriverEvents {
  output(): void;
  trace(entries: readonly TracedExit[]): void;
  /** Cached translations have been dropped. */
  flushed(request: number): void;
  /** The machine is at rest: paused, and nothing of it runs. */
  paused(): void;
  /** The host has no memory left for the guest. */
  starved(): void;
  ended(end: VmEnd): void;
  failed(error: unknown): void;
  /** Carries out an access to a user's device. */
  remote(access: RemoteAccess): bigint | Promise<bigint>;
}

/** A guest's place on a thread of its host's harts, from before the machine is built until after it is gone. */
export class Driver implements Disposable {
  readonly #harts: Harts;
  readonly #thread: HartThread;
  readonly #guest: number;
  #control: Control | undefined;
  #events: DriverEvents | undefined;
  #built: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  readonly #saves: { resolve: (state: MachineState) => void; reject: (error: unknown) => void }[] = [];
  readonly #outputs = new Map<HostDeviceName, () => void>();
  #asked: (() => void)[] = [];
  #gone = false;

  /** @throws HypercraftError `NO_THREADS` */
  constructor(host: HostMachine, platform: Platform, threads: boolean) {
    this.#harts = Harts.of(host);
    this.#thread = this.#harts.thread(platform, threads);
    this.#guest = this.#thread.sit(this);
  }

  /** Whether the machine runs in a thread of its own. */
  get threaded(): boolean {
    return this.#thread.threaded;
  }

  /** What makes the machine look around. */
  get bell(): Bell {
    return this.#thread.bell;
  }

  /** Builds the machine. */
  start(config: MachineConfig, control: Control, events: DriverEvents): Promise<void> {
    this.#control = control;
    this.#events = events;
    return new Promise((resolve, reject) => {
      this.#built = { resolve, reject };
      this.#thread.build(this.#guest, config);
    });
  }

  /** Runs it until it is told otherwise by the control area. */
  run(): void {
    this.#thread.run(this.#guest);
  }

  /** Makes it look around soon. */
  wake(): void {
    this.#thread.wake();
  }

  /** Its state without its memory; only while it is at rest. */
  save(): Promise<MachineState> {
    return new Promise((resolve, reject) => {
      this.#saves.push({ resolve, reject });
      this.#thread.save(this.#guest);
    });
  }

  /** Gives the machine a device of the host; `output` is called when the device has bytes for its far end. */
  connect(connection: Connection, output: () => void): Promise<void> {
    this.#outputs.set(connection.device, output);
    return this.#ask(() => this.#thread.connect(this.#guest, connection));
  }

  /** Takes it away: it pulls no interrupt of the machine's any more. */
  disconnect(device: HostDeviceName): Promise<void> {
    return this.#ask(() => this.#thread.disconnect(this.#guest, device));
  }

  /** Asks the thread for something it answers in order. */
  #ask(post: () => void): Promise<void> {
    if (this.#gone) return Promise.resolve();
    return new Promise((resolve) => {
      this.#asked.push(resolve);
      post();
    });
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    this.#gone = true;
    if (this.#control !== undefined) this.#control.command = Command.stop;
    for (const resolve of this.#asked.splice(0)) resolve();
    await this.#thread.remove(this.#guest);
  }

  /** Leaves the thread, which ends with its last guest. */
  [Symbol.dispose](): void {
    this.#gone = true;
    this.#thread.leave(this.#guest);
  }

  receive(message: FromHart): void {
    if (this.#gone) return;
    const events = this.#events!;
    switch (message.kind) {
      case 'built':
        this.#built?.resolve();
        this.#built = undefined;
        break;
      case 'output':
        events.output();
        break;
      case 'trace':
        events.trace(message.entries);
        break;
      case 'flushed':
        events.flushed(message.request);
        break;
      case 'paused':
        events.paused();
        break;
      case 'starved':
        events.starved();
        break;
      case 'saved':
        this.#saves.shift()?.resolve(message.state);
        break;
      case 'connected':
      case 'disconnected':
        this.#asked.shift()?.();
        break;
      case 'device-output':
        this.#outputs.get(message.device)?.();
        break;
      case 'ended':
        events.ended(message.end);
        break;
      case 'remote':
        void this.#answer(message.access);
        break;
      case 'failed':
        this.fail(new HypercraftError(message.code, message.message));
        break;
    }
  }

  /** Carries out an access to a user's device, at once if that can be. */
  remote(access: RemoteAccess): bigint | undefined {
    const answer = this.#events!.remote(access);
    if (typeof answer === 'bigint') return answer;
    void answer.then((value) => this.#reply(access, value));
    return undefined;
  }

  fail(error: unknown): void {
    if (this.#gone) return;
    for (const { reject } of this.#saves.splice(0)) reject(error);
    if (this.#built !== undefined) this.#built.reject(error);
    else this.#events?.failed(error);
    this.#built = undefined;
  }

  async #answer(access: RemoteAccess): Promise<void> {
    this.#reply(access, await this.#events!.remote(access));
  }

  #reply(access: RemoteAccess, value: bigint): void {
    if (this.#gone) return;
    this.#control!.reply(access.vcpu, value);
    this.wake();
  }
}
