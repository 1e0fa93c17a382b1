// What an ELF file for the bare machine says about its host by the names of its symbols: the mailbox of the host-target
// interface (`tohost`, `fromhost`), as riscv-tests, riscv-pk and Spike have it, and the range whose contents are a
// conformance test's result (`begin_signature` to `end_signature`).

import { type ElfFile, physicalAddress } from './elf.js';

/** Guest-physical addresses of the two 64-bit words of the mailbox. */
export interface HtifPlace {
  /** Guest-physical address of the word the program writes. */
  readonly tohost: bigint;
  /** Without it there are no answers. */
  readonly fromhost?: bigint;
}

/** Guest-physical addresses; `end` is the first byte after it. */
export interface SignatureRange {
  /** First byte. */
  readonly begin: bigint;
  /** First byte after it. */
  readonly end: bigint;
}

/** The mailbox of a program, if it has a `tohost` symbol. */
export function htifPlace(elf: ElfFile): HtifPlace | undefined {
  const tohost = placeOf(elf, 'tohost');
  if (tohost === undefined) return undefined;
  const fromhost = placeOf(elf, 'fromhost');
  return { tohost, ...(fromhost !== undefined && { fromhost }) };
}

/** The signature of a program, if it has both symbols, and in this order. */
export function signatureRange(elf: ElfFile): SignatureRange | undefined {
  const begin = placeOf(elf, 'begin_signature');
  const end = placeOf(elf, 'end_signature');
  return begin === undefined || end === undefined || end < begin ? undefined : { begin, end };
}

function placeOf(elf: ElfFile, name: string): bigint | undefined {
  const address = elf.symbols.addressOf(name);
  return address === undefined ? undefined : physicalAddress(elf.segments, address);
}
