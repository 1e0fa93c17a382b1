// The walk through a guest's own page tables, for the monitor's eyes: to fetch an instruction it must emulate, and to
// read memory by the guest's virtual addresses. Priv. ISA, "Virtual Address Translation Process" and, for a guest that
// runs guests, "Two-Stage Address Translation". Reads only: A and D bits stay as they are.
import type { GuestPhysAddr, GuestVirtAddr } from '../host/index.js';

/** Reads 8 bytes of physical memory of the stage below; undefined where there is none. */
export type ReadPhysical = (address: GuestPhysAddr) => bigint | undefined;

/** Address translation registers of a hart, and the level it runs in. */
export interface TranslationContext {
  /** satp, or vsatp while V is 1. */
  readonly firstStage: bigint;
  /** hgatp while V is 1, else 0. */
  readonly secondStage: bigint;
}

const LEVELS: Record<number, number> = { 8: 3, 9: 4, 10: 5 };
const V = 1n;
const R = 2n;
const W = 4n;
const RWX = 0xen;
/** Bits 60:54, reserved for standard use. */
const RESERVED = 0x7fn << 54n;
const PPN_MASK = 0xfff_ffff_ffffn;

/** Where a guest virtual address leads in the machine's physical memory map; undefined if it is not mapped. */
export function walkGuest(
  context: TranslationContext,
  gva: GuestVirtAddr,
  readPhysical: ReadPhysical,
): GuestPhysAddr | undefined {
  const below = (address: bigint): bigint | undefined => walkStage(context.secondStage, address, true, readPhysical);
  const readBelow: ReadPhysical = (address) => {
    const physical = below(address);
    return physical === undefined ? undefined : readPhysical(physical);
  };
  const physical = walkStage(context.firstStage, gva, false, readBelow);
  return physical === undefined ? undefined : below(physical);
}

/** One stage: `atp` has the mode in bits 63:60 and the root's page number in 43:0; a widened root has four pages. */
function walkStage(atp: bigint, address: bigint, widened: boolean, read: ReadPhysical): bigint | undefined {
  const mode = Number(atp >> 60n);
  if (mode === 0) return address;
  const levels = LEVELS[mode];
  if (levels === undefined) return undefined;
  const bits = BigInt(12 + 9 * levels + (widened ? 2 : 0));
  const canonical = widened ? BigInt.asUintN(Number(bits), address) : BigInt.asIntN(Number(bits), address);
  if (BigInt.asUintN(64, canonical) !== address) return undefined;
  let table = (atp & PPN_MASK) << 12n;
  for (let level = levels - 1; level >= 0; level--) {
    const shift = BigInt(12 + 9 * level);
    const width = widened && level === levels - 1 ? 11 : 9;
    const pte = read(table + BigInt.asUintN(width, address >> shift) * 8n);
    if (pte === undefined || (pte & V) === 0n || (pte & (R | W)) === W || (pte & RESERVED) !== 0n) return undefined;
    const page = (pte >> 10n) & PPN_MASK;
    if ((pte & RWX) === 0n) {
      table = page << 12n;
      continue;
    }
    return leafAddress(page, address, shift, pte >> 63n === 1n);
  }
  return undefined;
}

/** An address in a leaf; undefined for a misaligned one. A NAPOT leaf (Svnapot) is 64 KiB, with 8 in its low page bits. */
function leafAddress(page: bigint, address: bigint, shift: bigint, napot: boolean): bigint | undefined {
  if (napot && (shift !== 12n || (page & 15n) !== 8n)) return undefined;
  const low = (1n << (napot ? 16n : shift)) - 1n;
  const base = napot ? (page & ~15n) << 12n : page << 12n;
  return (base & low) === 0n ? base | (address & low) : undefined;
}
