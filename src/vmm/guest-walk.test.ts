// The monitor's walk of a guest's page tables against the hart's own, on random tables.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { XLATE_GPA } from '../engine/hart/layout.js';
import { ManualClock } from '../host/index.js';
import { webPlatform } from '../platform/browser/index.js';
import { Host } from './host.js';
import { NestedPageTable } from './nested-page-table.js';

const BASE = 0x8000_0000n;
const PAGES = 6n;
const LEAF = 0xcfn; // V R W X A D

let host: Host;
beforeAll(async () => {
  host = await Host.create({ platform: webPlatform(), clock: new ManualClock() });
});

/** An entry, mostly pointers so that walks reach the last level: nothing, a pointer to one of the table pages (or outside of memory), or a leaf, well formed or not. */
const entry = fc.oneof(
  { weight: 14, arbitrary: fc.bigInt(0n, PAGES - 1n).map((page) => ((BASE / 4096n + page) << 10n) | 1n) },
  { weight: 4, arbitrary: fc.bigInt(0n, PAGES - 1n).map((page) => ((BASE / 4096n + page) << 10n) | LEAF) },
  { weight: 2, arbitrary: fc.constantFrom(0x80000n, 0xc0000n, 0n).map((page) => (page << 10n) | LEAF) },
  { weight: 2, arbitrary: fc.bigInt(0n, 0xfffffn).map((page) => (page << 10n) | LEAF) },
  { weight: 1, arbitrary: fc.bigInt(0n, 0xfffn).map((page) => (((page << 4n) | 8n) << 10n) | LEAF | (1n << 63n)) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 0xc5n, 0x0040_0000_0000_00cfn, 0xcen) },
);

/** Few distinct indexes at each level, so that walks meet entries that exist. */
const index = fc.constantFrom(0n, 511n);
const address = fc
  .tuple(index, index, index, index, index, fc.bigInt(0n, 0xfffn), fc.constantFrom(0n, 0xffn, 0x7fn))
  .map(([i4, i3, i2, i1, i0, offset, top]) => {
    const value = (i4 << 48n) | (i3 << 39n) | (i2 << 30n) | (i1 << 21n) | (i0 << 12n) | offset;
    return BigInt.asUintN(64, top === 0x7fn ? value | (top << 57n) : BigInt.asIntN(39 + 9 * Number(top & 1n), value));
  });

describe('guest page-table walk', () => {
  it.each([
    ['Sv39', 8n],
    ['Sv48', 9n],
    ['Sv57', 10n],
  ])('%s_randomTables_translateAsTheHartDoes', (_, mode) => {
    const npt = new NestedPageTable(host);
    const ram = host.allocPages(Number(PAGES));
    npt.mapRegion(BASE, ram, Number(PAGES) * 4096, 'rwx');
    const vcpu = host.perCpu(0).createVcpu(0, BASE, { table: npt });
    vcpu.write('vsatp', (mode << 60n) | (BASE / 4096n));
    const slots = fc.array(fc.tuple(fc.bigInt(0n, PAGES - 1n), index, entry), { minLength: 30, maxLength: 90 });
    let mapped = 0;
    fc.assert(
      fc.property(slots, fc.array(address, { minLength: 20, maxLength: 40 }), (entries, addresses) => {
        host.memory.zero(ram, Number(PAGES) * 4096);
        for (const [page, at, pte] of entries) host.memory.writeU64(ram + page * 4096n + at * 8n, pte);
        vcpu.flushTlb();
        for (const gva of addresses) {
          const walked = vcpu.translate(gva);
          // The hart also wants memory at the end of the way, so an address without any is a failure there.
          const reached = walked !== undefined && npt.translate(walked) !== undefined ? walked : undefined;
          const byHart = host.engine.translate(vcpu.area, gva, 'load')
            ? host.engine.view.getBigUint64(vcpu.area + XLATE_GPA, true)
            : undefined;
          expect(reached).toBe(byHart);
          if (byHart !== undefined) mapped++;
        }
      }),
      { numRuns: 200 },
    );
    expect(mapped).toBeGreaterThan(10);
    host.perCpu(0).removeVcpu(vcpu);
    npt[Symbol.dispose]();
    host.deallocPages(ram, Number(PAGES));
  });
});
