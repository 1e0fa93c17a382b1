// Where windows (windows.ts) come from: when a slice begins a hart looks at the last addresses that translated code has found in the TLB only, and opens a window
// on all that lies around one in a stretch.

import { ACCESS_PMM } from './access';
import { hasCode, isWriteMapped, mayWriteDirectly } from './decoded-pages';
import { BANK_LS, WINDOW_BANK, WINDOW_MISSED, WINDOW_MOVES, WINDOW_REST, XLATE_HPA } from './layout';
import { dataContext } from './mmu';
import { peek } from './peek';
import { LOAD, STORE } from './walk';
import { empty, firstOf, LOAD_WINDOW, STORE_WINDOW, pagesOf, place } from './windows';

/** Pages on either side of the address: so many the first time, and twice as many each time a window is placed again. */
const FIRST_REACH: u32 = 256;
const MOST_DOUBLINGS: u32 = 10;
/** Slices that a window stays at least: twice as many each time it was placed. */
const MOST_REST: u32 = 10;
/** The same of one that has been emptied since, by a fence or for a page of code. */
const REST_EMPTY: u32 = 3;

/** Has translated code missed a window? */
// @ts-ignore: decorator
@inline export function missedWindow(x: usize): bool {
  return (load<u64>(x + LOAD_WINDOW, WINDOW_MISSED) | load<u64>(x + STORE_WINDOW, WINDOW_MISSED)) != 0;
}

/** Opens windows on what was missed, if it is worth it. The banks of the hart's contexts are current. */
export function widenWindows(x: usize): void {
  const ctx = dataContext(x);
  widen(x, LOAD_WINDOW, LOAD, ctx);
  widen(x, STORE_WINDOW, STORE, ctx);
}

function widen(x: usize, window: usize, access: u32, ctx: u32): void {
  const missed = load<u64>(x + window, WINDOW_MISSED);
  if (missed == 0) return;
  store<u64>(x + window, 0, WINDOW_MISSED);
  const page = missed >> 12;
  const own = load<u32>(x + window, WINDOW_BANK) == load<u32>(x, BANK_LS);
  const pages: u64 = own ? pagesOf(x, window) : 0;
  const first = firstOf(x, window);
  if (page - first < pages || ctx & ACCESS_PMM) return; // it is inside: one of its last bytes was meant, or the context has changed
  const rest = min(load<u32>(x + window, WINDOW_REST), pagesOf(x, window) == 0 ? REST_EMPTY : u32.MAX_VALUE);
  const beside = page - first == pages || first - page == 1;
  if (rest != 0 && !(pages != 0 && beside)) {
    store<u32>(x + window, rest - 1, WINDOW_REST);
    return;
  }
  if (peek(x, missed, access, ctx) < 0) return;
  const moves = load<u32>(x + window, WINDOW_MOVES);
  const host = load<u32>(x, XLATE_HPA) >> 12;
  const most = FIRST_REACH << min(moves, MOST_DOUBLINGS);
  let below = reach(x, page, host, access, ctx, false, most);
  let above = reach(x, page, host, access, ctx, true, most);
  if (access == STORE) {
    below = plain(host - 1, below, -1);
    above = plain(host, above, 1);
    if (above == 0) return;
  }
  place(x, window, page - below, host - below, below + above);
  store<u32>(x + window, moves + 1, WINDOW_MOVES);
  store<u32>(x + window, (<u32>1 << min(moves, MOST_REST)) - 1, WINDOW_REST);
  if (access == STORE) claim(x, window, host - below, below + above);
}

/** How many pages from `page` on, or before it, lie in the host as it does. */
function reach(x: usize, page: u64, host: u32, access: u32, ctx: u32, up: bool, most: u32): u32 {
  let count: u32 = 0;
  while (count < most) {
    const at = up ? page + count : page - 1 - count;
    const shift = peek(x, at << 12, access, ctx);
    if (shift < 0 || <u64>(load<u32>(x, XLATE_HPA) >> 12) - at != <u64>host - page) break;
    const leaf = (<u64>1) << (shift - 12);
    const within = at & (leaf - 1);
    count += <u32>min<u64>(up ? leaf - within : within + 1, most);
  }
  return min(count, most);
}

/** How many of the `most` host pages from `page` on, by `step`, hold no code. */
function plain(page: u32, most: u32, step: i32): u32 {
  let count: u32 = 0;
  while (count < most && !hasCode((<usize>page + count * step) << 12)) count++;
  return count;
}

/** Says of the pages of a window for stores that they may be stored to directly; one that has become one of code meanwhile undoes it. */
function claim(x: usize, window: usize, host: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) {
    // Sweeps ask for windows without looking what is in them, so pages that are noted need no more.
    if (isWriteMapped(host + i) || mayWriteDirectly(host + i)) continue;
    empty(x, window);
    return;
  }
}
