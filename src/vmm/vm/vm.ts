// A guest's face: what a program does with it and hears of it. What it is made of is in body.ts, what state it is in in life.ts.
import { piecesOf } from '../../boot/boot-file.js';
import type { HostMachine } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { VmEnd } from '../exit.js';
import type { GuestMemory } from '../guest-memory.js';
import type { MachineState } from '../machine/state.js';
import {
  type MigrateOptions,
  type MigrationReport,
  type MigrationStream,
  receiveGuest,
  SILENCE,
  sendGuest,
} from '../migrate/index.js';
import { NestedPageTable } from '../nested-page-table.js';
import { Assignments, type AssignOptions, type HostDevice } from '../passthrough/index.js';
import { StateHash } from '../snapshot/hash.js';
import { hashMemory } from '../snapshot/memory.js';
import { plainToText } from '../snapshot/plain.js';
import { isBlueprint, joined, openSnapshot, type SnapshotSource, snapshotPieces } from '../snapshot/snapshot.js';
import { readSnapshot, streamOf } from '../snapshot/stream.js';
import type { VCpu } from '../vcpu.js';
import { Body, type Origin, type Place } from './body.js';
import type { ForkOptions, ReceiveOptions, RestoreOptions, VmConfig, VmEvents, VmStats } from './config.js';
import { Emitter } from './events.js';
import { Holdings } from './holdings.js';
import { Life } from './life.js';
import { leavingGuest, takePage } from './moving.js';
import { demandFitting, goingOn, withCpu } from './plan.js';
import type { Platform } from './platform.js';
import { builtWrongly, configOf, describe } from './saved.js';
import { statsOf } from './stats.js';
import { UserDevices } from './user-devices.js';

export type {
  Determinism,
  ForkOptions,
  ReceiveOptions,
  RestoreOptions,
  UserDevice,
  VmConfig,
  VmEvents,
  VmStats,
} from './config.js';

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
  readonly #body: Body;
  readonly #events = new Emitter<VmEvents>();
  readonly #life: Life;
  readonly #assignments: Assignments;
  /** What gives its migration up, while it is under way. */
  #migrating: AbortController | undefined;
  /** Devices of the host that are on their way to it. */
  #assigning = 0;

  private constructor(place: Place, config: VmConfig, holdings: Holdings, origin?: Origin) {
    const body = new Body({ place, config, holdings, origin });
    this.#body = body;
    this.name = config.name ?? 'guest';
    this.nestedPageTable = body.table;
    this.memory = body.memory;
    this.vcpus = body.vcpus;
    const events = this.#events;
    const devices = new UserDevices(config.devices ?? [], (device, error) => {
      void events.emit('device-error', { device, error });
    });
    const loose = () => this.#migrating === undefined && this.#assigning === 0 && this.#assignments.names.length === 0;
    this.#life = new Life({ name: this.name, body, events, devices, loose });
    this.#assignments = new Assignments({
      owner: this,
      vmBlock: body.block,
      sources: config.machine.plic?.sources ?? 0,
      table: body.table,
      driver: () => body.driver,
    });
  }

  /**
   * Allocates a guest's memory, fills it and builds its machine.
   * @throws HypercraftError `INVALID_ARGUMENT`, `NO_MEMORY`, `NO_SLOT`, `MMIO_OVERLAP`, `NO_THREADS`, `CPU_NAME`
   */
  static async create(host: HostMachine, platform: Platform, asked: VmConfig): Promise<Vm> {
    const { boot, ...config } = withCpu(asked);
    const { memory } = demandFitting(config.machine, host);
    // What the guest has in its memory need not be kept beside it.
    return Vm.#make({ host, platform }, { ...config, boot: { ...boot, segments: [] } }, undefined, (vm) => {
      vm.nestedPageTable.reserve(memory.base, Number(memory.size), 'rwx');
      for (const { gpa, bytes, file } of boot.segments) {
        vm.memory.write(gpa, bytes);
        if (file === undefined) continue;
        for (const piece of piecesOf(file)) vm.memory.write(gpa + BigInt(piece.offset), piece.bytes);
      }
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
      if (wait) await vm.#life.build();
      else vm.#life.prepare();
      return vm;
    } catch (error) {
      await vm?.[Symbol.asyncDispose]();
      holdings.release();
      throw error;
    }
  }

  /**
   * A second guest that goes on from where this one is, at the cost of the pages that either of them changes. It is at rest
   * until it is run; this one is paused for the moment and then runs on, if it did. Its vCPUs are there to be looked at and changed once
   * its {@link pause} has resolved.
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
    return this.#life.atRest(async () => {
      const state = await this.#life.saveAlive();
      const { config, origin, place, host } = this.#body;
      const { seed } = config.deterministic ?? {};
      const its: VmConfig = {
        ...config,
        boot: { ...config.boot, segments: [] },
        ...(config.deterministic && { deterministic: seed === undefined ? {} : { seed } }),
        ...options,
      };
      const { backing } = origin ?? {};
      const copyMemory = (child: Vm): void => {
        child.nestedPageTable.copyFrom(this.nestedPageTable, host.engine);
        child.#body.budget.inherit(this.#body.budget);
      };
      return Vm.#make(place, its, { state, ...(backing && { backing }) }, copyMemory, false);
    });
  }

  /** Listens; call what is returned to stop. */
  on<Name extends keyof VmEvents>(event: Name, listener: (value: VmEvents[Name]) => unknown): () => void {
    return this.#events.on(event, listener);
  }

  /** Runs the guest until it ends, and says how it did. */
  run(): Promise<VmEnd> {
    return this.#life.run();
  }

  /** Stops all vCPUs between two instructions; resolves when they are at rest, and one that was not run yet has all its state. */
  async pause(): Promise<void> {
    await this.#life.pause();
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#life.resume();
  }

  /**
   * Gives the guest a device of the host, for itself alone: its accesses reach the device by the nested page table.
   * @throws HypercraftError `DEVICE_TAKEN` if a guest has it, `INVALID_ARGUMENT`, `NPT_ALREADY_MAPPED`, `VM_MIGRATING`, `VM_DISPOSED`
   */
  async assign(device: HostDevice, options: AssignOptions = {}): Promise<void> {
    this.#demandSettled();
    this.#assigning++;
    try {
      await this.#life.settled();
      this.#life.demandThere();
      await this.#assignments.assign(device, options);
    } finally {
      this.#assigning--;
    }
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
    this.#body.budget.limitBytes(bytes);
  }

  /**
   * Has the guest go on on another hart of the host, as the host does by itself when one has nothing to do while guests wait on another one. A
   * guest that does not run stays where it is. Of one on several threads `vcpu` goes to another of these, or all do.
   * @throws HypercraftError `VM_BOUND` for a guest with virtual time, a mailbox, devices of its own or of the host, or without a thread, and for one
   * of several threads none of which is that hart's; `INVALID_ARGUMENT` for a hart that the host does not have; `VM_MIGRATING`
   */
  async moveTo(hart: number, vcpu?: number): Promise<void> {
    this.#demandSettled();
    await this.#life.settled();
    if (this.#life.state !== 'running') return;
    await this.#life.placement.moveTo(hart, vcpu);
  }

  /** Makes the machine leave the guest and look around: at its devices, its rings, its orders. */
  kick(): void {
    this.#life.kick();
  }

  /** Whether nothing but its memory, its seed and its input decides about a run. */
  get deterministic(): boolean {
    return this.#body.virtual;
  }

  /** Types into the guest's console; resolves when all bytes are on their way. */
  async input(bytes: Uint8Array): Promise<void> {
    await this.#life.type(bytes);
  }

  /** Moves an interrupt wire of the machine's PLIC, for devices of your own. */
  setInterrupt(source: number, level: boolean): void {
    if (this.#life.state === 'disposed') return;
    this.#body.host.engine.plicSetLevel(this.#body.block, source, level);
    this.#life.ring();
  }

  /** What the machine has done so far; exact while it is at rest. */
  stats(): VmStats {
    return statsOf(this.#body.host.engine, {
      vcpus: this.vcpus,
      control: this.#body.control,
      budget: this.#body.budget,
      harts: this.#life.placement.harts,
    });
  }

  /**
   * A hash of the machine's architectural state: registers, CSRs, memory, devices and controllers; no caches. Two
   * deterministic runs that did the same have the same.
   * @throws HypercraftError `VM_RUNNING` unless the machine is at rest: not started, paused or ended
   */
  async stateHash(): Promise<string> {
    this.#life.demandAtRest();
    return this.#life.atRest(async () => {
      const state = await this.#life.save();
      this.#bringIn();
      const hash = new StateHash();
      hash.text(plainToText(state));
      hashMemory(hash, this.#body.host, this.nestedPageTable);
      return hash.hex();
    });
  }

  /**
   * The whole machine as bytes, from which {@link Vm.restore} makes it again, on this host or another one. It is paused for
   * as long as that takes. Devices of the program's own are not in it.
   * @throws HypercraftError `VM_DISPOSED`, `VM_ENDED`, `VM_HAS_HOST_DEVICE`, `VM_MIGRATING`, `NO_MEMORY`
   */
  async snapshot(): Promise<Uint8Array> {
    this.#demandSettled();
    this.#demandMovable();
    return this.#life.atRest(async () => {
      const state = await this.#life.saveAlive();
      this.#bringIn();
      return joined(snapshotPieces(this.#body.host, this.nestedPageTable, this.#describe(state)));
    });
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
    return this.#life.atRest(async () => {
      const state = await this.#life.saveAlive();
      const copy = new NestedPageTable(this.#body.host, { mode: this.nestedPageTable.mode });
      try {
        copy.copyFrom(this.nestedPageTable, this.#body.host.engine);
      } catch (error) {
        copy[Symbol.dispose]();
        throw error;
      }
      return streamOf(snapshotPieces(this.#body.host, copy, this.#describe(state)), () => copy[Symbol.dispose]());
    });
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
      throw builtWrongly(error, 'SNAPSHOT_CORRUPT');
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
    this.#life.demandAlive();
    let release = (): void => {};
    const migrating = new AbortController();
    this.#migrating = migrating;
    const { signal } = options;
    const abort = (): void => migrating.abort();
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    try {
      await this.#life.settled();
      this.#bringIn();
      const guest = leavingGuest(this.#body, this.name, {
        pause: async () => {
          release = await this.#life.hold();
        },
        save: () => this.#life.saveAlive(),
      });
      const report = await sendGuest(guest, stream, { ...options, signal: migrating.signal });
      await this.#life.finish({ kind: 'migrated' });
      return report;
    } catch (error) {
      // It may run there: here it does so when its user says that it does not.
      if ((error as { code?: string }).code === 'MIGRATION_UNKNOWN') void this.#life.pause();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#migrating = undefined;
      release();
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
    { silence: milliseconds = SILENCE, ...options }: ReceiveOptions = {},
  ): Promise<Vm> {
    const silence = { milliseconds, sleep: platform.sleep };
    const holdings = new Holdings(host);
    let vm: Vm | undefined;
    try {
      await receiveGuest(
        stream,
        async (machine) => {
          if (!isBlueprint(machine)) throw new HypercraftError('MIGRATION_CORRUPT', 'the machine cannot be built');
          const config = { ...configOf(host, machine), ...options };
          const { base, size } = config.machine.memory;
          const arriving = new Vm({ host, platform }, config, holdings, {});
          vm = arriving;
          arriving.nestedPageTable.reserve(base, Number(size), 'rwx');
          // A rehearsal: what is done for the first time takes longest, and while the guest's own machine is built it stands still.
          await arriving.#life.build();
          return {
            write: (page, content) => takePage(arriving.#body, page, content),
            build: (state) => arriving.#life.build(goingOn(arriving.#body.plan, state)),
          };
        },
        silence,
      );
      return vm!;
    } catch (error) {
      await vm?.[Symbol.asyncDispose]();
      holdings.release();
      throw builtWrongly(error, 'MIGRATION_CORRUPT');
    }
  }

  /** What lets go of pages or counts stores must not be done twice at once. */
  #demandSettled(): void {
    this.#life.demandThere();
    if (this.#migrating !== undefined) throw new HypercraftError('VM_MIGRATING', `${this.name} is being migrated`);
  }

  /** A device of the host cannot go with the guest, and the guest would not find it where it wakes up. */
  #demandMovable(): void {
    const [name] = this.#assignments.names;
    if (name === undefined) return;
    throw new HypercraftError('VM_HAS_HOST_DEVICE', `${this.name} has the host's ${name}: release it first`);
  }

  /** Everything that a snapshot still holds of this guest's memory. */
  #bringIn(): void {
    if (this.#body.ram.bringIn()) return;
    throw new HypercraftError('NO_MEMORY', 'the host has no memory left to bring in the rest of the guest');
  }

  /** The whole machine but its memory, as plain data. */
  #describe(state: MachineState) {
    return { ...describe(this.name, this.#body.config, this.#body.plan), state };
  }

  /** Ends the guest, wherever it is, and gives everything back to the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#migrating?.abort();
    if (await this.#life.dispose(() => this.#assignments.forget())) this.#body.holdings.release();
  }
}
