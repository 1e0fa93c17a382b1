// The translation cache of a vCPU: banks of entries from guest virtual page straight to an offset in linear memory.
//
// A bank belongs to one translation context: the privilege an access is made with, SUM and MXR, the first stage's root with its
// ASID and the second stage's root with its VMID. Entering a context picks a bank; nothing is flushed until the guest asks.
//
// Loads and stores have two places for a page. It comes to the first one, and whoever was there moves to the other half of the bank
// (places.ts): pages that want the same place would otherwise drive each other out at each access.
// Privileged ISA, "Supervisor Memory-Management Fence Instruction", "Hypervisor Memory-Management Fence Instructions".

import { forgetCalls } from './calls';
import { realm } from './host';
import {
  BANK_LS,
  BANK_NEXT,
  BANK_X,
  HGATP,
  HOST_CONTROL,
  HOST_VCPU_COUNT,
  LAST_REALM,
  LS_BANK_BYTES,
  LS_BANKS,
  LS_ENTRIES,
  LS_ENTRY_BYTES,
  LS_HEADERS,
  LS_OTHER,
  TLB_BANKS,
  TLB_HEADER_BYTES,
  VCPU_AREA,
  VCPU_STRIDE,
  X_BANK_BYTES,
  X_BANKS,
  X_CALLS,
  X_ENTRIES,
  X_ENTRY_BYTES,
  X_HEADERS,
} from './layout';
import { cutWindow, cutWindows, enterWindows, STORE_WINDOW, forgetWindows, sweepWindow } from './windows';

// A bank's header: what context it holds.
const KEY_MODE: usize = 0; // u32: context bits (see mmu.ts) | KEY_LIVE
const KEY_FIRST: usize = 8; // u64: satp or vsatp, 0 when the first stage is off
const KEY_SECOND: usize = 16; // u64: hgatp
const SUPER_LOW: usize = 24; // u64: lowest page number of a superpage of the first stage of which something is cached
const SUPER_HIGH: usize = 32; // u64: highest
const KEY_LIVE: u32 = 0x8000_0000;
/** Context bits of pointer masking: entries of a bank that has them are found under the address before masking. */
const CONTEXT_PMM: u32 = 3 << 7;
/** Context bit that says the access goes through the second stage. */
export const CONTEXT_VIRT: u32 = 4;

/** Flag of a load/store entry: its page is a fragment of a first-stage superpage. */
export const ENTRY_SUPER: u32 = 1;
/** Flag of an entry: the mapping is global. */
export const ENTRY_GLOBAL: u32 = 2;

const ASID_MASK: u64 = 0xffff;
const VMID_SHIFT: u64 = 44;
const VMID_MASK: u32 = 0x3fff;
/** A fence on more pages drops all of a bank: looking for each takes longer than filling in what is used again. */
const MOST_SINGLY: u32 = 64;
/** No bank. */
const NONE: u32 = TLB_BANKS;

// ---- choosing a bank ------------------------------------------------------------------------------------------------

function clearBank(header: usize, bank: usize, bytes: usize): void {
  memory.fill(bank, 0xff, bytes);
  store<u64>(header, u64.MAX_VALUE, SUPER_LOW);
  store<u64>(header, 0, SUPER_HIGH);
}

/** The bank of a context; a new one is not made of `kept`. */
function pick(x: usize, headers: usize, banks: usize, bytes: usize, mode: u32, first: u64, second: u64, kept: u32): u32 {
  const key = mode | KEY_LIVE;
  const start = (mode ^ (mode >> 3) ^ <u32>(first >> 44) ^ <u32>first) & (TLB_BANKS - 1);
  for (let i: u32 = 0; i < <u32>TLB_BANKS; i++) {
    const n = (start + i) & (TLB_BANKS - 1);
    const header = x + headers + <usize>n * TLB_HEADER_BYTES;
    if (
      load<u32>(header, KEY_MODE) == key &&
      load<u64>(header, KEY_FIRST) == first &&
      load<u64>(header, KEY_SECOND) == second
    )
      return n;
  }
  // Not cached: a free bank near the start, or the next one of the clock.
  let n: u32 = TLB_BANKS;
  for (let i: u32 = 0; i < <u32>TLB_BANKS; i++) {
    const candidate = (start + i) & (TLB_BANKS - 1);
    if (load<u32>(x + headers + <usize>candidate * TLB_HEADER_BYTES, KEY_MODE) == 0) {
      n = candidate;
      break;
    }
  }
  if (n == <u32>TLB_BANKS) {
    n = load<u32>(x, BANK_NEXT) & (TLB_BANKS - 1);
    if (n == kept) n = (n + 1) & (TLB_BANKS - 1);
    store<u32>(x, n + 1, BANK_NEXT);
  }
  const header = x + headers + <usize>n * TLB_HEADER_BYTES;
  clearBank(header, x + banks + <usize>n * bytes, bytes);
  forgetWindows(x, x + banks + <usize>n * bytes);
  store<u32>(header, key, KEY_MODE);
  store<u64>(header, first, KEY_FIRST);
  store<u64>(header, second, KEY_SECOND);
  return n;
}

/** Makes the load/store bank of a context current. */
export function selectData(x: usize, mode: u32, first: u64, second: u64): void {
  const bank = <u32>(x + LS_BANKS + <usize>pick(x, LS_HEADERS, LS_BANKS, LS_BANK_BYTES, mode, first, second, NONE) * LS_BANK_BYTES);
  if (bank == load<u32>(x, BANK_LS)) return;
  store<u32>(x, bank, BANK_LS);
  enterWindows(x);
}

/** The same for an access or two; the bank that was current before, which keeps all it has, is returned to be made current again. */
export function borrowData(x: usize, mode: u32, first: u64, second: u64): u32 {
  const own = load<u32>(x, BANK_LS);
  const kept = <u32>((<usize>own - x - LS_BANKS) / LS_BANK_BYTES);
  const n = pick(x, LS_HEADERS, LS_BANKS, LS_BANK_BYTES, mode, first, second, kept);
  store<u32>(x, <u32>(x + LS_BANKS + <usize>n * LS_BANK_BYTES), BANK_LS);
  return own;
}

/** Makes the fetch bank of a context current. */
export function selectFetch(x: usize, mode: u32, first: u64, second: u64): void {
  const n = pick(x, X_HEADERS, X_BANKS, X_BANK_BYTES, mode, first, second, NONE);
  store<u32>(x, <u32>(x + X_BANKS + <usize>n * X_BANK_BYTES), BANK_X);
}

// ---- entries --------------------------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline export function dataEntry(x: usize, va: u64): usize {
  return <usize>load<u32>(x, BANK_LS) + (<usize>(va >> 7) & ((LS_ENTRIES - 1) * LS_ENTRY_BYTES));
}

/** The other place of those who are looked for at `entry` first, and its own for those who are there now. */
// @ts-ignore: decorator
@inline export function otherPlace(entry: usize): usize { return entry ^ LS_OTHER; }

// @ts-ignore: decorator
@inline export function clearEntry(entry: usize): void {
  store<u64>(entry, u64.MAX_VALUE);
  store<u64>(entry, u64.MAX_VALUE, 8);
  store<u64>(entry, u64.MAX_VALUE, 16);
}

// @ts-ignore: decorator
@inline function clearFetch(entry: usize, bank: usize): void {
  store<u64>(entry, u64.MAX_VALUE);
  forgetCalls(bank);
}

// @ts-ignore: decorator
@inline export function fetchEntry(x: usize, va: u64): usize {
  return <usize>load<u32>(x, BANK_X) + ((<usize>(va >> 12) & (X_ENTRIES - 1)) * X_ENTRY_BYTES);
}

/**
 * Remembers that the current bank caches a fragment of a superpage, whose page numbers have `bits` bits of their own: a fence at any address
 * in it is about this fragment, too.
 */
export function noteSuper(x: usize, fetch: bool, vpn: u64, bits: u32): void {
  const bank = <usize>(fetch ? load<u32>(x, BANK_X) : load<u32>(x, BANK_LS));
  const n = fetch ? (bank - x - X_BANKS) / X_BANK_BYTES : (bank - x - LS_BANKS) / LS_BANK_BYTES;
  const header = x + (fetch ? X_HEADERS : LS_HEADERS) + n * TLB_HEADER_BYTES;
  const within: u64 = ((<u64>1) << bits) - 1;
  if ((vpn & ~within) < load<u64>(header, SUPER_LOW)) store<u64>(header, vpn & ~within, SUPER_LOW);
  if ((vpn | within) > load<u64>(header, SUPER_HIGH)) store<u64>(header, vpn | within, SUPER_HIGH);
}

// ---- fences ---------------------------------------------------------------------------------------------------------

/** Drops everything a vCPU has cached; the banks become free. */
export function flushAll(x: usize): void {
  for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
    dropBank(x, n, false);
    dropBank(x, n, true);
  }
  memory.fill(<usize>load<u32>(x, BANK_LS), 0xff, LS_BANK_BYTES);
  memory.fill(<usize>load<u32>(x, BANK_X), 0xff, X_BANK_BYTES);
}

// A bank that is current keeps its key and loses its entries; another one becomes free.
function dropBank(x: usize, n: usize, fetch: bool): void {
  const header = x + (fetch ? X_HEADERS : LS_HEADERS) + n * TLB_HEADER_BYTES;
  const bytes: usize = fetch ? X_BANK_BYTES : LS_BANK_BYTES;
  const bank = x + (fetch ? X_BANKS : LS_BANKS) + n * bytes;
  const current = <usize>(fetch ? load<u32>(x, BANK_X) : load<u32>(x, BANK_LS));
  forgetWindows(x, bank);
  if (bank == current) clearBank(header, bank, bytes);
  else store<u32>(header, 0, KEY_MODE);
}

function dropPage(x: usize, n: usize, fetch: bool, vpn: u64): void {
  const header = x + (fetch ? X_HEADERS : LS_HEADERS) + n * TLB_HEADER_BYTES;
  const masked = (load<u32>(header, KEY_MODE) & CONTEXT_PMM) != 0;
  if (masked || (vpn >= load<u64>(header, SUPER_LOW) && vpn <= load<u64>(header, SUPER_HIGH))) {
    // The page may be there under many names; or it lies among fragments of superpages and may be one of them, and sizes are not
    // kept. All go.
    dropBank(x, n, fetch);
    return;
  }
  if (fetch) {
    const entry = x + X_BANKS + n * X_BANK_BYTES + (<usize>vpn & (X_ENTRIES - 1)) * X_ENTRY_BYTES;
    if (load<u64>(entry) == vpn) clearFetch(entry, x + X_BANKS + n * X_BANK_BYTES);
  } else {
    const entry = x + LS_BANKS + n * LS_BANK_BYTES + (<usize>vpn & (LS_ENTRIES - 1)) * LS_ENTRY_BYTES;
    if (load<u64>(entry) == vpn) clearEntry(entry);
    if (load<u64>(otherPlace(entry)) == vpn) clearEntry(otherPlace(entry));
    forgetWindows(x, x + LS_BANKS + n * LS_BANK_BYTES);
  }
}

/**
 * SFENCE.VMA, and with `guest` HFENCE.VVMA or the SFENCE.VMA of a guest: drops first-stage translations by address and ASID.
 * The guest form acts on the current VMID only.
 */
export function fenceVma(x: usize, va: u64, asid: u32, hasVa: bool, hasAsid: bool, guest: bool): void {
  fencePages(x, va >> 12, hasVa ? 1 : 0, asid, hasAsid, guest, currentVmid(x));
}

// @ts-ignore: decorator
@inline export function currentVmid(x: usize): u32 { return <u32>(load<u64>(x, HGATP) >> VMID_SHIFT) & VMID_MASK; }

/** The same for `pages` pages from `first` on, all there are if it is 0, under a VMID of its own. */
export function fencePages(x: usize, first: u64, pages: u32, asid: u32, hasAsid: bool, guest: bool, vmid: u32): void {
  for (let f = 0; f < 2; f++) {
    const fetch = f == 1;
    for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
      const header = x + (fetch ? X_HEADERS : LS_HEADERS) + n * TLB_HEADER_BYTES;
      const mode = load<u32>(header, KEY_MODE);
      if (mode == 0 || ((mode & CONTEXT_VIRT) != 0) != guest) continue;
      if (guest && (<u32>(load<u64>(header, KEY_SECOND) >> VMID_SHIFT) & VMID_MASK) != vmid) continue;
      // Global entries may be dropped by a fence with an ASID too; only this ASID's banks are looked at, for they alone can be stale.
      if (hasAsid && <u32>((load<u64>(header, KEY_FIRST) >> 44) & ASID_MASK) != asid) continue;
      if (pages == 0 || pages > MOST_SINGLY) dropBank(x, n, fetch);
      else for (let i: u32 = 0; i < pages; i++) dropPage(x, n, fetch, first + i);
    }
  }
}

/** HFENCE.GVMA: drops what was translated through the second stage, by VMID. Any address takes all of a VMID along. */
export function fenceGstage(x: usize, gpa: u64, vmid: u32, hasGpa: bool, hasVmid: bool): void {
  for (let f = 0; f < 2; f++) {
    const fetch = f == 1;
    for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
      const header = x + (fetch ? X_HEADERS : LS_HEADERS) + n * TLB_HEADER_BYTES;
      const mode = load<u32>(header, KEY_MODE);
      if (mode == 0 || (mode & CONTEXT_VIRT) == 0) continue;
      if (hasVmid && (<u32>(load<u64>(header, KEY_SECOND) >> VMID_SHIFT) & VMID_MASK) != vmid) continue;
      dropBank(x, n, fetch);
    }
  }
}

// ---- sweeps by host page, over every vCPU ---------------------------------------------------------------------------

/** The page now holds code: entries through which stores reach it directly become slow ones, or go where their vCPU may be running. */
export function sweepWritable(page: u32): void {
  const count = load<u32>(HOST_CONTROL, HOST_VCPU_COUNT);
  for (let v: u32 = 0; v < count; v++) {
    const x: usize = VCPU_AREA + <usize>v * VCPU_STRIDE;
    const own = load<u32>(x, LAST_REALM) == realm + 1;
    if (own) cutWindow(x, STORE_WINDOW, page);
    else sweepWindow(x);
    for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
      // Whoever takes a free bank now marks the page after its entry, and sees that it holds code.
      if (load<u32>(x + LS_HEADERS + n * TLB_HEADER_BYTES, KEY_MODE) == 0) continue;
      const end = x + LS_BANKS + (n + 1) * LS_BANK_BYTES;
      for (let entry = end - LS_BANK_BYTES; entry < end; entry += LS_ENTRY_BYTES) {
        const tag = load<u64>(entry, 8);
        if (tag != u64.MAX_VALUE && (load<u32>(entry, 24) + (<u32>tag << 12)) >> 12 == page) {
          if (atomic.cmpxchg<u64>(entry, tag, u64.MAX_VALUE, 8) == tag && own) store<u64>(entry, tag, 16);
        }
      }
    }
  }
}

/** A decoded page goes back to the pool: no fetch entry may name it. Those of vCPUs that ran in another realm last do not. */
export function sweepCodePage(base: usize): void {
  const count = load<u32>(HOST_CONTROL, HOST_VCPU_COUNT);
  for (let v: u32 = 0; v < count; v++) {
    const x: usize = VCPU_AREA + <usize>v * VCPU_STRIDE;
    if (load<u32>(x, LAST_REALM) != realm + 1) continue;
    for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
      if (load<u32>(x + X_HEADERS + n * TLB_HEADER_BYTES, KEY_MODE) == 0) continue;
      const bank = x + X_BANKS + n * X_BANK_BYTES;
      for (let entry = bank; entry < bank + X_CALLS; entry += X_ENTRY_BYTES) {
        if (load<u64>(entry) != u64.MAX_VALUE && <usize>load<u32>(entry, 8) == base) clearFetch(entry, bank);
      }
    }
  }
}

/** Drops every entry of every vCPU that reaches a host page: it is about to be given to somebody else. */
export function sweepHostPage(page: u32): void {
  const count = load<u32>(HOST_CONTROL, HOST_VCPU_COUNT);
  for (let v: u32 = 0; v < count; v++) dropHostPage(VCPU_AREA + <usize>v * VCPU_STRIDE, page);
}

/** Drops every entry of one vCPU that reaches a host page, by whatever name: the guest has another one in its place. */
export function dropHostPage(x: usize, page: u32): void {
  cutWindows(x, page);
  for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
    // A bank that is free is emptied when it is taken.
    if (load<u32>(x + LS_HEADERS + n * TLB_HEADER_BYTES, KEY_MODE) == 0) continue;
    const end = x + LS_BANKS + (n + 1) * LS_BANK_BYTES;
    for (let entry = end - LS_BANK_BYTES; entry < end; entry += LS_ENTRY_BYTES) {
      const tag = load<u64>(entry);
      if (tag != u64.MAX_VALUE && (load<u32>(entry, 24) + (<u32>tag << 12)) >> 12 == page) clearEntry(entry);
    }
  }
  for (let n: usize = 0; n < <usize>TLB_BANKS; n++) {
    if (load<u32>(x + X_HEADERS + n * TLB_HEADER_BYTES, KEY_MODE) == 0) continue;
    const bank = x + X_BANKS + n * X_BANK_BYTES;
    for (let entry = bank; entry < bank + X_CALLS; entry += X_ENTRY_BYTES) {
      if (load<u64>(entry) != u64.MAX_VALUE && load<u32>(entry, 12) == page) clearFetch(entry, bank);
    }
  }
}
