// The host's face of the ACLINT (software interrupts and machine timer): where it lies, its state, its device-tree
// nodes. Guests' accesses never come here: engine/hart/aclint.ts serves them inside the engine.
import { IRQ_LINES } from '../engine/hart/layout.js';
import {
  ACLINT_MTIMECMP,
  VM_ACLINT_BASE,
  VM_ACLINT_SIZE,
  VM_MAX_VCPUS,
  VM_SSWI_BASE,
  VM_SSWI_SIZE,
  VM_VCPU_COUNT,
  VM_VCPUS,
} from '../engine/hart/vmlayout.js';
import { type DeviceState, expectState, type FdtNode, regCells, type Saveable } from './device.js';
import { getWide, type IrqChipEngine, setWide, wordAt } from './vm-block.js';

const SOFTWARE_S = 1;
const SOFTWARE_M = 3;
const TIMER_M = 7;
const SIZE = 0x1_0000;
const SSWI_SIZE = 0x4000;
const NEVER = 0xffff_ffff_ffff_ffffn;

/** Saved state of an {@link Aclint}, by hart. `time` and pending SSIP belong to the vCPUs. */
export interface AclintState extends DeviceState {
  readonly kind: 'aclint';
  readonly version: 1;
  readonly mtimecmp: readonly bigint[];
  readonly msip: readonly boolean[];
}

/** The core-local interruptor of one machine, for guests that have the M level. */
export class Aclint implements Saveable {
  readonly name = 'aclint';
  readonly size = SIZE;
  readonly #engine: IrqChipEngine;
  readonly #vm: number;
  readonly #sswi: bigint | undefined;

  /**
   * @param vm - offset of the VM control block, whose harts are wired already
   * @param options.base - guest physical address of MSWI and MTIMER
   * @param options.sswi - guest physical address of SSWI, if the machine is to have it
   */
  constructor(engine: IrqChipEngine, vm: number, options: { readonly base: bigint; readonly sswi?: bigint }) {
    this.#engine = engine;
    this.#vm = vm;
    this.#sswi = options.sswi;
    setWide(engine.u32, wordAt(vm, VM_ACLINT_BASE), options.base);
    setWide(engine.u32, wordAt(vm, VM_ACLINT_SIZE), BigInt(SIZE));
    setWide(engine.u32, wordAt(vm, VM_SSWI_BASE), options.sswi ?? 0n);
    setWide(engine.u32, wordAt(vm, VM_SSWI_SIZE), options.sswi === undefined ? 0n : BigInt(SSWI_SIZE));
    this.reset();
  }

  /** No software interrupt, and timers that never fire. */
  reset(): void {
    const quiet: AclintState = { kind: 'aclint', version: 1, mtimecmp: [], msip: [] };
    this.restore(quiet);
  }

  save(): AclintState {
    const { u32 } = this.#engine;
    const harts = Array.from({ length: u32[wordAt(this.#vm, VM_VCPU_COUNT)]! }, (_, hart) => hart);
    return {
      kind: 'aclint',
      version: 1,
      mtimecmp: harts.map((hart) => getWide(u32, wordAt(this.#vm, ACLINT_MTIMECMP) + hart * 2)),
      msip: harts.map((hart) => {
        const lines = this.#linesOf(hart);
        return lines !== undefined && (Atomics.load(u32, lines) & (1 << SOFTWARE_M)) !== 0;
      }),
    };
  }

  /** The machine must be at rest. */
  restore(state: DeviceState): void {
    const saved = expectState<AclintState>(state, 'aclint', 1);
    const { u32 } = this.#engine;
    for (let hart = 0; hart < VM_MAX_VCPUS; hart++) {
      setWide(u32, wordAt(this.#vm, ACLINT_MTIMECMP) + hart * 2, saved.mtimecmp[hart] ?? NEVER);
      const lines = this.#linesOf(hart);
      if (lines === undefined) continue;
      if (saved.msip[hart]) Atomics.or(u32, lines, 1 << SOFTWARE_M);
      else Atomics.and(u32, lines, ~(1 << SOFTWARE_M));
    }
  }

  /** @param place.harts - phandles of the harts' own interrupt controllers */
  fdtNodes(place: { readonly base: bigint; readonly harts: readonly number[] }): FdtNode[] {
    const clint: FdtNode = {
      name: `clint@${place.base.toString(16)}`,
      properties: {
        compatible: ['sifive,clint0', 'riscv,clint0'],
        reg: regCells(place.base, SIZE),
        'interrupts-extended': place.harts.flatMap((hart) => [hart, SOFTWARE_M, hart, TIMER_M]),
      },
    };
    if (this.#sswi === undefined) return [clint];
    const sswi: FdtNode = {
      name: `sswi@${this.#sswi.toString(16)}`,
      properties: {
        compatible: 'riscv,aclint-sswi',
        reg: regCells(this.#sswi, SSWI_SIZE),
        'interrupts-extended': place.harts.flatMap((hart) => [hart, SOFTWARE_S]),
        'interrupt-controller': true,
        '#interrupt-cells': 0,
      },
    };
    return [clint, sswi];
  }

  /** Index of a hart's IRQ_LINES in the engine's `u32` view. */
  #linesOf(hart: number): number | undefined {
    const vcpu = this.#engine.u32[wordAt(this.#vm, VM_VCPUS) + hart]!;
    return vcpu === 0 ? undefined : (vcpu + IRQ_LINES) >>> 2;
  }
}
