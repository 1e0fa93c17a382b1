// A whole hart for tests of instructions: the real engine, one vCPU, code at 0x8000_0000 and nothing translated. Machine level
// belongs to the test, so every trap that is not delegated ends a run and leaves the hart as it was.
import {
  type Assembled,
  assemble,
  type CsrName,
  csrByName,
  featureSet,
  features,
  type Gpr,
  registerNumber,
} from '../../isa/index.js';
import * as L from '../hart/layout.js';
import { Engine } from '../index.js';

export const CODE = 0x8000_0000;
/** Memory for a test's data, on a page of its own. */
export const DATA = 0x8010_0000;

/** Causes of exceptions, as xcause has them. */
export const cause = {
  fetchMisaligned: 0,
  illegal: 2,
  breakpoint: 3,
  loadMisaligned: 4,
  storeMisaligned: 6,
  storeAccess: 7,
  loadPage: 13,
  storePage: 15,
  virtualInstruction: 22,
  storeGuestPage: 23,
} as const;

/** The modes of a hart with the hypervisor extension. */
export const modes = { M: [3, 0], HS: [1, 0], U: [0, 0], VS: [1, 1], VU: [0, 1] } as const;
export type Mode = keyof typeof modes;

export type Registers = Partial<Record<Gpr, bigint>>;

/** Every extension that a feature names. */
const extensions = [...new Set(features.flatMap((feature) => feature.split(/[|&]/)))];

/** The value as a register holds it. */
export const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
/** The low `bits` of a value, sign-extended to a register. */
export const sext = (bits: number, value: bigint): bigint => u64(BigInt.asIntN(bits, value));

type Field32 = 'PRIV' | 'VIRT' | 'OWNED';
type Field64 = 'PC' | 'INSTRET' | 'EXIT_CAUSE' | 'EXIT_TVAL' | 'EXIT_TINST' | 'EXIT_GPA' | 'OUTER';
const offsets: Readonly<Record<Field32 | Field64, number>> = L;

export class TestHart {
  readonly engine: Engine;
  readonly #x = L.VCPU_AREA;
  readonly #random: number[];
  #end = 0;

  private constructor(engine: Engine, random: number[]) {
    this.engine = engine;
    this.#random = random;
    engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >> 2] = 1;
    this.configure();
  }

  static async create(): Promise<TestHart> {
    const random: number[] = [];
    const engine = await Engine.create(
      Engine.createMemory(),
      () => 0,
      undefined,
      () => random.shift() ?? -1,
    );
    return new TestHart(engine, random);
  }

  /** Resets the hart with every extension the engine has but those in `off`. */
  configure({ off = [] }: { off?: readonly string[] } = {}): void {
    const { engine } = this;
    engine.initVcpu(this.#x);
    const chosen = featureSet(extensions.filter((name) => !off.includes(name)));
    engine.setFeatures(this.#x, chosen & engine.supportedFeatures);
    this.set32('OWNED', L.OWN_M);
    this.setCsr('mstatus', 3n << 13n); // floating point on
    this.setCsr('vsstatus', 3n << 13n);
  }

  /** Puts a program at CODE; `run` executes it from there until it traps or comes to its end. */
  load(source: string): Assembled {
    const assembled = assemble(source, { base: CODE, symbols: { DATA } });
    this.put(assembled.bytes);
    return assembled;
  }

  /** Like {@link load}, from encoded instructions. */
  loadWords(...words: readonly number[]): void {
    const bytes = words.flatMap((w) => ((w & 3) === 3 ? [w, w >>> 8, w >>> 16, w >>> 24] : [w, w >>> 8]));
    this.put(Uint8Array.from(bytes));
  }

  private put(bytes: Uint8Array): void {
    this.#end = CODE + bytes.length;
    this.engine.u8.set(bytes, CODE);
    this.engine.u8.set([0x73, 0, 0x10, 0], this.#end); // ebreak
    this.engine.invalidateCode(CODE, bytes.length + 4);
  }

  /** Runs the program; registers that are not given keep their values. Returns the cause of its trap, or 'done'. */
  run(registers: Registers = {}, mode: Mode = 'M'): number | 'done' {
    for (const [name, value] of Object.entries(registers)) this.setX(name as Gpr, value);
    this.set64('PC', BigInt(CODE));
    this.set32('PRIV', modes[mode][0]);
    this.set32('VIRT', modes[mode][1]);
    const reason = this.engine.run(this.#x, 1_000_000);
    if (reason !== L.EXIT_TRAP && reason !== L.EXIT_OUTER_FAULT) throw new Error(`the hart left with reason ${reason}`);
    const trap = Number(this.get64('EXIT_CAUSE'));
    return trap === cause.breakpoint && this.get64('PC') === BigInt(this.#end) ? 'done' : trap;
  }

  /** What the host's source of randomness will give. */
  set entropy(values: readonly number[]) {
    this.#random.splice(0, this.#random.length, ...values);
  }

  get tval(): bigint {
    return this.get64('EXIT_TVAL');
  }
  get pc(): bigint {
    return this.get64('PC');
  }
  get instret(): bigint {
    return this.get64('INSTRET');
  }

  x(name: Gpr): bigint {
    return this.engine.view.getBigUint64(this.#x + 8 * registerNumber(name)!, true);
  }
  setX(name: Gpr, value: bigint): void {
    this.engine.view.setBigUint64(this.#x + 8 * registerNumber(name)!, value, true);
  }
  f(index: number): bigint {
    return this.engine.view.getBigUint64(this.#x + L.F + 8 * index, true);
  }
  setF(index: number, value: bigint): void {
    this.engine.view.setBigUint64(this.#x + L.F + 8 * index, value, true);
  }
  csr(name: CsrName): bigint {
    return this.engine.csrRead(this.#x, csrByName[name]);
  }
  setCsr(name: CsrName, value: bigint): void {
    this.engine.csrWrite(this.#x, csrByName[name], value);
  }

  /** Memory as `bytes` little-endian bytes. */
  memory(address: number, bytes: number): bigint {
    let value = 0n;
    for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.engine.u8[address + i]!);
    return value;
  }
  setMemory(address: number, bytes: number, value: bigint): void {
    for (let i = 0; i < bytes; i++) this.engine.u8[address + i] = Number((value >> BigInt(8 * i)) & 0xffn);
    this.engine.invalidateCode(address, bytes);
  }

  get32(field: Field32): number {
    return this.engine.view.getUint32(this.#x + offsets[field], true);
  }
  set32(field: Field32, value: number): void {
    this.engine.view.setUint32(this.#x + offsets[field], value, true);
  }
  get64(field: Field64): bigint {
    return this.engine.view.getBigUint64(this.#x + offsets[field], true);
  }
  set64(field: Field64, value: bigint): void {
    this.engine.view.setBigUint64(this.#x + offsets[field], value, true);
  }
  flushTlb(): void {
    this.engine.flushTlb(this.#x);
  }
}
