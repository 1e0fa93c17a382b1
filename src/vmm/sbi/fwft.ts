// Options of the hart that the supervisor may choose. SBI specification, "Firmware Features Extension" (EID "FWFT").
//
// Every feature is a field of a CSR above the supervisor, and the hart itself says whether it has the feature: what it
// lacks is a read-only field (WARL), so support is found by writing.
import type { SbiCsr, SbiHart, SbiPlatform } from './context.js';
import type { SbiCall, SbiExtension } from './extension.js';
import { failure, SbiError, type SbiReturn, success } from './result.js';
import { FWFT_DEFAULT, FWFT_FEATURES, FWFT_LOCKED } from './state.js';
import { supervisorCsrs } from './supervisor.js';

const LOCK = 1n;

interface Feature {
  readonly register: 'envcfg' | 'edeleg';
  readonly mask: bigint;
  /** Value of the feature and the field that means it, both ways. */
  readonly values: ReadonlyMap<bigint, bigint>;
  /** Does a change concern translations that are cached? */
  readonly translation?: boolean;
}

function flag(register: Feature['register'], mask: bigint): Feature {
  return {
    register,
    mask,
    values: new Map([
      [0n, 0n],
      [1n, mask],
    ]),
  };
}

/** By feature id. Bits as in Priv. ISA, "menvcfg" and "henvcfg", and the causes of misaligned loads and stores. */
const FEATURES: readonly Feature[] = [
  flag('edeleg', (1n << 4n) | (1n << 6n)), // MISALIGNED_EXC_DELEG
  flag('envcfg', 1n << 2n), // LANDING_PAD: LPE
  flag('envcfg', 1n << 3n), // SHADOW_STACK: SSE
  flag('envcfg', 1n << 59n), // DOUBLE_TRAP: DTE
  { ...flag('envcfg', 1n << 61n), translation: true }, // PTE_AD_HW_UPDATING: ADUE
  {
    register: 'envcfg', // POINTER_MASKING_PMLEN: PMM
    mask: 3n << 32n,
    values: new Map([
      [0n, 0n],
      [7n, 2n << 32n],
      [16n, 3n << 32n],
    ]),
  },
];

/** One feature of one hart. */
class HartFeature {
  private readonly csr: SbiCsr;

  constructor(
    private readonly platform: SbiPlatform,
    private readonly hart: SbiHart,
    private readonly id: number,
    private readonly feature: Feature,
  ) {
    this.csr = supervisorCsrs(platform)[feature.register];
  }

  get field(): bigint {
    return this.hart.readCsr(this.csr) & this.feature.mask;
  }

  /** Writes the field; false, with the field as before, if the hart does not take this value. */
  private write(field: bigint): boolean {
    const before = this.hart.readCsr(this.csr);
    this.hart.writeCsr(this.csr, (before & ~this.feature.mask) | field);
    if (this.field === field) return true;
    this.hart.writeCsr(this.csr, before);
    return false;
  }

  /** Does the hart have the feature: can the field be anything but zero? */
  get supported(): boolean {
    const before = this.field;
    if (before !== 0n) return true;
    const fields = [...this.feature.values.values()].filter((field) => field !== 0n);
    const taken = fields.some((field) => this.write(field));
    if (taken) this.write(before);
    return taken;
  }

  get value(): bigint {
    for (const [value, field] of this.feature.values) if (field === this.field) return value;
    return 0n;
  }

  set(value: bigint): boolean {
    const field = this.feature.values.get(value);
    if (field === undefined) return false;
    const before = this.field;
    if (!this.write(field)) return false;
    const word = FWFT_DEFAULT + this.id;
    if (this.hart.state[word] === 0n) this.hart.state[word] = before + 1n;
    if (before !== field) this.changed();
    return true;
  }

  restoreDefault(): void {
    const word = FWFT_DEFAULT + this.id;
    const saved = this.hart.state[word]!;
    if (saved === 0n) return;
    this.hart.state[word] = 0n;
    this.write(saved - 1n);
    this.changed();
  }

  private changed(): void {
    if (this.feature.translation) this.platform.remoteFence(this.hart, [this.hart], { kind: 'sfence.vma' });
  }

  get locked(): boolean {
    return (this.hart.state[FWFT_LOCKED]! & (1n << BigInt(this.id))) !== 0n;
  }

  lock(): void {
    this.hart.state[FWFT_LOCKED] = this.hart.state[FWFT_LOCKED]! | (1n << BigInt(this.id));
  }
}

/** The feature a0 names, or the error it deserves. */
function named(call: SbiCall): HartFeature | SbiError {
  const id = call.u32(0);
  const feature = FEATURES[id];
  if (!feature) return SbiError.denied;
  const own = new HartFeature(call.platform, call.hart, id, feature);
  return own.supported ? own : SbiError.notSupported;
}

function set(call: SbiCall): SbiReturn {
  const feature = named(call);
  const flags = call.arg(2);
  if (!(feature instanceof HartFeature)) return failure(feature);
  if (flags & ~LOCK) return failure(SbiError.invalidParam);
  if (feature.locked) return failure(SbiError.deniedLocked);
  if (!feature.set(call.arg(1))) return failure(SbiError.invalidParam);
  if (flags & LOCK) feature.lock();
  return success();
}

function get(call: SbiCall): SbiReturn {
  const feature = named(call);
  return feature instanceof HartFeature ? success(feature.value) : failure(feature);
}

export const fwft: SbiExtension = {
  id: 0x4657_4654,
  name: 'FWFT',
  functions: [set, get],
  hartReset(platform, hart) {
    hart.state[FWFT_LOCKED] = 0n;
    for (let id = 0; id < FWFT_FEATURES; id++) {
      new HartFeature(platform, hart, id, FEATURES[id]!).restoreDefault();
    }
  },
};
