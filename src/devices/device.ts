// What every device model is: registers in guest-physical space, an interrupt wire, a state that can be saved, and a
// node for the device tree. A device is served synchronously in its hart's worker and never throws for what a guest did.
import type { FdtNode, FdtValue } from '../boot/index.js';
import { HypercraftError } from '../isa/error.js';

export type { FdtNode, FdtValue } from '../boot/index.js';

/** Bytes of one register access. The bus splits 8-byte accesses, low half first. */
export type AccessWidth = 1 | 2 | 4;

/**
 * A device's saved state: plain, structured-cloneable data. `kind` names the device model, `version` the layout of the
 * rest; a newer library reads every older version.
 */
export interface DeviceState {
  /** What it is the state of. */
  readonly kind: string;
  /** Version of the rest. */
  readonly version: number;
}

/** Whatever can be saved and restored: devices, interrupt controllers, byte rings. */
export interface Saveable {
  save(): DeviceState;
  /** @throws HypercraftError `DEVICE_STATE_MISMATCH` if the state is of another kind or an unknown version. */
  restore(state: DeviceState): void;
}

/** A device with memory-mapped registers. */
export interface MmioDevice extends Saveable {
  /** For messages and snapshots. */
  readonly name: string;
  /** Bytes of guest-physical space it answers in. */
  readonly size: number;
  /** The register's value, unsigned; registers that do not exist read as zero. */
  read(offset: number, width: AccessWidth): number;
  /** Writes to registers that do not exist are ignored. */
  write(offset: number, width: AccessWidth, value: number): void;
  /** Lets the device look at the outside (rings, clock) and move its interrupt wire. */
  poll?(): void;
  /** Its node of the device tree. */
  fdtNode(place: FdtPlace): FdtNode;
}

/** A level-triggered interrupt wire. */
export interface IrqLine {
  /** Raises the wire, or lets it fall. */
  set(level: boolean): void;
}

/** Where the machine put a device. */
export interface FdtPlace {
  readonly base: bigint;
  /** Source number at the interrupt controller. */
  readonly irq?: number;
  /** Phandle of the interrupt controller. */
  readonly interruptParent?: number;
  /** Phandle the node is to carry, if others refer to it. */
  readonly phandle?: number;
}

/** The cells of a `reg` entry with two address and two size cells. */
export function regCells(base: bigint, size: number | bigint): number[] {
  const cell = (value: bigint): number => Number(value & 0xffff_ffffn);
  return [cell(base >> 32n), cell(base), cell(BigInt(size) >> 32n), cell(BigInt(size))];
}

/** The properties that say where a device is and which wire it pulls. */
export function placeProps(place: FdtPlace, size: number): Record<string, FdtValue> {
  return {
    reg: regCells(place.base, size),
    ...(place.irq === undefined ? {} : { interrupts: place.irq }),
    ...(place.interruptParent === undefined ? {} : { 'interrupt-parent': place.interruptParent }),
    ...(place.phandle === undefined ? {} : { phandle: place.phandle }),
  };
}

/** Narrows a state to the kind and version a device understands. */
export function expectState<S extends DeviceState>(state: DeviceState, kind: S['kind'], version: S['version']): S {
  if (state.kind !== kind || state.version !== version) {
    throw new HypercraftError(
      'DEVICE_STATE_MISMATCH',
      `expected the state of ${kind} version ${version}, got ${state.kind} version ${state.version}`,
    );
  }
  return state as S;
}
