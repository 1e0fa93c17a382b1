// A host without an engine for tests of what only needs memory: the page allocator over a plain buffer.
import { PAGE_FLAGS, PAGE_HAS_CODE, RAM_AREA } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { HostMemory, PAGE_SIZE, PageAllocator } from '../host/index.js';
import type { PageSource } from './nested-page-table.js';

export interface BareHost extends PageSource {
  readonly memory: HostMemory;
  readonly view: DataView;
  /** Calls of `invalidateCode` so far. */
  readonly invalidated: { readonly at: number; readonly bytes: number }[];
  readonly freePages: number;
  /** Marks a page as one that holds decoded instructions. */
  markCode(page: number): void;
}

/** Host physical memory of `pages` pages, without harts. */
export function bareHost(pages: number): BareHost {
  const buffer = new ArrayBuffer(RAM_AREA + pages * PAGE_SIZE);
  const view = new DataView(buffer);
  const u8 = new Uint8Array(buffer);
  const invalidated: { at: number; bytes: number }[] = [];
  const u32 = new Uint32Array(buffer);
  const engine = { u8, u32, view, invalidateCode: (at: number, bytes: number) => invalidated.push({ at, bytes }) };
  const memory = new HostMemory(engine as unknown as Engine, buffer.byteLength);
  const allocator = new PageAllocator(memory, RAM_AREA, pages);
  let vmid = 0;
  return {
    memory,
    view,
    invalidated,
    get freePages() {
      return allocator.freePages;
    },
    allocPages: (count, options = {}) => allocator.allocPages(count, options.align),
    deallocPages: (address, count) => allocator.deallocPages(address, count),
    allocVmid: () => ++vmid,
    markCode: (page) => {
      new Uint16Array(buffer, PAGE_FLAGS)[Math.floor(page / PAGE_SIZE)]! |= PAGE_HAS_CODE;
    },
  };
}
