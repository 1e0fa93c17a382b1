// The registry record of an SBI extension, and the call its functions are handed.
// SBI specification, "Binary Encoding".
import type { SbiHart, SbiPlatform } from './context.js';
import type { SbiReturn } from './result.js';

const A0 = 10;

/** What the Base extension tells about the implementation. */
export interface SbiIdentity {
  /** major << 24 | minor of the specification. */
  readonly specification: bigint;
  readonly implementation: bigint;
  readonly version: bigint;
  /** Value for `sbi_probe_extension`; 0 = absent. */
  probe(id: bigint, hart: SbiHart): bigint;
}

/** One call: who made it, on what machine, and its arguments. */
export class SbiCall {
  constructor(
    readonly platform: SbiPlatform,
    readonly hart: SbiHart,
    readonly identity: SbiIdentity,
  ) {}

  /** Argument `index` (a0 to a5) as an unsigned 64-bit number. */
  arg(index: number): bigint {
    return BigInt.asUintN(64, this.hart.readGpr(A0 + index));
  }

  /** Argument `index` where the specification says uint32_t: the upper half does not count. */
  u32(index: number): number {
    return Number(BigInt.asUintN(32, this.hart.readGpr(A0 + index)));
  }
}

/** A function of an extension. It never throws for what the guest passed. */
export type SbiFunction = (call: SbiCall) => SbiReturn;

/** An extension: built in, or a user's own. */
export interface SbiExtension {
  /** The 32-bit extension id (EID) in a7, unsigned. */
  readonly id: number;
  /** Its name as in the specification, e.g. `HSM`; also the handle to leave it out. */
  readonly name: string;
  /** By function id. */
  readonly functions: readonly SbiFunction[];
  /** Value for `sbi_probe_extension`, 1 by default; 0 hides the extension from this hart. */
  probe?(platform: SbiPlatform, hart: SbiHart): bigint;
  /** SBI 0.1 calling convention: a6 is ignored and a1 preserved. */
  readonly legacy?: boolean;
  /** Forgets what it holds for a hart that stops or is reset. */
  hartReset?(platform: SbiPlatform, hart: SbiHart): void;
}
