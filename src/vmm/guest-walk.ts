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
const RWX = 0xen;
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
    if (pte === undefined || (pte & V) === 0n) return undefined;
    const base = ((pte >> 10n) & PPN_MASK) << 12n;
    if ((pte & RWX) === 0n) {
      table = base;
      continue;
    }
    const low = (1n << shift) - 1n;
    // A NAPOT leaf (bit 63) keeps its size in the low bits of the page number: 64 KiB at the last level.
    const napot = pte >> 63n === 1n && level === 0 ? 0xffffn : low;
    return (base & ~napot) | (address & napot);
  }
  return undefined;
}
