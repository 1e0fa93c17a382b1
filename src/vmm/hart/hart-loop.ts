// What a hart does all day: looks after the machines it was given, and gives their vCPUs turns as its scheduler says. The
// same loop runs in a worker and in slices on the creating realm's own thread.
import type { Clock, HostView } from '../../host/index.js';
import type { VmEnd } from '../exit.js';
import type { MachineConfig, MachinePort } from '../machine/config.js';
import { Command } from '../machine/control.js';
import { Machine } from '../machine/machine.js';
import type { Member } from '../machine/member.js';
import { HostBoard } from '../passthrough/host-board.js';
import type { Connection, HostDeviceName } from '../passthrough/place.js';
import { Group, Pace, Scheduler, type SchedulerOptions, Task } from '../scheduler/index.js';
import type { OpenBacking } from '../snapshot/backing.js';
import type { Bell } from './bell.js';

/** How the loop reports on a machine. */
export interface GuestPort extends MachinePort {
  /** The machine is at rest: paused, and nothing of it runs. */
  paused(): void;
  /** The machine has ended, and nothing of it runs on this thread any more; how, if it was on this one. */
  ended(end: VmEnd | undefined): void;
  /** A device of the host that the guest has put bytes into its output ring. */
  deviceOutput(device: HostDeviceName): void;
  /** A defect of this library: the machine is out, the others go on. */
  failed(error: unknown): void;
}

/** What a turn left behind: more to do, or nothing for so many milliseconds. */
export type TurnResult =
  | { readonly kind: 'busy' }
  /** `look` is how long it may sleep beyond which something is to be looked at, not on time. */
  | { readonly kind: 'idle'; readonly milliseconds: number; readonly look: number };

/** A vCPU with what the hart knows of it. */
class VcpuTask extends Task {
  readonly pace = new Pace();

  constructor(
    readonly guest: Guest,
    readonly member: Member,
  ) {
    super(guest.group);
    // It may have run on another hart before.
    const { ran, stolen } = guest.machine.control.time(member.vcpu.id);
    this.ran = ran;
    this.stolen = stolen;
  }
}

/** A machine on this hart. */
class Guest {
  readonly group: Group;
  readonly tasks = new Map<Member, VcpuTask>();
  running = false;

  constructor(
    readonly machine: Machine,
    readonly port: GuestPort,
  ) {
    const { config, control } = machine;
    const everywhere = {
      get count() {
        return control.wanting;
      },
      add: (count: number) => control.addWanting(count),
    };
    this.group = new Group(config.share, config.bells.length > 1 ? everywhere : undefined);
    for (const member of machine.tasks) this.enlist(member);
  }

  enlist(member: Member): void {
    this.tasks.set(member, new VcpuTask(this, member));
  }
}

const BUSY: TurnResult = { kind: 'busy' };

export class HartLoop {
  readonly #host: HostView;
  readonly #clock: Clock;
  readonly #bell: Bell;
  readonly #scheduler: Scheduler;
  readonly #openFile: OpenBacking | undefined;
  readonly #guests = new Map<number, Guest>();
  readonly #hostBoard: HostBoard;
  #last: VcpuTask | undefined;

  constructor(host: HostView, clock: Clock, bell: Bell, options: SchedulerOptions & { openFile?: OpenBacking } = {}) {
    this.#host = host;
    this.#clock = clock;
    this.#bell = bell;
    this.#scheduler = new Scheduler(options);
    this.#openFile = options.openFile;
    this.#hostBoard = new HostBoard(host.engine, clock);
  }

  /** Whether any machine is running. */
  get active(): boolean {
    for (const guest of this.#guests.values()) if (guest.running) return true;
    return false;
  }

  /** While the translator of its code is on its way: who turns no event loop otherwise should wait for it. */
  get loading(): Promise<void> | undefined {
    return this.#host.translation?.loading;
  }

  /** Builds a machine, at rest. */
  build(id: number, config: MachineConfig, port: GuestPort): Machine {
    const machine = new Machine(this.#host, this.#clock, config, port, {
      hostBus: this.#hostBoard.bus,
      openFile: this.#openFile,
    });
    this.#guests.set(id, new Guest(machine, port));
    return machine;
  }

  machine(id: number): Machine | undefined {
    return this.#guests.get(id)?.machine;
  }

  /** Lets a machine run until its control area says otherwise. */
  run(id: number): void {
    const guest = this.#guests.get(id);
    if (guest !== undefined) guest.running = true;
  }

  /** Forgets a machine. */
  remove(id: number): void {
    const guest = this.#guests.get(id);
    if (guest === undefined) return;
    this.#park(guest);
    this.#hostBoard.forget(id);
    this.#guests.delete(id);
  }

  /** Gives a device of the host to a machine. */
  connect(id: number, connection: Connection): void {
    const guest = this.#guests.get(id);
    if (guest === undefined) return;
    this.#hostBoard.connect(id, connection, () => guest.port.deviceOutput(connection.device));
  }

  disconnect(device: HostDeviceName): void {
    this.#hostBoard.disconnect(device);
  }

  /** Looks after all machines, and gives one vCPU its turn. */
  turn(): TurnResult {
    const now = this.#clock.now();
    this.#hostBoard.poll();
    for (const guest of this.#guests.values()) {
      if (guest.running) this.#guarded(guest, () => this.#lookAfter(guest, now));
    }
    const turn = this.#scheduler.pick(now);
    this.#bell.load = turn === undefined ? 0 : this.#scheduler.waiting + 1;
    if (turn === undefined) return this.#rest(now);
    const task = turn.task as VcpuTask;
    this.#guarded(task.guest, () => this.#give(task, turn.milliseconds, now));
    return BUSY;
  }

  #lookAfter(guest: Guest, now: number): void {
    const { machine } = guest;
    const { command } = machine.control;
    if (command !== Command.run) {
      machine.flushIfAsked();
      this.#park(guest);
      if (command === Command.pause) guest.port.paused();
      return;
    }
    machine.look();
    if (machine.control.ended) {
      this.#finish(guest, machine.end);
      return;
    }
    machine.roster.exchange(
      (member) => this.#dismiss(guest, member),
      (member) => guest.enlist(member),
    );
    for (const task of guest.tasks.values()) {
      if (task.state === 'blocked' && machine.runnable(task.member)) this.#scheduler.wake(task, now);
    }
  }

  #give(task: VcpuTask, milliseconds: number, now: number): void {
    const { machine } = task.guest;
    const { member } = task;
    if (!machine.runnable(member)) {
      this.#scheduler.end(task, 0, now, false);
      return;
    }
    this.#switchTo(task);
    this.#bell.enter(member.vcpu.area);
    this.#host.alarm.set(member.vcpu.area, now + milliseconds);
    const ran = machine.run(member, { pace: task.pace, milliseconds, clock: this.#clock, now });
    this.#host.alarm.clear();
    this.#bell.leave();
    this.#scheduler.end(task, ran, now + ran, machine.goesOn(member));
    machine.control.tellTime(member.vcpu.id, task.ran, task.stolen);
    if (machine.control.ended) this.#finish(task.guest, machine.end);
  }

  /** Tells the guests of a switch what they may want to know: who was taken off the hart, and how long who waited. */
  #switchTo(task: VcpuTask): void {
    const last = this.#last;
    if (last === task) return;
    if (last !== undefined && last.state === 'ready' && last.guest.running) last.guest.machine.preempted(last.member);
    task.guest.machine.resumed(task.member, task.stolen);
    this.#last = task;
  }

  /** Nothing can run: until when? */
  #rest(now: number): TurnResult {
    let milliseconds = Math.min(this.#scheduler.release - now, this.#hostBoard.untilDeadline());
    let look = Number.POSITIVE_INFINITY;
    for (const guest of this.#guests.values()) {
      if (!guest.running || guest.group.runnable > 0) continue;
      const rest = guest.machine.rest();
      if (rest.kind === 'busy') return BUSY;
      if (rest.kind === 'ended') {
        this.#finish(guest, rest.end);
        return BUSY;
      }
      milliseconds = Math.min(milliseconds, rest.milliseconds);
      look = Math.min(look, rest.look ?? look);
    }
    return { kind: 'idle', milliseconds: Math.max(0, milliseconds), look };
  }

  #park(guest: Guest): void {
    guest.running = false;
    for (const task of guest.tasks.values()) this.#scheduler.remove(task);
    if (this.#last?.guest === guest) this.#last = undefined;
  }

  /** A vCPU goes to another hart. */
  #dismiss(guest: Guest, member: Member): void {
    const task = guest.tasks.get(member)!;
    this.#scheduler.remove(task);
    guest.tasks.delete(member);
    if (this.#last === task) this.#last = undefined;
  }

  #finish(guest: Guest, end: VmEnd | undefined): void {
    this.#park(guest);
    guest.port.ended(end);
  }

  /** The guest is not to blame for a defect of ours, nor are the others to suffer from it. */
  #guarded(guest: Guest, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#host.alarm.clear();
      this.#bell.leave();
      this.#park(guest);
      guest.port.failed(error);
    }
  }
}
