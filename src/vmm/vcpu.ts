// A virtual CPU: the registers of a guest's hart, run until something happens that the monitor must see, and told how to
// go on. Its state lies in one area of the shared memory; this class is a view of it, and holds only the pending exit.
import {
  EXIT_GVA,
  EXIT_NONE,
  F,
  HGATP,
  INSTRET,
  KICK,
  OUTER,
  PAUSE,
  PC,
  PRIV,
  SATP,
  TIME_OFFSET,
  VIRT,
  VSATP,
  X,
} from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import type { GuestPhysAddr, GuestVirtAddr, HostView } from '../host/index.js';
import { type CsrName, csrByName } from '../isa/csr.js';
import { HypercraftError } from '../isa/error.js';
import { type Fpr, fprNumber, type Gpr, registerNumber } from '../isa/registers.js';
import { applyComposition, type Composition, interruptBit, setEntry } from './composition.js';
import { Cause, type GuestPageFaultExit, type PendingExit, readExit, type VmExit } from './exit.js';
import { GuestMemory } from './guest-memory.js';
import { walkGuest } from './guest-walk.js';
import { decodeFetched, decodeTransformed, instructionLength, loadedValue, type MmioAccess } from './mmio-decode.js';
import type { NestedPageTableLike } from './nested-pte.js';
import { restoreVCpuState, saveVCpuState, type VCpuState } from './vcpu-state.js';

/** A register by name: integer and floating-point registers by ABI name, CSRs, and the program counter. */
export type Register = Gpr | Fpr | CsrName | 'pc';

/** The most instructions one `run` can be given. */
const MAX_BUDGET = 0x7fff_ffff;

/** Exceptions that put an address into stval. */
const ADDRESS_CAUSES: ReadonlySet<number> = new Set([
  Cause.InstructionMisaligned,
  Cause.InstructionAccessFault,
  Cause.Breakpoint,
  Cause.LoadMisaligned,
  Cause.LoadAccessFault,
  Cause.StoreMisaligned,
  Cause.StoreAccessFault,
  Cause.InstructionPageFault,
  Cause.LoadPageFault,
  Cause.StorePageFault,
  Cause.InstructionGuestPageFault,
  Cause.LoadGuestPageFault,
  Cause.StoreGuestPageFault,
]);

export interface VCpuOptions {
  /** The vCPU's number in its guest: mhartid. */
  readonly id: number;
  /** Offset of its area in the shared memory, freshly initialised unless `resume` is set. */
  readonly area: number;
  /** `hypervisor` by default. */
  readonly composition?: Composition;
  readonly table?: NestedPageTableLike;
  /** What its hart has: names in lower case with all that they imply, as `cpuExtensions` gives them; everything by default. */
  readonly extensions?: readonly string[] | undefined;
  /** The area holds a vCPU already, under this table: take it as it is. */
  readonly resume?: boolean;
}

/** A virtual hart: its registers, `run` until the next exit, and the answers to exits. */
export class VCpu {
  /** Its number among the guest's vCPUs, which the guest knows as its hart id. */
  readonly id: number;
  /** Offset of the vCPU's state in the shared memory. */
  readonly area: number;
  /** Who owns which privilege levels. */
  readonly composition: Composition;
  readonly #host: HostView;
  readonly #engine: Engine;
  #table: NestedPageTableLike | undefined;
  #memory: GuestMemory | undefined;
  #pending: PendingExit | undefined;
  /** The reason of an exit that is there before the vCPU runs on. */
  #ahead: number | undefined;

  constructor(host: HostView, options: VCpuOptions) {
    this.id = options.id;
    this.area = options.area;
    this.composition = options.composition ?? 'hypervisor';
    this.#host = host;
    this.#engine = host.engine;
    if (options.resume) {
      if (options.table !== undefined) this.#adopt(options.table);
      return;
    }
    const { composition, id } = this;
    applyComposition(host.engine, this.area, { composition, id, extensions: options.extensions });
    if (options.table !== undefined) this.setNestedPageTable(options.table);
  }

  /** Puts the vCPU under a nested page table: the original's `init_page_map`. */
  setNestedPageTable(table: NestedPageTableLike): void {
    this.#engine.view.setBigUint64(this.area + OUTER, table.token, true);
    this.flushTlb();
    this.#adopt(table);
    table.attach?.(() => {
      this.flushTlb();
      return undefined;
    });
  }

  /** Reads a register. */
  read(register: Register): bigint {
    const at = this.#offsetOf(register);
    if (at !== undefined) return this.#engine.view.getBigUint64(at, true);
    return this.#engine.csrRead(this.area, csrNumber(register as CsrName));
  }

  /** Writes a register; a CSR keeps what its fields can hold, x0 stays 0. */
  write(register: Register, value: bigint): void {
    const at = this.#offsetOf(register);
    if (at === this.area + X) return;
    if (at !== undefined) this.#engine.view.setBigUint64(at, BigInt.asUintN(64, value), true);
    else this.#engine.csrWrite(this.area, csrNumber(register as CsrName), BigInt.asUintN(64, value));
  }

  /** Where the vCPU starts, or goes on. */
  set entry(entry: GuestPhysAddr) {
    setEntry(this.#engine, this.area, entry);
  }

  /** 0 user, 1 supervisor, 3 machine. */
  get privilege(): number {
    return this.#engine.view.getUint32(this.area + PRIV, true);
  }

  /** V: whether the vCPU is in VU or VS. */
  get virtual(): boolean {
    return this.#engine.view.getUint32(this.area + VIRT, true) !== 0;
  }

  /** Instructions retired so far; exact while the vCPU does not run. */
  get retired(): bigint {
    return this.#engine.view.getBigUint64(this.area + INSTRET, true);
  }

  /** The exit that waits for its completion. */
  get pending(): PendingExit | undefined {
    return this.#pending;
  }

  /** Whether its area is all there is of it: no exit waits for its completion, nor one to be told. */
  get settled(): boolean {
    return this.#pending === undefined && this.#ahead === undefined;
  }

  /**
   * Runs the guest until something happens.
   * @param options.budget instructions to run at most; without it, until another exit.
   * @throws HypercraftError `VCPU_PENDING_EXIT` if the last exit has not been completed, `VCPU_NO_PAGE_TABLE` without a
   * nested page table, `INVALID_ARGUMENT` for a budget that is none.
   */
  run(options: { readonly budget?: number } = {}): VmExit {
    const budget = options.budget ?? 0;
    if (this.#pending !== undefined) {
      throw new HypercraftError(
        'VCPU_PENDING_EXIT',
        `complete the pending ${this.#pending.kind} exit before running on`,
      );
    }
    if (this.#table === undefined) {
      throw new HypercraftError('VCPU_NO_PAGE_TABLE', 'give the vCPU a nested page table before running it');
    }
    if (!Number.isInteger(budget) || budget < 0 || (options.budget !== undefined && budget === 0)) {
      throw new HypercraftError('INVALID_ARGUMENT', `a budget is a positive number of instructions, not ${budget}`);
    }
    const reason = this.#ahead ?? this.#engine.run(this.area, Math.min(budget, MAX_BUDGET));
    this.#ahead = undefined;
    const exit = readExit(this.#engine.view, this.area, reason, this.#table);
    switch (exit.kind) {
      case 'sbi-call':
      case 'guest-page-fault':
      case 'virtual-instruction':
      case 'exception':
      case 'debug':
        this.#pending = exit;
    }
    return exit;
  }

  /** Makes a running `run` of this vCPU, in whatever thread, return soon; a sleeping hart wakes. */
  kick(): void {
    Atomics.store(this.#engine.u32, (this.area + KICK) >> 2, 1);
    const doorbell = new Int32Array(this.#engine.memory.buffer, this.area + PAUSE, 1);
    Atomics.add(doorbell, 0, 1);
    Atomics.notify(doorbell, 0);
  }

  /** What the pending guest-page fault would do to a device; undefined if no device can do it (an atomic, say). */
  mmioAccess(): MmioAccess | undefined {
    const fault = this.#demand('guest-page-fault') as GuestPageFaultExit;
    if (fault.access === 'fetch' || fault.implicit) return undefined;
    if (fault.instruction !== 0) return decodeTransformed(fault.instruction);
    const bits = this.fetchInstruction();
    return bits === undefined ? undefined : decodeFetched(bits);
  }

  /** The value the pending store wants to write, in its low bits. */
  mmioValue(access: MmioAccess): bigint {
    const at = this.area + (access.float ? F : X) + access.register * 8;
    return BigInt.asUintN(access.width * 8, this.#engine.view.getBigUint64(at, true));
  }

  /** Completes a pending load: the value goes to its register, extended as the instruction says. */
  completeMmioRead(value: bigint): void {
    const access = this.#demandAccess('load');
    const at = this.area + (access.float ? F : X) + access.register * 8;
    if (access.float) this.#markFloatDirty();
    if (access.float || access.register !== 0) this.#engine.view.setBigUint64(at, loadedValue(access, value), true);
    this.advancePc(access.length);
  }

  /** Completes a pending store: the device has taken the value. */
  completeMmioWrite(): void {
    this.advancePc(this.#demandAccess('store').length);
  }

  /** Completes a supervisor call with a0 and a1 of its result. */
  completeSbi(error: bigint, value: bigint): void {
    this.#demand('sbi-call');
    this.write('a0', error);
    this.write('a1', value);
    this.advancePc(4);
  }

  /** Completes a legacy (0.1) supervisor call, which leaves a1 alone. */
  completeLegacySbi(result: bigint): void {
    this.#demand('sbi-call');
    this.write('a0', result);
    this.advancePc(4);
  }

  /** Steps over `bytes` of the instruction stream; completes the pending exit. */
  advancePc(bytes: number): void {
    this.write('pc', this.read('pc') + BigInt(bytes));
    this.#pending = undefined;
  }

  /** Completes the pending exit by not carrying out its instruction at all. */
  skip(): void {
    const bits = this.fetchInstruction();
    this.advancePc(bits === undefined ? 4 : instructionLength(bits));
  }

  /** Completes the pending exit by running its instruction again: its cause is gone, a page is there now. */
  retry(): void {
    this.#pending = undefined;
  }

  /**
   * Completes the pending exit by a trap into the guest's own handler. If the guest is not ready to take one, the next `run` says so: by
   * an exception exit for the double trap, or a critical error.
   */
  injectException(cause: number, tval: bigint): void {
    const { view } = this.#engine;
    const virtual =
      this.#pending?.kind === 'guest-page-fault' ? view.getUint32(this.area + EXIT_GVA, true) !== 0 : this.virtual;
    const reason = this.#engine.injectTrap(this.area, cause, tval, virtual && ADDRESS_CAUSES.has(cause));
    if (reason !== EXIT_NONE) this.#ahead = reason;
    this.#pending = undefined;
  }

  /** Raises an interrupt the guest knows as `number`: 1 software, 5 timer, 9 external. It stays up until cleared. */
  injectInterrupt(number: number): void {
    const { csr, mask } = interruptBit(this.composition, number);
    this.write(csr, this.read(csr) | mask);
  }

  /** Takes an interrupt back that {@link injectInterrupt} made pending. */
  clearInterrupt(number: number): void {
    const { csr, mask } = interruptBit(this.composition, number);
    this.write(csr, this.read(csr) & ~mask);
  }

  /** Where a guest virtual address leads in the guest's physical memory map, by its page tables as they are now. */
  translate(gva: GuestVirtAddr): GuestPhysAddr | undefined {
    const { view } = this.#engine;
    const memory = this.#memory;
    if (memory === undefined || this.privilege === 3) return gva as bigint;
    const context = {
      firstStage: view.getBigUint64(this.area + (this.virtual ? VSATP : SATP), true),
      secondStage: this.virtual ? view.getBigUint64(this.area + HGATP, true) : 0n,
    };
    return walkGuest(context, gva, (address) => memory.tryReadU64(address));
  }

  /** Reads guest memory by virtual addresses; undefined if any byte is not mapped. */
  readVirtual(gva: GuestVirtAddr, length: number): Uint8Array | undefined {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = BigInt.asUintN(64, gva + BigInt(done));
      const count = Math.min(length - done, 4096 - Number(at & 0xfffn));
      const gpa = this.translate(at);
      const part = gpa === undefined ? undefined : this.#memory?.tryRead(gpa, count);
      if (part === undefined) return undefined;
      bytes.set(part, done);
      done += count;
    }
    return bytes;
  }

  /** The instruction at the program counter; its upper half is 0 if only the lower one can be read. */
  fetchInstruction(): number | undefined {
    const pc = this.read('pc');
    const low = this.readVirtual(pc, 2);
    if (low === undefined) return undefined;
    const bits = low[0]! | (low[1]! << 8);
    if ((bits & 3) !== 3) return bits;
    const high = this.readVirtual(pc + 2n, 2);
    return high === undefined ? undefined : (bits | (high[0]! << 16) | (high[1]! << 24)) >>> 0;
  }

  /** Drops cached translations. */
  flushTlb(): void {
    this.#engine.flushTlb(this.area);
  }

  /** The complete architectural state. @throws HypercraftError `VCPU_PENDING_EXIT` */
  save(): VCpuState {
    if (this.#pending !== undefined) {
      throw new HypercraftError('VCPU_PENDING_EXIT', 'complete the pending exit before saving the vCPU');
    }
    return saveVCpuState(this.#engine, this.area, this.read('time'));
  }

  /** Does something as if no exit were pending: whoever goes on from the state it sees runs the instruction again. */
  atRest<T>(action: () => T): T {
    const pending = this.#pending;
    this.#pending = undefined;
    try {
      return action();
    } finally {
      this.#pending = pending;
    }
  }

  /**
   * Takes the state that {@link save} gave.
   * @throws HypercraftError `VCPU_STATE_MISMATCH`
   */
  restore(state: VCpuState): void {
    restoreVCpuState(this.#engine, this.area, state);
    this.#pending = undefined;
    const { view } = this.#engine;
    const offset = view.getBigUint64(this.area + TIME_OFFSET, true);
    view.setBigUint64(this.area + TIME_OFFSET, BigInt.asUintN(64, offset + state.time - this.read('time')), true);
  }

  #adopt(table: NestedPageTableLike): void {
    this.#table = table;
    this.#memory = new GuestMemory(this.#host.memory, table);
  }

  #offsetOf(register: Register): number | undefined {
    if (register === 'pc') return this.area + PC;
    const gpr = registerNumber(register);
    if (gpr !== undefined) return this.area + X + gpr * 8;
    const fpr = fprNumber(register);
    return fpr === undefined ? undefined : this.area + F + fpr * 8;
  }

  #demand(kind: PendingExit['kind']): PendingExit {
    if (this.#pending?.kind === kind) return this.#pending;
    throw new HypercraftError('VCPU_NO_PENDING_EXIT', `no ${kind} exit is pending`);
  }

  #demandAccess(kind: MmioAccess['kind']): MmioAccess {
    const access = this.mmioAccess();
    if (access?.kind === kind) return access;
    throw new HypercraftError('VCPU_NO_PENDING_EXIT', `the pending fault is not of a ${kind} that can be completed`);
  }

  /** A load into a floating-point register dirties the unit's state, as if the hart had carried it out. */
  #markFloatDirty(): void {
    const dirty = 3n << 13n;
    this.write('mstatus', this.read('mstatus') | dirty);
    if (this.virtual) this.write('vsstatus', this.read('vsstatus') | dirty);
  }
}

function csrNumber(name: CsrName): number {
  const number = csrByName[name];
  if (number === undefined) throw new HypercraftError('UNKNOWN_REGISTER', `there is no register ${String(name)}`);
  return number;
}
