// What runs a guest: a seat on each of some threads of the host's harts. The threads are workers, or this one in slices; both look
// the same from the realm that created the guest, take their orders from the control area, and are shared by all guests of a host.
import type { HostMachine } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { Bell } from '../hart/bell.js';
import type { FromHart } from '../hart/messages.js';
import type { MachineConfig, RemoteAccess, TracedExit } from '../machine/config.js';
import { Command, type Control } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import { Harts, type Wanted } from './harts.js';
import type { Platform } from './platform.js';
import type { HartThread } from './thread.js';

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

/** A state that is being put together. */
interface Save {
  /** What had been wanted of the machine by then, as {@link Driver.save} counts it. */
  readonly wanted: number;
  readonly parts: MachineState[];
  left: number;
  readonly resolve: (state: MachineState) => void;
  readonly reject: (error: unknown) => void;
}

/** A guest's place on one thread. */
interface Seat {
  readonly thread: HartThread;
  readonly guest: number;
}

/** A guest's places on threads of its host's harts, from before the machine is built until after it is gone. */
export class Driver implements Disposable {
  readonly #seats: readonly [Seat, ...Seat[]];
  #control: Control | undefined;
  #events: DriverEvents | undefined;
  #built: { config: MachineConfig; left: number; resolve: () => void; reject: (error: unknown) => void } | undefined;
  readonly #saves: Save[] = [];
  /** Its state when it was saved last, if nothing was wanted of it since. */
  #state: MachineState | undefined;
  /** How often something was wanted of it that changes its state. */
  #wanted = 0;
  readonly #outputs = new Map<HostDeviceName, () => void>();
  #asked: (() => void)[] = [];
  /** Seats that have the machine. Whoever does not wait for all of them may want it to run before. */
  readonly #ready = new Set<number>();
  #running = false;
  #whenBuilt: Promise<void> = Promise.resolve();
  /** Its building was asked for. */
  #begun = false;
  /** Seats on which nothing of the machine runs. */
  readonly #resting = new Set<number>();
  #end: VmEnd | undefined;
  /** By seat: the last request that is carried out. */
  readonly #flushed: number[];
  #gone = false;

  /** @throws HypercraftError `NO_THREADS`, `INVALID_ARGUMENT` */
  constructor(host: HostMachine, platform: Platform, threads: boolean, wanted: Wanted) {
    const sit = (thread: HartThread, seat: number): Seat => ({
      thread,
      guest: thread.sit({
        receive: (message) => this.#receive(seat, message),
        remote: (access) => this.#remote(access),
        fail: (error) => this.#fail(seat, error),
      }),
    });
    const [first, ...others] = Harts.of(host).threads(platform, threads, wanted);
    this.#seats = [sit(first, 0), ...others.map((thread, index) => sit(thread, index + 1))];
    this.#flushed = this.#seats.map(() => 0);
  }

  /** Whether the machine runs in threads of its own. */
  get threaded(): boolean {
    return this.#seats[0].thread.threaded;
  }

  /** The host's harts that run it. */
  get harts(): readonly number[] {
    return this.#seats.map(({ thread }) => thread.hart);
  }

  /** What makes the machine look around, by thread. */
  get bells(): readonly Bell[] {
    return this.#seats.map(({ thread }) => thread.bell);
  }

  /** Builds the machine: on its first thread, and then on the others. */
  start(config: MachineConfig, control: Control, events: DriverEvents): Promise<void> {
    const built = this.prepare(config, control, events);
    this.#begin();
    return built;
  }

  /** Has the machine built once anything is wanted of it; whoever forks all the time does not wait for the last fork to be built. */
  prepare(config: MachineConfig, control: Control, events: DriverEvents): Promise<void> {
    this.#touch();
    this.#control = control;
    this.#events = events;
    this.#ready.clear();
    this.#whenBuilt = new Promise((resolve, reject) => {
      this.#built = { config, left: this.#seats.length, resolve, reject };
    });
    this.#begun = false;
    return this.#whenBuilt;
  }

  #begin(): void {
    if (this.#begun || this.#built === undefined) return;
    this.#begun = true;
    const [{ thread, guest }] = this.#seats;
    thread.build(guest, this.#built.config);
  }

  /** Resolves when the machine is built, on all of its threads; whoever asked for it hears if it cannot be. */
  get built(): Promise<void> {
    this.#begin();
    return this.#whenBuilt.catch(() => {});
  }

  /** The host's hart that one of its vCPUs is on, or on its way to. */
  hartOf(vcpu: number): number {
    // Once it is gone that word is somebody else's.
    const seat = this.#gone ? 0 : (this.#control?.wantedSeat(vcpu) ?? 0);
    return this.#seats[seat]!.thread.hart;
  }

  /** Has a vCPU go on on another of its harts, once the machine is built on all of them; whether it has that one. */
  send(vcpu: number, hart: number): boolean {
    const seat = this.harts.indexOf(hart);
    if (seat < 0 || this.#built !== undefined) return false;
    this.#touch();
    this.#control!.send(vcpu, seat);
    return true;
  }

  /** Runs it until it is told otherwise by the control area. */
  run(): void {
    this.#touch();
    this.#resting.clear();
    this.#running = true;
    for (const seat of this.#ready) {
      const { thread, guest } = this.#seats[seat]!;
      thread.run(guest);
    }
    this.#begin();
  }

  /** Makes it look around soon. */
  wake(): void {
    this.#touch();
    for (const { thread } of this.#seats) thread.wake();
  }

  /** Something may change its state. A device of the host does so by itself, and for as long as the guest is there. */
  #touch(): void {
    this.#wanted++;
    this.#state = undefined;
  }

  /**
   * Its state without its memory; only while it is at rest. The thread is asked once for as long as nothing is wanted of the machine: it may be
   * waiting for a core, and who forks fifty times in a row need not. Registers and time may be older than they are.
   */
  save(): Promise<MachineState> {
    this.#begin();
    if (this.#state !== undefined) return Promise.resolve(this.#state);
    return this.#built === undefined ? this.#save() : this.#whenBuilt.then(() => this.#save());
  }

  #save(): Promise<MachineState> {
    return new Promise((resolve, reject) => {
      if (this.#gone) {
        reject(disposed());
        return;
      }
      this.#saves.push({ wanted: this.#wanted, parts: [], left: this.#seats.length, resolve, reject });
      for (const { thread, guest } of this.#seats) thread.save(guest);
    });
  }

  /** Gives the machine a device of the host; `output` is called when the device has bytes for its far end. */
  connect(connection: Connection, output: () => void): Promise<void> {
    this.#outputs.set(connection.device, output);
    this.#touch();
    this.#begin();
    return this.#ask(() => this.#seats[0].thread.connect(this.#seats[0].guest, connection));
  }

  /** Takes it away: it pulls no interrupt of the machine's any more. */
  disconnect(device: HostDeviceName): Promise<void> {
    this.#touch();
    return this.#ask(() => this.#seats[0].thread.disconnect(this.#seats[0].guest, device));
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
    this.#refuse(disposed());
    await Promise.all(this.#seats.map(({ thread, guest }) => thread.remove(guest)));
  }

  /** Leaves the threads, which end with their last guests. */
  [Symbol.dispose](): void {
    this.#gone = true;
    for (const { thread, guest } of this.#seats) thread.leave(guest);
  }

  #receive(seat: number, message: FromHart): void {
    if (this.#gone) return;
    const events = this.#events!;
    switch (message.kind) {
      case 'built':
        this.#buildOn(seat);
        break;
      case 'output':
        events.output();
        break;
      case 'trace':
        events.trace(message.entries);
        break;
      case 'flushed':
        this.#flushed[seat] = message.request;
        events.flushed(Math.min(...this.#flushed));
        break;
      case 'paused':
        this.#rest(seat);
        break;
      case 'starved':
        events.starved();
        break;
      case 'saved':
        this.#saved(seat, message.state);
        break;
      case 'connected':
      case 'disconnected':
        this.#asked.shift()?.();
        break;
      case 'device-output':
        this.#outputs.get(message.device)?.();
        break;
      case 'ended':
        this.#end ??= message.end;
        this.#rest(seat);
        break;
      case 'remote':
        void this.#answer(message.access);
        break;
      case 'failed':
        this.#fail(seat, new HypercraftError(message.code, message.message));
        break;
    }
  }

  /** The first thread has built the machine and the others join in, each at its own pace. */
  #buildOn(seat: number): void {
    const built = this.#built;
    if (built === undefined) return;
    if (seat === 0) {
      this.#seats.slice(1).forEach(({ thread, guest }, index) => {
        thread.build(guest, { ...built.config, seat: index + 1 });
      });
    }
    this.#ready.add(seat);
    const { thread, guest } = this.#seats[seat]!;
    if (this.#running) thread.run(guest);
    built.left--;
    if (built.left > 0) return;
    this.#built = undefined;
    built.resolve();
  }

  /** Nothing of the machine runs on this thread. Once that is so on all of them it has paused, or ended. */
  #rest(seat: number): void {
    this.#resting.add(seat);
    if (this.#resting.size < this.#seats.length) return;
    if (this.#end !== undefined) this.#events?.ended(this.#end);
    else this.#events?.paused();
  }

  /** Each thread knows best how its own harts are. */
  #saved(seat: number, state: MachineState): void {
    const save = this.#saves.find(({ parts }) => parts[seat] === undefined);
    if (save === undefined) return;
    save.parts[seat] = state;
    save.left--;
    if (save.left > 0) return;
    this.#saves.splice(this.#saves.indexOf(save), 1);
    const owner = (hart: number): MachineState => save.parts[this.#control!.seatOf(hart)]!;
    const whole = {
      ...save.parts[0]!,
      vcpus: state.vcpus.map((_, hart) => owner(hart).vcpus[hart]!),
      asleep: state.asleep.map((_, hart) => owner(hart).asleep[hart]!),
    };
    if (save.wanted === this.#wanted && this.#outputs.size === 0) this.#state = whole;
    save.resolve(whole);
  }

  /** Carries out an access to a user's device, at once if that can be. */
  #remote(access: RemoteAccess): bigint | undefined {
    const answer = this.#events!.remote(access);
    if (typeof answer === 'bigint') return answer;
    void answer.then((value) => this.#reply(access, value));
    return undefined;
  }

  /** Nothing of the machine runs on this thread any more, nor answers there. */
  #fail(seat: number, error: unknown): void {
    if (this.#gone) return;
    for (const resolve of this.#asked.splice(0)) resolve();
    if (!this.#refuse(error)) this.#events?.failed(error);
    this.#flushed[seat] = Number.POSITIVE_INFINITY;
    this.#events?.flushed(Math.min(...this.#flushed));
    this.#rest(seat);
  }

  /** Whoever waits for the machine, or for its state, waits in vain. Whether anybody waited for the machine. */
  #refuse(error: unknown): boolean {
    const built = this.#built;
    this.#built = undefined;
    built?.reject(error);
    for (const { reject } of this.#saves.splice(0)) reject(error);
    return built !== undefined;
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

const disposed = (): HypercraftError => new HypercraftError('VM_DISPOSED', 'the guest has been disposed of');
