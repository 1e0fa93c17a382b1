// The machine as SBI sees it (sbi/context.ts): harts over vCPUs, guest memory, timers, fences and the console.
import type { ByteRing } from '../../devices/index.js';
import { ELP, PRIV, VIRT, X } from '../../engine/hart/layout.js';
import type { Engine, Fence } from '../../engine/index.js';
import { csrByName } from '../../isa/csr.js';
import { Cause } from '../exit.js';
import type { GuestMemory } from '../guest-memory.js';
import type {
  Access,
  GuestFault,
  HartState,
  RemoteFence,
  ResetReason,
  ResetType,
  SbiCsr,
  SbiHart,
  SbiPlatform,
} from '../sbi/index.js';
import type { VCpu } from '../vcpu.js';
import type { Control } from './control.js';
import type { ShootDown } from './shoot-down.js';

/** *envcfg.LPE: indirect jumps must arrive at landing pads. */
const LPE = 1n << 2n;
const SSIP = 1 << 1;
const VSSIP = 1 << 2;

/** A vCPU as SBI sees it. */
export class VCpuHart implements SbiHart {
  readonly id: number;
  readonly state: BigUint64Array;
  readonly vcpu: VCpu;
  readonly #engine: Engine;
  readonly #hsm: Int32Array;

  constructor(engine: Engine, vcpu: VCpu, control: Control) {
    this.id = vcpu.id;
    this.vcpu = vcpu;
    this.#engine = engine;
    this.state = control.hartWords(vcpu.id);
    this.#hsm = control.hsmWord(vcpu.id);
  }

  get hsm(): HartState {
    return Atomics.load(this.#hsm, 0) as HartState;
  }

  exchangeHsm(from: HartState, to: HartState): boolean {
    return Atomics.compareExchange(this.#hsm, 0, from, to) === from;
  }

  readGpr(index: number): bigint {
    return this.#engine.view.getBigUint64(this.vcpu.area + X + index * 8, true);
  }

  writeGpr(index: number, value: bigint): void {
    if (index !== 0) this.#engine.view.setBigUint64(this.vcpu.area + X + index * 8, value, true);
  }

  readCsr(name: SbiCsr): bigint {
    return this.#engine.csrRead(this.vcpu.area, csrByName[name]);
  }

  writeCsr(name: SbiCsr, value: bigint): void {
    this.#engine.csrWrite(this.vcpu.area, csrByName[name], value);
  }

  get pc(): bigint {
    return this.vcpu.read('pc');
  }

  set pc(value: bigint) {
    this.vcpu.write('pc', value);
  }

  get privilege(): number {
    return this.vcpu.privilege;
  }

  set privilege(value: number) {
    this.#engine.view.setUint32(this.vcpu.area + PRIV, value, true);
  }

  get virtualized(): boolean {
    return this.vcpu.virtual;
  }

  set virtualized(value: boolean) {
    this.#engine.view.setUint32(this.vcpu.area + VIRT, value ? 1 : 0, true);
  }

  get landingPadExpected(): boolean {
    return this.#engine.view.getUint32(this.vcpu.area + ELP, true) !== 0;
  }

  set landingPadExpected(value: boolean) {
    this.#engine.view.setUint32(this.vcpu.area + ELP, value && this.#asksForLandingPads ? 1 : 0, true);
  }

  get #asksForLandingPads(): boolean {
    const envcfg = this.privilege === 0 ? 'senvcfg' : this.virtualized ? 'henvcfg' : 'menvcfg';
    return (this.vcpu.read(envcfg) & LPE) !== 0n;
  }

  advancePc(bytes: number): void {
    this.vcpu.advancePc(bytes);
  }

  injectException(fault: GuestFault): void {
    this.vcpu.injectException(fault.cause, fault.tval);
  }

  interruptPending(): boolean {
    this.#engine.updateTimers(this.vcpu.area);
    return this.#engine.wakePending(this.vcpu.area);
  }
}

/** What the platform needs of the machine it belongs to. */
export interface PlatformParts {
  readonly mode: 'hypervisor' | 'firmware';
  readonly engine: Engine;
  readonly control: Control;
  readonly harts: readonly VCpuHart[];
  readonly memory: GuestMemory;
  readonly ram: { readonly base: bigint; readonly size: bigint };
  readonly shootDown: ShootDown;
  readonly input: ByteRing;
  readonly output: ByteRing;
  /** Bytes went into the output ring. */
  onOutput(): void;
  onReset(type: ResetType, reason: ResetReason): void;
}

export class MachinePlatform implements SbiPlatform {
  readonly mode: 'hypervisor' | 'firmware';
  readonly harts: readonly VCpuHart[];
  readonly state: BigUint64Array;
  readonly #parts: PlatformParts;

  constructor(parts: PlatformParts) {
    this.mode = parts.mode;
    this.harts = parts.harts;
    this.state = parts.control.platformWords();
    this.#parts = parts;
  }

  time(hart: SbiHart): bigint {
    const now = this.#parts.engine.now(this.#area(hart));
    return this.mode === 'hypervisor' ? BigInt.asUintN(64, now + this.#htimedelta(hart)) : now;
  }

  setTimer(hart: SbiHart, deadline: bigint): void {
    this.harts[hart.id]!.vcpu.write(this.mode === 'hypervisor' ? 'vstimecmp' : 'stimecmp', deadline);
  }

  raiseIpi(hart: SbiHart): void {
    this.#parts.engine.setLines(this.#area(hart), this.#software, true);
    this.#parts.control.nudge(hart.id);
  }

  clearIpi(hart: SbiHart): boolean {
    const area = this.#area(hart);
    const pending = (this.harts[hart.id]!.vcpu.read('mip') & BigInt(this.#software)) !== 0n;
    this.#parts.engine.setLines(area, this.#software, false);
    this.harts[hart.id]!.vcpu.clearInterrupt(1);
    return pending;
  }

  /** Decoded instructions follow stores by themselves, so for FENCE.I a hart only has to leave translated code. */
  remoteFence(_caller: SbiHart, harts: readonly SbiHart[], fence: RemoteFence): void {
    this.#parts.shootDown.harts(
      harts.map(({ id }) => id),
      this.#meant(fence),
    );
  }

  /** In `hypervisor` mode the caller is a guest: its SFENCE.VMA is about its own tables, under its VMID. */
  #meant({ kind, range, asid, vmid }: RemoteFence): Fence | 'nothing' {
    switch (kind) {
      case 'fence.i':
        return 'nothing';
      case 'sfence.vma':
        return { of: this.mode === 'hypervisor' ? 'guest' : 'supervisor', range, asid };
      case 'hfence.vvma':
        return { of: 'guest', range, asid, vmid };
      case 'hfence.gvma':
        return { of: 'guest-physical', range, vmid };
    }
  }

  kick(hart: SbiHart): void {
    this.#parts.control.nudge(hart.id);
  }

  reset(type: ResetType, reason: ResetReason): boolean {
    this.#parts.onReset(type, reason);
    return true;
  }

  consoleWrite(bytes: Uint8Array): number {
    const { control, output } = this.#parts;
    const taken = control.locked(() => output.push(bytes));
    if (taken > 0) this.#parts.onOutput();
    return taken;
  }

  consoleRead(max: number): Uint8Array {
    const { control, input } = this.#parts;
    return control.locked(() => input.pull(max));
  }

  accessible(gpa: bigint, length: bigint, _access: Access): boolean {
    const { base, size } = this.#parts.ram;
    return gpa >= base && length >= 0n && gpa + length <= base + size;
  }

  readGuest(gpa: bigint, length: number): Uint8Array | undefined {
    return this.accessible(gpa, BigInt(length), 'read') ? this.#parts.memory.tryRead(gpa, length) : undefined;
  }

  writeGuest(gpa: bigint, bytes: Uint8Array): boolean {
    return this.accessible(gpa, BigInt(bytes.length), 'write') && this.#parts.memory.tryWrite(gpa, bytes);
  }

  readVirtual(hart: SbiHart, va: bigint, length: number): Uint8Array | GuestFault {
    return this.harts[hart.id]!.vcpu.readVirtual(va, length) ?? { cause: Cause.LoadPageFault, tval: va };
  }

  get #software(): number {
    return this.mode === 'hypervisor' ? VSSIP : SSIP;
  }

  #area(hart: SbiHart): number {
    return this.harts[hart.id]!.vcpu.area;
  }

  #htimedelta(hart: SbiHart): bigint {
    return this.harts[hart.id]!.vcpu.read('htimedelta');
  }
}
