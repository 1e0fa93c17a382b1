// The host's side of a VM control block: which harts a machine has and how its interrupt controllers reach them. The
// controllers themselves run in the engine (engine/hart/plic.ts, aclint.ts) on the state in this block.
import { VM_STRIDE } from '../engine/hart/layout.js';
import { VM_LINE_M, VM_LINE_S, VM_MAX_VCPUS, VM_VCPU_COUNT, VM_VCPUS } from '../engine/hart/vmlayout.js';
import { HypercraftError } from '../isa/error.js';

/** What the interrupt controllers need of an engine: the shared memory, and the one operation other threads may do. */
export interface IrqChipEngine {
  readonly u32: Uint32Array;
  plicSetLevel(vm: number, source: number, level: boolean): void;
}

/** Interrupt bits, in the positions of mip, that controllers raise at a hart. */
export interface HartLines {
  /** For the machine-level context: MEIP, or 0 where the guest has no M level. */
  readonly machine: number;
  /** For the supervisor-level context: SEIP, or VSEIP where the guest's supervisor is VS. */
  readonly supervisor: number;
}

const SEIP = 1 << 9;
const VSEIP = 1 << 10;
const MEIP = 1 << 11;

/** The lines of the three compositions. */
export const HART_LINES: Record<'bare' | 'firmware' | 'hypervisor', HartLines> = {
  bare: { machine: MEIP, supervisor: SEIP },
  firmware: { machine: 0, supervisor: SEIP },
  hypervisor: { machine: 0, supervisor: VSEIP },
};

/** Index of a block's word at byte `offset` in the engine's `u32` view. */
export function wordAt(vm: number, offset: number): number {
  return (vm + offset) >>> 2;
}

/** Writes a 64-bit value as two words. */
export function setWide(u32: Uint32Array, index: number, value: bigint): void {
  u32[index] = Number(value & 0xffff_ffffn);
  u32[index + 1] = Number((value >> 32n) & 0xffff_ffffn);
}

/** Reads a 64-bit value from two words. */
export function getWide(u32: Uint32Array, index: number): bigint {
  return BigInt(u32[index]!) | (BigInt(u32[index + 1]!) << 32n);
}

/** Zeroes a VM control block: no harts, no controllers. */
export function clearVmBlock(engine: IrqChipEngine, vm: number): void {
  engine.u32.fill(0, wordAt(vm, 0), wordAt(vm, VM_STRIDE));
}

/**
 * Tells the controllers of a machine their harts.
 * @param vm - offset of the VM control block
 * @param vcpus - the vCPU areas by hart index
 */
export function wireHarts(engine: IrqChipEngine, vm: number, vcpus: readonly number[], lines: HartLines): void {
  if (vcpus.length > VM_MAX_VCPUS) {
    throw new HypercraftError('TOO_MANY_VCPUS', `a machine has at most ${VM_MAX_VCPUS} harts, not ${vcpus.length}`);
  }
  const { u32 } = engine;
  u32[wordAt(vm, VM_LINE_M)] = lines.machine;
  u32[wordAt(vm, VM_LINE_S)] = lines.supervisor;
  for (let hart = 0; hart < VM_MAX_VCPUS; hart++) u32[wordAt(vm, VM_VCPUS) + hart] = vcpus[hart] ?? 0;
  u32[wordAt(vm, VM_VCPU_COUNT)] = vcpus.length;
}
