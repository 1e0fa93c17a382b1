// A machine: its vCPUs' exits dispatched to SBI, the MMIO bus and the interrupt controllers. A hart (hart/) gives the vCPUs
// their turns, in a worker or on the creating realm's own thread; a machine never throws for what its guest does.
import { HART_LINES, wireHarts } from '../../devices/index.js';
import type { Engine } from '../../engine/index.js';
import type { Clock, HostView } from '../../host/index.js';
import type { VmEnd, VmExit } from '../exit.js';
import { GuestMemory } from '../guest-memory.js';
import { GuestRam } from '../guest-ram.js';
import { Bell } from '../hart/bell.js';
import type { MmioBus } from '../mmio-bus.js';
import { type NestedPageTableLike, shapeOf, translateIn } from '../nested-pte.js';
import { PageBudget } from '../page-budget.js';
import { HartState, type Sbi } from '../sbi/index.js';
import { type OpenBacking, openBacking } from '../snapshot/backing.js';
import { VCpu } from '../vcpu.js';
import { Accesses } from './accesses.js';
import { configureVcpu, startHarts } from './beginning.js';
import { Board } from './board.js';
import type { MachineConfig, MachinePort } from './config.js';
import { Console } from './console.js';
import { Control } from './control.js';
import { exitIndex } from './exit-kinds.js';
import { Exits, WRS_PATIENCE } from './exits.js';
import { makeSbi } from './firmware.js';
import { allStopped, Holds } from './holds.js';
import { Htif } from './htif.js';
import type { Hold, Member, Rest, Slice } from './member.js';
import { Roster } from './roster.js';
import { Rounds } from './rounds.js';
import { restoreMachine, type StatefulParts, saveMachine } from './saving.js';
import { VCpuHart } from './sbi-platform.js';
import { ShootDown } from './shoot-down.js';
import type { MachineState } from './state.js';
import { Timers } from './timers.js';
import { EXITS_PER_TURN, VirtualTurns } from './virtual-turns.js';

/** What the thread that runs a machine has for it. */
export interface Surroundings {
  /** The host's own devices, by host physical addresses. */
  readonly hostBus?: MmioBus | undefined;
  readonly openFile?: OpenBacking | undefined;
}

/** Instructions between two looks at the mailbox of a bare program: it waits for its answers in a loop. */
const HTIF_SLICE = 65_536;
/** With virtual time a turn is a round of all harts, and counts as so many milliseconds, whatever the clock says. */
const VIRTUAL_MILLISECONDS = 1;
/** Milliseconds between two looks at what nobody rings for: stores, and memory that others give back. */
const LOOKS: Partial<Record<Hold, number>> = { wrs: WRS_PATIENCE, memory: 5 };
/** Traced exits that may be under way: a guest that traps all the time waits for whoever is told of it. */
const MOST_UNTOLD = 2048;
/** Milliseconds between two looks whether they have arrived. */
const UNTOLD_LOOK = 1;
/** No turn is for nothing, even if the clock does not move. */
const LEAST_TURN = 0.0005;

export class Machine {
  readonly config: MachineConfig;
  readonly control: Control;
  readonly #engine: Engine;
  readonly #timebase: number;
  readonly #port: MachinePort;
  readonly members: readonly Member[];
  /** Those that run on this thread. */
  readonly roster: Roster;
  readonly #threads: number;
  readonly #seat: number;
  readonly #shootDown: ShootDown;
  readonly #board: Board;
  readonly #timers: Timers;
  readonly #console: Console;
  /** Its clock in virtual time. */
  readonly #rounds: Rounds | undefined;
  readonly #sbi: Sbi | undefined;
  readonly #htif: Htif | undefined;
  readonly #accesses: Accesses;
  readonly #exits: Exits;
  readonly #holds: Holds;
  /** In virtual time. */
  readonly #turns: VirtualTurns | undefined;
  #end: VmEnd | undefined;
  #flushed = 0;

  /** Builds the machine over memory that is set up already, ready for its first instruction. */
  constructor(host: HostView, clock: Clock, config: MachineConfig, port: MachinePort, around: Surroundings = {}) {
    const { engine } = host;
    const { description, vcpuAreas } = config;
    this.config = config;
    this.#engine = engine;
    this.#timebase = host.timebase;
    this.#port = port;
    const { bells, seat = 0 } = config;
    const attach = seat > 0;
    this.#threads = bells.length;
    this.#seat = seat;
    this.control = new Control(engine.memory.buffer, {
      offset: config.control,
      harts: vcpuAreas.length,
      bells: bells.map((offset) => new Bell(engine.memory.buffer, offset)),
    });
    this.#shootDown = new ShootDown(engine, this.control, vcpuAreas, seat);
    const shape = shapeOf(host.memory, config.token);
    const { blocks, backing, budget } = config.ram;
    const pageBudget = new PageBudget(engine.memory.buffer, budget);
    const ram = new GuestRam({
      host,
      shape,
      blocks,
      backing: backing && openBacking(backing, around.openFile),
      budget: pageBudget,
      moved: (page, release) => {
        this.#shootDown.page(page);
        release();
        return true;
      },
      settle: () => this.#shootDown.all(),
    });
    const table: NestedPageTableLike = {
      token: config.token,
      translate: (gpa) => translateIn(shape, gpa),
      provide: (gpa, write) => ram.provide(gpa, write ? 'write' : 'read') === 'ready',
    };
    const { mode: composition, extensions } = description;
    const vcpus = vcpuAreas.map((area, id) => {
      return new VCpu(host, { id, area, composition, table, extensions, resume: attach });
    });
    this.members = vcpus.map((vcpu) => ({
      hart: new VCpuHart(engine, vcpu, this.control),
      vcpu,
      hold: 'none',
      until: 0,
      remote: undefined,
    }));
    if (!attach) {
      wireHarts(engine, config.vmBlock, vcpuAreas, HART_LINES[description.mode]);
      // A machine's time begins when it does, for all its harts at once.
      const beginning = BigInt.asUintN(64, -engine.now(vcpuAreas[0]!));
      for (const { vcpu } of this.members) {
        configureVcpu(engine, config, vcpu, { beginning, seat: this.control.seatOf(vcpu.id) });
      }
    }
    this.roster = new Roster({
      engine,
      control: this.control,
      members: this.members,
      seat,
      bell: bells.length > 1 ? bells[seat]! : 0,
    });
    this.#timers = new Timers(engine, () => this.roster.own.map(({ vcpu }) => vcpu.area), this.#timebase);
    this.#rounds = this.#makeRounds();
    this.#console = new Console({
      buffer: engine.memory.buffer,
      input: config.input,
      output: config.output,
      script: this.#rounds && (config.script ?? new Uint8Array()),
      onOutput: () => this.#announceOutput(),
    });
    const { input, output } = this.#console;
    this.#board = new Board({
      engine,
      vmBlock: config.vmBlock,
      description,
      clock: this.#rounds ?? clock,
      input,
      output,
      control: this.control,
      attach,
      onOutput: () => this.#wrote(),
      onFinish: (cause) => this.#finish(cause),
    });
    const memory = new GuestMemory(host.memory, table);
    this.#sbi = makeSbi({
      engine,
      description,
      control: this.control,
      members: this.members,
      memory,
      shootDown: this.#shootDown,
      input,
      output,
      attach,
      onOutput: () => this.#wrote(),
      onFinish: (end) => this.#finish(end),
    });
    this.#htif =
      config.htif &&
      new Htif({
        place: config.htif,
        memory,
        output,
        onOutput: () => this.#wrote(),
        onExit: (code) => this.#finish(code === 0 ? { kind: 'power-off' } : { kind: 'failure', code }),
      });
    const onFinish = (end: VmEnd) => this.#finish(end);
    this.#accesses = new Accesses({
      config,
      port,
      control: this.control,
      ram,
      table,
      bus: this.#board.bus,
      hostBus: around.hostBus,
      onFinish,
    });
    const ended = () => this.#over;
    this.#exits = new Exits({ sbi: this.#sbi, accesses: this.#accesses, now: () => clock.now(), ended, onFinish });
    this.#holds = new Holds({
      engine,
      clock,
      control: this.control,
      accesses: this.#accesses,
      output,
      allocator: host.allocator,
      budget: pageBudget,
      sbi: this.#sbi,
    });
    this.#turns = this.#makeTurns();
    if (attach) this.#sleepAs(config.state?.asleep);
    else if (config.state === undefined) startHarts(config, this.members, this.#sbi);
    else {
      restoreMachine(this.#stateful, config.state);
      this.#sleepAs(config.state.asleep);
    }
  }

  /** Whether it has ended, on whichever thread. */
  get #over(): boolean {
    return this.control.ended;
  }

  /** How the machine has ended, if it did so on this thread. */
  get end(): VmEnd | undefined {
    return this.#end;
  }

  /** What the hart schedules: every vCPU by itself, or with virtual time all of them at once. */
  get tasks(): readonly Member[] {
    return this.#rounds === undefined ? this.roster.own : this.members.slice(0, 1);
  }

  /** Does what was asked from outside, and lets the devices look there. */
  look(): void {
    this.flushIfAsked();
    if (this.#rounds !== undefined || this.#seat > 0) return;
    this.#board.poll();
    if (this.#threads > 1) this.control.serve((access) => this.#accesses.carryOut(access));
  }

  /** Runs a task that is {@link runnable} until its slice is over or something else has to happen first; milliseconds. */
  run(member: Member, slice: Slice): number {
    if (this.#turns === undefined) return this.#runTimed(member, slice);
    this.#turns.round();
    return VIRTUAL_MILLISECONDS;
  }

  /** Everything but memory. The machine must be at rest. */
  save(): MachineState {
    return saveMachine(this.#stateful);
  }

  get #stateful(): StatefulParts {
    return {
      engine: this.#engine,
      members: this.members,
      board: this.#board,
      console: this.#console,
      sbi: this.#sbi,
      rounds: this.#rounds,
    };
  }

  #sleepAs(asleep: readonly boolean[] = []): void {
    for (const member of this.roster.own) member.hold = asleep[member.vcpu.id] ? 'wfi' : 'none';
  }

  #runTimed(member: Member, { pace, milliseconds, clock, now }: Slice): number {
    let elapsed = 0;
    for (let exits = 0; exits < EXITS_PER_TURN; exits++) {
      const budget = this.#bounded(pace.budget(milliseconds - elapsed));
      const { retired } = member.vcpu;
      const { exit, goesOn } = this.#step(member, budget);
      const before = elapsed;
      elapsed = clock.now() - now;
      if (exit.kind === 'budget') pace.learn(budget, elapsed - before);
      else if (elapsed >= milliseconds) pace.learn(Number(member.vcpu.retired - retired), elapsed - before);
      if (!goesOn || elapsed >= milliseconds || this.#ahead) break;
    }
    return Math.max(elapsed, LEAST_TURN);
  }

  #bounded(budget: number): number {
    return this.#htif === undefined ? budget : Math.min(budget, HTIF_SLICE);
  }

  #step(member: Member, budget: number): { exit: VmExit; goesOn: boolean } {
    this.flushIfAsked();
    const exit = member.vcpu.run({ budget });
    if (exit.kind === 'guest-page-fault' && exit.mapped !== undefined && this.#accesses.passedThrough(member, exit)) {
      return { exit, goesOn: member.hold === 'none' };
    }
    this.#note(member.vcpu, exit);
    const goesOn = this.#exits.dispatch(member, exit);
    this.#htif?.poll();
    return { exit, goesOn: goesOn && !this.#over };
  }

  /** Whether a task that has just run has more to do. */
  goesOn(member: Member): boolean {
    if (this.#ahead) return false;
    if (this.#turns !== undefined) return !this.#over && this.#turns.due();
    return !this.#over && member.hold === 'none' && member.hart.hsm === HartState.started;
  }

  /** A vCPU that wants to run has to let another one of this hart go first. */
  preempted(member: Member): void {
    if (this.#steals) this.#sbi?.preempted(member.hart);
  }

  /** A vCPU is about to run after others; it has been kept waiting for so many milliseconds in all. */
  resumed(member: Member, stolen: number): void {
    if (this.#steals) this.#sbi?.resumed(member.hart, BigInt(Math.round(stolen * 1e6)));
  }

  /** With virtual time nothing that depends on the host's may reach the guest. */
  get #steals(): boolean {
    return this.#rounds === undefined;
  }

  #note(vcpu: VCpu, exit: VmExit): void {
    this.control.countExit(exitIndex(exit.kind));
    if (!this.config.trace) return;
    this.control.countUntold();
    this.#port.trace({ vcpu: vcpu.id, pc: vcpu.read('pc'), exit });
  }

  /** Whether more exits are traced than the creating realm can be told of: what waits for it only grows. */
  get #ahead(): boolean {
    return this.config.trace && this.control.untold >= MOST_UNTOLD;
  }

  /** The nested page table changed: what any hart has cached of it may be wrong. */
  flushIfAsked(): void {
    const request = this.control.flushRequest;
    if (request === this.#flushed) return;
    this.#shootDown.own();
    this.#flushed = request;
    this.#port.flushed(request);
  }

  /** Whether a task can run now; what it waited for is completed. */
  runnable(member: Member): boolean {
    return !this.#ahead && this.#canRun(member);
  }

  /** The same if the creating realm keeps up. */
  #canRun(member: Member): boolean {
    return this.#turns === undefined ? this.#holds.over(member) : this.#turns.due();
  }

  get #stopped(): boolean {
    return this.#sbi !== undefined && allStopped(this.members, this.control);
  }

  /** No task can run: until when, or is it for good? */
  rest(): Rest {
    if (this.#stopped) {
      this.#finish({ kind: 'guest-dead', reason: 'every hart is stopped' });
      return this.#end === undefined ? { kind: 'busy' } : { kind: 'ended', end: this.#end };
    }
    if (this.#ahead) return { kind: 'idle', milliseconds: Number.POSITIVE_INFINITY, look: UNTOLD_LOOK };
    const ticks = this.#timers.untilFirst();
    // What kept them may be over since they were looked at, and nobody rings for it: a timer that has fired meanwhile is none that will fire, and
    // the creating realm may have caught up. It would be slept through.
    if (this.roster.own.some((member) => this.#canRun(member))) return { kind: 'idle', milliseconds: 0 };
    if (this.#turns !== undefined) return this.#turns.rest();
    const timer = ticks === undefined ? Number.POSITIVE_INFINITY : this.#timers.milliseconds(ticks);
    const device = this.#seat > 0 ? Number.POSITIVE_INFINITY : this.#board.untilDeadline();
    const look = Math.min(...this.roster.own.map(({ hold }) => LOOKS[hold] ?? Number.POSITIVE_INFINITY));
    return { kind: 'idle', milliseconds: Math.max(0, Math.min(timer, device)), look };
  }

  #makeRounds(): Rounds | undefined {
    const { virtualTime, seed = 0n, vcpuAreas } = this.config;
    if (virtualTime === undefined) return undefined;
    return new Rounds({
      engine: this.#engine,
      areas: vcpuAreas,
      shift: virtualTime,
      seed,
      timebase: this.#timebase,
    });
  }

  #makeTurns(): VirtualTurns | undefined {
    if (this.#rounds === undefined) return undefined;
    return new VirtualTurns({
      rounds: this.#rounds,
      members: this.members,
      accesses: this.#accesses,
      board: this.#board,
      timers: this.#timers,
      console: this.#console,
      canRun: (member) => this.#holds.over(member),
      step: (member, budget) => this.#step(member, this.#bounded(budget)),
      ended: () => this.#over,
      stopped: () => this.#stopped,
    });
  }

  /** The guest wrote; in virtual time the outside hears of it at the end of the round. */
  #wrote(): void {
    if (this.#rounds === undefined) this.#announceOutput();
  }

  #announceOutput(): void {
    if (this.control.claimOutput()) this.#port.output();
  }

  /** The first end is the end. */
  #finish(end: VmEnd): void {
    if (!this.control.claimEnd()) return;
    this.#end = end;
    if (this.#threads > 1) this.control.ring();
    this.#note(this.members[0]!.vcpu, { kind: 'shutdown', end });
  }
}
