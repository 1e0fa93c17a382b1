// Cache-block management, zeroing and prefetching: Zicbom, Zicboz, Zicbop. Unpriv. ISA, "CMO Extensions for Base Cache Management
// Operation ISA". Blocks are 64 bytes.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CODE, cause, DATA, type Mode, TestHart } from './engine-testing/hart.js';
import { ALL, entryOf, pageTable, pte } from './engine-testing/paging.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

const [CBIE, CBIE_FLUSH, CBCFE, CBZE] = [3n << 4n, 1n << 4n, 1n << 6n, 1n << 7n];
const fields = { 'cbo.inval': CBIE, 'cbo.clean': CBCFE, 'cbo.flush': CBCFE, 'cbo.zero': CBZE } as const;
const names = Object.keys(fields) as (keyof typeof fields)[];
const management = names.slice(0, 3);
/** A virtual address of a page whose tables a test makes. */
const PAGE = 0x4000_0000;

function grant(m: bigint, h: bigint, s: bigint): void {
  hart.setCsr('menvcfg', m);
  hart.setCsr('henvcfg', h);
  hart.setCsr('senvcfg', s);
}

describe('who may', () => {
  /** The specification's table: the first level in the way decides the exception. */
  function expected(mode: Mode, m: boolean, h: boolean, s: boolean): number | 'done' {
    if (mode === 'M') return 'done';
    if (!m || (mode === 'U' && !s)) return cause.illegal;
    if ((mode === 'VS' && !h) || (mode === 'VU' && !(h && s))) return cause.virtualInstruction;
    return 'done';
  }

  test.each(names)('%s_any mode and any xenvcfg_runs, is illegal or virtual', (name) => {
    const field = fields[name];
    hart.load(`${name} (a1)`);
    for (const mode of ['M', 'HS', 'U', 'VS', 'VU'] as const) {
      for (let bits = 0; bits < 8; bits++) {
        const [m, h, s] = [(bits & 1) !== 0, (bits & 2) !== 0, (bits & 4) !== 0];
        // All other fields are on: they must not matter.
        const others = (CBIE | CBCFE | CBZE) & ~field;
        grant((m ? field : 0n) | others, (h ? field : 0n) | others, (s ? field : 0n) | others);
        const result = hart.run({ a1: BigInt(DATA) }, mode);
        expect([mode, bits, result]).toEqual([mode, bits, expected(mode, m, h, s)]);
      }
    }
  });

  test('cbo.inval_CBIE = 01 at any level_runs, as a flush', () => {
    hart.load('cbo.inval (a1)');
    for (const [m, h, s] of [
      [CBIE_FLUSH, CBIE, CBIE],
      [CBIE, CBIE_FLUSH, CBIE],
      [CBIE, CBIE, CBIE_FLUSH],
    ] as const) {
      grant(m, h, s);
      for (const mode of ['HS', 'U', 'VS', 'VU'] as const) expect(hart.run({ a1: BigInt(DATA) }, mode)).toBe('done');
    }
  });

  test('CBIE_reserved value_is not taken', () => {
    hart.setCsr('menvcfg', CBIE_FLUSH);
    hart.setCsr('menvcfg', 2n << 4n);
    expect(hart.csr('menvcfg') & CBIE).toBe(CBIE_FLUSH);
  });

  test('extension off_illegal in M-mode, and its fields are zero', () => {
    hart.configure({ off: ['Zicbom'] });
    for (const name of management) {
      hart.load(`${name} (a1)`);
      expect(hart.run({ a1: BigInt(DATA) })).toBe(cause.illegal);
    }
    hart.setCsr('menvcfg', -1n);
    expect(hart.csr('menvcfg') & (CBIE | CBCFE | CBZE)).toBe(CBZE);
    hart.configure({ off: ['Zicboz'] });
    hart.load('cbo.zero (a1)');
    expect(hart.run({ a1: BigInt(DATA) })).toBe(cause.illegal);
    hart.setCsr('menvcfg', -1n);
    expect(hart.csr('menvcfg') & (CBIE | CBCFE | CBZE)).toBe(CBIE | CBCFE);
  });
});

describe('cbo.zero', () => {
  test('any address of a block_zeroes that block and nothing beside it', () => {
    hart.load('cbo.zero (a1)');
    for (const offset of [0, 1, 31, 63]) {
      hart.setMemory(DATA, 256, 2n ** 2048n - 1n);
      expect(hart.run({ a1: BigInt(DATA + 128 + offset) })).toBe('done');
      expect(hart.memory(DATA + 64, 64)).toBe(2n ** 512n - 1n);
      expect(hart.memory(DATA + 128, 64)).toBe(0n);
      expect(hart.memory(DATA + 192, 64)).toBe(2n ** 512n - 1n);
    }
  });

  test('page without write permission_store page fault with the address in rs1, nothing written', () => {
    grant(CBZE, CBZE, CBZE);
    hart.setCsr('satp', pageTable(hart, [{ va: PAGE, pa: DATA, flags: ALL & ~pte.W }]));
    hart.setMemory(DATA, 64, 5n);
    hart.load('cbo.zero (a1)');
    expect(hart.run({ a1: BigInt(PAGE + 33) }, 'U')).toBe(cause.storePage);
    expect(hart.tval).toBe(BigInt(PAGE + 33));
    expect(hart.memory(DATA, 64)).toBe(5n);
  });

  test('page that is clean_D off faults, with Svadu sets A and D', () => {
    grant(CBZE, CBZE, CBZE);
    const satp = pageTable(hart, [{ va: PAGE, pa: DATA, flags: ALL & ~(pte.A | pte.D) }]);
    hart.setCsr('satp', satp);
    hart.load('cbo.zero (a1)');
    expect(hart.run({ a1: BigInt(PAGE) }, 'U')).toBe(cause.storePage);
    hart.setCsr('menvcfg', CBZE | (1n << 61n)); // ADUE
    expect(hart.run({ a1: BigInt(PAGE) }, 'U')).toBe('done');
    expect(entryOf(hart, satp, PAGE) & (pte.A | pte.D)).toBe(pte.A | pte.D);
  });

  test('block of code that has run_is not executed as it was', () => {
    hart.load(`
        li a0, 0
        jal target
        cbo.zero (a1)
        jal target
        j end
      .align 6
      target: addi a0, a0, 1
        ret
      .align 6
      end: nop`);
    const target = (CODE + 64) as number;
    expect(hart.run({ a1: BigInt(target) })).toBe(cause.illegal);
    expect([hart.x('a0'), hart.pc, hart.tval]).toEqual([1n, BigInt(target), 0n]);
  });
});

describe('management', () => {
  test.each(management)('%s_readable page_runs without D, also where stores may not', (name) => {
    grant(CBIE | CBCFE, 0n, CBIE | CBCFE);
    const satp = pageTable(hart, [{ va: PAGE, pa: DATA, flags: ALL & ~(pte.W | pte.D) }]);
    hart.setCsr('satp', satp);
    hart.setMemory(DATA, 8, 0x1122n);
    hart.load(`${name} (a1)`);
    expect(hart.run({ a1: BigInt(PAGE + 9) }, 'U')).toBe('done');
    expect(hart.memory(DATA, 8)).toBe(0x1122n); // also after cbo.inval: memory is coherent
    expect(entryOf(hart, satp, PAGE) & pte.D).toBe(0n);
  });

  test.each(management)('%s_page that cannot be read_store page fault', (name) => {
    grant(CBIE | CBCFE, 0n, CBIE | CBCFE);
    hart.setCsr('satp', pageTable(hart, [{ va: PAGE, pa: DATA, flags: pte.V | pte.X | pte.U | pte.A }]));
    hart.load(`${name} (a1)`);
    expect(hart.run({ a1: BigInt(PAGE + 70) }, 'U')).toBe(cause.storePage);
    expect(hart.tval).toBe(BigInt(PAGE + 70));
    expect(hart.run({ a1: BigInt(PAGE + 0x5000) }, 'U')).toBe(cause.storePage);
  });

  test('guest page that is not mapped_store guest-page fault with the transformed operation', () => {
    grant(CBIE | CBCFE | CBZE, CBIE | CBCFE | CBZE, 0n);
    hart.setCsr('hgatp', pageTable(hart, []));
    for (const [name, operation] of [
      ['cbo.inval', 0],
      ['cbo.clean', 1],
      ['cbo.flush', 2],
      ['cbo.zero', 4],
    ] as const) {
      hart.load(`${name} (a1)`);
      expect([name, hart.run({ a1: BigInt(PAGE + 8) }, 'VS')]).toEqual([name, cause.storeGuestPage]);
      expect(hart.get64('EXIT_TINST')).toBe(BigInt((operation << 20) | 0x200f));
      expect(hart.get64('EXIT_GPA')).toBe(BigInt(PAGE + 8));
    }
  });
});

describe('prefetches', () => {
  test('any prefetch_address without memory_does nothing and never traps', () => {
    const texts = ['prefetch.i 0(a1)', 'prefetch.r 32(a1)', 'prefetch.w -32(a1)'];
    hart.load(texts.join('\n'));
    for (const mode of ['M', 'U', 'VU'] as const) expect(hart.run({ a1: 0xffff_0000_0000_0000n }, mode)).toBe('done');
    hart.configure({ off: ['Zicbop'] }); // they are ORI with rd = x0 then
    expect(hart.run({ a1: 0n })).toBe('done');
  });
});
