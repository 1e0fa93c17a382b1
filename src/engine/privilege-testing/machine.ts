// A whole hart with a little memory: the built engine, 8 MiB of RAM at 0x8000_0000 under an outermost stage that maps nothing
// else, and programs given as assembler text. M-mode belongs to the hart unless a test says otherwise.
import { assemble, type CsrName, csrByName, featureBits, type Gpr, registerNumber } from '../../isa/index.js';
import * as layout from '../hart/layout.js';
import { Engine } from '../index.js';
import { type Mode, modeNames, modes } from './hart.js';

export const RAM = 0x8000_0000;
export const RAM_BYTES = 0x80_0000;
/** Where traps to M, HS and VS go. */
export const HANDLER = { M: RAM + 0x1000, HS: RAM + 0x1400, VS: RAM + 0x1800 } as const;

const x = layout.VCPU_AREA;
const outerRoot = layout.RAM_AREA;
const outerMiddle = outerRoot + 0x4000;

/** Exceptions and interrupts by the numbers of xcause. */
export const INTERRUPT = 1n << 63n;

/** What a trap left in the registers of the level it went to. */
export interface Taken {
  readonly level: 'M' | 'HS' | 'VS';
  readonly cause: number;
  readonly tval: bigint;
  readonly epc: bigint;
}

export class TestMachine {
  readonly engine: Engine;
  readonly view: DataView;
  time = 0;

  private constructor(memory: WebAssembly.Memory, engine: Engine) {
    this.engine = engine;
    this.view = new DataView(memory.buffer);
  }

  static async create(): Promise<TestMachine> {
    const memory = Engine.createMemory();
    let machine: TestMachine | undefined;
    const engine = await Engine.create(memory, () => machine?.time ?? 0);
    machine = new TestMachine(memory, engine);
    machine.reset();
    return machine;
  }

  /**
   * Everything as after power-on: RAM empty, the hart in M-mode, trap vectors at HANDLER. It has all extensions but those named; with
   * Smdbltrp, mstatus.MDT is cleared.
   */
  reset(without: readonly string[] = ['Smdbltrp']): void {
    const { engine, view } = this;
    engine.u8.fill(0, RAM, RAM + RAM_BYTES);
    engine.invalidateCode(RAM, RAM_BYTES);
    engine.u8.fill(0, outerRoot, outerRoot + 0x5000);
    view.setBigUint64(outerRoot + 2 * 8, BigInt(outerMiddle >> 2) | 1n, true);
    for (let at = 0; at < RAM_BYTES; at += 1 << 21) {
      view.setBigUint64(outerMiddle + (at >> 21) * 8, (BigInt(RAM + at) >> 2n) | 0xdfn, true);
    }
    view.setUint32(layout.HOST_CONTROL + layout.HOST_VCPU_COUNT, 1, true);
    let features = (1n << 128n) - 1n;
    for (const name of without) features &= ~(1n << BigInt(featureBits.get(name)!));
    engine.initVcpu(x);
    engine.setFeatures(x, features);
    view.setBigUint64(x + layout.OUTER, (8n << 60n) | BigInt(outerRoot >> 12), true);
    engine.flushTlb(x);
    this.time = 0;
    this.write('mtvec', HANDLER.M);
    this.write('stvec', HANDLER.HS);
    this.write('vstvec', HANDLER.VS);
    if (!without.includes('Smdbltrp')) this.write('mstatus', 0);
  }

  /** One entry that lets S- and U-mode reach everything. */
  openPmp(): void {
    this.write('pmpaddr15', (1n << 54n) - 1n);
    this.write('pmpcfg2', 0x1fn << 56n);
  }

  /** Puts assembler text at an address. */
  program(at: number, source: string): Map<string, bigint> {
    const { bytes, symbols } = assemble(source, { base: at });
    this.engine.u8.set(bytes, at);
    this.engine.invalidateCode(at, bytes.length);
    return symbols;
  }

  read(name: CsrName | Gpr | 'pc'): bigint {
    if (name === 'pc') return this.u64(layout.PC);
    const gpr = registerNumber(name);
    return gpr === undefined ? this.engine.csrRead(x, csrByName[name as CsrName]) : this.u64(layout.X + gpr * 8);
  }
  write(name: CsrName | Gpr | 'pc', value: bigint | number): void {
    const bits = BigInt.asUintN(64, BigInt(value));
    const gpr = name === 'pc' ? undefined : registerNumber(name);
    if (name === 'pc') this.setU64(layout.PC, bits);
    else if (gpr === undefined) this.engine.csrWrite(x, csrByName[name as CsrName], bits);
    else this.setU64(layout.X + gpr * 8, bits);
  }
  u64(offset: number): bigint {
    return this.view.getBigUint64(x + offset, true);
  }
  setU64(offset: number, value: bigint): void {
    this.view.setBigUint64(x + offset, value, true);
  }
  u32(offset: number): number {
    return this.view.getUint32(x + offset, true);
  }
  setU32(offset: number, value: number): void {
    this.view.setUint32(x + offset, value, true);
  }
  /** RAM, 64 bits at a time. */
  peek(at: number): bigint {
    return this.view.getBigUint64(at, true);
  }
  poke(at: number, value: bigint | number): void {
    this.view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
  }
  get mode(): Mode {
    const [priv, virt] = [this.u32(layout.PRIV), this.u32(layout.VIRT)];
    return modeNames.find((name) => modes[name].priv === priv && modes[name].virt === virt)!;
  }
  set mode(name: Mode) {
    this.setU32(layout.PRIV, modes[name].priv);
    this.setU32(layout.VIRT, modes[name].virt);
  }
  get retired(): bigint {
    return this.u64(layout.INSTRET);
  }

  /** Runs up to `budget` instructions and says why the engine was left: an EXIT_* number. */
  run(budget = 1): number {
    return this.engine.run(x, budget);
  }

  /** Runs one instruction at `pc` in `mode`: the trap it took, or undefined. */
  step(mode: Mode, pc: number | bigint): Taken | undefined {
    this.mode = mode;
    this.write('pc', pc);
    const traps = this.u64(layout.STAT_TRAPS);
    if (this.run(1) === layout.EXIT_OUTER_FAULT) this.refuse();
    return this.u64(layout.STAT_TRAPS) === traps ? undefined : this.taken();
  }

  /** Completes a fault of the outermost stage as a monitor does that has nothing at the address: by an access fault. */
  refuse(): void {
    const cause = { 20: 1, 21: 5, 23: 7 }[Number(this.u64(layout.EXIT_CAUSE))]!;
    this.engine.injectTrap(x, cause, this.u64(layout.EXIT_TVAL), this.u32(layout.EXIT_GVA) !== 0);
  }

  /** What the trap handler that the hart has just entered finds. */
  taken(): Taken {
    const [level, letter] = ({ M: ['M', 'm'], HS: ['HS', 's'], VS: ['VS', 'vs'] } as const)[
      this.mode as 'M' | 'HS' | 'VS'
    ];
    return {
      level,
      cause: Number(this.read(`${letter}cause`)),
      tval: this.read(`${letter}tval`),
      epc: this.read(`${letter}epc`),
    };
  }
}
