// Between the walks and the TLB: which context an access is made in, and how a translation gets into its bank.
// Privileged ISA, "Memory Privilege in mstatus Register" (MPRV, SUM, MXR), Hypervisor, "Hypervisor Virtual-Machine Load and Store".

import { ACCESS_PMM, dataPriv } from './access';
import {
  BANK_LS,
  BANK_X,
  COUNTERS_WATCHED,
  FETCH_BASE,
  FETCH_IP,
  HGATP,
  PC,
  PRIV,
  STEP_BITS,
  STEP_PC,
  STEP_SLOTS,
  TIME_MODE,
  VIRT,
  XLATE_FLAGS,
  XLATE_HPA,
} from './layout';
import { forgetCalls } from './calls';
import { landingPadsOn } from './features';
import { pendingInterrupt } from './interrupt';
import { decodedPage, settled } from './decoded-pages';
import { allowStores, comesHome, FOR_LOADS, FOR_STORES, roomFor } from './places';
import { decodeAlone, decodeUnfetched } from './predecode';
import { R_JUMP, R_TRAP } from './results';
import { deriveFpState } from './status';
import { raiseAccess } from './trap';
import {
  borrowData,
  ENTRY_SUPER,
  fetchEntry,
  flushAll,
  noteSuper,
  selectData,
  selectFetch,
} from './tlb';
import {
  CTX_LPE,
  CTX_PRIV,
  CTX_SUM,
  CTX_VIRT,
  FETCH,
  firstRoot,
  FROM_SUPER,
  LEAF_SHIFT,
  MAY_WRITE,
  NO_CACHE,
  STORE,
  translate,
  unmasked,
} from './walk';

export { fenceGstage, fenceVma } from './tlb';

// ---- contexts -------------------------------------------------------------------------------------------------------

/** Context of the hart's loads and stores as it stands; bits that cannot matter are left out, so that banks are shared. */
export function dataContext(x: usize): u32 {
  const ctx = dataPriv(x);
  if ((ctx & (CTX_PRIV | CTX_VIRT)) == 3) return ctx & (CTX_PRIV | ACCESS_PMM);
  return (ctx & CTX_PRIV) == 1 ? ctx : ctx & ~CTX_SUM;
}

/** Makes the bank of HLV's and HSV's context current, for them alone; returns the hart's own for `returnBank`. */
export function borrowBank(x: usize, ctx: u32): u32 {
  const bits = (ctx & CTX_PRIV) == 1 ? ctx : ctx & ~CTX_SUM;
  return borrowData(x, bits, firstRoot(x, ctx), load<u64>(x, HGATP));
}

export function returnBank(x: usize, own: u32): void {
  store<u32>(x, own, BANK_LS);
}

export function fetchContext(x: usize): u32 {
  const mode = load<u32>(x, PRIV) | (load<u32>(x, VIRT) << 2);
  return landingPadsOn(x) ? mode | CTX_LPE : mode;
}

/** Makes the banks of the hart's current contexts current. */
export function enterContext(x: usize): void {
  const fetch = fetchContext(x);
  const data = dataContext(x);
  const hgatp = load<u64>(x, HGATP);
  selectFetch(x, fetch, firstRoot(x, fetch), fetch & CTX_VIRT ? hgatp : 0);
  selectData(x, data, firstRoot(x, data), data & CTX_VIRT ? hgatp : 0);
}

/** The address that a load or store of `va` is made at, and that a fault reports. */
export function effectiveAddress(x: usize, va: u64): u64 {
  const ctx = dataContext(x);
  return unmasked(va, ctx, firstRoot(x, ctx) != 0);
}

/** Raises the misaligned-address exception of a load or store of `va`, which may be made as another mode than the hart's own. */
export function raiseMisaligned(x: usize, cause: u64, va: u64): void {
  const ctx = dataContext(x);
  raiseAccess(x, cause, unmasked(va, ctx, firstRoot(x, ctx) != 0), 0, (ctx & CTX_VIRT) != 0);
}

/** Drops everything a vCPU has cached of translations. */
export function flushTlb(x: usize): void {
  if (load<u32>(x, BANK_LS) == 0) enterContext(x);
  flushAll(x);
}

// ---- filling --------------------------------------------------------------------------------------------------------

/**
 * Translates a data access in the current context and caches it. False: the exception is raised. True: the entry of `va` holds its host
 * page; its tags match from now on, unless the answer is for these `bytes` only.
 */
export function fillData(x: usize, va: u64, access: u32, bytes: u32): bool {
  return fillIn(x, va, access, dataContext(x), bytes);
}

/** The same in a context whose bank is current. */
export function fillIn(x: usize, va: u64, access: u32, ctx: u32, bytes: u32): bool {
  if (comesHome(x, va, access == STORE ? FOR_STORES : FOR_LOADS)) return true;
  if (!translate(x, va, access, ctx, bytes)) return false;
  const hpa = load<u32>(x, XLATE_HPA);
  const flags = load<u32>(x, XLATE_FLAGS);
  const page = hpa >> 12;
  const vpn = va >> 12;
  const entry = roomFor(x, va);
  store<u64>(entry, flags & NO_CACHE ? u64.MAX_VALUE : vpn);
  store<u64>(entry, u64.MAX_VALUE, 8);
  store<u64>(entry, u64.MAX_VALUE, 16);
  store<u32>(entry, (hpa & ~0xfff) - (<u32>va & ~0xfff), 24);
  store<u32>(entry, flags & FROM_SUPER ? ENTRY_SUPER : 0, 28);
  if (flags & NO_CACHE) return true;
  if (flags & FROM_SUPER) noteSuper(x, false, vpn, flags >> LEAF_SHIFT);
  if (flags & MAY_WRITE) allowStores(entry, vpn, page);
  return true;
}

/** Finds the slot of `pc`: FETCH_IP and FETCH_BASE. False: the exception is raised. */
export function fetch(x: usize, pc: u64): bool {
  const entry = fetchEntry(x, pc);
  const vpn = pc >> 12;
  let base: usize;
  if (load<u64>(entry) == vpn) base = load<u32>(entry, 8);
  else {
    if (!translate(x, pc, FETCH, fetchContext(x), 2)) return false;
    if (load<u32>(x, XLATE_FLAGS) & NO_CACHE) return fetchAlone(x, pc);
    const page = load<u32>(x, XLATE_HPA) >> 12;
    base = decodedPage(x, page);
    if (!settled(x, base, page)) return fetchAlone(x, pc);
    if (load<u64>(entry) != u64.MAX_VALUE) forgetCalls(<usize>load<u32>(x, BANK_X)); // another page had it
    store<u64>(entry, vpn);
    store<u32>(entry, <u32>base, 8);
    store<u32>(entry, page, 12);
    const flags = load<u32>(x, XLATE_FLAGS);
    if (flags & FROM_SUPER) noteSuper(x, true, vpn, flags >> LEAF_SHIFT);
  }
  store<u32>(x, <u32>base, FETCH_BASE);
  store<u32>(x, <u32>(base + ((<usize>pc & 0xffe) << 2)), FETCH_IP);
  return true;
}

/**
 * Finds an instruction whose page cannot be cached, or not yet: it is decoded by itself, and what follows it is fetched again. The host address of
 * its first half is known; if the second half may not be fetched, executing it says so.
 */
function fetchAlone(x: usize, pc: u64): bool {
  const slot = x + STEP_SLOTS;
  let bits = <u32>load<u16>(load<u32>(x, XLATE_HPA));
  if ((bits & 3) == 3) {
    if (translate(x, pc + 2, FETCH, fetchContext(x), 2)) {
      bits |= <u32>load<u16>(load<u32>(x, XLATE_HPA)) << 16;
      decodeAlone(x, bits);
    } else decodeUnfetched(x);
  } else decodeAlone(x, bits);
  store<u64>(x, pc, STEP_PC);
  store<u32>(x, bits, STEP_BITS);
  store<u32>(x, <u32>slot, FETCH_IP);
  store<u32>(x, <u32>(slot - ((<usize>pc & 0xffe) << 2)), FETCH_BASE);
  return true;
}

/** Executes an instruction whose second half could not be fetched. */
export function fetchSecondHalf(x: usize): u32 {
  // The fault is the same one again, now as this instruction's own.
  return translate(x, load<u64>(x, PC) + 2, FETCH, fetchContext(x), 2) ? R_JUMP : R_TRAP;
}

/** The host page that a decoded page in use at `pc` was made from. */
export function fetchPage(x: usize, pc: u64): u32 {
  return load<u32>(fetchEntry(x, pc), 12);
}

/**
 * After an instruction that may have changed privilege, translation or interrupts: enters the context as it is now. True if the loop may
 * go on in the page it is in: the fetch context is the same, its translation still stands and no interrupt waits.
 */
export function afterContext(x: usize, page: u64, base: usize): bool {
  // With virtual time the next deadline ends the slice, and so does a counter that overflows.
  if (load<u32>(x, TIME_MODE) != 0 || load<u64>(x, COUNTERS_WATCHED) != 0) return false;
  const bank = load<u32>(x, BANK_X);
  enterContext(x);
  deriveFpState(x);
  if (load<u32>(x, BANK_X) != bank) return false;
  const entry = fetchEntry(x, page);
  if (load<u64>(entry) != page >> 12 || <usize>load<u32>(entry, 8) != base) return false;
  return pendingInterrupt(x) < 0;
}
