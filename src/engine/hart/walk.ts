// Address translation: the page-table walks of all stages.
//
// An address passes up to three stages: the first (satp or vsatp), when V=1 the second (hgatp), and below both the outermost one
// (OUTER), which TypeScript owns in every composition and which ends in an offset of linear memory. Page tables of the first
// stage are themselves reached through the second and the outermost, those of the second through the outermost.
// Privileged ISA, "Sv39: Page-Based 39-bit Virtual-Memory System" and following, "Two-Stage Address Translation",
// "Guest-Page Faults", "Svnapot", "Svpbmt", "Svadu".

import { FEATURE_SVNAPOT, hasFeature } from './features';
import {
  HENVCFG,
  HGATP,
  MENVCFG,
  OUTER,
  SATP,
  STAT_WALKS,
  TRAP_GVA,
  VSATP,
  XLATE_FLAGS,
  XLATE_GPA,
  XLATE_HPA,
} from './layout';
import { transformed } from './insn';
import { PMP_DIVIDED, PMP_R, PMP_W, PMP_X, pmpOn, pmpRights } from './pmp';
import { hasCode, invalidateCode } from './decoded-pages';
import { raise, raiseGuestPage } from './trap';

// ---- what is asked --------------------------------------------------------------------------------------------------
export const FETCH: u32 = 0;
export const LOAD: u32 = 1;
export const STORE: u32 = 2;

// Context: with which rights an access is made (see access.ts). The low bits are also the mode of a TLB bank.
export const CTX_PRIV: u32 = 3;
export const CTX_VIRT: u32 = 4;
export const CTX_SUM: u32 = 8;
export const CTX_MXR: u32 = 16;
const CTX_MXR_G: u32 = 32;
const CTX_HLVX: u32 = 64;
const CTX_PMM_SHIFT: u32 = 7;
export const CTX_LPE: u32 = 512; // of a fetch: landing pads are asked for
export const CTX_SHADOW: u32 = 1024; // a shadow-stack instruction's access
export const CTX_BLOCK: u32 = 2048; // cache-block management: reads, but not what belongs to a shadow stack
const OUTERMOST: u32 = 0x8000_0000; // not of an access: the outermost stage refused

/** Page tables are read and written as S-mode would. */
const SUPERVISOR: u32 = 1;

// ---- what comes out, in XLATE_FLAGS ---------------------------------------------------------------------------------
export const MAY_WRITE: u32 = 1; // a store would pass all stages without setting a D bit
export const FROM_SUPER: u32 = 2; // the first-stage leaf is larger than a page
const IS_SHADOW: u32 = 8; // the first-stage leaf is a shadow-stack page: loads only, but for the instructions that are made for it
export const LEAF_SHIFT: u32 = 8; // from here on: of how many bits of page numbers the first-stage leaf is the only one
export const NO_CACHE: u32 = 4; // the answer holds for this access only: physical memory protection divides the page

const LEAF_BITS: u32 = 63 << LEAF_SHIFT;

// ---- page-table entries ---------------------------------------------------------------------------------------------
export const V: u64 = 1;
export const R: u64 = 2;
export const W: u64 = 4;
const XE: u64 = 8;
export const U: u64 = 16;
export const A: u64 = 64;
export const D: u64 = 128;
export const PPN_MASK: u64 = 0xfffffffffff;
export const ENVCFG_SSE: u64 = 1 << 3;
const ENVCFG_ADUE: u64 = 1 << 61;
export const ENVCFG_PBMTE: u64 = 1 << 62;

const PSEUDO_READ: u64 = 0x3000; // htinst of an implicit page-table read, RV64
const PSEUDO_WRITE: u64 = 0x3020;

// ---- outcome of one stage -------------------------------------------------------------------------------------------
const OK: u32 = 0;
const PAGE_FAULT: u32 = 1; // this stage says no
const RAISED: u32 = 2; // a lower stage has said no and the exception is raised
const REFUSED: u32 = 3; // physical memory protection says no: access fault
const OUTSIDE: u32 = 4; // the outermost stage says no
const DIVIDED: u32 = 5; // yes, but not to the whole page

// @ts-ignore: decorator
@inline export function levelsOf(mode: u32): i32 { return <i32>mode - 5; } // 8 -> 3, 9 -> 4, 10 -> 5

/** Outermost stage: guest-physical (in `hypervisor`) or machine-physical to host. XLATE_HPA; false = no mapping that allows it. */
function outermost(x: usize, pa: u64, access: u32): bool {
  return outermostLeaf(x, pa, access) >= 0;
}

/** The same; how many bits of the address the leaf leaves alone, -1 = no mapping that allows it. */
export function outermostLeaf(x: usize, pa: u64, access: u32): i32 {
  const root = load<u64>(x, OUTER);
  const mode = <u32>(root >> 60);
  if (mode == 0) {
    if (pa >> 32) return -1;
    store<u32>(x, <u32>pa, XLATE_HPA);
    return 32;
  }
  const levels = levelsOf(mode);
  const top = 12 + 9 * (levels - 1);
  if (pa >> (top + 11)) return -1;
  let table: u64 = (root & PPN_MASK) << 12;
  for (let i = levels - 1; i >= 0; i--) {
    const shift = 12 + 9 * i;
    const index = i == levels - 1 ? (pa >> shift) & 2047 : (pa >> shift) & 511;
    const at = table + (index << 3);
    if (at >> 32) return -1;
    const pte = load<u64>(<usize>at);
    if (!(pte & V)) return -1;
    if (pte & (R | W | XE)) {
      const need = access == FETCH ? XE : access == STORE ? W : R;
      if (!(pte & need)) return -1;
      const mask: u64 = (<u64>1 << shift) - 1;
      const hpa = (((pte >> 10) & PPN_MASK) << 12 & ~mask) | (pa & mask);
      if (hpa >> 32) return -1; // host device pages are reached through the monitor
      store<u32>(x, <u32>hpa, XLATE_HPA);
      return shift;
    }
    table = ((pte >> 10) & PPN_MASK) << 12;
  }
  return -1;
}

/**
 * A machine-physical access by `priv`: physical memory protection, then the outermost stage. OK and DIVIDED leave the host address in
 * XLATE_HPA; REFUSED and OUTSIDE are refusals.
 */
function machine(x: usize, pa: u64, access: u32, priv: u32, bytes: u32): u32 {
  let outcome = OK;
  if (pmpOn(x)) {
    let rights = pmpRights(x, pa & ~0xfff, 4096, priv);
    if (rights == PMP_DIVIDED) {
      rights = pmpRights(x, pa, bytes, priv);
      outcome = DIVIDED;
    }
    if (!(rights & (access == FETCH ? PMP_X : access == STORE ? PMP_W : PMP_R))) return REFUSED;
  }
  return outermost(x, pa, access) ? outcome : OUTSIDE;
}

/** May a store reach every byte of this page? Asked after a load has passed. */
function machineWritable(x: usize, pa: u64, priv: u32): bool {
  const hpa = load<u32>(x, XLATE_HPA);
  const yes = machine(x, pa & ~0xfff, STORE, priv, 4096) == OK;
  store<u32>(x, hpa, XLATE_HPA);
  return yes;
}

/** What kind of access an exception reports: that of a shadow-stack instruction is always a store. */
// @ts-ignore: decorator
@inline function reported(access: u32, ctx: u32): u32 { return ctx & CTX_SHADOW ? STORE : access; }
// @ts-ignore: decorator
@inline function guestFaultCause(access: u32): u64 { return access == FETCH ? 20 : access == LOAD ? 21 : 23; }
// @ts-ignore: decorator
@inline function pageFaultCause(access: u32): u64 { return access == FETCH ? 12 : access == LOAD ? 13 : 15; }
// @ts-ignore: decorator
@inline function accessFaultCause(access: u32): u64 { return access == FETCH ? 1 : access == LOAD ? 5 : 7; }

/**
 * Second stage of a guest's guest: hgatp. Leaves the machine-physical address in XLATE_GPA and whether stores may pass in XLATE_FLAGS.
 * All its accesses count as user accesses. It serves an `original` access to `va`, which is what a fault of a table is reported as.
 */
function secondStage(x: usize, gpa: u64, access: u32, ctx: u32, va: u64, original: u32): u32 {
  const hgatp = load<u64>(x, HGATP);
  const mode = <u32>(hgatp >> 60);
  store<u64>(x, gpa, XLATE_GPA);
  store<u32>(x, MAY_WRITE, XLATE_FLAGS);
  if (mode == 0) return OK;
  const levels = levelsOf(mode);
  if (gpa >> (12 + 9 * (levels - 1) + 11)) return PAGE_FAULT;
  const hardwareAD = (load<u64>(x, MENVCFG) & ENVCFG_ADUE) != 0;
  const pbmt = (load<u64>(x, MENVCFG) & ENVCFG_PBMTE) != 0;
  let table: u64 = (hgatp & PPN_MASK) << 12;
  for (let i = levels - 1; i >= 0; i--) {
    const shift = 12 + 9 * i;
    const index = i == levels - 1 ? (gpa >> shift) & 2047 : (gpa >> shift) & 511;
    const at = table + (index << 3);
    let reached = tableWord(x, at, va, original, LOAD, ctx);
    if (reached != OK) return reached;
    const pte = atomic.load<u64>(<usize>load<u32>(x, XLATE_HPA));
    const shape = leafShape(x, pte, i, pbmt, false);
    if (shape == SHAPE_BAD) return PAGE_FAULT;
    if (shape == SHAPE_TABLE) {
      table = ((pte >> 10) & PPN_MASK) << 12;
      continue;
    }
    if (!(pte & U)) return PAGE_FAULT;
    if (!permits(pte, access, ctx & CTX_HLVX ? FETCH : access, (ctx & CTX_MXR_G) != 0)) return PAGE_FAULT;
    const wanted: u64 = access == STORE ? A | D : A;
    if ((pte & wanted) != wanted) {
      if (!hardwareAD) return PAGE_FAULT;
      reached = tableWord(x, at, va, original, STORE, ctx);
      if (reached != OK) return reached;
      if (!updateEntry(x, pte, wanted)) {
        i++; // changed under us: look at the same entry again
        continue;
      }
    }
    const writable = (pte & W) != 0 && ((pte | wanted) & D) != 0;
    store<u32>(x, writable ? MAY_WRITE : 0, XLATE_FLAGS);
    store<u64>(x, leafAddress(pte, gpa, i), XLATE_GPA);
    return OK;
  }
  return PAGE_FAULT;
}

/** Reaches a page-table entry at a machine-physical address, by an implicit `kind` of access on behalf of `access` to `va`. */
function tableWord(x: usize, at: u64, va: u64, access: u32, kind: u32, ctx: u32): u32 {
  const reached = machine(x, at, kind, SUPERVISOR, 8);
  if (reached == REFUSED) return REFUSED;
  if (reached != OUTSIDE) return OK;
  store<u64>(x, at, XLATE_GPA);
  return implicitFault(x, at, va, access, kind == STORE ? PSEUDO_WRITE : PSEUDO_READ, ctx | OUTERMOST);
}

/** Sets `wanted` bits in the entry at XLATE_HPA; false if it is no longer what was read. */
function updateEntry(x: usize, pte: u64, wanted: u64): bool {
  const host = <usize>load<u32>(x, XLATE_HPA);
  if (atomic.cmpxchg<u64>(host, pte, pte | wanted) != pte) return false;
  if (hasCode(host)) invalidateCode(host, 8);
  return true;
}

// ---- reading an entry -----------------------------------------------------------------------------------------------
const SHAPE_BAD: u32 = 0;
export const SHAPE_TABLE: u32 = 1;
export const SHAPE_LEAF: u32 = 2;

/** W without R and X: memory of a shadow stack. */
// @ts-ignore: decorator
@inline export function isShadowPage(pte: u64): bool { return (pte & (R | W | XE)) == W; }

/** Is a PTE at level `i` invalid or reserved, a pointer, or a leaf that is aligned and well formed? */
export function leafShape(x: usize, pte: u64, i: i32, pbmt: bool, shadow: bool): u32 {
  if (!(pte & V) || ((pte & (R | W)) == W && !(shadow && isShadowPage(pte)))) return SHAPE_BAD;
  if ((pte >> 54) & 0x7f) return SHAPE_BAD; // bits 60..54 reserved
  const memoryType = (pte >> 61) & 3;
  if (memoryType != 0 && (!pbmt || memoryType == 3)) return SHAPE_BAD;
  const napot = pte >> 63;
  if (!(pte & (R | W | XE))) {
    if (i == 0 || (pte & (A | D | U)) != 0 || memoryType != 0 || napot != 0) return SHAPE_BAD;
    return SHAPE_TABLE;
  }
  const ppn = (pte >> 10) & PPN_MASK;
  if (napot != 0) {
    // 64 KiB is the one size of Svnapot.
    return i == 0 && (ppn & 15) == 8 && hasFeature(x, FEATURE_SVNAPOT) ? SHAPE_LEAF : SHAPE_BAD;
  }
  if (ppn & ((<u64>1 << (9 * i)) - 1)) return SHAPE_BAD;
  return SHAPE_LEAF;
}

// @ts-ignore: decorator
@inline export function leafAddress(pte: u64, address: u64, i: i32): u64 {
  let ppn = (pte >> 10) & PPN_MASK;
  let shift = 12 + 9 * i;
  if (pte >> 63) {
    ppn &= ~(<u64>15);
    shift = 16;
  }
  const mask: u64 = (<u64>1 << shift) - 1;
  return (ppn << 12 & ~mask) | (address & mask);
}

export function permits(pte: u64, access: u32, need: u32, mxr: bool): bool {
  if (access == STORE) return (pte & W) != 0;
  if (need == FETCH) return (pte & XE) != 0;
  return (pte & R) != 0 || (mxr && (pte & XE) != 0);
}

// ---- the whole way --------------------------------------------------------------------------------------------------

/** Root register of the first stage in a context; 0 when that stage is off. */
export function firstRoot(x: usize, ctx: u32): u64 {
  if (ctx & CTX_VIRT) {
    const vsatp = load<u64>(x, VSATP);
    return vsatp >> 60 ? vsatp : 0;
  }
  if ((ctx & CTX_PRIV) == 3) return 0;
  const satp = load<u64>(x, SATP);
  return satp >> 60 ? satp : 0;
}

/**
 * Translates `va` for an access of `bytes` in a context. True: XLATE_HPA, XLATE_FLAGS (MAY_WRITE, FROM_SUPER, NO_CACHE) and XLATE_GPA
 * hold the result.
 * False: the exception is raised (TRAP_*); after an outermost fault XLATE_GPA holds the address that found nothing.
 */
export function translate(x: usize, va: u64, access: u32, ctx: u32, bytes: u32): bool {
  store<u64>(x, load<u64>(x, STAT_WALKS) + 1, STAT_WALKS);
  const root = firstRoot(x, ctx);
  va = unmasked(va, ctx, root != 0);
  let gpa = va;
  let mayWrite = true;
  let flags: u32 = 0;
  if (root == 0 && ctx & CTX_SHADOW) return refuse(x, REFUSED, access, va, ctx); // without page tables nothing is a shadow stack
  if (root != 0) {
    const outcome = firstStage(x, root, va, access, ctx);
    if (outcome != OK) return refuse(x, outcome, access, va, ctx);
    gpa = load<u64>(x, XLATE_GPA);
    flags = load<u32>(x, XLATE_FLAGS);
    mayWrite = (flags & MAY_WRITE) != 0;
  }
  let pa = gpa;
  if (ctx & CTX_VIRT) {
    const outcome = secondStage(x, gpa, reported(access, ctx), ctx, va, access);
    if (outcome == PAGE_FAULT) {
      guestFault(x, access, va, gpa, false, ctx);
      return false;
    }
    if (outcome != OK) return refuse(x, outcome, access, va, ctx);
    pa = load<u64>(x, XLATE_GPA);
    mayWrite = mayWrite && (load<u32>(x, XLATE_FLAGS) & MAY_WRITE) != 0;
  }
  let reached = machine(x, pa, reported(access, ctx), ctx & CTX_PRIV, bytes);
  // What HLVX reads must be executable to physical memory protection, too.
  if (ctx & CTX_HLVX && reached != OUTSIDE && machine(x, pa, FETCH, ctx & CTX_PRIV, bytes) == REFUSED) reached = REFUSED;
  store<u64>(x, pa, XLATE_GPA);
  if (reached == REFUSED) return refuse(x, REFUSED, access, va, ctx);
  if (reached == OUTSIDE) {
    guestFault(x, access, va, pa, true, ctx);
    return false;
  }
  if (flags & IS_SHADOW) mayWrite = false;
  flags &= FROM_SUPER | LEAF_BITS;
  if (reached == DIVIDED) flags |= NO_CACHE;
  else if (mayWrite && (access == STORE || machineWritable(x, pa, ctx & CTX_PRIV))) flags |= MAY_WRITE;
  store<u32>(x, flags, XLATE_FLAGS);
  return true;
}

/** The address that a pointer names in a context where its upper bits are ignored: extended as the kind of address asks. */
export function unmasked(va: u64, ctx: u32, isVirtual: bool): u64 {
  const masking = (ctx >> CTX_PMM_SHIFT) & 3;
  if (masking == 0 || ctx & CTX_HLVX) return va;
  const ignored: u64 = masking == 2 ? 7 : 16;
  return isVirtual ? <u64>((<i64>(va << ignored)) >> ignored) : (va << ignored) >> ignored;
}

/** Raises what a refusal of the first stage, or one of physical memory protection, comes to. */
function refuse(x: usize, outcome: u32, access: u32, va: u64, ctx: u32): bool {
  if (outcome == RAISED) return false;
  raise(x, outcome == PAGE_FAULT ? pageFaultCause(reported(access, ctx)) : accessFaultCause(reported(access, ctx)), va);
  markGva(x, ctx);
  return false;
}

function guestFault(x: usize, access: u32, va: u64, gpa: u64, outer: bool, ctx: u32): void {
  raiseGuestPage(x, guestFaultCause(reported(access, ctx)), va, gpa, access == FETCH ? 0 : transformed(x), outer);
  markGva(x, ctx);
}

// GVA says that tval is a guest virtual address: the access was made with V=1, which for HLV and MPRV is not the hart's own V.
// @ts-ignore: decorator
@inline function markGva(x: usize, ctx: u32): void {
  store<u32>(x, ctx & CTX_VIRT ? 1 : 0, TRAP_GVA);
}

/** First stage: satp or vsatp. XLATE_GPA and XLATE_FLAGS hold the result. */
function firstStage(x: usize, root: u64, va: u64, access: u32, ctx: u32): u32 {
  const levels = levelsOf(<u32>(root >> 60));
  const bits = 12 + 9 * levels;
  const extended = (<i64>va << (64 - bits)) >> (64 - bits);
  if (<u64>extended != va) return PAGE_FAULT;
  const envcfg = ctx & CTX_VIRT ? load<u64>(x, HENVCFG) & load<u64>(x, MENVCFG) : load<u64>(x, MENVCFG);
  const hardwareAD = (envcfg & ENVCFG_ADUE) != 0;
  const pbmt = (envcfg & ENVCFG_PBMTE) != 0;
  const shadow = (envcfg & ENVCFG_SSE) != 0;
  const user = (ctx & CTX_PRIV) == 0;
  let table: u64 = (root & PPN_MASK) << 12;
  for (let i = levels - 1; i >= 0; i--) {
    const at = table + (((va >> (12 + 9 * i)) & 511) << 3);
    let reached = tableEntry(x, at, va, access, LOAD, ctx);
    if (reached != OK) return reached;
    const pte = atomic.load<u64>(<usize>load<u32>(x, XLATE_HPA));
    const shape = leafShape(x, pte, i, pbmt, shadow);
    if (shape == SHAPE_BAD) return PAGE_FAULT;
    if (shape == SHAPE_TABLE) {
      table = ((pte >> 10) & PPN_MASK) << 12;
      continue;
    }
    if (pte & U) {
      if (!user && (access == FETCH || !(ctx & CTX_SUM))) return PAGE_FAULT;
    } else if (user) return PAGE_FAULT;
    if (ctx & CTX_SHADOW) {
      // A page for reading only may yet become a shadow-stack page; any other kind is a mistake.
      if (!isShadowPage(pte)) return (pte & (R | W | XE)) == R ? PAGE_FAULT : REFUSED;
    } else if (isShadowPage(pte)) {
      if (access != LOAD || ctx & CTX_BLOCK) return REFUSED;
      if (ctx & CTX_HLVX) return PAGE_FAULT;
    } else if (!permits(pte, access, ctx & CTX_HLVX ? FETCH : access, (ctx & CTX_MXR) != 0)) return PAGE_FAULT;
    const wanted: u64 = access == STORE ? A | D : A;
    if ((pte & wanted) != wanted) {
      if (!hardwareAD) return PAGE_FAULT;
      reached = tableEntry(x, at, va, access, STORE, ctx);
      if (reached != OK) return reached;
      if (!updateEntry(x, pte, wanted)) {
        i++; // changed under us: look at the same entry again
        continue;
      }
    }
    let flags: u32 = (pte & W) != 0 && ((pte | wanted) & D) != 0 ? MAY_WRITE : 0;
    if (isShadowPage(pte)) flags = IS_SHADOW;
    if (i > 0) flags |= FROM_SUPER | ((9 * <u32>i) << LEAF_SHIFT);
    else if (pte >> 63) flags |= FROM_SUPER | (4 << LEAF_SHIFT);
    store<u32>(x, flags, XLATE_FLAGS);
    store<u64>(x, leafAddress(pte, va, i), XLATE_GPA);
    return OK;
  }
  return PAGE_FAULT;
}

/** Reaches a first-stage page-table entry through the stages below it, for an implicit `kind` of access. */
function tableEntry(x: usize, at: u64, va: u64, access: u32, kind: u32, ctx: u32): u32 {
  let pa = at;
  if (ctx & CTX_VIRT) {
    // MXR, of whomever, is about explicit loads.
    const outcome = secondStage(x, at, kind, CTX_VIRT | (ctx & CTX_SHADOW), va, access);
    if (outcome == PAGE_FAULT) {
      return implicitFault(x, at, va, access, kind == STORE ? PSEUDO_WRITE : PSEUDO_READ, ctx);
    }
    if (outcome != OK) return outcome;
    pa = load<u64>(x, XLATE_GPA);
  }
  return tableWord(x, pa, va, access, kind, ctx);
}

function implicitFault(x: usize, gpa: u64, va: u64, access: u32, pseudo: u64, ctx: u32): u32 {
  raiseGuestPage(x, guestFaultCause(reported(access, ctx)), va, gpa, pseudo, (ctx & OUTERMOST) != 0);
  markGva(x, ctx);
  return RAISED;
}
