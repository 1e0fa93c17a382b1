// Windows are opened on what page tables, physical memory protection and the outermost stage allow without a trace, and cut or emptied with it.
// Privileged ISA, "Supervisor Memory-Management Fence Instruction", "Physical Memory Protection", "Sv39: Page-Based 39-bit Virtual-Memory System".
import { beforeEach, describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { AD, bareHart, begin, E, enter, layRoot, map, PAGES, R, satp, V, W, X } from './engine-testing/low-pages.js';
import * as L from './hart/layout.js';
import { Engine } from './index.js';

const LOADS = L.WINDOWS;
const STORES = L.WINDOWS + L.WINDOW_BYTES;
const RW = V | R | W | AD;

let engine: Engine;
beforeEach(async () => {
  engine = await bareHart();
  layRoot(engine);
});

/** Page numbers [from, to) of the open window, and the host page that the first one is; undefined if nothing is open. */
function windowOf(window: number): { from: number; to: number; host: number } | undefined {
  const { view } = engine;
  const span = Number(view.getBigUint64(X + window + L.WINDOW_SPAN, true));
  const long = Number(view.getBigUint64(X + window + L.WINDOW_LONG, true));
  if (span === 0) {
    expect(long).toBe(0);
    return undefined;
  }
  expect([span + 7, long + 255].map((bytes) => bytes % 4096)).toEqual([0, 0]);
  const from = Number(view.getBigUint64(X + window + L.WINDOW_LOW, true)) / 4096;
  return { from, to: from + (span + 7) / 4096, host: view.getUint32(X + window + L.WINDOW_BASE, true) / 4096 };
}

/** As translated code does that has found an address in the TLB only. */
function miss(window: number, va: number): void {
  engine.view.setBigUint64(X + window + L.WINDOW_MISSED, BigInt(va), true);
}

/** Runs a few instructions, and the look at what was missed before them. */
function run(source = ''): void {
  begin(engine, `${source}\n end: j end`);
  engine.run(X, 200);
}

/** Has the hart go through its table, and open windows on what is missed there. */
function open(va: number): void {
  run(enter(satp()));
  for (const window of [LOADS, STORES]) miss(window, va);
  run();
}

const HOST = PAGES / 4096;

describe('a window', () => {
  it('on memory without paging_reaches around the address', () => {
    miss(LOADS, PAGES + 5);
    run();
    const found = windowOf(LOADS)!;
    expect(found).toEqual({ from: HOST - 256, to: HOST + 256, host: HOST - 256 });
    expect(windowOf(STORES)).toBeUndefined();
  });

  it('missed beside its end_is placed again, with twice the reach', () => {
    miss(LOADS, PAGES);
    run();
    miss(LOADS, PAGES + 256 * 4096);
    run();
    expect(windowOf(LOADS)).toEqual({ from: HOST - 256, to: HOST + 256 + 512, host: HOST - 256 });
  });

  it('missed elsewhere again and again_stays the longer the more often it was moved', () => {
    const moves: number[] = [];
    for (let turn = 0; turn < 200; turn++) {
      const before = windowOf(LOADS)?.from;
      const far = before === undefined || before < 0x90_000 ? 0x9800_0000 : 0x8800_0000;
      miss(LOADS, far);
      run();
      if (windowOf(LOADS)?.from !== before) moves.push(turn);
    }
    expect(moves).toEqual([0, 1, 3, 7, 15, 31, 63, 127]);
  });

  it('through page tables_has the pages that lie one after the other', () => {
    for (let page = 10; page < 20; page++) map(engine, page, PAGES + page * 4096, RW);
    map(engine, 20, PAGES + 25 * 4096, RW);
    open(15 * 4096);
    const pages = { from: 10, to: 20, host: HOST + 10 };
    expect([windowOf(LOADS), windowOf(STORES)]).toEqual([pages, pages]);
  });

  it.each([
    ['may not be written', V | R | AD, 20, 15],
    ['may not be read', V | E | AD, 15, 15],
    ['are not there', 0, 15, 15],
    ['are the user’s', RW | 16, 15, 15],
    ['have not been accessed', V | R | W, 15, 15],
    ['have not been written', V | R | W | 0x40, 20, 15],
  ])('next to pages that %s_ends where it must, and leaves their bits alone', (_, bits, loads, stores) => {
    for (let page = 10; page < 15; page++) map(engine, page, PAGES + page * 4096, RW);
    for (let page = 15; page < 20; page++) map(engine, page, PAGES + page * 4096, bits);
    engine.csrWrite(X, 0x30a, 1n << 61n); // menvcfg.ADUE: an access would set them
    const tables = engine.u8.slice(PAGES - 0x10_0000, PAGES);
    open(12 * 4096);
    expect(windowOf(LOADS)).toEqual({ from: 10, to: loads, host: HOST + 10 });
    expect(windowOf(STORES)).toEqual({ from: 10, to: stores, host: HOST + 10 });
    expect(Buffer.compare(engine.u8.slice(PAGES - 0x10_0000, PAGES), tables)).toBe(0);
  });

  it('for stores_has no page of code, and is cut where one becomes so', () => {
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    const ret = (page: number) => `li t0, ${PAGES + page * 4096}\n li t1, 0x8067\n sw t1, 0(t0)\n fence.i\n jalr t0`;
    run(ret(12));
    open(15 * 4096);
    expect(windowOf(LOADS)).toMatchObject({ from: 10, to: 30 });
    expect(windowOf(STORES)).toEqual({ from: 13, to: 30, host: HOST + 13 });
    run(ret(16));
    expect(windowOf(STORES)).toEqual({ from: 17, to: 30, host: HOST + 17 });
    run(ret(28));
    expect(windowOf(STORES)).toEqual({ from: 17, to: 28, host: HOST + 17 });
    expect(windowOf(LOADS)).toMatchObject({ from: 10, to: 30 });
  });

  it('of which a host page is given to somebody else_keeps what lies on one side', () => {
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    open(15 * 4096);
    engine.dropHostPage(X, HOST + 13);
    const pages = { from: 14, to: 30, host: HOST + 14 };
    expect([windowOf(LOADS), windowOf(STORES)]).toEqual([pages, pages]);
    engine.dropHostPage(X, HOST + 99);
    expect(windowOf(LOADS)).toEqual(pages);
  });

  it.each([
    ['sfence.vma', 'sfence.vma'],
    ['sfence.vma of an address in it', `li t0, ${15 * 4096}\n sfence.vma t0`],
    ['sfence.vma of its ASID', 'li t0, 0\n sfence.vma x0, t0'],
    ['a write to a PMP entry', 'csrw pmpaddr0, x0'],
  ])('is emptied by %s', (_, source) => {
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    open(15 * 4096);
    expect(windowOf(LOADS)).toBeDefined();
    run(source);
    expect([windowOf(LOADS), windowOf(STORES)]).toEqual([undefined, undefined]);
  });

  it('of another context_is shut until the hart comes back', () => {
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    open(15 * 4096);
    const before = windowOf(LOADS);
    run(enter(satp(3)));
    expect([windowOf(LOADS), windowOf(STORES)]).toEqual([undefined, undefined]);
    run(enter(satp()));
    expect(windowOf(LOADS)).toEqual(before);
  });

  it('whose bank another context has taken_is gone', () => {
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    open(15 * 4096);
    for (let asid = 1; asid < 3 * L.TLB_BANKS; asid++) {
      run(enter(satp(asid)));
      expect([windowOf(LOADS), windowOf(STORES)]).toEqual([undefined, undefined]);
    }
  });

  it('for stores through which none was made yet_is cut where its page becomes code', () => {
    const { bytes } = assemble('ret', { base: 0 });
    for (let page = 10; page < 30; page++) map(engine, page, PAGES + page * 4096, RW);
    engine.u8.set(bytes, PAGES + 28 * 4096);
    open(15 * 4096);
    expect(windowOf(STORES)).toMatchObject({ from: 10, to: 30 });
    run(`li t0, ${PAGES + 28 * 4096}\n jalr t0`);
    expect(windowOf(STORES)).toMatchObject({ from: 10, to: 28 });
  });

  it('for stores of a hart that runs in another realm_is empty at its next safepoint when its page becomes code', async () => {
    const memory = Engine.createMemory();
    engine = await bareHart(2, memory);
    const other = await Engine.create(memory, () => 0, undefined, undefined, 1);
    const second = X + L.VCPU_STRIDE;
    other.initVcpu(second);
    other.view.setUint32(second + L.OWNED, L.OWN_M, true);
    miss(STORES, PAGES);
    run();
    expect(windowOf(STORES)).toMatchObject({ host: HOST - 256 });
    engine.u8.set(assemble('j .', { base: PAGES + 4096 }).bytes, PAGES + 4096);
    other.view.setBigUint64(second + L.PC, BigInt(PAGES + 4096), true);
    other.run(second, 10);
    run();
    expect(windowOf(STORES)).toBeUndefined();
  });

  it('that physical memory protection divides_ends there', () => {
    engine.view.setUint32(X + L.OWNED, 0, true); // with a machine mode of its own
    // A locked entry without rights for page 3 behind the address.
    run(`li t0, ${(PAGES + 3 * 4096) / 4 + 511}\n csrw pmpaddr0, t0\n li t0, 0x98\n csrw pmpcfg0, t0`);
    miss(LOADS, PAGES);
    run();
    expect(windowOf(LOADS)).toMatchObject({ to: HOST + 3 });
  });

  it('where pointers are masked_is not opened', () => {
    engine.csrWrite(X, 0x747, 2n << 32n); // mseccfg.PMM
    miss(LOADS, PAGES);
    run();
    expect(windowOf(LOADS)).toBeUndefined();
  });
});
