// The host's face of the PLIC: where it lies, its wires, its state, its device-tree node. Guests' accesses never come
// here: engine/hart/plic.ts serves them inside the engine.
import {
  PLIC_CONTEXTS,
  PLIC_ENABLE,
  PLIC_GATEWAYS,
  PLIC_LINES,
  PLIC_PRIORITY,
  PLIC_SOURCES,
  PLIC_THRESHOLD,
  PLIC_WORDS,
  VM_PLIC_BASE,
  VM_PLIC_SIZE,
} from '../engine/hart/vmlayout.js';
import { HypercraftError } from '../isa/error.js';
import { type DeviceState, expectState, type FdtNode, type IrqLine, regCells, type Saveable } from './device.js';
import { getWide, type IrqChipEngine, setWide, wordAt } from './vm-block.js';

const EXTERNAL_M = 11;
const EXTERNAL_S = 9;
const ABSENT = 0xffff_ffff;

/** Saved state of a {@link Plic}. */
export interface PlicState extends DeviceState {
  readonly kind: 'plic';
  readonly version: 1;
  /** One bit per source in 32-bit words, as are `pending` and `claimed`. */
  readonly lines: readonly number[];
  readonly pending: readonly number[];
  readonly claimed: readonly number[];
  /** By source. */
  readonly priorities: readonly number[];
  /** By context. */
  readonly thresholds: readonly number[];
  /** By context, then by word. */
  readonly enables: readonly number[];
}

/** The platform-level interrupt controller of one machine. */
export class Plic implements Saveable {
  readonly name = 'plic';
  readonly size: number;
  readonly #engine: IrqChipEngine;
  readonly #vm: number;

  /**
   * @param vm - offset of the VM control block, whose harts are wired already
   * @param options.base - guest physical address
   * @param options.size - default 64 MiB, the whole register map
   */
  constructor(engine: IrqChipEngine, vm: number, options: { readonly base: bigint; readonly size?: number }) {
    this.#engine = engine;
    this.#vm = vm;
    this.size = options.size ?? 0x400_0000;
    setWide(engine.u32, wordAt(vm, VM_PLIC_BASE), options.base);
    setWide(engine.u32, wordAt(vm, VM_PLIC_SIZE), BigInt(this.size));
  }

  /** Moves the wire of a source, from any thread. */
  setLevel(source: number, level: boolean): void {
    if (this.level(source) !== level) this.#engine.plicSetLevel(this.#vm, source, level);
  }

  /** Whether a source's wire is high. */
  level(source: number): boolean {
    return ((Atomics.load(this.#engine.u32, wordAt(this.#vm, PLIC_LINES) + (source >> 5)) >>> (source & 31)) & 1) === 1;
  }

  /** The wire of a source, to be given to a device. */
  line(source: number): IrqLine {
    if (!Number.isInteger(source) || source < 1 || source > PLIC_SOURCES) {
      throw new HypercraftError('IRQ_SOURCE_INVALID', `the PLIC has the sources 1 to ${PLIC_SOURCES}, not ${source}`);
    }
    return { set: (level) => this.setLevel(source, level) };
  }

  /** Everything off, every gateway open, every wire low. */
  reset(): void {
    const empty: PlicState = {
      kind: 'plic',
      version: 1,
      lines: [],
      pending: [],
      claimed: [],
      priorities: [],
      thresholds: [],
      enables: [],
    };
    this.restore(empty);
  }

  save(): PlicState {
    const gateways = Array.from({ length: PLIC_WORDS }, (_, w) =>
      getWide(this.#engine.u32, wordAt(this.#vm, PLIC_GATEWAYS) + w * 2),
    );
    return {
      kind: 'plic',
      version: 1,
      lines: this.#words(PLIC_LINES, PLIC_WORDS),
      pending: gateways.map((gateway) => Number(gateway & 0xffff_ffffn)),
      claimed: gateways.map((gateway) => Number(gateway >> 32n)),
      priorities: this.#words(PLIC_PRIORITY, PLIC_SOURCES + 1),
      thresholds: this.#words(PLIC_THRESHOLD, PLIC_CONTEXTS),
      enables: this.#words(PLIC_ENABLE, PLIC_CONTEXTS * PLIC_WORDS),
    };
  }

  /** The machine must be at rest. Its harts' external interrupt lines follow. */
  restore(state: DeviceState): void {
    const saved = expectState<PlicState>(state, 'plic', 1);
    this.#setWords(PLIC_LINES, PLIC_WORDS, saved.lines);
    for (let w = 0; w < PLIC_WORDS; w++) {
      const gateway = BigInt(saved.pending[w] ?? 0) | (BigInt(saved.claimed[w] ?? 0) << 32n);
      setWide(this.#engine.u32, wordAt(this.#vm, PLIC_GATEWAYS) + w * 2, gateway);
    }
    this.#setWords(PLIC_PRIORITY, PLIC_SOURCES + 1, saved.priorities);
    this.#setWords(PLIC_THRESHOLD, PLIC_CONTEXTS, saved.thresholds);
    this.#setWords(PLIC_ENABLE, PLIC_CONTEXTS * PLIC_WORDS, saved.enables);
    this.#engine.plicSetLevel(this.#vm, 0, false); // no such wire: only recomputes the outputs
  }

  /**
   * @param place.harts - phandles of the harts' own interrupt controllers
   * @param place.machineLevel - whether the guest has the M contexts; absent ones keep their place
   */
  fdtNode(place: {
    readonly base: bigint;
    readonly phandle: number;
    readonly harts: readonly number[];
    readonly machineLevel: boolean;
  }): FdtNode {
    const machine = place.machineLevel ? EXTERNAL_M : ABSENT;
    return {
      name: `plic@${place.base.toString(16)}`,
      properties: {
        compatible: ['sifive,plic-1.0.0', 'riscv,plic0'],
        reg: regCells(place.base, this.size),
        'interrupts-extended': place.harts.flatMap((hart) => [hart, machine, hart, EXTERNAL_S]),
        'interrupt-controller': true,
        '#interrupt-cells': 1,
        '#address-cells': 0,
        'riscv,ndev': PLIC_SOURCES,
        phandle: place.phandle,
      },
    };
  }

  #words(offset: number, count: number): number[] {
    const start = wordAt(this.#vm, offset);
    return Array.from(this.#engine.u32.subarray(start, start + count));
  }

  #setWords(offset: number, count: number, words: readonly number[]): void {
    const start = wordAt(this.#vm, offset);
    for (let i = 0; i < count; i++) this.#engine.u32[start + i] = words[i] ?? 0;
  }
}
