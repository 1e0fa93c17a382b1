// Page tables for a test: Sv39, and Sv39x4 with its root of four pages. Priv. ISA, "Sv39: Page-Based 39-bit Virtual-Memory System".
import { CODE, type TestHart } from './hart.js';

const TABLES = 0x8020_0000;
const MODE_SV39 = 8n << 60n;

/** Bits of a page-table entry. */
export const pte = { V: 1n, R: 2n, W: 4n, X: 8n, U: 16n, A: 64n, D: 128n } as const;
/** What a user page needs to be read, written and executed. */
export const ALL = pte.V | pte.R | pte.W | pte.X | pte.U | pte.A | pte.D;

export interface Page {
  readonly va: number;
  readonly pa: number;
  readonly flags: bigint;
}

/** Writes tables for these pages, and one for the code, and returns the value for satp, vsatp or hgatp. */
export function pageTable(hart: TestHart, pages: readonly Page[], codeFlags = ALL): bigint {
  let next = TABLES;
  const allocate = (bytes: number): number => {
    hart.engine.u8.fill(0, next, next + bytes);
    next += bytes;
    return next - bytes;
  };
  const root = allocate(0x4000);
  for (const { va, pa, flags } of [...pages, { va: CODE, pa: CODE, flags: codeFlags }]) {
    let table = root;
    for (const level of [2, 1]) {
      const at = table + 8 * (Math.floor(va / 2 ** (12 + 9 * level)) % 512);
      if (hart.memory(at, 8) === 0n) hart.setMemory(at, 8, (BigInt(allocate(0x1000)) >> 2n) | pte.V);
      table = Number((hart.memory(at, 8) >> 10n) << 12n);
    }
    hart.setMemory(table + 8 * (Math.floor(va / 4096) % 512), 8, ((BigInt(pa) >> 12n) << 10n) | flags);
  }
  hart.flushTlb();
  return MODE_SV39 | (BigInt(root) >> 12n);
}

/** The entry that maps `va` in the table that `pageTable` wrote. */
export function entryOf(hart: TestHart, root: bigint, va: number): bigint {
  let table = Number((root & 0xfff_ffff_ffffn) << 12n);
  for (const level of [2, 1]) {
    table = Number((hart.memory(table + 8 * (Math.floor(va / 2 ** (12 + 9 * level)) % 512), 8) >> 10n) << 12n);
  }
  return hart.memory(table + 8 * (Math.floor(va / 4096) % 512), 8);
}
