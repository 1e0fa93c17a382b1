// What a nested page table holds, looked through from its root: leaves, pages whose content is still to come, holes (Priv. ISA,
// Hypervisor, "Two-Stage Address Translation").
import type { GuestPhysAddr } from '../host/index.js';
import { PAGE_SIZE } from '../host/index.js';
import {
  ENTRIES,
  entryAddress,
  isDue,
  isLeaf,
  permissionOf,
  ppnOf,
  span,
  type TableShape,
  type Translation,
  V,
} from './nested-pte.js';

/** One leaf of the table. */
export interface Mapping extends Translation {
  /** The first guest physical address it maps. */
  readonly gpa: GuestPhysAddr;
}

interface Table {
  readonly address: number;
  readonly level: number;
  /** The first guest page it is about. */
  readonly base: number;
}

const rootOf = (shape: TableShape): Table => ({ address: shape.root, level: shape.levels - 1, base: 0 });

/** Every leaf, by rising guest physical address. */
export function* leavesIn(shape: TableShape, table: Table = rootOf(shape)): Generator<Mapping> {
  for (const { pte, page, level } of entriesOf(shape, table)) {
    if ((pte & V) === 0) continue;
    if (isLeaf(pte)) {
      const hpa = BigInt(ppnOf(pte) * PAGE_SIZE);
      yield { gpa: BigInt(page) << 12n, hpa, permission: permissionOf(pte), leaf: span(level) * PAGE_SIZE };
    } else {
      yield* leavesIn(shape, { address: ppnOf(pte) * PAGE_SIZE, level: level - 1, base: page });
    }
  }
}

function* entriesOf({ memory, levels }: TableShape, { address, level, base }: Table) {
  const entries = level === levels - 1 ? ENTRIES * 4 : ENTRIES;
  for (let index = 0; index < entries; index++) {
    const pte = memory.readU32(address + index * 8);
    if (pte !== 0) yield { pte, page: base + index * span(level), level };
  }
}

/** Pages from `page` on that are surely unmapped: 0 when it is mapped, or given on first touch. */
export function holeIn(shape: TableShape, page: number): number {
  let table = shape.root;
  for (let level = shape.levels - 1; level >= 0; level--) {
    const pte = shape.memory.readU32(entryAddress(shape, table, level, page));
    if (isDue(pte)) return 0;
    if ((pte & V) === 0) return span(level) - (page % span(level));
    if (isLeaf(pte)) return 0;
    table = ppnOf(pte) * PAGE_SIZE;
  }
  return 0;
}
