// Loads and stores that miss the TLB, cross a page, reach a page of code or a device: everything but the fast path.
// Unprivileged ISA, "Load and Store Instructions"; misaligned accesses are done in hardware, also across pages.

import { deviceLoad, deviceStore } from './irqchip';
import { STAT_MMIO, TRAP_OUTER, TRAP_TINST, XLATE_GPA, XLATE_HPA } from './layout';
import { ACCESS_HLVX } from './access';
import { borrowBank, fillData, fillIn, returnBank } from './mmu';
import { hasCode, invalidateCode } from './decoded-pages';
import { dataEntry } from './tlb';
import { LOAD, STORE, translate } from './walk';

export { fetchBits } from './insn';

/** Outcomes of an access. */
export const M_TRAP: u32 = 0; // the exception is raised
export const M_DONE: u32 = 1;
export const M_DEVICE: u32 = 2; // done, at a device: interrupts may have changed

// ---- one access within a page ---------------------------------------------------------------------------------------

function loadBytes(host: usize, bytes: u32): u64 {
  switch (bytes) {
    case 1: return <u64>load<u8>(host);
    case 2: return <u64>load<u16>(host);
    case 4: return <u64>load<u32>(host);
  }
  return load<u64>(host);
}

function storeBytes(host: usize, bytes: u32, value: u64): void {
  switch (bytes) {
    case 1: store<u8>(host, <u8>value); return;
    case 2: store<u16>(host, <u16>value); return;
    case 4: store<u32>(host, <u32>value); return;
  }
  store<u64>(host, value);
}

/** Writes guest RAM at a host address and drops code decoded from there. */
export function storeHost(host: usize, bytes: u32, value: u64): void {
  storeBytes(host, bytes, value);
  if (hasCode(host)) invalidateCode(host, bytes);
}

/** Did the outermost stage refuse the access itself, not one to a page table? Then a device inside the engine may own the address. */
function deviceAt(x: usize): bool {
  return load<u32>(x, TRAP_OUTER) != 0 && (load<u64>(x, TRAP_TINST) & ~0x20) != 0x3000;
}

// ---- whole accesses -------------------------------------------------------------------------------------------------

/** In place of a context: the hart's own, whose bank is current. */
const OWN: u32 = 0xffff_ffff;

function fill(x: usize, va: u64, access: u32, ctx: u32, bytes: u32): bool {
  return ctx == OWN ? fillData(x, va, access, bytes) : fillIn(x, va, access, ctx, bytes);
}

/** Loads 1, 2, 4 or 8 bytes at `va` in the current data context; the zero-extended value goes to XLATE_GPA. */
export function loadAt(x: usize, va: u64, bytes: u32): u32 {
  return loadBy(x, va, OWN, bytes);
}

function loadBy(x: usize, va: u64, ctx: u32, bytes: u32): u32 {
  if ((<u32>va & 0xfff) + bytes > 0x1000) return loadAcross(x, va, ctx, bytes);
  const entry = dataEntry(x, va);
  if (load<u64>(entry) != va >> 12 && !fill(x, va, LOAD, ctx, bytes)) {
    if (!deviceAt(x)) return M_TRAP;
    const gpa = load<u64>(x, XLATE_GPA);
    store<u64>(x, load<u64>(x, STAT_MMIO) + 1, STAT_MMIO);
    return deviceLoad(x, gpa, bytes) ? M_DEVICE : M_TRAP;
  }
  store<u64>(x, loadBytes(<usize>(load<u32>(entry, 24) + <u32>va), bytes), XLATE_GPA);
  return M_DONE;
}

/** Stores 1, 2, 4 or 8 bytes at `va` in the current data context. */
export function storeAt(x: usize, va: u64, bytes: u32, value: u64): u32 {
  return storeBy(x, va, OWN, bytes, value);
}

function storeBy(x: usize, va: u64, ctx: u32, bytes: u32, value: u64): u32 {
  if ((<u32>va & 0xfff) + bytes > 0x1000) return storeAcross(x, va, ctx, bytes, value);
  const entry = dataEntry(x, va);
  const vpn = va >> 12;
  if (load<u64>(entry, 8) != vpn && !storesSlowly(entry, va) && !fill(x, va, STORE, ctx, bytes)) {
    if (!deviceAt(x)) return M_TRAP;
    const gpa = load<u64>(x, XLATE_GPA);
    store<u64>(x, load<u64>(x, STAT_MMIO) + 1, STAT_MMIO);
    return deviceStore(x, gpa, bytes, value) ? M_DEVICE : M_TRAP;
  }
  storeHost(<usize>(load<u32>(entry, 24) + <u32>va), bytes, value);
  return M_DONE;
}

/** Makes sure that `bytes` at `va` may be stored to and gives the host address; 0 = the exception is raised. For atomics. */
export function storeTarget(x: usize, va: u64, bytes: u32): usize {
  return storeTargetBy(x, va, OWN, bytes);
}

function storeTargetBy(x: usize, va: u64, ctx: u32, bytes: u32): usize {
  const entry = dataEntry(x, va);
  const vpn = va >> 12;
  if (load<u64>(entry, 8) != vpn && !storesSlowly(entry, va) && !fill(x, va, STORE, ctx, bytes)) return 0;
  return <usize>(load<u32>(entry, 24) + <u32>va);
}

/** Does an entry allow stores to a page with code? The page may have become one without. */
// @ts-ignore: decorator
@inline function storesSlowly(entry: usize, va: u64): bool {
  return load<u64>(entry, 16) == va >> 12 && hasCode(<usize>(load<u32>(entry, 24) + <u32>va));
}

/** Makes sure that `bytes` at `va` may be loaded and gives the host address; 0 = the exception is raised. For LR. */
export function loadTarget(x: usize, va: u64, bytes: u32): usize {
  return loadTargetBy(x, va, OWN, bytes);
}

function loadTargetBy(x: usize, va: u64, ctx: u32, bytes: u32): usize {
  const entry = dataEntry(x, va);
  if (load<u64>(entry) != va >> 12 && !fill(x, va, LOAD, ctx, bytes)) return 0;
  return <usize>(load<u32>(entry, 24) + <u32>va);
}

// ---- across a page: both halves are translated before anything is read or written ------------------------------------

function loadAcross(x: usize, va: u64, ctx: u32, bytes: u32): u32 {
  const first: u32 = 0x1000 - (<u32>va & 0xfff);
  const low = loadTargetBy(x, va, ctx, first);
  if (low == 0) return M_TRAP;
  const high = loadTargetBy(x, va + first, ctx, bytes - first);
  if (high == 0) return splitFault(x, first);
  store<u64>(x, joined(low, high, first, bytes), XLATE_GPA);
  return M_DONE;
}

/** `bytes` of which the `first` lie at `low`, the others at `high`. */
function joined(low: usize, high: usize, first: u32, bytes: u32): u64 {
  let value: u64 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    const byte = <u64>load<u8>(i < first ? low + i : high + i - first);
    value |= byte << (i << 3);
  }
  return value;
}

function storeAcross(x: usize, va: u64, ctx: u32, bytes: u32, value: u64): u32 {
  const first: u32 = 0x1000 - (<u32>va & 0xfff);
  const low = storeTargetBy(x, va, ctx, first);
  if (low == 0) return M_TRAP;
  const high = storeTargetBy(x, va + first, ctx, bytes - first);
  if (high == 0) return splitFault(x, first);
  for (let i: u32 = 0; i < bytes; i++) storeHost(i < first ? low + i : high + i - first, 1, value >> (i << 3));
  return M_DONE;
}

// The second half faulted: the transformed instruction tells by how much the faulting address lies past the access's own.
function splitFault(x: usize, first: u32): u32 {
  const tinst = load<u64>(x, TRAP_TINST);
  if (tinst != 0 && (tinst & ~0x20) != 0x3000) store<u64>(x, tinst | (<u64>first << 15), TRAP_TINST);
  return M_TRAP;
}

// ---- accesses in another context (HLV, HLVX, HSV) --------------------------------------------------------------------

/** Loads in a context that is not the hart's own; the value goes to XLATE_GPA. */
export function loadIn(x: usize, va: u64, bytes: u32, ctx: u32): u32 {
  if (ctx & ACCESS_HLVX) return loadWalking(x, va, bytes, ctx);
  const own = borrowBank(x, ctx);
  const outcome = loadBy(x, va, ctx, bytes);
  returnBank(x, own);
  return outcome;
}

/** HLVX has no bank: what may be executed is not what may be read. */
function loadWalking(x: usize, va: u64, bytes: u32, ctx: u32): u32 {
  if ((<u32>va & 0xfff) + bytes <= 0x1000) {
    if (!translate(x, va, LOAD, ctx, bytes)) return M_TRAP; // devices are not executable
    store<u64>(x, loadBytes(<usize>load<u32>(x, XLATE_HPA), bytes), XLATE_GPA);
    return M_DONE;
  }
  const first: u32 = 0x1000 - (<u32>va & 0xfff);
  if (!translate(x, va, LOAD, ctx, first)) return M_TRAP;
  const low = <usize>load<u32>(x, XLATE_HPA);
  if (!translate(x, va + first, LOAD, ctx, bytes - first)) return splitFault(x, first);
  store<u64>(x, joined(low, <usize>load<u32>(x, XLATE_HPA), first, bytes), XLATE_GPA);
  return M_DONE;
}

/** Stores in a context that is not the hart's own. */
export function storeIn(x: usize, va: u64, bytes: u32, value: u64, ctx: u32): u32 {
  const own = borrowBank(x, ctx);
  const outcome = storeBy(x, va, ctx, bytes, value);
  returnBank(x, own);
  return outcome;
}
