// Page tables for a pair of harts.
import * as L from '../../engine/hart/layout.js';
import { CODE, DATA, type Twins, X } from './twins.js';

export const TABLES = 0x8020_0000;
export const RW = 0xc7n; // D A W R V
export const RWX = 0xcfn;
export const USER = 0x10n;
const SATP = 0x180;

/** A number as so many bytes. */
export function word(value: bigint, bytes = 4): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, true);
  return out.subarray(0, bytes);
}

/** The entry of page `index` from CODE on. */
export function leaf(pa: number, flags: bigint): bigint {
  return ((BigInt(pa) >> 12n) << 10n) | flags;
}

export function entry(twins: Twins, index: number, pa: number, flags: bigint): void {
  twins.put(TABLES + 0x2000 + 8 * index, word(leaf(pa, flags), 8));
}

/** Sv39 in S-mode: four pages of code as they are, and two of data. */
export function paged(twins: Twins): void {
  twins.put(TABLES + 8 * 2, word(leaf(TABLES + 0x1000, 1n), 8));
  twins.put(TABLES + 0x1000, word(leaf(TABLES + 0x2000, 1n), 8));
  twins.put(TABLES + 0x2000, new Uint8Array(0x1000));
  for (let page = 0; page < 4; page++) entry(twins, page, CODE + 0x1000 * page, RWX);
  for (let page = 0; page < 2; page++) entry(twins, 0x100 + page, DATA + 0x1000 * page, RW);
  twins.both((engine) => {
    engine.csrWrite(X, SATP, (8n << 60n) | (BigInt(TABLES) >> 12n));
    engine.flushTlb(X);
  });
  twins.set32(L.PRIV, 1);
}
