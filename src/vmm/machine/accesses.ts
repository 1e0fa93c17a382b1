// Accesses of a guest that its nested page table does not let through: to memory that is yet to be given, to a device of the
// machine, of the host or of the program that made the guest, or to nothing.
import { HOST_MMIO } from '../../host/index.js';
import { Cause, type GuestPageFaultExit, type VmEnd } from '../exit.js';
import type { GuestRam, RamAccess } from '../guest-ram.js';
import type { MmioBus } from '../mmio-bus.js';
import type { MmioAccess } from '../mmio-decode.js';
import type { NestedPageTableLike } from '../nested-pte.js';
import type { VCpu } from '../vcpu.js';
import type { MachineConfig, MachinePort, RemoteAccess } from './config.js';
import type { AskedAccess, Control } from './control.js';
import type { Member } from './member.js';

export interface AccessesParts {
  readonly config: MachineConfig;
  readonly port: MachinePort;
  readonly control: Control;
  readonly ram: GuestRam;
  readonly table: NestedPageTableLike;
  readonly bus: MmioBus;
  /** The host's own devices, by host physical addresses. */
  readonly hostBus: MmioBus | undefined;
  onFinish(end: VmEnd): void;
}

export class Accesses {
  /** Pages that were given, brought in or copied for an access: when that happens is no business of the guest's. */
  provided = 0;
  readonly #config: MachineConfig;
  readonly #port: MachinePort;
  readonly #control: Control;
  readonly #ram: GuestRam;
  readonly #table: NestedPageTableLike;
  readonly #bus: MmioBus;
  readonly #hostBus: MmioBus | undefined;
  readonly #finish: (end: VmEnd) => void;

  constructor(parts: AccessesParts) {
    this.#config = parts.config;
    this.#port = parts.port;
    this.#control = parts.control;
    this.#ram = parts.ram;
    this.#table = parts.table;
    this.#bus = parts.bus;
    this.#hostBus = parts.hostBus;
    this.#finish = (end) => parts.onFinish(end);
  }

  /**
   * An access to a device of the host that is this guest's: the machine has no part in it, and counts no exit. True if it is done, or
   * under way on the thread that has the device.
   */
  passedThrough(member: Member, exit: GuestPageFaultExit): boolean {
    const { vcpu } = member;
    const hpa: bigint | undefined = this.#table.translate(exit.gpa)?.hpa;
    if (hpa === undefined || hpa < HOST_MMIO || this.#hostBus === undefined) return false;
    const access = vcpu.mmioAccess();
    if (access === undefined || !exit.mapped!.includes(access.kind === 'load' ? 'r' : 'w')) return false;
    const value = access.kind === 'store' ? vcpu.mmioValue(access) : 0n;
    if (this.#elsewhere) {
      this.#ask(member, exit.gpa, access, value);
      return true;
    }
    const done = transfer(this.#hostBus, hpa, access, value);
    if (done === undefined) return false;
    this.complete(member, access, done);
    return true;
  }

  /** The machine's devices are another thread's. */
  get #elsewhere(): boolean {
    return (this.#config.seat ?? 0) !== 0;
  }

  #ask(member: Member, gpa: bigint, access: MmioAccess, value: bigint): void {
    member.hold = 'remote';
    member.remote = access;
    this.#control.ask(member.vcpu.id, gpa, access, value);
  }

  /** Carries out an access for another thread; undefined if there is nothing there. */
  carryOut({ gpa, kind, width, value }: AskedAccess): bigint | undefined {
    const hpa: bigint | undefined = this.#table.translate(gpa)?.hpa;
    const own = hpa !== undefined && hpa >= HOST_MMIO ? this.#hostBus : undefined;
    return own === undefined
      ? transfer(this.#bus, gpa, { kind, width }, value)
      : transfer(own, hpa!, { kind, width }, value);
  }

  /** An access to memory that is yet to be given, to a device, or to nothing: then the guest gets an access fault. */
  fault(member: Member, exit: GuestPageFaultExit): void {
    const { vcpu } = member;
    const { base, size } = this.#config.description.memory;
    if (exit.gpa >= base && exit.gpa < base + size) {
      const provided = this.#ram.provide(exit.gpa, ramAccess(exit));
      if (provided === 'ready') {
        this.provided++;
        vcpu.retry();
      }
      if (provided === 'no-memory') this.#starve(member);
      if (provided !== 'absent') return;
    }
    const access = vcpu.mmioAccess();
    if (access === undefined) {
      refuse(vcpu, exit);
      return;
    }
    const value = access.kind === 'store' ? vcpu.mmioValue(access) : 0n;
    const remote = this.#remoteAccess(vcpu.id, exit, access, value);
    if (remote !== undefined) this.#remote(member, access, remote);
    else {
      const done = transfer(this.#bus, exit.gpa, access, value);
      if (done !== undefined) this.complete(member, access, done);
      else if (this.#elsewhere) this.#ask(member, exit.gpa, access, value);
      else refuse(vcpu, exit);
    }
  }

  /** The host has no page left for it. The instruction runs again when there is one. */
  #starve(member: Member): void {
    member.vcpu.retry();
    member.hold = 'memory';
    if (this.#config.ram.whenFull === 'pause') this.#port.starved();
    else {
      const reason = this.#ram.limited ? 'it has all the memory that it may have' : 'the host has no memory left';
      this.#finish({ kind: 'guest-dead', reason });
    }
  }

  #remoteAccess(vcpu: number, exit: GuestPageFaultExit, access: MmioAccess, value: bigint): RemoteAccess | undefined {
    const { kind, width } = access;
    const device = this.#config.remoteDevices.findIndex(
      ({ base, size }) => exit.gpa >= base && exit.gpa + BigInt(width) <= base + BigInt(size),
    );
    if (device < 0 || exit.gpa % BigInt(width) !== 0n) return undefined;
    return { vcpu, device, kind, offset: Number(exit.gpa - this.#config.remoteDevices[device]!.base), width, value };
  }

  #remote(member: Member, access: MmioAccess, request: RemoteAccess): void {
    const answer = this.#port.remote(request);
    if (answer === undefined) {
      member.hold = 'remote';
      member.remote = access;
    } else this.complete(member, access, answer);
  }

  complete(member: Member, access: MmioAccess, value: bigint | 'refused'): void {
    if (value === 'refused') refuse(member.vcpu, member.vcpu.pending as GuestPageFaultExit);
    else if (access.kind === 'load') member.vcpu.completeMmioRead(value);
    else member.vcpu.completeMmioWrite();
    member.remote = undefined;
  }
}

/** The machine has nothing at this address, or cannot do this there: an access fault at the instruction. */
function refuse(vcpu: VCpu, exit: GuestPageFaultExit): void {
  vcpu.injectException(ACCESS_FAULT[exit.access], exit.gva);
}

/** What a load reads, 0 for a store that is done; undefined if the bus has nothing there, or cannot do this. */
function transfer(
  bus: MmioBus,
  address: bigint,
  { kind, width }: Pick<MmioAccess, 'kind' | 'width'>,
  value: bigint,
): bigint | undefined {
  if (kind === 'load') return bus.read(address, width);
  return bus.write(address, width, value) ? 0n : undefined;
}

/** The pseudo-instruction of a page-table walk that sets A or D (Priv. ISA, "Transformed Instruction or Pseudoinstruction"). */
const WALK_WRITES = 0x3020;

/** What a faulting access wants of the page. */
function ramAccess(exit: GuestPageFaultExit): RamAccess {
  if (exit.implicit) return exit.instruction === WALK_WRITES ? 'write' : 'read';
  return exit.access === 'store' ? 'write' : exit.access === 'fetch' ? 'fetch' : 'read';
}

const ACCESS_FAULT = {
  fetch: Cause.InstructionAccessFault,
  load: Cause.LoadAccessFault,
  store: Cause.StoreAccessFault,
} as const;
