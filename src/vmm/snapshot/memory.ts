// The pages of a guest's memory that hold anything but zeros, by rising guest physical address.
import { HOST_MMIO, type HostView, PAGE_SIZE } from '../../host/index.js';
import type { Mapping } from '../nested-page-table.js';
import type { Translation } from '../nested-pte.js';
import type { StateHash } from './hash.js';

const PAGE_WORDS = PAGE_SIZE / 4;

/** Whether a page at a word index is all zeros. */
export function isZeroPage(words: Uint32Array, start: number): boolean {
  for (let i = start; i < start + PAGE_WORDS; i += 4) {
    if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) !== 0) return false;
  }
  return true;
}

/** Every page that is not zero: number of the guest's page, and where it lies in the shared memory. */
export function* filledPages(
  host: HostView,
  table: { mappings(): Iterable<Mapping> },
): Generator<{ page: number; at: number }> {
  const { u32 } = host.engine;
  for (const { gpa, hpa, leaf } of table.mappings()) {
    // Registers of a host's device are not the guest's memory.
    if (hpa >= HOST_MMIO) continue;
    const [page, at] = [Number(gpa) / PAGE_SIZE, Number(hpa)];
    for (let i = 0; i < leaf / PAGE_SIZE; i++) {
      if (!isZeroPage(u32, at / 4 + i * PAGE_WORDS)) yield { page: page + i, at: at + i * PAGE_SIZE };
    }
  }
}

/** What a page holds, undefined if that is zeros. */
export function pageContent(host: HostView, found: Translation | undefined): Uint8Array | undefined {
  if (found === undefined || found.hpa >= HOST_MMIO) return undefined;
  const at = Number(found.hpa);
  return isZeroPage(host.engine.u32, at / 4) ? undefined : host.memory.read(at, PAGE_SIZE);
}

/** Takes a guest's memory into a hash; pages of zeros count as pages that are not there. */
export function hashMemory(hash: StateHash, host: HostView, table: { mappings(): Iterable<Mapping> }): void {
  for (const { page, at } of filledPages(host, table)) {
    hash.word(page);
    hash.words(host.engine.u32, at / 4, PAGE_WORDS);
  }
}
