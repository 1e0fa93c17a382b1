// What is looked up in a table is what is there: wherever it lies, on a page or on two, at multiples of its size or not, and whatever is mapped there by then.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { explainRegion } from './explain.js';
import { entry, paged, RW } from './jit-testing/paging.js';
import { CODE, DATA, Twins, X } from './jit-testing/twins.js';

const [A0, A2, S0, S1, S3] = [10, 12, 8, 9, 19];
const PAGE = 0x100;
const PAGES = 4;
const R = 0x43n; // A R V
const FUZZ = Number(process.env.HYPERCRAFT_FUZZ ?? 30);
const BUDGETS = [1999, 1000, 3001, 77];

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => {
  twins.reset();
  // No page lies beside the one that is mapped beside it: no windows.
  paged(twins);
  for (let page = 0; page < PAGES; page++) entry(twins, PAGE + page, DATA + 0x1000 * ((3 * page + 2) & 3), RW);
  const words = new BigUint64Array(512 * PAGES).map((_, i) => 0x9e37_79b9_7f4a_7c15n * BigInt(i + 1));
  twins.put(DATA, new Uint8Array(words.buffer));
});

function load(source: string): void {
  twins.put(CODE, assemble(source, { base: CODE, symbols: { DATA, CODE } }).bytes);
}

function warm(most = 12_000): void {
  expect(twins.runToEnd(BUDGETS, most)).toBe('budget');
}

/** Another number in a0. */
const NEXT = 'slli t1, a0, 13\n xor a0, a0, t1\n srli t1, a0, 7\n xor a0, a0, t1\n slli t1, a0, 17\n xor a0, a0, t1';

const BYTES = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, lwu: 4, sw: 4, ld: 8, sd: 8 } as const;

/** How often a region looks into the TLB where its loop or block begins, without a jump. */
function looks(): number {
  const text = explainRegion(twins.translated, CODE)?.text ?? '';
  return text.match(/local\.get \$entry i32\.load offset=24 local\.get \$host select/g)?.length ?? 0;
}

describe('a table', () => {
  it('anywhere, looked up by any few bits, loaded and stored_is what the interpreter has', () => {
    const access = fc.record({
      op: fc.constantFrom(...(Object.keys(BYTES) as (keyof typeof BYTES)[])),
      cut: fc.constantFrom('andi t0, a0, MASK', 'srli t0, a0, 64-BITS', 'srliw t0, a0, 32-BITS', 'lbu t0, 0(s1)'),
      bits: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(9)),
      scale: fc.integer({ min: 0, max: 3 }),
      imm: fc.constantFrom(0, 0, 0, 8, 16, -8, 3, 100, 1024),
      by: fc.constantFrom('add', 'add', 'shadd', 'page'),
    });
    const program = fc.record({
      accesses: fc.array(access, { minLength: 1, maxLength: 6 }),
      at: fc.oneof(fc.integer({ min: 16, max: 4096 * (PAGES - 1) - 1100 }), fc.integer({ min: 4096 - 600, max: 4096 })),
      align: fc.constantFrom(1, 1, 2, 4, 8, 8, 8),
      moves: fc.constantFrom(-1, -1, 0, 1, 2, 3),
      nested: fc.boolean(),
      maps: fc.array(fc.tuple(fc.nat(PAGES - 1), fc.nat(3), fc.constantFrom(RW, RW, RW, R, 0n)), { maxLength: 4 }),
    });
    let translated = 0n;
    fc.assert(
      fc.property(program, ({ accesses, at, align, moves, nested, maps }) => {
        twins.reset();
        paged(twins);
        for (let page = 0; page < PAGES; page++) entry(twins, PAGE + page, DATA + 0x1000 * ((3 * page + 2) & 3), RW);
        const words = new BigUint64Array(512 * PAGES).map((_, i) => 0x9e37_79b9_7f4a_7c15n * BigInt(i + 1));
        twins.put(DATA, new Uint8Array(words.buffer));
        const base = DATA + at - (at % align);
        const body = accesses.map(({ op, cut, bits, scale, imm, by }) => {
          const index = cut
            .replace('MASK', String(2 ** bits - 1))
            .replace(/(\d+)-BITS/, (_, n) => String(Number(n) - bits));
          const store = op.startsWith('s');
          const add =
            by === 'shadd' && scale > 0
              ? `sh${scale}add t0, t0, s0`
              : `slli t0, t0, ${scale}\n add t0, t0, ${by === 'page' ? 't2' : 's0'}`;
          return `${index}\n ${add}\n ${op} ${store ? 'a2' : 't3'}, ${imm}(t0)${store ? '' : '\n add a2, a2, t3'}`;
        });
        const page = `auipc t2, ${(DATA - CODE) >> 12}\n addi t2, t2, 1040`;
        if (moves >= 0) body.splice(moves, 0, 'xor s0, s0, s3');
        const loop = `${NEXT}\n ${page}\n ${body.join('\n')}`;
        load(
          nested
            ? `outer: li s2, 3\n loop: ${loop}\n addi s2, s2, -1\n bnez s2, loop\n addi a2, a2, 1\n j outer`
            : `loop: ${loop}\n j loop`,
        );
        twins.setX(A0, 0x1234_5678_9abc_def1n);
        twins.setX(S0, BigInt(base));
        twins.setX(S1, BigInt(DATA + 40));
        twins.setX(S3, 64n);
        let reason = twins.runToEnd(BUDGETS, 8000);
        for (const [index, to, flags] of maps) {
          if (reason !== 'budget') break;
          entry(twins, PAGE + index, DATA + 0x1000 * to, flags);
          twins.both((engine) => engine.flushTlb(X));
          reason = twins.runToEnd(BUDGETS, 4000);
        }
        translated += twins.retiredTranslated;
      }),
      { numRuns: FUZZ },
    );
    expect(translated).toBeGreaterThan(100n * BigInt(FUZZ));
  });

  it('in a loop that leaves its register alone_is looked for where the loop begins', () => {
    load(`loop: ${NEXT}\n andi t0, a0, 15\n slli t0, t0, 3\n add t0, t0, s0\n ld t3, 0(t0)\n add a2, a2, t3\n j loop`);
    twins.setX(A0, 1n);
    twins.setX(S0, BigInt(DATA + 0x800));
    warm();
    expect(looks()).toBe(2);
    expect(twins.retiredTranslated).toBeGreaterThan(10_000n);
  });

  it('whose bytes may lie on two pages_is looked for in both', () => {
    load(
      `loop: ${NEXT}\n andi t0, a0, 255\n slli t0, t0, 3\n add t0, t0, s0\n ld t3, 0(t0)\n ld t4, 8(t0)\n add a2, a2, t3\n j loop`,
    );
    twins.setX(A0, 1n);
    twins.setX(S0, BigInt(DATA + 0xc00));
    warm();
    expect(looks()).toBe(4);
    expect(twins.retiredTranslated).toBeGreaterThan(10_000n);
  });

  it.each([
    [2, 4],
    [6, 0],
  ])('in a loop with %i ways into it_is looked for in %i places', (ways, places) => {
    const into = 'beq s3, zero, loop\n addi s3, s3, -1\n'.repeat(ways - 1);
    load(
      `outer: xor s0, s0, zero\n ${into} li a3, 9\n loop: ${NEXT}\n andi t0, a0, 15\n slli t0, t0, 3\n add t0, t0, s0\n ld t3, 0(t0)\n add a2, a2, t3\n addi a3, a3, -1\n bgtz a3, loop\n j outer`,
    );
    twins.setX(A0, 1n);
    twins.setX(S0, BigInt(DATA + 0x800));
    twins.setX(S3, 100n);
    warm();
    expect(looks()).toBe(places);
  });

  it('in a loop that a function is called in_is looked for by each access', () => {
    load(
      `loop: ${NEXT}\n andi t0, a0, 15\n slli t0, t0, 3\n add t0, t0, s0\n ld t3, 0(t0)\n add a2, a2, t3\n lui t4, 0x80001\n slli t4, t4, 32\n srli t4, t4, 32\n jalr ra, t4\n j loop`,
    );
    twins.put(CODE + 0x1000, assemble('addi a3, a3, 1\n ret', { base: CODE + 0x1000 }).bytes);
    twins.setX(A0, 1n);
    twins.setX(S0, BigInt(DATA + 0x800));
    warm();
    expect(looks()).toBe(0);
    expect(twins.x(A2)).not.toBe(0n);
  });

  it('that may be loaded only_is not stored to', () => {
    entry(twins, PAGE, DATA, R);
    twins.both((engine) => engine.flushTlb(X));
    load(
      `loop: ${NEXT}\n andi t0, a0, 15\n slli t0, t0, 3\n add t0, t0, s0\n ld t3, 0(t0)\n add a2, a2, t3\n beqz s3, loop\n sd a2, 0(t0)\n j loop`,
    );
    twins.setX(A0, 1n);
    twins.setX(S0, BigInt(DATA + 0x800));
    warm();
    twins.setX(S3, 1n);
    expect(twins.runToEnd(BUDGETS)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(15n);
  });
});
