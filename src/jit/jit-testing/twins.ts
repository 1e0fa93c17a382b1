// Two harts that are given the same program, one with a translator and one without: after every run they must be alike, to the last bit.
import { expect } from 'vitest';
import * as L from '../../engine/hart/layout.js';
import { Engine } from '../../engine/index.js';
import { disassemble, fprNames, gprNames } from '../../isa/index.js';
import { Jit, type JitOptions } from '../jit.js';

/** Where programs lie, in as many pages as they like. */
export const CODE = 0x8000_0000;
/** Pages of data. */
export const DATA = 0x8010_0000;
export const X = L.VCPU_AREA;

export const REASONS = ['none', 'trap', 'outer fault', 'wfi', 'budget', 'kicked', 'internal', 'hot'] as const;

/** Memory that is compared, and cleared between programs. */
const COMPARED: readonly (readonly [number, number])[] = [
  [CODE, 0x4000],
  [DATA, 0x6000],
];

export class Twins {
  readonly plain: Engine;
  readonly translated: Engine;
  readonly jit: Jit;

  private constructor(plain: Engine, translated: Engine, options: JitOptions) {
    this.plain = plain;
    this.translated = translated;
    this.jit = new Jit(translated, { always: true, ...options });
  }

  static async create(options: JitOptions = {}): Promise<Twins> {
    const [plain, translated] = await Promise.all(
      [0, 1].map(async () => {
        const engine = await Engine.create(Engine.createMemory(), () => 0);
        engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
        return engine;
      }),
    );
    return new Twins(plain!, translated!, options);
  }

  /** Does the same to both. */
  both(action: (engine: Engine) => void): void {
    action(this.plain);
    action(this.translated);
  }

  /** Both in M-mode at CODE with machine level owned, time from instructions, floating point on and memory cleared. */
  reset(): void {
    this.both((engine) => {
      for (const [at, bytes] of COMPARED) {
        engine.u8.fill(0, at, at + bytes);
        engine.invalidateCode(at, bytes);
      }
      engine.u32.fill(
        0,
        (engine.realmArea + L.REALM_HOT_TABLE) >>> 2,
        (engine.realmArea + L.REALM_HOT_TABLE) / 4 + L.HOT_TABLE_ENTRIES * 2,
      );
      engine.initVcpu(X);
      engine.flushTlb(X);
      engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
      engine.view.setUint32(X + L.TIME_MODE, 1, true);
      engine.view.setUint32(X + L.TIME_SHIFT, 4, true);
      engine.csrWrite(X, 0x300, 3n << 13n);
      engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    });
  }

  put(at: number, bytes: Uint8Array): void {
    this.both((engine) => {
      engine.u8.set(bytes, at);
      engine.invalidateCode(at, bytes.length);
    });
  }

  setX(r: number, value: bigint): void {
    this.both((engine) => engine.view.setBigUint64(X + 8 * r, BigInt.asUintN(64, value), true));
  }
  setF(r: number, value: bigint): void {
    this.both((engine) => engine.view.setBigUint64(X + L.F + 8 * r, BigInt.asUintN(64, value), true));
  }
  set32(offset: number, value: number): void {
    this.both((engine) => engine.view.setUint32(X + offset, value, true));
  }
  set64(offset: number, value: bigint): void {
    this.both((engine) => engine.view.setBigUint64(X + offset, value, true));
  }
  get64(offset: number): bigint {
    return this.translated.view.getBigUint64(X + offset, true);
  }
  x(r: number): bigint {
    return this.get64(8 * r);
  }
  get pc(): bigint {
    return this.get64(L.PC);
  }
  /** Instructions retired in translated code. */
  get retiredTranslated(): bigint {
    return this.get64(L.JIT_RETIRED);
  }

  /** Runs both; throws if they are not alike then. Returns why they left. */
  run(budget: number): (typeof REASONS)[number] {
    const reasons = [this.plain, this.translated].map((engine) => REASONS[engine.run(X, budget)]);
    const found = this.differences();
    if (reasons[0] !== reasons[1]) found.unshift(`left: ${reasons[0]} ${reasons[1]}`);
    if (found.length > 0) expect.fail(`interpreted and translated differ\n  ${found.join('\n  ')}`);
    return reasons[0]!;
  }

  /** Runs in small steps until both leave for another reason than the budget, or have run `most` instructions. */
  runToEnd(budgets: readonly number[], most = 20_000): (typeof REASONS)[number] {
    let ran = 0;
    for (let i = 0; ran < most; i++) {
      const budget = budgets[i % budgets.length]!;
      const reason = this.run(budget);
      if (reason !== 'budget') return reason;
      ran += budget;
    }
    return 'budget';
  }

  /** What is not alike, in words. */
  differences(): string[] {
    const found: string[] = [];
    const [a, b] = [this.plain, this.translated];
    const look = (name: string, at: number) => {
      const [p, q] = [a.view.getBigUint64(at, true), b.view.getBigUint64(at, true)];
      if (p !== q) found.push(`${name}: interpreted ${hex(p)} translated ${hex(q)}`);
    };
    // How often other harts were waited for is nobody's business: with windows more pages may be stored to than were.
    const state = [
      [L.PC, L.IN_ENGINE],
      [L.LAST_REALM, L.FP_STATE],
    ] as const;
    if (!same(a, b, X, 8 * L.X_SINK) || !state.every(([from, to]) => same(a, b, X + from, to - from))) {
      for (const [r, name] of gprNames.entries()) look(name, X + 8 * r);
      for (const [r, name] of fprNames.entries()) look(name, X + L.F + 8 * r);
      const named = { pc: L.PC, fcsr: L.FFLAGS, mode: L.PRIV, instret: L.INSTRET, mstatus: L.MSTATUS };
      for (const [name, offset] of Object.entries(named)) look(name, X + offset);
      if (found.length === 0) {
        for (const [from, to] of state) for (let at = from; at < to; at += 8) look(`state +${at}`, X + at);
      }
    }
    for (const [from, bytes] of COMPARED) {
      if (same(a, b, from, bytes)) continue;
      for (let at = from; at < from + bytes; at += 8) look(`memory ${at.toString(16)}`, at);
    }
    return found;
  }
}

function same(a: Engine, b: Engine, at: number, bytes: number): boolean {
  return Buffer.compare(a.u8.subarray(at, at + bytes), b.u8.subarray(at, at + bytes)) === 0;
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Code as objdump prints it. */
export function listing(bytes: Uint8Array, base: number): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const half = view.getUint16(at, true);
    const length = (half & 3) === 3 && at + 4 <= bytes.length ? 4 : 2;
    const word = length === 4 ? view.getUint32(at, true) : half;
    const pc = BigInt(base + at);
    lines.push(`${pc.toString(16)}: ${disassemble(word, pc)}`);
    at += length;
  }
  return lines.join('\n');
}
