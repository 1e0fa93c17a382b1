// A machine made of plain values for the unit tests: harts with registers and CSRs, a quarter megabyte of memory, a
// console, and a record of everything SBI asked for.
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
} from '../context.js';
import { HART_WORDS, PLATFORM_WORDS } from '../state.js';

export const RAM = 0x8000_0000n;
export const RAM_BYTES = 0x4_0000;
/** Where the fake translation of every hart maps RAM; every other virtual address faults. */
export const VIRTUAL = 0xffff_ffff_c000_0000n;
export const LOAD_PAGE_FAULT = 13;

const MISA_H = 1n << 7n;

/** Bits that stick (WARL); a CSR not named here takes everything. */
export type CsrMasks = Partial<Record<SbiCsr, bigint>>;

export class FakeHart implements SbiHart {
  readonly state = new BigUint64Array(new SharedArrayBuffer(HART_WORDS * 8));
  readonly gpr = new BigUint64Array(32);
  readonly csrs = new Map<SbiCsr, bigint>();
  pc = 0n;
  privilege = 1;
  virtualized = false;
  landingPadExpected = false;
  interrupt = false;
  softwareInterrupt = false;
  deadline = 0n;
  fault: GuestFault | undefined;
  private readonly hsmWord = new Uint32Array(new SharedArrayBuffer(4));

  constructor(
    readonly id: number,
    private readonly masks: CsrMasks,
  ) {}

  get hsm(): HartState {
    return Atomics.load(this.hsmWord, 0) as HartState;
  }

  set hsm(state: HartState) {
    Atomics.store(this.hsmWord, 0, state);
  }

  exchangeHsm(from: HartState, to: HartState): boolean {
    return Atomics.compareExchange(this.hsmWord, 0, from, to) === from;
  }

  readGpr(index: number): bigint {
    return this.gpr[index]!;
  }

  writeGpr(index: number, value: bigint): void {
    if (index !== 0) this.gpr[index] = value;
  }

  readCsr(name: SbiCsr): bigint {
    return this.csrs.get(name) ?? 0n;
  }

  writeCsr(name: SbiCsr, value: bigint): void {
    this.csrs.set(name, BigInt.asUintN(64, value) & (this.masks[name] ?? ~0n));
  }

  advancePc(bytes: number): void {
    this.pc += BigInt(bytes);
  }

  injectException(fault: GuestFault): void {
    this.fault = fault;
  }

  interruptPending(): boolean {
    return this.interrupt || this.softwareInterrupt;
  }
}

export interface FakeOptions {
  mode?: 'hypervisor' | 'firmware';
  /** mhartid of each hart. */
  ids?: readonly number[];
  masks?: CsrMasks;
}

export class FakePlatform implements SbiPlatform {
  readonly mode: 'hypervisor' | 'firmware';
  readonly harts: readonly FakeHart[];
  readonly state = new BigUint64Array(new SharedArrayBuffer(PLATFORM_WORDS * 8));
  readonly ram = new Uint8Array(RAM_BYTES);
  readonly fences: { harts: number[]; fence: RemoteFence }[] = [];
  readonly kicked: number[] = [];
  readonly resets: [ResetType, ResetReason][] = [];
  resetOffered = true;
  now = 1000n;
  output = '';
  /** How many more bytes the console takes. */
  room = Number.POSITIVE_INFINITY;
  input: number[] = [];

  constructor({ mode = 'hypervisor', ids = [0, 1, 2, 3], masks = {} }: FakeOptions = {}) {
    this.mode = mode;
    this.harts = ids.map((id) => {
      const hart = new FakeHart(id, masks);
      hart.writeCsr('misa', MISA_H);
      return hart;
    });
  }

  time(): bigint {
    return this.now;
  }

  setTimer(hart: FakeHart, deadline: bigint): void {
    hart.deadline = deadline;
  }

  raiseIpi(hart: FakeHart): void {
    hart.softwareInterrupt = true;
  }

  clearIpi(hart: FakeHart): boolean {
    const pending = hart.softwareInterrupt;
    hart.softwareInterrupt = false;
    return pending;
  }

  remoteFence(_caller: SbiHart, harts: readonly SbiHart[], fence: RemoteFence): void {
    this.fences.push({ harts: harts.map(({ id }) => id), fence });
  }

  kick(hart: SbiHart): void {
    this.kicked.push(hart.id);
  }

  reset(type: ResetType, reason: ResetReason): boolean {
    this.resets.push([type, reason]);
    return this.resetOffered;
  }

  consoleWrite(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.room);
    this.room -= taken.length;
    this.output += String.fromCharCode(...taken.subarray(0, 1024));
    return taken.length;
  }

  consoleRead(max: number): Uint8Array {
    return Uint8Array.from(this.input.splice(0, max));
  }

  accessible(gpa: bigint, length: bigint, _access: Access): boolean {
    return gpa >= RAM && gpa + length <= RAM + BigInt(RAM_BYTES);
  }

  readGuest(gpa: bigint, length: number): Uint8Array | undefined {
    if (!this.accessible(gpa, BigInt(length), 'read')) return undefined;
    return this.ram.slice(Number(gpa - RAM), Number(gpa - RAM) + length);
  }

  writeGuest(gpa: bigint, bytes: Uint8Array): boolean {
    if (!this.accessible(gpa, BigInt(bytes.length), 'write')) return false;
    this.ram.set(bytes, Number(gpa - RAM));
    return true;
  }

  readVirtual(_hart: SbiHart, va: bigint, length: number): Uint8Array | GuestFault {
    const gpa = va - VIRTUAL + RAM;
    return this.readGuest(gpa, length) ?? { cause: LOAD_PAGE_FAULT, tval: va };
  }
}

/** Puts 64-bit words into the fake's memory. */
export function poke(platform: FakePlatform, gpa: bigint, ...words: bigint[]): void {
  const view = new DataView(platform.ram.buffer);
  words.forEach((word, index) => {
    view.setBigUint64(Number(gpa - RAM) + index * 8, BigInt.asUintN(64, word), true);
  });
}

/** Reads a 64-bit word of the fake's memory. */
export function peek(platform: FakePlatform, gpa: bigint): bigint {
  return new DataView(platform.ram.buffer).getBigUint64(Number(gpa - RAM), true);
}
