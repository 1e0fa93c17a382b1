// The two places that a load or store bank has for a page, and moving entries between them.
//
// An entry for stores that moves while another hart makes its page one of code may be missed by that hart's sweep: like a new one it is made
// first, and then the page is marked, which tells what it has become (decoded-pages.ts).

import { mayWriteDirectly } from './decoded-pages';
import { clearEntry, dataEntry, otherPlace } from './tlb';

/** Where in an entry the tags for loads and for stores are. */
export const FOR_LOADS: usize = 0;
export const FOR_STORES: usize = 8;

/** Allows stores through `entry` to page `page` of the host: directly, or slowly if the page holds code. */
export function allowStores(entry: usize, vpn: u64, page: u32): void {
  store<u64>(entry, vpn, 8);
  if (mayWriteDirectly(page)) return;
  store<u64>(entry, u64.MAX_VALUE, 8);
  store<u64>(entry, vpn, 16);
}

function put(entry: usize, vpn: u64, direct: u64, slow: u64, place: u64): void {
  store<u64>(entry, u64.MAX_VALUE, 8);
  store<u64>(entry, slow, 16);
  store<u64>(entry, place, 24);
  store<u64>(entry, vpn);
  if (direct != u64.MAX_VALUE) allowStores(entry, vpn, (<u32>place + (<u32>vpn << 12)) >> 12);
}

/** If the page of `va` is in its other place and may be used `as` loads or stores do, it changes places with whoever is in the first. */
export function comesHome(x: usize, va: u64, as: usize): bool {
  const home = dataEntry(x, va);
  const other = otherPlace(home);
  const vpn = va >> 12;
  if (load<u64>(other + as) != vpn) return false;
  const tag = load<u64>(home);
  const direct = load<u64>(home, 8);
  const slow = load<u64>(home, 16);
  const place = load<u64>(home, 24);
  put(home, vpn, load<u64>(other, 8), load<u64>(other, 16), load<u64>(other, 24));
  put(other, tag, direct, slow, place);
  return true;
}

/** The first place of `va`, for a new entry: what is there moves to the other place, which has none of this page any more. */
export function roomFor(x: usize, va: u64): usize {
  const home = dataEntry(x, va);
  const other = otherPlace(home);
  const tag = load<u64>(home);
  if (tag == va >> 12) return home;
  if (tag != u64.MAX_VALUE) put(other, tag, load<u64>(home, 8), load<u64>(home, 16), load<u64>(home, 24));
  else if (load<u64>(other) == va >> 12) clearEntry(other);
  return home;
}
