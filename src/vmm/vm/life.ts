// What state a guest is in, from its creation to its end: who may run it, who waits for it to stand still, and what its threads tell of it.
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig } from '../machine/config.js';
import { Command } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import type { Body } from './body.js';
import type { VmEvents } from './config.js';
import type { Driver, DriverEvents } from './driver.js';
import { type Emitter, type Resolvers, withResolvers } from './events.js';
import { Harts } from './harts.js';
import { Placement } from './placement.js';
import { goingOn } from './plan.js';
import { Requests } from './requests.js';
import type { UserDevices } from './user-devices.js';

/** Milliseconds for which the end of a guest is put off for a thread that does not answer ... */
const PATIENCE = 2000;
/** ... and for a listener that is not done with its output, for it may be that it waits for that end. */
const LISTENING = 100;

export type LifeState = 'created' | 'running' | 'paused' | 'ended' | 'disposed';

export interface LifeOptions {
  /** For messages. */
  readonly name: string;
  readonly body: Body;
  readonly events: Emitter<VmEvents>;
  readonly devices: UserDevices;
  /** Whether nothing that concerns more than the guest itself keeps it on its hart. */
  readonly loose: () => boolean;
}

export class Life {
  /** On which harts of the host it is. */
  readonly placement: Placement;
  readonly #name: string;
  readonly #body: Body;
  readonly #events: Emitter<VmEvents>;
  readonly #devices: UserDevices;
  readonly #ended: Resolvers<VmEnd>;
  readonly #flushes = new Requests();
  /** Nothing of it runs: it has not been started, or has told that it has paused or ended. */
  #still = true;
  /** Who waits for that. */
  #waiting: (() => void)[] = [];
  /** For how many it stands still now, whatever its user wants meanwhile. */
  #holds = 0;
  /** What is done while it stands still. */
  readonly #actions = new Set<Promise<unknown>>();
  /** It will not run again. */
  #over = false;
  /** Its threads know nothing of it any more, and what it rang with may be somebody else's. */
  #gone = false;
  /** While it moves to another hart. */
  #moving: Promise<void> | undefined;
  #state: LifeState = 'created';

  constructor({ name, body, events, devices, loose }: LifeOptions) {
    this.#name = name;
    this.#body = body;
    this.placement = new Placement({
      name,
      body,
      loose,
      running: () => this.#state === 'running' && this.#holds === 0,
      moveAll: (hart) => this.#moveTo(hart),
    });
    this.#events = events;
    this.#devices = devices;
    this.#ended = withResolvers();
    // Nobody may be waiting when the machine fails; whoever calls run() hears of it.
    this.#ended.promise.catch(() => {});
    body.table.attach(() => this.#shootDown());
  }

  get state(): LifeState {
    return this.#state;
  }

  /** Builds its machine; again if it was built for rehearsal. */
  build(plan: MachineConfig = this.#body.plan): Promise<void> {
    return this.#body.driver.start(plan, this.#body.control, this.#driverEvents());
  }

  /** Has its machine built once anything is wanted of it; if it cannot be, whoever runs it hears of it. */
  prepare(): void {
    const { driver, plan, control } = this.#body;
    driver.prepare(plan, control, this.#driverEvents()).catch((error) => this.fail(error));
  }

  /** Its machine could not be built, or met a defect: nothing of it runs on. */
  fail(error: unknown): void {
    this.#ended.reject(error);
    if (this.#over || this.#state === 'disposed') return;
    this.#over = true;
    this.#state = 'ended';
    Harts.of(this.#body.host).balancer.strike(this.placement);
    this.#body.control.command = Command.pause;
    this.kick();
  }

  /** @throws HypercraftError `VM_DISPOSED` */
  run(): Promise<VmEnd> {
    this.demandThere();
    if (this.#state === 'created') {
      this.#state = 'running';
      this.#goOn();
      const { host, place } = this.#body;
      Harts.of(host).balancer.enroll(this.placement, place.platform);
    }
    return this.#ended.promise;
  }

  async pause(): Promise<void> {
    // Not by settled(): nothing may come between the last look and what follows.
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
    if (this.#state === 'created') await this.#body.driver.built;
    if (this.#state === 'running') this.#state = 'paused';
    // It may have been asked for before, and still be on its way.
    if (this.#state === 'paused') await this.#standStill();
  }

  async #standStill(): Promise<void> {
    if (this.#still) return;
    const rest = new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#body.control.command = Command.pause;
    this.kick();
    await Promise.race([rest, this.#ended.promise]);
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#goOn();
  }

  /** Runs, if it is to and nothing of it does. One of whose threads not all have heard of a pause would never tell of it. */
  #goOn(): void {
    if (this.#state !== 'running' || this.#over || this.#holds > 0 || !this.#still) return;
    this.#still = false;
    this.#body.control.command = Command.run;
    this.#body.driver.run();
  }

  /** Has it stand still, whatever its user wants meanwhile; it goes on, if it is to, when what is returned is called. */
  async hold(): Promise<() => void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
    this.#holds++;
    let held = true;
    const release = (): void => {
      if (held) this.#holds--;
      held = false;
      this.#goOn();
    };
    try {
      await this.#standStill();
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Does something while the guest stands still; it is not disposed of before that is done. */
  async atRest<Result>(action: () => Promise<Result>): Promise<Result> {
    const doing = this.hold().then((release) => action().finally(release));
    this.#actions.add(doing);
    return doing.finally(() => this.#actions.delete(doing));
  }

  /** Resolves when the guest is not on its way from hart to hart. */
  async settled(): Promise<void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
  }

  /** Has the whole guest go on on another hart of the host, from where it is. Whoever wants it to stand still meanwhile waits. */
  async #moveTo(hart: number): Promise<void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
    if (this.#state !== 'running' || this.#holds > 0) return;
    const next = this.#body.newDriver(hart);
    this.#holds++;
    const moving = this.#move(next).finally(() => {
      this.#moving = undefined;
      this.#holds--;
      this.#goOn();
    });
    this.#moving = moving;
    await moving;
  }

  async #move(next: Driver): Promise<void> {
    const { driver: old, control, host, vcpus } = this.#body;
    try {
      await this.#standStill();
      if (this.#state === 'running') {
        const state = await old.save();
        await old.stop();
        old[Symbol.dispose]();
        this.#body.rehouse(next);
        control.command = Command.pause;
        // What the old threads still had to tell is lost with them.
        control.told();
        // Its memory, its rings and its clock are where they were: what was typed is still there, and time went on.
        const time = host.engine.now(vcpus[0]!.area);
        await this.build(goingOn(this.#body.plan, { ...state, time, input: new Uint8Array() }));
      } else next[Symbol.dispose]();
    } catch (error) {
      next[Symbol.dispose]();
      // It is nowhere now.
      this.fail(error);
      throw error;
    }
  }

  /** Makes the machine leave the guest and look around. */
  kick(): void {
    if (this.#gone) return;
    const { virtual, vcpus } = this.#body;
    // In virtual time turns are short and nothing may cut them.
    if (!virtual) for (const vcpu of vcpus) vcpu.kick();
    this.ring();
  }

  /** Makes the machine's threads look around when they come to it. */
  ring(): void {
    if (this.#gone) return;
    this.#body.control.ring();
    this.#body.driver.wake();
  }

  /** Types into the console; resolves when all bytes are on their way. */
  type(bytes: Uint8Array): Promise<void> {
    return this.#body.console.type(bytes, {
      there: () => this.#state !== 'ended' && this.#state !== 'disposed',
      typed: () => this.kick(),
    });
  }

  /** @throws HypercraftError `VM_ENDED`, `VM_DISPOSED` */
  demandAlive(): void {
    this.demandThere();
    this.#demandAlive();
  }

  #demandAlive(): void {
    if (this.#over || this.#body.control.ended) throw new HypercraftError('VM_ENDED', `${this.#name} has ended`);
  }

  /** @throws HypercraftError `VM_RUNNING`, `VM_DISPOSED` */
  demandAtRest(): void {
    this.demandThere();
    if (this.#state === 'running') throw new HypercraftError('VM_RUNNING', `${this.#name} is not at rest`);
  }

  /** The machine's state without its memory, of one that stands still. @throws HypercraftError `VM_DISPOSED` if it is disposed of meanwhile */
  async save(): Promise<MachineState> {
    const state = await this.#body.driver.save();
    const { host, vcpus } = this.#body;
    // Time goes on, and its user may have changed registers since the driver saved it.
    return {
      ...state,
      time: host.engine.now(vcpus[0]!.area),
      vcpus: vcpus.map((vcpu) => vcpu.atRest(() => vcpu.save())),
    };
  }

  /** The state of a machine that can go on. @throws HypercraftError `VM_ENDED`, and what {@link save} does */
  async saveAlive(): Promise<MachineState> {
    this.#demandAlive();
    return this.save();
  }

  /** @throws HypercraftError `VM_DISPOSED` */
  demandThere(): void {
    if (this.#state === 'disposed') throw new HypercraftError('VM_DISPOSED', `${this.#name} has been disposed of`);
  }

  /** It has ended so, once its output has been handed on. */
  async finish(end: VmEnd): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#rest();
    this.#handOn();
    await this.#body.console.settled;
    if (this.#state !== 'disposed') this.#state = 'ended';
    Harts.of(this.#body.host).balancer.strike(this.placement);
    await this.#events.emit('end', end);
    this.#ended.resolve(end);
  }

  /** Ends it wherever it is; `unplug` takes its devices. Whether it was not disposed of already. */
  async dispose(unplug: () => void): Promise<boolean> {
    if (this.#state === 'disposed') return false;
    const byListener = this.#body.console.telling;
    this.#state = 'disposed';
    Harts.of(this.#body.host).balancer.strike(this.placement);
    await this.settled();
    await Promise.allSettled(this.#actions);
    const { driver, table, console } = this.#body;
    // A thread that ends in the middle of something takes along what it was about to give: a page that nobody has.
    await this.#patiently(
      this.#standStill().catch(() => {}),
      PATIENCE,
    );
    await driver.stop();
    this.#gone = true;
    this.#rest();
    unplug();
    await table.settled();
    this.#ended.reject(new HypercraftError('VM_DISPOSED', `${this.#name} has been disposed of`));
    this.#handOn();
    console.part();
    if (!byListener) await this.#patiently(console.settled, LISTENING);
    return true;
  }

  /** Waits for something that may never come. */
  async #patiently(done: Promise<void>, milliseconds: number): Promise<void> {
    const over = new AbortController();
    await Promise.race([done, this.#body.place.platform.sleep(milliseconds, over.signal)]);
    over.abort();
  }

  /** Nothing of it runs any more. */
  #rest(): void {
    this.#still = true;
    // Asked of a thread on which nothing ran any more, while another one still did: before they run on they do it.
    this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
    for (const tell of this.#waiting.splice(0)) tell();
  }

  #driverEvents(): DriverEvents {
    return {
      output: () => this.#handOn(),
      trace: (entries) => {
        for (const entry of entries) void this.#events.emit('exit', entry);
        this.#body.control.told(entries.length);
      },
      flushed: (request) => this.#flushes.acknowledge(request),
      paused: () => {
        this.#rest();
        this.#goOn();
      },
      starved: () => void this.#starve(),
      ended: (end) => void this.finish(end),
      failed: (error) => this.fail(error),
      remote: (access) => this.#devices.serve(access),
    };
  }

  async #starve(): Promise<void> {
    try {
      await this.pause();
    } catch {
      // Disposed of meanwhile, or broken: whoever waits for its end hears of it.
    }
    if (this.#state !== 'paused') return;
    const { budget, host } = this.#body;
    await this.#events.emit('out-of-memory', { free: host.pages.free, limited: budget.spent });
  }

  /** Hands the guest's output to the listeners, at their pace. */
  #handOn(): void {
    this.#body.console.pump({
      begin: () => this.#body.control.acknowledgeOutput(),
      taken: () => this.kick(),
      output: (bytes) => this.#events.emit('output', bytes),
    });
  }

  /** The nested page table changed. A machine at rest drops what it has cached before it runs on. */
  #shootDown(): Promise<void> | undefined {
    const request = this.#body.control.requestFlush();
    if (this.#still || !this.#body.driver.threaded) return undefined;
    const { virtual, vcpus, host } = this.#body;
    // An interrupt that is raised from here afterwards finds the request served.
    if (!virtual) for (const { area } of vcpus) host.engine.requestFlush(area);
    this.kick();
    return this.#flushes.answer(request);
  }
}
