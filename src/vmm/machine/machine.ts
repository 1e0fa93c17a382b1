// A machine: its vCPUs' exits dispatched to SBI, the MMIO bus and the interrupt controllers. A hart (hart/) gives the vCPUs
// their turns, in a worker or on the creating realm's own thread; a machine never throws for what its guest does.
import { HART_LINES, wireHarts } from '../../devices/index.js';
import { BELL, ENTROPY_STATE, TIME_OFFSET, VM_BASE } from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import type { Clock, HostView } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
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
import { Board } from './board.js';
import type { MachineConfig, MachinePort } from './config.js';
import { Console } from './console.js';
import { Control } from './control.js';
import { exitIndex } from './exit-kinds.js';
import { Exits, WRS_PATIENCE } from './exits.js';
import { makeSbi } from './firmware.js';
import { Htif } from './htif.js';
import type { Member, Rest, Slice } from './member.js';
import { Rounds } from './rounds.js';
import { VCpuHart } from './sbi-platform.js';
import { ShootDown } from './shoot-down.js';
import { MACHINE_STATE_VERSION, type MachineState } from './state.js';
import { Timers } from './timers.js';

/** What the thread that runs a machine has for it. */
export interface Surroundings {
  /** The host's own devices, by host physical addresses. */
  readonly hostBus?: MmioBus | undefined;
  readonly openFile?: OpenBacking | undefined;
}

/** Exits one hart may take in a turn before the others have theirs. */
const EXITS_PER_TURN = 256;
/** Instructions between two looks at the mailbox of a bare program: it waits for its answers in a loop. */
const HTIF_SLICE = 65_536;
/** With virtual time a turn is a round of all harts, and counts as so many milliseconds, whatever the clock says. */
const VIRTUAL_MILLISECONDS = 1;
/** Milliseconds between two looks at what only the outside can move. */
const PATIENCE = 1;
/** No turn is for nothing, even if the clock does not move. */
const LEAST_TURN = 0.0005;

export class Machine {
  readonly config: MachineConfig;
  readonly control: Control;
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #timebase: number;
  readonly #port: MachinePort;
  readonly members: readonly Member[];
  /** Those that run on this thread. */
  readonly #own: readonly Member[];
  readonly #threads: number;
  readonly #seat: number;
  readonly #shootDown: ShootDown;
  readonly #host: HostView;
  readonly #budget: PageBudget;
  readonly #board: Board;
  readonly #timers: Timers;
  readonly #console: Console;
  /** In virtual time. */
  readonly #rounds: Rounds | undefined;
  readonly #sbi: Sbi | undefined;
  readonly #htif: Htif | undefined;
  readonly #accesses: Accesses;
  readonly #exits: Exits;
  #end: VmEnd | undefined;
  #flushed = 0;

  /** Builds the machine over memory that is set up already, ready for its first instruction. */
  constructor(host: HostView, clock: Clock, config: MachineConfig, port: MachinePort, around: Surroundings = {}) {
    const { engine } = host;
    const { description, vcpuAreas } = config;
    this.config = config;
    this.#engine = engine;
    this.#clock = clock;
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
    this.#shootDown = new ShootDown(engine, this.control, vcpuAreas, { threads: bells.length, seat });
    this.#host = host;
    const shape = shapeOf(host.memory, config.token);
    const { blocks, backing, budget } = config.ram;
    this.#budget = new PageBudget(engine.memory.buffer, budget);
    const ram = new GuestRam({
      host,
      shape,
      blocks,
      backing: backing && openBacking(backing, around.openFile),
      budget: this.#budget,
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
    this.#own = this.members.filter(({ vcpu }) => vcpu.id % bells.length === seat);
    if (!attach) {
      wireHarts(engine, config.vmBlock, vcpuAreas, HART_LINES[description.mode]);
      // A machine's time begins when it does, for all its harts at once.
      const beginning = BigInt.asUintN(64, -engine.now(vcpuAreas[0]!));
      for (const { vcpu } of this.members) this.#configure(vcpu, beginning);
    }
    this.#timers = new Timers(
      engine,
      this.#own.map(({ vcpu }) => vcpu.area),
      this.#timebase,
    );
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
    if (attach) this.#sleepAs(config.state?.asleep);
    else if (config.state === undefined) this.#start();
    else this.#restore(config.state);
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
    return this.#rounds === undefined ? this.#own : this.members.slice(0, 1);
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
    if (this.#rounds === undefined) return this.#runTimed(member, slice);
    this.#round(this.#rounds);
    return VIRTUAL_MILLISECONDS;
  }

  /** Everything but memory. The machine must be at rest. */
  save(): MachineState {
    const sbi = this.#sbi?.save();
    const rounds = this.#rounds?.save();
    return {
      kind: 'machine',
      version: MACHINE_STATE_VERSION,
      time: this.#engine.now(this.members[0]!.vcpu.area),
      vcpus: this.members.map(({ vcpu }) => vcpu.atRest(() => vcpu.save())),
      asleep: this.members.map(({ hold }) => hold === 'wfi'),
      devices: this.#board.save(),
      input: this.#console.pending(),
      ...(sbi === undefined ? {} : { sbi }),
      ...(rounds === undefined ? {} : { rounds }),
    };
  }

  #restore(state: MachineState): void {
    const fits =
      state.kind === 'machine' &&
      state.version === MACHINE_STATE_VERSION &&
      state.vcpus.length === this.members.length &&
      (state.sbi === undefined) === (this.#sbi === undefined);
    if (!fits) throw new HypercraftError('MACHINE_STATE_MISMATCH', 'the saved state is not of a machine like this one');
    const { view } = this.#engine;
    this.members.forEach(({ vcpu }, id) => {
      vcpu.restore(state.vcpus[id]!);
    });
    this.#sleepAs(state.asleep);
    if (state.sbi !== undefined) this.#sbi!.restore(state.sbi);
    this.#console.restore(state.input);
    const [first] = this.config.vcpuAreas;
    const behind = state.time - this.#engine.now(first!);
    const offset = BigInt.asUintN(64, view.getBigUint64(first! + TIME_OFFSET, true) + behind);
    for (const area of this.config.vcpuAreas) view.setBigUint64(area + TIME_OFFSET, offset, true);
    if (state.rounds !== undefined) this.#rounds?.restore(state.rounds);
    this.#board.restore(state.devices);
  }

  #sleepAs(asleep: readonly boolean[] = []): void {
    for (const member of this.#own) member.hold = asleep[member.vcpu.id] ? 'wfi' : 'none';
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
      if (!goesOn || elapsed >= milliseconds) break;
    }
    return Math.max(elapsed, LEAST_TURN);
  }

  /** A turn in virtual time: nothing from outside decides how long it is, or who is first. */
  #round(rounds: Rounds): void {
    const slice = BigInt(rounds.slice());
    let ran = false;
    for (const member of rounds.order(this.members)) {
      if (this.#over) break;
      if (!this.#canRun(member)) continue;
      ran = true;
      this.#sliceOf(member, rounds, slice);
    }
    if (ran) rounds.end();
    else this.#skip(rounds);
    if (this.#over) this.#console.exchange();
  }

  #sliceOf(member: Member, rounds: Rounds, slice: bigint): void {
    const { area } = member.vcpu;
    const until = rounds.begin(area) + slice;
    for (let exits = 0; exits < EXITS_PER_TURN; ) {
      const left = until - rounds.progress(area);
      if (left <= 0n) return;
      const { provided } = this.#accesses;
      const { exit, goesOn } = this.#step(member, this.#bounded(Number(left)));
      // A kick is for the thread, which looks around at the end of the round.
      const kicked = exit.kind === 'kicked';
      if (!goesOn && !kicked) return;
      // What depends on the host, and not on the guest alone, does not count.
      if (!kicked && this.#accesses.provided === provided) exits++;
    }
  }

  /** With virtual time a machine at rest is at its next deadline at once. */
  #skip(rounds: Rounds): void {
    const ticks = this.#timers.untilFirst();
    const device = this.#board.untilDeadline();
    if (ticks !== undefined && this.#timers.milliseconds(ticks) <= device) rounds.skip(ticks);
    else if (Number.isFinite(device)) rounds.skip(rounds.ticks(device));
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
    if (this.#rounds !== undefined) return !this.#over && this.#roundIsDue();
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
    if (this.config.trace) this.#port.trace({ vcpu: vcpu.id, pc: vcpu.read('pc'), exit });
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
    return this.#rounds === undefined ? this.#canRun(member) : this.#roundIsDue();
  }

  /** With virtual time: whether a hart can run, or time can be skipped. */
  #roundIsDue(): boolean {
    if (!this.#console.exchange()) return false;
    // While a hart waits for a device of the user's no time passes for the others.
    if (this.members.some((member) => member.hold === 'remote' && !this.#canRun(member))) return false;
    this.#board.poll();
    if (this.members.some((member) => this.#canRun(member))) return true;
    return !this.#stopped && (this.#timers.untilFirst() !== undefined || Number.isFinite(this.#board.untilDeadline()));
  }

  #canRun(member: Member): boolean {
    const nudged = this.control.takeNudge(member.vcpu.id);
    switch (member.hold) {
      case 'remote': {
        const value = this.control.takeReply(member.vcpu.id);
        if (value === undefined) return false;
        this.#accesses.complete(member, member.remote!, value);
        break;
      }
      case 'console':
        if (this.#console.output.free === 0) return false;
        break;
      case 'memory':
        if (this.#host.allocator.freePages === 0 || this.#budget.spent) return false;
        break;
      case 'wfi':
        if (!nudged && !member.hart.interruptPending()) return false;
        break;
      case 'wrs':
        if (!nudged && !this.#engine.wrsOver(member.vcpu.area) && this.#clock.now() < member.until) return false;
        break;
    }
    if (this.#sbi !== undefined && !this.#sbi.ready(member.hart)) return false;
    member.hold = 'none';
    return true;
  }

  get #stopped(): boolean {
    return this.#sbi !== undefined && this.members.every(({ hart }) => hart.hsm === HartState.stopped);
  }

  /** No task can run: until when, or is it for good? */
  rest(): Rest {
    if (this.#stopped) {
      this.#finish({ kind: 'guest-dead', reason: 'every hart is stopped' });
      return this.#end === undefined ? { kind: 'busy' } : { kind: 'ended', end: this.#end };
    }
    if (this.#rounds !== undefined) {
      return { kind: 'idle', milliseconds: this.#console.output.length > 0 ? PATIENCE : Number.POSITIVE_INFINITY };
    }
    const ticks = this.#timers.untilFirst();
    // A timer that fired since the harts were looked at is none that will fire: it would be slept through.
    if (this.#own.some((member) => this.#canRun(member))) return { kind: 'idle', milliseconds: 0 };
    const timer = ticks === undefined ? Number.POSITIVE_INFINITY : this.#timers.milliseconds(ticks);
    const device = this.#seat > 0 ? Number.POSITIVE_INFINITY : this.#board.untilDeadline();
    const look = this.#own.some(({ hold }) => hold === 'wrs') ? WRS_PATIENCE : Number.POSITIVE_INFINITY;
    return { kind: 'idle', milliseconds: Math.max(0, Math.min(timer, device)), look };
  }

  #configure(vcpu: VCpu, beginning: bigint): void {
    const { view } = this.#engine;
    const { bells } = this.config;
    view.setUint32(vcpu.area + VM_BASE, this.config.vmBlock, true);
    if (bells.length > 1) view.setUint32(vcpu.area + BELL, bells[vcpu.id % bells.length]!, true);
    const { virtualTime, seed = 0n } = this.config;
    // With virtual time the entropy source is drawn from the seed, for each hart from another place.
    if (virtualTime !== undefined) view.setBigUint64(vcpu.area + ENTROPY_STATE, seed ^ BigInt(vcpu.id + 1), true);
    else view.setBigUint64(vcpu.area + TIME_OFFSET, beginning, true);
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

  /** The first hart at the entry; the others stopped, or in `bare` running the same code. */
  #start(): void {
    const { entry, a1, a2 } = this.config;
    for (const { vcpu, hart } of this.members) {
      vcpu.entry = entry;
      vcpu.write('a0', BigInt(vcpu.id));
      vcpu.write('a1', a1);
      vcpu.write('a2', a2);
      if (vcpu.id === 0) this.#sbi?.start(hart, entry, a1);
    }
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
