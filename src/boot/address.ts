// Guest-physical addresses as boot code speaks of them: alignment, ranges and how messages print them.

/** A half-open range of guest-physical addresses, with the words a message should use for it. */
export interface AddressRange {
  readonly what: string;
  readonly start: bigint;
  readonly end: bigint;
}

export const KIB = 1024n;
export const MIB = 1024n * KIB;
export const GIB = 1024n * MIB;

/** The next multiple of `alignment` from `address` on. */
export function alignUp(address: bigint, alignment: bigint): bigint {
  return ((address + alignment - 1n) / alignment) * alignment;
}

/** The last multiple of `alignment` up to `address`. */
export function alignDown(address: bigint, alignment: bigint): bigint {
  return (address / alignment) * alignment;
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}

/** The first pair of ranges that share an address, or undefined. Empty ranges overlap nothing. */
export function findOverlap(ranges: readonly AddressRange[]): [AddressRange, AddressRange] | undefined {
  const sorted = ranges
    .filter((range) => range.end > range.start)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  for (let i = 1; i < sorted.length; i++) {
    const before = sorted[i - 1]!;
    const after = sorted[i]!;
    if (after.start < before.end) return [before, after];
  }
  return undefined;
}
