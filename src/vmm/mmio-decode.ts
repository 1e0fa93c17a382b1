// What an access to MMIO does: width, sign extension, register. The instruction comes transformed in htinst (Priv. ISA,
// "Transformed Instruction or Pseudoinstruction for mtinst or htinst") or is fetched from the guest; both are plain load
// and store encodings of the Unprivileged ISA, compressed ones expanded.
import { expandCompressed } from '../isa/expansion.js';

/** One access as a device sees it, and how its result reaches the register file. */
export interface MmioAccess {
  readonly kind: 'load' | 'store';
  readonly width: 1 | 2 | 4 | 8;
  /** The register loaded or stored. */
  readonly register: number;
  /** Whether that is a floating-point register. */
  readonly float: boolean;
  /** Whether a load sign-extends. */
  readonly signed: boolean;
  /** Bytes of the instruction itself: 2 if it is compressed. */
  readonly length: 2 | 4;
}

const LOAD = 0x03;
const LOAD_FP = 0x07;
const STORE = 0x23;
const STORE_FP = 0x27;
const SYSTEM = 0x73;

/** funct3 of LOAD: lb lh lw ld lbu lhu lwu. */
const LOADS: readonly (readonly [MmioAccess['width'], boolean] | undefined)[] = [
  [1, true],
  [2, true],
  [4, true],
  [8, true],
  [1, false],
  [2, false],
  [4, false],
];

/**
 * Decodes a transformed instruction: bit 0 set, bit 1 clear if the original was compressed. Undefined for what cannot be
 * carried out on a device: atomics, vector accesses, pseudo-instructions, halves of misaligned accesses.
 */
export function decodeTransformed(word: number): MmioAccess | undefined {
  if ((word & 1) === 0) return undefined;
  // An address offset: the fault is that of a misaligned access's second half, and the device would see but half of it.
  if ((word >>> 15) & 31) return undefined;
  return decodeWord(word | 2, (word & 2) === 0 ? 2 : 4);
}

/** Decodes an instruction as it lies in memory, of which `bits` holds at least the first two bytes. */
export function decodeFetched(bits: number): MmioAccess | undefined {
  if ((bits & 3) === 3) return decodeWord(bits, 4);
  const expanded = expandCompressed(bits & 0xffff);
  return expanded === 0 ? undefined : decodeWord(expanded, 2);
}

/** Bytes of the instruction that `bits` begins with. */
export const instructionLength = (bits: number): 2 | 4 => ((bits & 3) === 3 ? 4 : 2);

function decodeWord(word: number, length: 2 | 4): MmioAccess | undefined {
  const funct3 = (word >>> 12) & 7;
  const rd = (word >>> 7) & 31;
  const rs2 = (word >>> 20) & 31;
  switch (word & 0x7f) {
    case LOAD: {
      const form = LOADS[funct3];
      return form && { kind: 'load', width: form[0], register: rd, float: false, signed: form[1], length };
    }
    case STORE:
      if (funct3 > 3) return undefined;
      return { kind: 'store', width: power(funct3), register: rs2, float: false, signed: false, length };
    case LOAD_FP:
      if (funct3 < 1 || funct3 > 3) return undefined;
      return { kind: 'load', width: power(funct3), register: rd, float: true, signed: false, length };
    case STORE_FP:
      if (funct3 < 1 || funct3 > 3) return undefined;
      return { kind: 'store', width: power(funct3), register: rs2, float: true, signed: false, length };
    case SYSTEM:
      return funct3 === 4 ? decodeHypervisorAccess(word, rd, rs2) : undefined;
    default:
      return undefined;
  }
}

/** HLV and HSV (Priv. ISA, "Hypervisor Virtual-Machine Load and Store Instructions"): width in funct7 bits 2:1. */
function decodeHypervisorAccess(word: number, rd: number, rs2: number): MmioAccess | undefined {
  const funct7 = word >>> 25;
  if (funct7 >>> 3 !== 0b0110) return undefined;
  const width = power((funct7 >>> 1) & 3);
  if (funct7 & 1) return { kind: 'store', width, register: rs2, float: false, signed: false, length: 4 };
  // rs2 0 is signed, 1 unsigned; 3 (HLVX) reads as an instruction fetch, which no device answers.
  if (rs2 > 1) return undefined;
  return { kind: 'load', width, register: rd, float: false, signed: rs2 === 0, length: 4 };
}

const power = (exponent: number): MmioAccess['width'] => (1 << exponent) as MmioAccess['width'];

/** The value a load of raw bytes puts into its register: sign-extended, NaN-boxed or zero-extended. */
export function loadedValue(access: MmioAccess, raw: bigint): bigint {
  const bits = access.width * 8;
  const value = BigInt.asUintN(bits, raw);
  if (access.float) return BigInt.asUintN(64, (-1n << BigInt(bits)) | value);
  return access.signed ? BigInt.asUintN(64, BigInt.asIntN(bits, value)) : value;
}
