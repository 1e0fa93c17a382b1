// Lists of harts as SBI calls pass them. SBI specification, "Hart list parameter".
import type { SbiHart, SbiPlatform } from './context.js';

/** All ones in 64 bits: the base that means every hart, and the size that means everything. */
export const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** The harts `mask` names, counted from `base`; undefined if it names one that does not exist. */
export function selectHarts(platform: SbiPlatform, mask: bigint, base: bigint): readonly SbiHart[] | undefined {
  if (base === ALL_ONES) return platform.harts;
  const chosen: SbiHart[] = [];
  let left = mask;
  for (const hart of platform.harts) {
    const offset = BigInt(hart.id) - base;
    if (offset < 0n || offset > 63n || ((mask >> offset) & 1n) === 0n) continue;
    chosen.push(hart);
    left ^= 1n << offset;
  }
  return left === 0n ? chosen : undefined;
}

/** The hart with this id. */
export function findHart(platform: SbiPlatform, id: bigint): SbiHart | undefined {
  return platform.harts.find((hart) => BigInt(hart.id) === id);
}
