// Where an access of the hart would go, found without its consequences: nothing is raised, no bit is set, no statistic counts it.
// Privileged ISA, "Virtual Address Translation Process"; what would need a step with consequences is as good as nothing.

import { HENVCFG, HGATP, MENVCFG, XLATE_HPA } from './layout';
import { PMP_DIVIDED, PMP_R, PMP_W, pmpOn, pmpRights } from './pmp';
import {
  A,
  CTX_MXR,
  CTX_PRIV,
  CTX_SUM,
  CTX_VIRT,
  D,
  ENVCFG_PBMTE,
  firstRoot,
  isShadowPage,
  leafAddress,
  leafShape,
  levelsOf,
  LOAD,
  outermostLeaf,
  permits,
  PPN_MASK,
  SHAPE_LEAF,
  SHAPE_TABLE,
  STORE,
  U,
} from './walk';

/** Bits of an address within its page. */
const PAGE_SHIFT: i32 = 12;
const SUPERVISOR: u32 = 1;
const NOTHING: i32 = -1;

/** Guest-physical address of what {@link firstLeaf} has found. */
let physical: u64 = 0;

/**
 * Where a load or store of `va` in a context that masks no pointers goes: leaves the host address in XLATE_HPA, and returns how many of the address's low bits the
 * mapping leaves alone, that of the smallest leaf on the way; -1 if it may not go there, or a bit would have to be set first, or a guest's own second stage is on.
 */
export function peek(x: usize, va: u64, access: u32, ctx: u32): i32 {
  if (ctx & CTX_VIRT && load<u64>(x, HGATP) >> 60 != 0) return NOTHING;
  const root = firstRoot(x, ctx);
  physical = va;
  let shift = 64;
  if (root != 0) {
    shift = firstLeaf(x, root, va, access, ctx);
    if (shift < 0) return NOTHING;
  }
  return machineLeaf(x, physical, access, ctx & CTX_PRIV, shift);
}

/** Physical memory protection and the outermost stage for an address whose mapping so far has `shift` bits of its own. */
function machineLeaf(x: usize, pa: u64, access: u32, priv: u32, shift: i32): i32 {
  let bits = min(shift, outermostLeaf(x, pa, access));
  if (bits < 0 || !pmpOn(x)) return bits;
  let rights = pmpRights(x, pa & ~(((<u64>1) << bits) - 1), (<u64>1) << bits, priv);
  if (rights == PMP_DIVIDED) {
    bits = PAGE_SHIFT;
    rights = pmpRights(x, pa & ~0xfff, 4096, priv);
  }
  return rights != PMP_DIVIDED && (rights & (access == STORE ? PMP_W : PMP_R)) != 0 ? bits : NOTHING;
}

function firstLeaf(x: usize, root: u64, va: u64, access: u32, ctx: u32): i32 {
  const levels = levelsOf(<u32>(root >> 60));
  const unused = 64 - (12 + 9 * levels);
  if (<u64>((<i64>va << unused) >> unused) != va) return NOTHING;
  const envcfg = ctx & CTX_VIRT ? load<u64>(x, HENVCFG) & load<u64>(x, MENVCFG) : load<u64>(x, MENVCFG);
  let table: u64 = (root & PPN_MASK) << 12;
  for (let i = levels - 1; i >= 0; i--) {
    const at = table + (((va >> (12 + 9 * i)) & 511) << 3);
    if (machineLeaf(x, at, LOAD, SUPERVISOR, 64) < 0) return NOTHING;
    const pte = atomic.load<u64>(<usize>load<u32>(x, XLATE_HPA));
    const shape = leafShape(x, pte, i, (envcfg & ENVCFG_PBMTE) != 0, false);
    if (shape == SHAPE_TABLE) {
      table = ((pte >> 10) & PPN_MASK) << 12;
      continue;
    }
    if (shape != SHAPE_LEAF || isShadowPage(pte)) return NOTHING;
    const user = (ctx & CTX_PRIV) == 0;
    if (pte & U ? !user && !(ctx & CTX_SUM) : user) return NOTHING;
    const wanted: u64 = access == STORE ? A | D : A;
    if (!permits(pte, access, access, (ctx & CTX_MXR) != 0) || (pte & wanted) != wanted) return NOTHING;
    physical = leafAddress(pte, va, i);
    return pte >> 63 ? 16 : PAGE_SHIFT + 9 * i;
  }
  return NOTHING;
}
