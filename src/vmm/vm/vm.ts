import { ByteRing } from '../../devices/index.js';
import { MAX_VCPUS } from '../../engine/hart/layout.js';
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import { GuestMemory } from '../guest-memory.js';
import { GuestRam } from '../guest-ram.js';
import type { MachineConfig } from '../machine/config.js';
import { Command, Control } from '../machine/control.js';
import type { MachineState } from '../machine/state.js';
import {
  type MigrateOptions,
  type MigrationReport,
  type MigrationStream,
  receiveGuest,
  sendGuest,
} from '../migrate/index.js';
import { NestedPageTable } from '../nested-page-table.js';
import { shapeOf } from '../nested-pte.js';
import { PageBudget } from '../page-budget.js';
import { Assignments, type AssignOptions, type HostDevice } from '../passthrough/index.js';
import { type BackingPlace, openBacking } from '../snapshot/backing.js';
import { StateHash } from '../snapshot/hash.js';
import { hashMemory, pageContent } from '../snapshot/memory.js';
import { plainToText } from '../snapshot/plain.js';
import { isBlueprint, joined, openSnapshot, type SnapshotSource, snapshotPieces } from '../snapshot/snapshot.js';
import { readSnapshot, streamOf } from '../snapshot/stream.js';
import { VCpu } from '../vcpu.js';
import type { ForkOptions, RestoreOptions, VmConfig, VmEvents, VmStats } from './config.js';
import { Driver, type DriverEvents } from './driver.js';
import { Emitter, type Resolvers, withResolvers } from './events.js';
import { Holdings } from './holdings.js';
import { goingOn, planMachine, withCpu } from './plan.js';
import type { Platform } from './platform.js';
import { Requests } from './requests.js';
import { configOf, describe } from './saved.js';
import { statsOf } from './stats.js';
import { UserDevices } from './user-devices.js';

export type { Determinism, ForkOptions, RestoreOptions, UserDevice, VmConfig, VmEvents, VmStats } from './config.js';

/** Where a guest lives. */
interface Place {
  readonly host: HostMachine;
  readonly platform: Platform;
}

/** What a guest goes on from that does not start at its beginning. */
interface Origin {
  /** Absent while the guest is still on its way. */
  readonly state?: MachineState;
  /** Where the memory lies that it has not touched yet. */
  readonly backing?: BackingPlace;
}

const RING_BYTES = 1 << 16;

/**
 * A guest and everything it is made of.
 *
 * @example
 * ```ts
 * const machine = virtMachine({ memory: { base: 0x8000_0000n, size: 256n << 20n } });
 * await using vm = await Vm.create(host, platform, { machine, boot: await planBoot({ machine, kernel }) });
 * vm.on('output', (bytes) => process.stdout.write(bytes));
 * const end = await vm.run();
 * ```
 */
export class Vm implements AsyncDisposable {
  /** For messages, consoles and snapshots. */
  readonly name: string;
  /** The guest's memory, as its harts see it. */
  readonly memory: GuestMemory;
  /** The guest's physical address space. */
  readonly nestedPageTable: NestedPageTable;
  /** The vCPUs, for looking at and changing while the machine is at rest. */
  readonly vcpus: readonly VCpu[];
  readonly #host: HostMachine;
  readonly #place: Place;
  readonly #origin: Origin | undefined;
  readonly #config: VmConfig;
  readonly #virtual: boolean;
  readonly #areas: number[];
  readonly #block: number;
  readonly #holdings: Holdings;
  readonly #ram: GuestRam;
  readonly #budget: PageBudget;
  readonly #control: Control;
  readonly #input: ByteRing;
  readonly #output: ByteRing;
  readonly #events = new Emitter<VmEvents>();
  readonly #driver: Driver;
  readonly #devices: UserDevices;
  readonly #plan: MachineConfig;
  readonly #assignments: Assignments;
  readonly #ended: Resolvers<VmEnd>;
  readonly #flushes = new Requests();
  #paused: (() => void) | undefined;
  #migrating = false;
  #pump: Promise<void> = Promise.resolve();
  #state: 'created' | 'running' | 'paused' | 'ended' | 'disposed' = 'created';

  private constructor(place: Place, config: VmConfig, holdings: Holdings, origin?: Origin) {
    const { host, platform } = place;
    const { machine } = config;
    this.name = config.name ?? 'guest';
    this.#host = host;
    this.#place = place;
    this.#origin = origin;
    this.#config = config;
    this.#virtual = config.virtualTime !== undefined || config.deterministic !== undefined;
    this.#holdings = holdings;
    this.#devices = new UserDevices(config.devices ?? [], (device, error) => {
      void this.#events.emit('device-error', { device, error });
    });
    this.#ended = withResolvers();
    // Nobody may be waiting when the machine fails; whoever calls run() hears of it.
    this.#ended.promise.catch(() => {});
    const mode = config.nestedPaging;
    this.nestedPageTable = holdings.keep(new NestedPageTable(host, mode === undefined ? {} : { mode }));
    const table = this.nestedPageTable;
    const budget = holdings.deviceBytes(PageBudget.bytes);
    this.#budget = new PageBudget(host.engine.memory.buffer, budget);
    this.limitMemory(config.memoryLimit);
    this.#ram = new GuestRam({
      host,
      shape: shapeOf(host.memory, table.token),
      blocks: origin === undefined,
      backing: origin?.backing && openBacking(origin.backing, platform.openFile),
      budget: this.#budget,
      moved: (_, release) => table.moved(release),
    });
    table.ram = this.#ram;
    this.memory = new GuestMemory(host.memory, table);
    this.#block = holdings.vmBlock();
    this.#areas = Array.from({ length: machine.harts }, () => holdings.vcpuArea());
    this.vcpus = this.#areas.map((area, id) => {
      return new VCpu(host, { id, area, composition: machine.mode, table: this.nestedPageTable, resume: true });
    });
    const { buffer } = host.engine.memory;
    const control = holdings.deviceBytes(Control.bytesFor(machine.harts));
    const threads = config.threads ?? platform.spawnWorker !== undefined;
    // In virtual time harts take turns; and a bare program's mailbox is looked at after each of them.
    const parallel = this.#virtual || (machine.mode === 'bare' && config.boot.htif !== undefined) ? 1 : machine.harts;
    this.#driver = holdings.keep(new Driver(host, platform, threads, { wanted: parallel, pin: config.pin }));
    const { bells } = this.#driver;
    this.#control = new Control(buffer, { offset: control, harts: machine.harts, bells });
    const input = { offset: holdings.deviceBytes(ByteRing.bytesFor(RING_BYTES)), capacity: RING_BYTES };
    const output = { offset: holdings.deviceBytes(ByteRing.bytesFor(RING_BYTES)), capacity: RING_BYTES };
    this.#input = new ByteRing(buffer, input.offset, input.capacity);
    this.#output = new ByteRing(buffer, output.offset, output.capacity);
    this.#plan = planMachine(config, {
      vcpuAreas: this.#areas,
      vmBlock: this.#block,
      token: table.token,
      budget,
      control,
      bells: bells.map(({ offset }) => offset),
      input,
      output,
      ...(origin?.backing && { backing: origin.backing }),
      ...(origin?.state && { state: origin.state }),
    });
    this.nestedPageTable.attach(() => this.#shootDown());
    this.#assignments = new Assignments({
      owner: this,
      vmBlock: this.#block,
      sources: machine.plic?.sources ?? 0,
      table: this.nestedPageTable,
      driver: this.#driver,
    });
  }

  /**
   * Allocates a guest's memory, fills it and builds its machine.
   * @throws HypercraftError `INVALID_ARGUMENT`, `NO_MEMORY`, `NO_SLOT`, `MMIO_OVERLAP`, `NO_THREADS`, `CPU_NAME`
   */
  static async create(host: HostMachine, platform: Platform, asked: VmConfig): Promise<Vm> {
    const config = withCpu(asked);
    const { harts, memory } = config.machine;
    if (!Number.isInteger(harts) || harts < 1 || harts > MAX_VCPUS) {
      throw new HypercraftError('INVALID_ARGUMENT', `a machine has 1 to ${MAX_VCPUS} harts, not ${harts}`);
    }
    if (Number(memory.size) > host.pages.total * PAGE_SIZE) {
      throw new HypercraftError('NO_MEMORY', `${memory.size} bytes are more than the host has`);
    }
    return Vm.#make({ host, platform }, config, undefined, (vm) => {
      vm.nestedPageTable.reserve(memory.base, Number(memory.size), 'rwx');
      for (const { gpa, bytes } of config.boot.segments) vm.memory.write(gpa, bytes);
    });
  }

  static async #make(
    place: Place,
    config: VmConfig,
    origin: Origin | undefined,
    fill: (vm: Vm) => void,
    wait = true,
  ): Promise<Vm> {
    const holdings = new Holdings(place.host);
    let vm: Vm | undefined;
    try {
      vm = new Vm(place, config, holdings, origin);
      fill(vm);
      const built = vm.#driver.start(vm.#plan, vm.#control, vm.#driverEvents());
      if (wait) await built;
      else built.catch(vm.#ended.reject);
      return vm;
    } catch (error) {
      await vm?.[Symbol.asyncDispose]();
      holdings.release();
      throw error;
    }
  }

  /**
   * A second guest that goes on from where this one is, at the cost of the pages that either of them changes. It is at rest
   * until it is run; this one is paused for the moment and then runs on, if it did.
   * @throws HypercraftError `VM_DISPOSED`, `VM_ENDED`, `NO_MEMORY`, `NO_SLOT`
   * @example
   * ```ts
   * await using copy = await vm.fork();
   * void copy.run();
   * await copy.input(new TextEncoder().encode('reboot\n'));
   * ```
   */
  async fork(options: ForkOptions = {}): Promise<Vm> {
    this.#demandSettled();
    const ran = this.#state === 'running';
    await this.pause();
    try {
      const state = await this.#saveAlive();
      const { seed } = this.#config.deterministic ?? {};
      const config: VmConfig = {
        ...this.#config,
        boot: { ...this.#config.boot, segments: [] },
        ...(this.#config.deterministic && { deterministic: seed === undefined ? {} : { seed } }),
        ...options,
      };
      const { backing } = this.#origin ?? {};
      return await Vm.#make(
        this.#place,
        config,
        { state, ...(backing && { backing }) },
        (child) => {
          child.nestedPageTable.copyFrom(this.nestedPageTable, this.#host.engine);
          child.#budget.inherit(this.#budget);
        },
        false,
      );
    } finally {
      if (ran) this.resume();
    }
  }

  /** Listens; call what is returned to stop. */
  on<Name extends keyof VmEvents>(event: Name, listener: (value: VmEvents[Name]) => unknown): () => void {
    return this.#events.on(event, listener);
  }

  /** Runs the guest until it ends, and says how it did. */
  run(): Promise<VmEnd> {
    if (this.#state === 'disposed') throw new HypercraftError('VM_DISPOSED', `${this.name} has been disposed of`);
    if (this.#state === 'created') {
      this.#state = 'running';
      this.#driver.run();
    }
    return this.#ended.promise;
  }

  /** Stops all vCPUs between two instructions; resolves when they are at rest. */
  async pause(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    const rest = new Promise<void>((resolve) => {
      this.#paused = resolve;
    });
    this.#control.command = Command.pause;
    this.kick();
    await Promise.race([rest, this.#ended.promise]);
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#control.command = Command.run;
    this.#driver.run();
  }

  /**
   * Gives the guest a device of the host, for itself alone: its accesses reach the device by the nested page table.
   * @throws HypercraftError `DEVICE_TAKEN` if a guest has it, `INVALID_ARGUMENT`, `NPT_ALREADY_MAPPED`
   */
  assign(device: HostDevice, options: AssignOptions = {}): Promise<void> {
    return this.#assignments.assign(device, options);
  }

  /**
   * Takes a device of the host back; the guest may run. Its next access to it is an access fault.
   * @throws HypercraftError `DEVICE_NOT_ASSIGNED`
   */
  release(device: HostDevice): Promise<void> {
    return this.#assignments.release(device);
  }

  /**
   * Lets the guest have so many bytes of the host's memory from now on, or all that there is. What it has more than that it keeps.
   * @throws HypercraftError `INVALID_ARGUMENT`
   */
  limitMemory(bytes?: number): void {
    if (bytes !== undefined && !(bytes > 0))
      throw new HypercraftError('INVALID_ARGUMENT', `a limit of ${bytes} bytes cannot be`);
    this.#budget.limit(bytes && bytes / PAGE_SIZE);
  }

  /** Makes the machine leave the guest and look around: at its devices, its rings, its orders. */
  kick(): void {
    // In virtual time turns are short and nothing may cut them.
    if (!this.#virtual) for (const vcpu of this.vcpus) vcpu.kick();
    this.#control.ring();
    this.#driver.wake();
  }

  /** Whether nothing but its memory, its seed and its input decides about a run. */
  get deterministic(): boolean {
    return this.#virtual;
  }

  /** Types into the guest's console; resolves when all bytes are on their way. */
  async input(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length && this.#state !== 'ended' && this.#state !== 'disposed'; ) {
      const seen = this.#input.doorbell;
      const taken = this.#input.push(bytes.subarray(sent));
      sent += taken;
      if (taken > 0) this.kick();
      else await this.#input.waitAsync(seen, 1000);
    }
  }

  /** Moves an interrupt wire of the machine's PLIC, for devices of your own. */
  setInterrupt(source: number, level: boolean): void {
    this.#host.engine.plicSetLevel(this.#block, source, level);
    this.#control.ring();
    this.#driver.wake();
  }

  /** What the machine has done so far; exact while it is at rest. */
  stats(): VmStats {
    return statsOf(this.#host.engine, { vcpus: this.vcpus, control: this.#control, budget: this.#budget });
  }

  /**
   * A hash of the machine's architectural state: registers, CSRs, memory, devices and controllers; no caches. Two
   * deterministic runs that did the same have the same.
   * @throws HypercraftError `VM_RUNNING` unless the machine is at rest: not started, paused or ended
   */
  async stateHash(): Promise<string> {
    const state = await this.#save();
    this.#bringIn();
    const hash = new StateHash();
    hash.text(plainToText(state));
    hashMemory(hash, this.#host, this.nestedPageTable);
    return hash.hex();
  }

  /**
   * The whole machine as bytes, from which {@link Vm.restore} makes it again, on this host or another one. It is paused for
   * as long as that takes. Devices of the program's own are not in it.
   * @throws HypercraftError `VM_DISPOSED`, `VM_ENDED`, `VM_HAS_HOST_DEVICE`, `VM_MIGRATING`, `NO_MEMORY`
   */
  async snapshot(): Promise<Uint8Array> {
    this.#demandSettled();
    this.#demandMovable();
    const ran = this.#state === 'running';
    await this.pause();
    try {
      const state = await this.#saveAlive();
      this.#bringIn();
      const description = { ...describe(this.name, this.#config, this.#plan), state };
      return joined(snapshotPieces(this.#host, this.nestedPageTable, description));
    } finally {
      if (ran) this.resume();
    }
  }

  /**
   * {@link snapshot} as it is made. The guest goes on at once: as in a fork, what it stores to meanwhile is copied before. Memory is the
   * host's again when the stream has been read to its end, or was cancelled.
   * @throws HypercraftError as {@link snapshot}
   * @example
   * ```ts
   * await (await vm.snapshotStream()).pipeTo(Writable.toWeb(createWriteStream('guest.snapshot')));
   * ```
   */
  async snapshotStream(): Promise<ReadableStream<Uint8Array>> {
    this.#demandSettled();
    this.#demandMovable();
    this.#bringIn();
    const ran = this.#state === 'running';
    await this.pause();
    try {
      const state = await this.#saveAlive();
      const copy = new NestedPageTable(this.#host, { mode: this.nestedPageTable.mode });
      copy.copyFrom(this.nestedPageTable, this.#host.engine);
      const description = { ...describe(this.name, this.#config, this.#plan), state };
      return streamOf(snapshotPieces(this.#host, copy, description), () => copy[Symbol.dispose]());
    } finally {
      if (ran) this.resume();
    }
  }

  /**
   * Makes a guest from a snapshot; it is at rest until it is run. Pages come in as it touches them. What is wrong with the
   * snapshot is a typed error; damaged pages are found here, or with `verify: false` when the guest touches them, which ends it.
   * @throws HypercraftError `SNAPSHOT_FORMAT`, `SNAPSHOT_VERSION`, `SNAPSHOT_TRUNCATED`, `SNAPSHOT_CORRUPT`, `NO_MEMORY`,
   * `NO_SLOT`, `NO_FILES`, `NO_THREADS`
   * @example
   * ```ts
   * const bytes = await vm.snapshot();
   * await using again = await Vm.restore(host, host.platform, bytes);
   * ```
   */
  static async restore(
    host: HostMachine,
    platform: Platform,
    from: SnapshotSource | ReadableStream<Uint8Array>,
    options: RestoreOptions = {},
  ): Promise<Vm> {
    const { verify = true, ...rest } = options;
    const source = 'getReader' in from ? await readSnapshot(from) : from;
    const opened = openSnapshot(source, { openFile: platform.openFile, verify });
    const { state } = opened.description;
    const config = { ...configOf(host, opened.description), ...rest };
    try {
      const origin = { state, backing: opened.backing };
      const { base, size } = config.machine.memory;
      return await Vm.#make({ host, platform }, config, origin, (vm) => {
        vm.nestedPageTable.reserve(base, Number(size), 'rwx', true);
      });
    } catch (error) {
      throw typed(error, 'SNAPSHOT_CORRUPT');
    }
  }

  /**
   * Moves this guest to the other end of a stream, where {@link Vm.receive} takes it in, most of it while it runs. Afterwards it has
   * ended here, as `migrated`. Devices of the program's own are not moved. If anything fails, the guest goes on here.
   * @throws HypercraftError `MIGRATION_BROKEN`, `MIGRATION_REFUSED`, `MIGRATION_CORRUPT`, `MIGRATION_ABORTED`, `VM_MIGRATING`, `VM_ENDED`,
   * `VM_DISPOSED`, `VM_HAS_HOST_DEVICE`, `NO_MEMORY`; `MIGRATION_UNKNOWN` if the connection broke at the one moment when only the other
   * side knows whose the guest is: it stands still here, and may be resumed if it does not run there
   */
  async migrate(stream: MigrationStream, options: MigrateOptions = {}): Promise<MigrationReport> {
    this.#demandSettled();
    this.#demandMovable();
    if (this.#state === 'disposed') throw new HypercraftError('VM_DISPOSED', `${this.name} has been disposed of`);
    const { platform } = this.#place;
    const table = this.nestedPageTable;
    let stopped = false;
    this.#migrating = true;
    try {
      this.#bringIn();
      const guest = {
        machine: describe(this.name, this.#config, this.#plan),
        clock: platform.clock,
        written: () => table.takeWritten(),
        read: (page: number) => pageContent(this.#host, table.translate(BigInt(page) << 12n)),
        pause: async () => {
          stopped = this.#state === 'running';
          await this.pause();
        },
        save: () => this.#saveAlive(),
        yield: () => platform.yield(),
        sleep: (milliseconds: number, signal: AbortSignal) => platform.sleep(milliseconds, signal),
      };
      const report = await sendGuest(guest, stream, options);
      await this.#finish({ kind: 'migrated' });
      return report;
    } catch (error) {
      if (stopped && (error as { code?: string }).code !== 'MIGRATION_UNKNOWN') this.resume();
      throw error;
    } finally {
      this.#migrating = false;
    }
  }

  /**
   * Takes in a guest that {@link Vm.migrate} sends from the other end of a stream. When this resolves it is this side's, and waits to be run.
   * @throws HypercraftError `MIGRATION_FORMAT`, `MIGRATION_VERSION`, `MIGRATION_CORRUPT`, `MIGRATION_BROKEN`, `MIGRATION_REFUSED`, `NO_MEMORY`,
   * `NO_SLOT`, `NO_THREADS`
   */
  static async receive(
    host: HostMachine,
    platform: Platform,
    stream: MigrationStream,
    options: Omit<RestoreOptions, 'verify'> = {},
  ): Promise<Vm> {
    const holdings = new Holdings(host);
    let vm: Vm | undefined;
    try {
      await receiveGuest(stream, async (machine) => {
        if (!isBlueprint(machine)) throw new HypercraftError('MIGRATION_CORRUPT', 'the machine cannot be built');
        const config = { ...configOf(host, machine), ...options };
        const { base, size } = config.machine.memory;
        const arriving = new Vm({ host, platform }, config, holdings, {});
        vm = arriving;
        arriving.nestedPageTable.reserve(base, Number(size), 'rwx');
        // A rehearsal: what is done for the first time takes longest, and while the guest's own machine is built it stands still.
        await arriving.#driver.start(arriving.#plan, arriving.#control, arriving.#driverEvents());
        return {
          write: (page, content) => arriving.#take(BigInt(page) << 12n, content),
          build: (state) =>
            arriving.#driver.start(goingOn(arriving.#plan, state), arriving.#control, arriving.#driverEvents()),
        };
      });
      return vm!;
    } catch (error) {
      await vm?.[Symbol.asyncDispose]();
      holdings.release();
      throw typed(error, 'MIGRATION_CORRUPT');
    }
  }

  /** A page of a guest that arrives. @throws HypercraftError `NO_MEMORY` */
  #take(gpa: bigint, content: Uint8Array): boolean {
    if (this.#ram.provide(gpa, 'write') === 'no-memory') {
      throw new HypercraftError('NO_MEMORY', 'the host has no memory left for the guest');
    }
    return this.memory.tryWrite(gpa, content);
  }

  /** What lets go of pages or counts stores must not be done twice at once. */
  #demandSettled(): void {
    if (this.#migrating) throw new HypercraftError('VM_MIGRATING', `${this.name} is being migrated`);
  }

  /** A device of the host cannot go with the guest, and the guest would not find it where it wakes up. */
  #demandMovable(): void {
    const [name] = this.#assignments.names;
    if (name === undefined) return;
    throw new HypercraftError('VM_HAS_HOST_DEVICE', `${this.name} has the host's ${name}: release it first`);
  }

  /** Everything that a snapshot still holds of this guest's memory. */
  #bringIn(): void {
    if (this.#ram.bringIn()) return;
    throw new HypercraftError('NO_MEMORY', 'the host has no memory left to bring in the rest of the guest');
  }

  /** The state of a machine that can go on. */
  async #saveAlive(): Promise<MachineState> {
    const state = await this.#save();
    if (this.#state === 'ended') throw new HypercraftError('VM_ENDED', `${this.name} has ended`);
    return state;
  }

  #save(): Promise<MachineState> {
    if (this.#state === 'running' || this.#state === 'disposed') {
      throw new HypercraftError('VM_RUNNING', `${this.name} is not at rest`);
    }
    return this.#driver.save();
  }

  /** Ends the guest, wherever it is, and gives everything back to the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'disposed') return;
    this.#state = 'disposed';
    for (const vcpu of this.vcpus) vcpu.kick();
    await this.#driver.stop();
    this.#assignments.forget();
    this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
    await this.nestedPageTable.settled();
    this.#ended.reject(new HypercraftError('VM_DISPOSED', `${this.name} has been disposed of`));
    await this.#pump;
    this.#holdings.release();
  }

  #driverEvents(): DriverEvents {
    return {
      output: () => this.#pumpOutput(),
      trace: (entries) => {
        for (const entry of entries) void this.#events.emit('exit', entry);
      },
      flushed: (request) => this.#flushes.acknowledge(request),
      paused: () => this.#paused?.(),
      starved: () => void this.#starve(),
      ended: (end) => void this.#finish(end),
      failed: (error) => this.#ended.reject(error),
      remote: (access) => this.#devices.serve(access),
    };
  }

  async #starve(): Promise<void> {
    await this.pause();
    const { free } = this.#host.pages;
    await this.#events.emit('out-of-memory', { free, limited: free > 0 });
  }

  /** Hands the guest's output to the listeners, at their pace. */
  #pumpOutput(): void {
    this.#pump = this.#pump.then(async () => {
      this.#control.acknowledgeOutput();
      for (let bytes = this.#output.pull(); bytes.length > 0; bytes = this.#output.pull()) {
        // A transmitter that found the ring full waits to be told.
        if (bytes.length > RING_BYTES / 2) this.kick();
        await this.#events.emit('output', bytes);
      }
    });
  }

  async #finish(end: VmEnd): Promise<void> {
    this.#pumpOutput();
    await this.#pump;
    if (this.#state !== 'disposed') this.#state = 'ended';
    this.#flushes.acknowledge(Number.POSITIVE_INFINITY);
    await this.#events.emit('end', end);
    this.#ended.resolve(end);
  }

  /** The nested page table changed. A machine at rest drops what it has cached before it runs on. */
  #shootDown(): Promise<void> | undefined {
    const request = this.#control.requestFlush();
    if (this.#state !== 'running' || !this.#driver.threaded) return undefined;
    this.kick();
    return this.#flushes.answer(request);
  }
}

/** What went wrong with a machine from elsewhere: the states of its parts are checked where they are taken in, and some only by failing. */
function typed(error: unknown, code: string): HypercraftError {
  if (error instanceof HypercraftError && error.code !== 'INTERNAL' && !error.code.endsWith('MISMATCH')) return error;
  return new HypercraftError(code, 'this is not a machine that can be built', { cause: error });
}
