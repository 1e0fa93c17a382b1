// Where in host memory a guest's next block goes: so that blocks lie there as they do in the guest, wherever nobody is in the way. What leads from
// a guest's address to the host's is then the same for all of them, which translated code makes use of (jit/linear.ts).
import { PAGE_SIZE } from '../host/index.js';
import { ENTRIES, type FoundEntry, HELD, isDue, isLeaf, ppnOf, type TableShape, V } from './nested-pte.js';

/** Bytes of an entry of a table. */
const ENTRY = 8;

/**
 * The host address for the block of a table's entry: beside the nearest block of that table that is there; without one where all of the memory due
 * around it has room. Undefined if there is no such place.
 * @param blockBytes bytes of a block
 */
export function placeOfBlock(
  { memory }: Pick<TableShape, 'memory'>,
  { entry }: Pick<FoundEntry, 'entry'>,
  blockBytes: number,
  findRun: (pages: number, align: number) => number | undefined,
): number | undefined {
  const table = entry - (entry % PAGE_SIZE);
  const index = (entry - table) / ENTRY;
  const pteAt = (i: number): number => (i < 0 || i >= ENTRIES ? 0 : memory.readU32(table + i * ENTRY));
  for (let away = 1; away < ENTRIES; away++) {
    for (const i of [index - away, index + away]) {
      const pte = pteAt(i);
      if ((pte & (V | HELD)) === (V | HELD) && isLeaf(pte)) return ppnOf(pte) * PAGE_SIZE + (index - i) * blockBytes;
    }
  }
  let first = index;
  let last = index;
  while (isDue(pteAt(first - 1))) first--;
  while (isDue(pteAt(last + 1))) last++;
  const run = findRun(((last - first + 1) * blockBytes) / PAGE_SIZE, blockBytes);
  return run === undefined ? undefined : run + (index - first) * blockBytes;
}
