// The complete architectural state of a vCPU as a plain, versioned structure: what a snapshot keeps. Derived state (TLBs,
// decoded pages, timer comparators' outputs) is not part of it and is computed again.
import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { HypercraftError } from '../isa/error.js';

/** Layout version of {@link VCpuState}. */
export const VCPU_STATE_VERSION = 1;

/** Saved vCPU state. */
export interface VCpuState {
  /** Always `vcpu`. */
  readonly kind: 'vcpu';
  /** Version of the rest. */
  readonly version: number;
  /** x0 to x31. */
  readonly x: readonly bigint[];
  /** f0 to f31, NaN-boxed. */
  readonly f: readonly bigint[];
  /** 64-bit fields by name: pc, retired instructions, and the CSRs as the hart stores them. */
  readonly registers: Readonly<Record<string, bigint>>;
  /** 32-bit fields by name: privilege, V, fflags, frm, interrupt lines. */
  readonly words: Readonly<Record<string, number>>;
  /** Arrays of 64-bit fields: counters, events, PMP. */
  readonly arrays: Readonly<Record<string, readonly bigint[]>>;
  /** `time` when saved, in ticks; the guest's clock goes on from here. */
  readonly time: bigint;
}

const REGISTERS: Readonly<Record<string, number>> = {
  pc: L.PC,
  instret: L.INSTRET,
  mstatus: L.MSTATUS,
  misa: L.MISA,
  medeleg: L.MEDELEG,
  mideleg: L.MIDELEG,
  mie: L.MIE,
  mtvec: L.MTVEC,
  mcounteren: L.MCOUNTEREN,
  mscratch: L.MSCRATCH,
  mepc: L.MEPC,
  mcause: L.MCAUSE,
  mtval: L.MTVAL,
  mip: L.MIP,
  mtinst: L.MTINST,
  mtval2: L.MTVAL2,
  menvcfg: L.MENVCFG,
  mseccfg: L.MSECCFG,
  mcountinhibit: L.MCOUNTINHIBIT,
  mhartid: L.MHARTID,
  stvec: L.STVEC,
  scounteren: L.SCOUNTEREN,
  sscratch: L.SSCRATCH,
  sepc: L.SEPC,
  scause: L.SCAUSE,
  stval: L.STVAL,
  senvcfg: L.SENVCFG,
  satp: L.SATP,
  stimecmp: L.STIMECMP,
  hstatus: L.HSTATUS,
  hedeleg: L.HEDELEG,
  hideleg: L.HIDELEG,
  hvip: L.HVIP,
  hcounteren: L.HCOUNTEREN,
  hgeie: L.HGEIE,
  hgeip: L.HGEIP,
  htval: L.HTVAL,
  htinst: L.HTINST,
  hgatp: L.HGATP,
  henvcfg: L.HENVCFG,
  htimedelta: L.HTIMEDELTA,
  vsstatus: L.VSSTATUS,
  vstvec: L.VSTVEC,
  vsscratch: L.VSSCRATCH,
  vsepc: L.VSEPC,
  vscause: L.VSCAUSE,
  vstval: L.VSTVAL,
  vsatp: L.VSATP,
  vstimecmp: L.VSTIMECMP,
  mcycleOffset: L.MCYCLE_OFFSET,
  minstretOffset: L.MINSTRET_OFFSET,
  scountinhibit: L.SCOUNTINHIBIT,
};

const WORDS: Readonly<Record<string, number>> = {
  fflags: L.FFLAGS,
  frm: L.FRM,
  privilege: L.PRIV,
  virtual: L.VIRT,
  interruptLines: L.IRQ_LINES,
  guestExternalLines: L.HGEI_LINES,
  owned: L.OWNED,
};

const ARRAYS: Readonly<Record<string, readonly [offset: number, length: number]>> = {
  mhpmcounter: [L.MHPMCOUNTER, 32],
  mhpmevent: [L.MHPMEVENT, 32],
  pmpcfg: [L.PMPCFG, 2],
  pmpaddr: [L.PMPADDR, 16],
  mstateen: [L.MSTATEEN, 4],
  hstateen: [L.HSTATEEN, 4],
  sstateen: [L.SSTATEEN, 4],
  extensions: [L.CSR_SPARE, 24],
};

const read64 = (engine: Engine, at: number, length: number): bigint[] =>
  Array.from({ length }, (_, index) => engine.view.getBigUint64(at + index * 8, true));

/** Copies the state out of a vCPU area; the vCPU must be at rest. */
export function saveVCpuState(engine: Engine, area: number, time: bigint): VCpuState {
  const { view } = engine;
  const map = <T>(table: Readonly<Record<string, number>>, read: (at: number) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(table).map(([name, offset]) => [name, read(area + offset)]));
  return {
    kind: 'vcpu',
    version: VCPU_STATE_VERSION,
    x: read64(engine, area + L.X, 32),
    f: read64(engine, area + L.F, 32),
    registers: map(REGISTERS, (at) => view.getBigUint64(at, true)),
    words: map(WORDS, (at) => view.getUint32(at, true)),
    arrays: Object.fromEntries(
      Object.entries(ARRAYS).map(([name, [offset, length]]) => [name, read64(engine, area + offset, length)]),
    ),
    time,
  };
}

/**
 * Puts a saved state into a vCPU area and drops what was derived from the old one.
 * @throws HypercraftError `VCPU_STATE_MISMATCH` if it is not a state of a known version; nothing changes then
 */
export function restoreVCpuState(engine: Engine, area: number, state: VCpuState): void {
  checkState(state);
  const { view } = engine;
  const write64 = (at: number, values: readonly bigint[]): void => {
    values.forEach((value, index) => {
      view.setBigUint64(at + index * 8, value, true);
    });
  };
  write64(area + L.X, state.x);
  write64(area + L.F, state.f);
  for (const [name, offset] of Object.entries(REGISTERS))
    view.setBigUint64(area + offset, state.registers[name]!, true);
  for (const [name, offset] of Object.entries(WORDS)) view.setUint32(area + offset, state.words[name]!, true);
  for (const [name, [offset]] of Object.entries(ARRAYS)) write64(area + offset, state.arrays[name]!);
  view.setUint32(area + L.RESERVE_ADDR, 0, true);
  engine.flushTlb(area);
}

function checkState(state: VCpuState): void {
  const fits =
    state?.kind === 'vcpu' &&
    state.version === VCPU_STATE_VERSION &&
    isWords(state.x, 32) &&
    state.x[0] === 0n &&
    isWords(state.f, 32) &&
    typeof state.time === 'bigint' &&
    Object.keys(REGISTERS).every((name) => typeof state.registers?.[name] === 'bigint') &&
    Object.keys(WORDS).every((name) => Number.isInteger(state.words?.[name])) &&
    Object.entries(ARRAYS).every(([name, [, length]]) => isWords(state.arrays?.[name], length));
  if (!fits) {
    throw new HypercraftError('VCPU_STATE_MISMATCH', `not a vCPU state of version ${VCPU_STATE_VERSION}`);
  }
}

function isWords(values: readonly bigint[] | undefined, length: number): boolean {
  return Array.isArray(values) && values.length === length && values.every((value) => typeof value === 'bigint');
}
