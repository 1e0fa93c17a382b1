// The nested page table against a short model of the specification's walker (Priv. ISA, "Virtual Address Translation
// Process" with the x4 widening) that reads raw memory, and against a plain map of pages.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { bareHost } from './bare-host.test-support.js';
import { NestedPageTable } from './nested-page-table.js';
import {
  COPY,
  findEntry,
  HELD,
  makePte,
  type NestedPagingMode,
  openNestedPageTable,
  type Permission,
  shapeOf,
  V,
  W,
} from './nested-pte.js';

const KIB4 = 4096;
const MIB2 = 2 << 20;
const GIB1 = 1 << 30;

/** The specification's walk, written without looking at the code under test. */
function walk(view: DataView, hgatp: bigint, gpa: bigint): { hpa: bigint; bits: number } | undefined {
  const levels = { 8: 3, 9: 4, 10: 5 }[Number(hgatp >> 60n)]!;
  if (gpa >> BigInt(12 + levels * 9 + 2) !== 0n) return undefined;
  let a = (hgatp & 0xfff_ffff_ffffn) * 4096n;
  for (let i = levels - 1; i >= 0; i--) {
    const width = i === levels - 1 ? 11 : 9;
    const vpn = (gpa >> BigInt(12 + 9 * i)) & ((1n << BigInt(width)) - 1n);
    const pte = view.getBigUint64(Number(a + vpn * 8n), true);
    const bits = Number(pte & 0x3ffn);
    if ((bits & 1) === 0 || (bits & 6) === 4 || pte >> 54n !== 0n) return undefined;
    const ppn = (pte >> 10n) & 0xfff_ffff_ffffn;
    if ((bits & 0xe) === 0) {
      if (bits & 0xd0) throw new Error('D, A and U are reserved in a non-leaf PTE');
      a = ppn * 4096n;
      continue;
    }
    const low = (1n << BigInt(9 * i)) - 1n;
    if ((ppn & low) !== 0n) throw new Error('misaligned superpage');
    if ((bits & 0xd0) !== 0xd0) throw new Error('leaf without D, A, U');
    return { hpa: ((ppn & ~low) << 12n) | (gpa & ((1n << BigInt(12 + 9 * i)) - 1n)), bits: bits & 0xe };
  }
  throw new Error('no leaf at the last level');
}

const BITS: Record<Permission, number> = { r: 2, rw: 6, rx: 10, rwx: 14, x: 8 };
const permission = fc.constantFrom<Permission>('r', 'rw', 'rx', 'rwx', 'x');

describe('NestedPageTable', () => {
  it.each<NestedPagingMode>(['sv39x4', 'sv48x4', 'sv57x4'])(
    '%s_anySequenceOfChanges_agreesWithTheSpecifiedWalkAndAMapOfPages',
    (mode) => {
      // Around a 2 MiB edge near the top of the space, so that leaves of two sizes, splits and the wide root all occur.
      const top = { sv39x4: 1n << 41n, sv48x4: 1n << 50n, sv57x4: 1n << 59n }[mode];
      const origin = top - BigInt(4 * MIB2);
      const pages = 4 * 512;
      const range = fc.record({ first: fc.nat(pages - 1), count: fc.oneof(fc.nat(20), fc.nat(1200)) });
      const step = fc.oneof(
        fc.record({ kind: fc.constant('map' as const), range, permission, skew: fc.constantFrom(0, 0, 0, 1, 511) }),
        fc.record({ kind: fc.constant('unmap' as const), range, permission, skew: fc.constant(0) }),
        fc.record({ kind: fc.constant('protect' as const), range, permission, skew: fc.constant(0) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
          const host = bareHost(64);
          const before = host.freePages;
          const npt = new NestedPageTable(host, { mode });
          let flushes = 0;
          // At once: what waits for harts of other threads comes back later.
          npt.attach(() => {
            flushes++;
            return undefined;
          });
          const model = new Map<number, { hpa: number; permission: Permission }>();
          for (const { kind, range, permission, skew } of steps) {
            const { first } = range;
            const count = Math.min(range.count, pages - first);
            if (count === 0) continue;
            const gpa = origin + BigInt(first * KIB4);
            const numbers = Array.from({ length: count }, (_, i) => first + i);
            if (kind === 'map') {
              const hpa = 0x4000_0000 + (first + skew) * KIB4;
              if (numbers.some((n) => model.has(n))) {
                expect(() => npt.mapRegion(gpa, BigInt(hpa), count * KIB4, permission)).toThrowError(
                  expect.objectContaining({ code: 'NPT_ALREADY_MAPPED' }),
                );
                continue;
              }
              npt.mapRegion(gpa, BigInt(hpa), count * KIB4, permission);
              for (const [i, n] of numbers.entries()) model.set(n, { hpa: hpa + i * KIB4, permission });
              continue;
            }
            const change = () =>
              kind === 'unmap' ? npt.unmap(gpa, count * KIB4) : npt.protect(gpa, count * KIB4, permission);
            if (!numbers.every((n) => model.has(n))) {
              expect(change).toThrowError(expect.objectContaining({ code: 'NPT_NOT_MAPPED' }));
              continue;
            }
            const flushed = flushes;
            change();
            expect(flushes).toBeGreaterThan(flushed);
            for (const n of numbers) {
              if (kind === 'unmap') model.delete(n);
              else model.set(n, { ...model.get(n)!, permission });
            }
          }
          const opened = openNestedPageTable(host.memory, npt.token);
          for (let n = 0; n < pages; n++) {
            const gpa = origin + BigInt(n * KIB4) + 0x234n;
            const page = model.get(n);
            const walked = walk(host.view, npt.token, gpa);
            const translated = (n & 1 ? npt : opened).translate(gpa);
            if (page === undefined) {
              expect([walked, translated]).toEqual([undefined, undefined]);
              continue;
            }
            if (walked?.hpa !== BigInt(page.hpa + 0x234) || walked.bits !== BITS[page.permission]) {
              expect(walked).toEqual({ hpa: BigInt(page.hpa + 0x234), bits: BITS[page.permission] });
            }
            if (translated?.hpa !== walked?.hpa || translated?.permission !== page.permission) {
              expect(translated).toMatchObject({ hpa: walked?.hpa, permission: page.permission });
            }
          }
          const mapped = [...npt.mappings()].reduce((sum, mapping) => sum + mapping.leaf / KIB4, 0);
          expect(mapped).toBe(model.size);
          npt[Symbol.dispose]();
          expect(host.freePages).toBe(before);
        }),
        { numRuns: 40 },
      );
    },
  );

  it('mapRegion_ofAGuestWithUnalignedEdges_usesTheLargestLeaves', () => {
    const npt = new NestedPageTable(bareHost(64));
    const gpa = BigInt(GIB1 - MIB2 - KIB4);
    npt.mapRegion(gpa, gpa, KIB4 + MIB2 + GIB1 + 2 * MIB2 + KIB4, 'rwx');
    expect([...npt.mappings()].map(({ leaf }) => leaf)).toEqual([KIB4, MIB2, GIB1, MIB2, MIB2, KIB4]);
  });

  it('unmap_ofOnePageInAGigapage_splitsTwiceAndKeepsTheRest', () => {
    const npt = new NestedPageTable(bareHost(64));
    npt.map(0n, 0x4000_0000n, GIB1, 'rw');
    npt.unmap(0x20_1000n, KIB4);
    expect(npt.translate(0x20_1000n)).toBeUndefined();
    expect(npt.translate(0x20_0fffn)).toEqual({ hpa: 0x4020_0fffn, permission: 'rw', leaf: KIB4 });
    expect(npt.translate(0x40_0000n)).toEqual({ hpa: 0x4040_0000n, permission: 'rw', leaf: MIB2 });
    expect([...npt.mappings()].length).toBe(511 + 511);
  });

  it('unmap_ofAPageThatAHartMakesItsOwnMeanwhile_givesItBackOnce', () => {
    const host = bareHost(32);
    const npt = new NestedPageTable(host);
    npt.reserve(0x20_0000n, KIB4, 'rw');
    const free = host.freePages;
    const page = Number(host.allocPages(1)) / KIB4;
    const { entry, pte } = findEntry(shapeOf(host.memory, npt.token), 0x200)!;
    const shared = makePte(page, (pte & 0x3ff & ~W) | V | HELD | COPY);
    host.memory.writeU32(entry, shared);
    vi.spyOn(host.memory, 'replaceU32').mockImplementationOnce(() => {
      host.memory.writeU32(entry, makePte(page, (shared & 0x3ff & ~COPY) | W));
      return false;
    });
    npt.unmap(0x20_0000n, KIB4);
    expect(npt.translate(0x20_0000n)).toBeUndefined();
    // The page, and the table that is empty now.
    expect(host.freePages).toBeGreaterThanOrEqual(free);
    npt[Symbol.dispose]();
    expect(host.freePages).toBe(32);
  });

  it('mapRegion_withoutMemoryForTables_mapsNothing', () => {
    const host = bareHost(12);
    const npt = new NestedPageTable(host);
    const free = host.freePages;
    host.allocPages(free - 3);
    expect(() => npt.mapRegion(0n, 0x1000n, 3 * MIB2, 'rw')).toThrowError(
      expect.objectContaining({ code: 'NO_MEMORY' }),
    );
    expect([...npt.mappings()]).toEqual([]);
    expect(host.freePages).toBe(3);
  });

  it.each([
    ['size', () => [0n, 0n, 100] as const, 'NPT_MISALIGNED'],
    ['guest address', () => [1n, 0n, KIB4] as const, 'NPT_MISALIGNED'],
    ['host address', () => [0n, 1n, KIB4] as const, 'NPT_MISALIGNED'],
    ['end beyond the space', () => [(1n << 41n) - 4096n, 0n, 2 * KIB4] as const, 'NPT_RANGE'],
    ['negative address', () => [-4096n, 0n, KIB4] as const, 'NPT_RANGE'],
  ])('mapRegion_withABad_%s_isATypedError', (_, args, code) => {
    const npt = new NestedPageTable(bareHost(16));
    const [gpa, hpa, size] = args();
    expect(() => npt.mapRegion(gpa, hpa, size, 'r')).toThrowError(expect.objectContaining({ code }));
  });

  it('token_isInHgatpFormat_withAnAlignedRoot', () => {
    const npt = new NestedPageTable(bareHost(16), { mode: 'sv48x4', vmid: 5 });
    expect(npt.token >> 60n).toBe(9n);
    expect((npt.token >> 44n) & 0x3fffn).toBe(5n);
    expect((npt.token & 3n) === 0n).toBe(true);
  });
});
