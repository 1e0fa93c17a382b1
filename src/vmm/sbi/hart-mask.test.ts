// Hart lists against the plain meaning of the specification's sentence.
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ALL_ONES, findHart, selectHarts } from './hart-mask.js';
import { FakePlatform } from './testing/fake-platform.js';

const ids = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 20 });
const word = fc.oneof(fc.bigInt({ min: 0n, max: ALL_ONES }), fc.bigInt({ min: 0n, max: 255n }));

it('mask_namesOnlyExistingHarts_selectsExactlyThose', () => {
  fc.assert(
    fc.property(ids, word, fc.oneof(word, fc.bigInt({ min: 0n, max: 200n })), (hartIds, mask, base) => {
      const platform = new FakePlatform({ ids: hartIds });
      const named: bigint[] = [];
      for (let bit = 0n; bit < 64n; bit++) if ((mask >> bit) & 1n) named.push(base + bit);
      const exists = named.every((id) => hartIds.some((hart) => BigInt(hart) === id));
      const selected = selectHarts(platform, mask, base)?.map(({ id }) => id);
      const expected = hartIds.filter((id) => named.includes(BigInt(id)));
      if (base === ALL_ONES) expect(selected).toEqual(hartIds);
      else expect(selected).toEqual(exists ? expected : undefined);
    }),
  );
});

it('mask_of_existingHarts_fromAnyBase_findsThemAll', () => {
  fc.assert(
    fc.property(ids, fc.integer({ min: 0, max: 200 }), (hartIds, base) => {
      const within = hartIds.filter((id) => id >= base && id < base + 64);
      const mask = within.reduce((bits, id) => bits | (1n << BigInt(id - base)), 0n);
      const selected = selectHarts(new FakePlatform({ ids: hartIds }), mask, BigInt(base));
      expect(selected?.map(({ id }) => id)).toEqual(within);
    }),
  );
});

it('base_allOnes_meansEveryHart_whateverTheMask', () => {
  const platform = new FakePlatform();
  for (const mask of [0n, 1n, ALL_ONES]) expect(selectHarts(platform, mask, ALL_ONES)).toBe(platform.harts);
});

it('hart_isFoundById_notByPlace', () => {
  const platform = new FakePlatform({ ids: [5, 9] });
  expect(findHart(platform, 9n)).toBe(platform.harts[1]);
  expect(findHart(platform, 1n)).toBeUndefined();
  expect(findHart(platform, (1n << 32n) + 5n)).toBeUndefined();
});
