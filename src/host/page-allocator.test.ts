// The page allocator against a plain set of pages, and the errors for what a host does wrong.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE } from './address.js';
import { PageAllocator } from './page-allocator.js';

const BASE = 0x900_0000;
const PAGES = 256;

function setUp(pages = PAGES) {
  const zeroed: number[] = [];
  const memory = {
    zero: (at: number, length: number) => {
      for (let page = at; page < at + length; page += PAGE_SIZE) zeroed.push(page);
    },
  };
  return { zeroed, allocator: new PageAllocator(memory, BASE, pages) };
}

describe('PageAllocator', () => {
  it('anySequence_ofAllocationsAndFrees_neverOverlapsAndAccountsForEveryPage', () => {
    const step = fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 40 }), align: fc.constantFrom(1, 2, 4, 16, 64) }),
      fc.record({ free: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { allocator } = setUp();
        const runs: { at: number; count: number }[] = [];
        const owned = new Set<number>();
        for (const action of steps) {
          if ('free' in action) {
            const [run] = runs.splice(action.free % Math.max(1, runs.length), 1);
            if (run === undefined) continue;
            allocator.deallocPages(BigInt(run.at), run.count);
            for (let i = 0; i < run.count; i++) owned.delete(run.at + i * PAGE_SIZE);
            continue;
          }
          let at: number;
          try {
            at = Number(allocator.allocPages(action.count, action.align * PAGE_SIZE));
          } catch {
            // Refused only if there is really no aligned run.
            for (let page = 0; page + action.count <= PAGES; page++) {
              if ((BASE / PAGE_SIZE + page) % action.align !== 0) continue;
              const run = Array.from({ length: action.count }, (_, i) => BASE + (page + i) * PAGE_SIZE);
              expect(run.some((address) => owned.has(address))).toBe(true);
            }
            continue;
          }
          expect(at % (action.align * PAGE_SIZE)).toBe(0);
          for (let i = 0; i < action.count; i++) {
            const page = at + i * PAGE_SIZE;
            expect(owned.has(page)).toBe(false);
            expect(page).toBeLessThan(BASE + PAGES * PAGE_SIZE);
            owned.add(page);
          }
          runs.push({ at, count: action.count });
        }
        expect(allocator.freePages).toBe(PAGES - owned.size);
        for (const run of runs) allocator.deallocPages(BigInt(run.at), run.count);
        expect(Number(allocator.allocPages(PAGES))).toBe(BASE);
      }),
    );
  });

  it('freshPages_areNotTouched_andReusedOnesAreZeroed', () => {
    const { allocator, zeroed } = setUp();
    const first = allocator.allocPages(4);
    expect(zeroed).toEqual([]);
    allocator.deallocPages(first + 4096n, 2);
    allocator.allocPages(1);
    expect(zeroed).toEqual([BASE + 4096]);
    allocator.allocPages(200);
    expect(zeroed).toEqual([BASE + 4096]);
  });

  it('pagesOfOnesChoice_areTakenIfAllAreFree', () => {
    const { allocator } = setUp();
    allocator.allocPages(4);
    expect(allocator.findRun(8, PAGE_SIZE)).toBe(BASE + 4 * PAGE_SIZE);
    expect(allocator.tryTake(BASE + 6 * PAGE_SIZE, 2)).toBe(true);
    expect(allocator.freePages).toBe(PAGES - 6);
    expect(allocator.findRun(8, PAGE_SIZE)).toBe(BASE + 8 * PAGE_SIZE);
    expect(allocator.findRun(PAGES, PAGE_SIZE)).toBeUndefined();
    for (const [page, count] of [
      [5, 2],
      [7, 1],
      [-1, 1],
      [PAGES - 1, 2],
    ] as const) {
      expect(allocator.tryTake(BASE + page * PAGE_SIZE, count)).toBe(false);
    }
    expect(allocator.freePages).toBe(PAGES - 6);
    expect(Number(allocator.allocPages(3))).toBe(BASE + 8 * PAGE_SIZE);
    allocator.deallocPages(BigInt(BASE + 6 * PAGE_SIZE), 2);
    expect(Number(allocator.allocPages(4))).toBe(BASE + 4 * PAGE_SIZE);
  });

  it.each([
    [
      'a page twice',
      (a: PageAllocator, page: bigint) => {
        a.deallocPages(page, 1);
        a.deallocPages(page, 1);
      },
      'PAGE_DOUBLE_FREE',
    ],
    ['a run that is partly free', (a: PageAllocator, page: bigint) => a.deallocPages(page, 3), 'PAGE_DOUBLE_FREE'],
    ['a page below', (a: PageAllocator, page: bigint) => a.deallocPages(page - 4096n, 1), 'PAGE_FOREIGN'],
    ['a run beyond the end', (a: PageAllocator, page: bigint) => a.deallocPages(page, PAGES + 1), 'PAGE_FOREIGN'],
    ['half a page', (a: PageAllocator, page: bigint) => a.deallocPages(page + 8n, 1), 'INVALID_ARGUMENT'],
    ['no pages', (a: PageAllocator) => a.allocPages(0), 'INVALID_ARGUMENT'],
    ['an odd alignment', (a: PageAllocator) => a.allocPages(1, 3 * PAGE_SIZE), 'INVALID_ARGUMENT'],
    ['more than there is', (a: PageAllocator) => a.allocPages(PAGES), 'NO_MEMORY'],
  ])('misuse_%s_isATypedErrorThatChangesNothing', (_, misuse, code) => {
    const { allocator } = setUp();
    const page = allocator.allocPages(2);
    expect(() => misuse(allocator, page)).toThrowError(expect.objectContaining({ code }));
    if (code !== 'PAGE_DOUBLE_FREE') expect(allocator.freePages).toBe(PAGES - 2);
  });
});
