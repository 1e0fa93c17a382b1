// What state a guest is in, from its creation to its end: who may run it, who waits for it to stand still, and what its threads tell of it.
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig } from '../machine/config.js';
import { Command } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import type { Movable } from './balancer.js';
import type { Body } from './body.js';
import type { VmEvents } from './config.js';
import type { DriverEvents } from './driver.js';
import { type Emitter, type Resolvers, withResolvers } from './events.js';
import { Harts } from './harts.js';
import { goingOn } from './plan.js';
import { Requests } from './requests.js';
import type { UserDevices } from './user-devices.js';

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

export class Life implements Movable {
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
  /** While it moves to another hart. */
  #moving: Promise<void> | undefined;
  readonly #loose: () => boolean;
  #state: LifeState = 'created';

  constructor({ name, body, events, devices, loose }: LifeOptions) {
    this.#loose = loose;
    this.#name = name;
    this.#body = body;
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

  /** Its machine could not be built, or met a defect. */
  fail(error: unknown): void {
    this.#ended.reject(error);
  }

  /** @throws HypercraftError `VM_DISPOSED` */
  run(): Promise<VmEnd> {
    this.demandThere();
    if (this.#state === 'created') {
      this.#state = 'running';
      this.#still = false;
      this.#body.driver.run();
      const { host, place } = this.#body;
      Harts.of(host).balancer.enroll(this, place.platform);
    }
    return this.#ended.promise;
  }

  async pause(): Promise<void> {
    // Not by settled(): nothing may come between the last look and what follows.
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
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
    if (this.#still) this.#goOn();
    // Not all threads have heard of the pause: one that had not would never tell of it.
    else this.#waiting.push(() => this.#state === 'running' && this.#moving === undefined && this.#goOn());
  }

  #goOn(): void {
    this.#still = false;
    this.#body.control.command = Command.run;
    this.#body.driver.run();
  }

  get harts(): readonly number[] {
    return this.#body.driver.harts;
  }

  /** Whether it has to stay on the threads that it has. */
  get bound(): boolean {
    const { config, driver, virtual } = this.#body;
    const { devices = [], boot } = config;
    const own = virtual || devices.length > 0 || boot.htif !== undefined;
    return own || !driver.threaded || driver.harts.length > 1 || !this.#loose();
  }

  get movable(): boolean {
    return this.#state === 'running' && this.#body.config.pin === undefined && !this.bound;
  }

  get waited(): number {
    return this.#body.vcpus.reduce((sum, { id }) => sum + this.#body.control.time(id).stolen, 0);
  }

  /** Resolves when the guest is not on its way from hart to hart. */
  async settled(): Promise<void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
  }

  /** Has the guest go on on another hart of the host, from where it is. Whoever wants it to stand still meanwhile waits. */
  async move(hart: number): Promise<void> {
    while (this.#moving !== undefined) await this.#moving.catch(() => {});
    if (this.#state !== 'running') return;
    const moving = this.#move(hart).finally(() => {
      this.#moving = undefined;
    });
    this.#moving = moving;
    await moving;
  }

  async #move(hart: number): Promise<void> {
    const { driver: old, control, host, vcpus } = this.#body;
    const next = this.#body.newDriver(hart);
    await this.#standStill();
    if (this.#state === 'running') {
      const state = await old.save();
      await old.stop();
      old[Symbol.dispose]();
      this.#body.rehouse(next);
      control.command = Command.pause;
      // Its memory, its rings and its clock are where they were: what was typed is still there, and time went on.
      const time = host.engine.now(vcpus[0]!.area);
      await this.build(goingOn(this.#body.plan, { ...state, time, input: new Uint8Array() }));
    } else next[Symbol.dispose]();
    if (this.#state === 'running') this.#goOn();
  }

  /** Does something while the guest stands still; it runs on afterwards, if it did. */
  async atRest<Result>(action: () => Promise<Result>): Promise<Result> {
    await this.settled();
    const ran = this.#state === 'running';
    await this.pause();
    try {
      return await action();
    } finally {
      if (ran) this.resume();
    }
  }

  /** Makes the machine leave the guest and look around. */
  kick(): void {
    const { virtual, vcpus } = this.#body;
    // In virtual time turns are short and nothing may cut them.
    if (!virtual) for (const vcpu of vcpus) vcpu.kick();
    this.ring();
  }

  /** Makes the machine's threads look around when they come to it. */
  ring(): void {
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

  /** The machine's state without its memory. @throws HypercraftError `VM_RUNNING` */
  save(): Promise<MachineState> {
    if (this.#state === 'running' || this.#state === 'disposed') {
      throw new HypercraftError('VM_RUNNING', `${this.#name} is not at rest`);
    }
    return this.#body.driver.save();
  }

  /** The state of a machine that can go on. @throws HypercraftError `VM_RUNNING`, `VM_ENDED` */
  async saveAlive(): Promise<MachineState> {
    const state = await this.save();
    if (this.#state === 'ended') throw new HypercraftError('VM_ENDED', `${this.#name} has ended`);
    return state;
  }

  /** @throws HypercraftError `VM_DISPOSED` */
  demandThere(): void {
    if (this.#state === 'disposed') throw new HypercraftError('VM_DISPOSED', `${this.#name} has been disposed of`);
  }

  /** It has ended so, once its output has been handed on. */
  async finish(end: VmEnd): Promise<void> {
    this.#still = true;
    this.#handOn();
    await this.#body.console.settled;
    if (this.#state !== 'disposed') this.#state = 'ended';
    Harts.of(this.#body.host).balancer.strike(this);
    this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
    await this.#events.emit('end', end);
    this.#ended.resolve(end);
  }

  /** Ends it wherever it is; `unplug` takes its devices. Whether it was not disposed of already. */
  async dispose(unplug: () => void): Promise<boolean> {
    if (this.#state === 'disposed') return false;
    this.#state = 'disposed';
    Harts.of(this.#body.host).balancer.strike(this);
    await this.settled();
    const { vcpus, driver, table, console } = this.#body;
    for (const vcpu of vcpus) vcpu.kick();
    await driver.stop();
    this.#still = true;
    unplug();
    this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
    await table.settled();
    this.#ended.reject(new HypercraftError('VM_DISPOSED', `${this.#name} has been disposed of`));
    await console.settled;
    return true;
  }

  #driverEvents(): DriverEvents {
    return {
      output: () => this.#handOn(),
      trace: (entries) => {
        for (const entry of entries) void this.#events.emit('exit', entry);
      },
      flushed: (request) => this.#flushes.acknowledge(request),
      paused: () => {
        this.#still = true;
        // Asked of a thread on which nothing ran any more, while another one still did: before they run on they do it.
        this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
        for (const tell of this.#waiting.splice(0)) tell();
      },
      starved: () => void this.#starve(),
      ended: (end) => void this.finish(end),
      failed: (error) => this.fail(error),
      remote: (access) => this.#devices.serve(access),
    };
  }

  async #starve(): Promise<void> {
    await this.pause();
    const { free } = this.#body.host.pages;
    await this.#events.emit('out-of-memory', { free, limited: free > 0 });
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
