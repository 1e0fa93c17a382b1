// A booted fake machine and a guest's way to call it: all harts that should run are STARTED, and `ecall` loads the argument
// registers, calls, and tells what came back.
import type { SbiOutcome } from '../result.js';
import { Sbi, type SbiOptions } from '../sbi.js';
import { type FakeHart, type FakeOptions, FakePlatform, RAM } from './fake-platform.js';

export const EID = {
  base: 0x10n,
  time: 0x5449_4d45n,
  ipi: 0x73_5049n,
  rfence: 0x5246_4e43n,
  hsm: 0x48_534dn,
  srst: 0x5352_5354n,
  dbcn: 0x4442_434en,
  pmu: 0x50_4d55n,
  susp: 0x5355_5350n,
  fwft: 0x4657_4654n,
  sse: 0x53_5345n,
} as const;

export interface EcallResult {
  readonly error: bigint;
  readonly value: bigint;
  readonly outcome: SbiOutcome;
}

/** One address for every ecall of these tests. */
export const ECALL_PC = RAM + 0x100n;

export class Fixture {
  readonly platform: FakePlatform;
  readonly sbi: Sbi;

  /** Boots `running` harts of the platform; the rest stay stopped. */
  constructor(options: FakeOptions & SbiOptions & { running?: number } = {}) {
    this.platform = new FakePlatform(options);
    this.sbi = new Sbi(this.platform, options);
    this.sbi.reset();
    for (const hart of this.platform.harts.slice(0, options.running ?? this.platform.harts.length)) {
      this.sbi.start(hart, RAM, 0n);
      this.sbi.ready(hart);
    }
    this.platform.kicked.length = 0;
  }

  hart(index = 0): FakeHart {
    return this.platform.harts[index]!;
  }

  /** Has hart 0 (or `on`) make a call. */
  ecall(extension: bigint, id: number | bigint, ...args: bigint[]): EcallResult {
    return this.ecallOn(0, extension, id, ...args);
  }

  ecallOn(on: number, extension: bigint, id: number | bigint, ...args: bigint[]): EcallResult {
    const hart = this.hart(on);
    for (let index = 0; index < 6; index++) hart.gpr[10 + index] = BigInt.asUintN(64, args[index] ?? 0n);
    hart.gpr[16] = BigInt.asUintN(64, BigInt(id));
    hart.gpr[17] = BigInt.asUintN(64, extension);
    hart.pc = ECALL_PC;
    const outcome = this.sbi.call(hart);
    return { error: BigInt.asIntN(64, hart.gpr[10]!), value: hart.gpr[11]!, outcome };
  }
}
