// Windows: of the addresses that lie in the host's memory one after the other as they do in the guest's, a stretch for loads and one for stores. Translated code compares an
// address with a window's bounds in place of an entry of the TLB, which takes half as long.
//
// A window says what entries of the TLB for all of its pages would say, and goes when one of these would have to. It belongs to one bank, and is open only
// while that bank is current. Which addresses are worth one is found in widen.ts. Only the vCPU's own thread changes them, when none of its translated code runs:
// other harts ask for it, and rely on it after this one's next safepoint.

import { BANK_LS, WINDOW_BANK, WINDOW_BASE, WINDOW_BYTES, WINDOW_LONG, WINDOW_LOW, WINDOW_PAGES, WINDOW_SPAN, WINDOW_SWEPT, WINDOWS } from './layout';

/** Bytes of an access, and of a group of them (jit/groups.ts), that may reach beyond its address. */
const ACCESS_BYTES: u64 = 8;
const GROUP_BYTES: u64 = 256;

export const LOAD_WINDOW: usize = WINDOWS;
export const STORE_WINDOW: usize = WINDOWS + WINDOW_BYTES;

/** Pages that a vCPU's window has, whether it is open or not. */
// @ts-ignore: decorator
@inline export function pagesOf(x: usize, window: usize): u32 { return load<u32>(x + window, WINDOW_PAGES); }

/** Its first page. */
// @ts-ignore: decorator
@inline export function firstOf(x: usize, window: usize): u64 { return load<u64>(x + window, WINDOW_LOW) >> 12; }

function open(x: usize, window: usize): void {
  const pages = pagesOf(x, window);
  if (pages == 0) return;
  const bytes = <u64>pages << 12;
  store<u64>(x + window, bytes - (ACCESS_BYTES - 1), WINDOW_SPAN);
  store<u64>(x + window, bytes - (GROUP_BYTES - 1), WINDOW_LONG);
}

function shut(x: usize, window: usize): void {
  store<u64>(x + window, 0, WINDOW_SPAN);
  store<u64>(x + window, 0, WINDOW_LONG);
}

/** Nothing lies in the window any more. */
export function empty(x: usize, window: usize): void {
  shut(x, window);
  store<u32>(x + window, 0, WINDOW_PAGES);
}

/** Makes a window of the current bank: `pages` from page `first` on, which lie in the host from page `host` on. */
export function place(x: usize, window: usize, first: u64, host: u32, pages: u32): void {
  shut(x, window);
  store<u64>(x + window, first << 12, WINDOW_LOW);
  store<u32>(x + window, host << 12, WINDOW_BASE);
  store<u32>(x + window, pages, WINDOW_PAGES);
  store<u32>(x + window, load<u32>(x, BANK_LS), WINDOW_BANK);
  open(x, window);
}

/** The bank that is current has changed. */
export function enterWindows(x: usize): void {
  enterWindow(x, LOAD_WINDOW);
  enterWindow(x, STORE_WINDOW);
}

function enterWindow(x: usize, window: usize): void {
  if (load<u32>(x + window, WINDOW_BANK) == load<u32>(x, BANK_LS)) open(x, window);
  else shut(x, window);
}

/** A bank loses what it has. */
export function forgetWindows(x: usize, bank: usize): void {
  forgetWindow(x, bank, LOAD_WINDOW);
  forgetWindow(x, bank, STORE_WINDOW);
}

function forgetWindow(x: usize, bank: usize, window: usize): void {
  if (<usize>load<u32>(x + window, WINDOW_BANK) == bank) empty(x, window);
}

/** A host page is no longer the guest's: a window that has it keeps what lies on one side of it. */
export function cutWindows(x: usize, page: u32): void {
  cutWindow(x, LOAD_WINDOW, page);
  cutWindow(x, STORE_WINDOW, page);
}

/** Takes a host page out of a window of a vCPU that runs in this thread or nowhere; the greater part stays. */
export function cutWindow(x: usize, window: usize, page: u32): void {
  const pages = pagesOf(x, window);
  const host = load<u32>(x + window, WINDOW_BASE) >> 12;
  const below = page - host;
  if (below >= pages) return;
  const above = pages - below - 1;
  const isOpen = load<u64>(x + window, WINDOW_SPAN) != 0;
  shut(x, window);
  if (above > below) {
    store<u64>(x + window, load<u64>(x + window, WINDOW_LOW) + ((<u64>below + 1) << 12), WINDOW_LOW);
    store<u32>(x + window, (page + 1) << 12, WINDOW_BASE);
  }
  store<u32>(x + window, max(above, below), WINDOW_PAGES);
  if (isOpen) open(x, window);
}

/** The same of a vCPU that may be running in another thread: it gives up its window for stores at its next safepoint. */
export function sweepWindow(x: usize): void {
  atomic.store<u32>(x + STORE_WINDOW, 1, WINDOW_SWEPT);
}

/** At a safepoint: does what others have asked for by {@link sweepWindow}. */
export function leaveSwept(x: usize): void {
  if (atomic.load<u32>(x + STORE_WINDOW, WINDOW_SWEPT) == 0) return;
  atomic.store<u32>(x + STORE_WINDOW, 0, WINDOW_SWEPT);
  empty(x, STORE_WINDOW);
}
