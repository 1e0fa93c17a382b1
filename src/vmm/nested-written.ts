// Which pages a guest has stored to: a log kept by the nested page table itself. A leaf of the guest's memory that is "copied before it
// is written" (for a fork) cannot be written without leaving the guest; a page that nobody else holds then simply becomes writable
// again. So making every leaf such a one starts the log, and those that are not any more were stored to: by a hart, by a walk that set
// A or D, or by a device (Priv. ISA, Hypervisor, "Two-Stage Address Translation").
import { PAGE_SIZE } from '../host/index.js';
import { COPY, ENTRIES, HELD, isLeaf, MOVING, ppnOf, shareLeaf, span, type TableShape, V } from './nested-pte.js';

/** Neighbours among the guest's pages, by number. */
export interface PageRun {
  readonly page: number;
  readonly count: number;
}

interface Table {
  readonly address: number;
  readonly level: number;
  readonly base: number;
}

/**
 * The pages that were stored to since the last time, or have been given since, or all that are there: a page may be noticed for a fork
 * already, or since an earlier log that was given up. Harts may run: what they have cached must be dropped before the pages are read.
 */
export function* takeWritten(
  shape: TableShape,
  all = false,
  { address, level, base }: Table = { address: shape.root, level: shape.levels - 1, base: 0 },
): Generator<PageRun> {
  const { memory, levels } = shape;
  const entries = level === levels - 1 ? ENTRIES * 4 : ENTRIES;
  for (let index = 0; index < entries; index++) {
    const entry = address + index * 8;
    const page = base + index * span(level);
    // Again if a hart was faster.
    for (let pte = memory.readU32(entry); pte & V; pte = memory.readU32(entry)) {
      if (!isLeaf(pte)) {
        yield* takeWritten(shape, all, { address: ppnOf(pte) * PAGE_SIZE, level: level - 1, base: page });
        break;
      }
      if ((pte & (HELD | MOVING)) === (HELD | MOVING)) {
        // Copied for a write of the host's, and until the guest writes there nobody can tell whether there were more.
        yield { page, count: 1 };
        break;
      }
      if ((pte & (HELD | COPY)) !== HELD) {
        if (all && pte & HELD) yield { page, count: span(level) };
        break;
      }
      if (!memory.replaceU32(entry, pte, shareLeaf(pte))) continue;
      yield { page, count: span(level) };
      break;
    }
  }
}
