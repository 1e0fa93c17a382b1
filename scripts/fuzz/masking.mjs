// Pointer masking in sequences about paging.

/** PMM of a register: none, the upper 7 bits, the upper 16. */
export const PMM = [0n, 2n, 3n];
const ONES = (1n << 64n) - 1n;

/** An address, where there may be `masking` often with other upper bits, which it may ignore. */
export function tagged(random, address, masking) {
  return masking && random.chance(0.6) ? address ^ (random.u64() & ~(ONES >> random.pick([7n, 16n]))) : address;
}
