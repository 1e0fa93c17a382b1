// Traps in the middle of translated code are precise, and what it was made from may change under it: one test for each way.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { figuresOf } from './figures.js';
import { entry, paged, RW, RWX, TABLES, USER, word } from './jit-testing/paging.js';
import { CODE, DATA, Twins, X } from './jit-testing/twins.js';

const [A0, A1, A2, S0, S1] = [10, 11, 12, 8, 9];
const MSTATUS = 0x300;
const MIDELEG = 0x303;

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => twins.reset());

function load(source: string, at = CODE): ReadonlyMap<string, bigint> {
  const { bytes, symbols } = assemble(source, { base: at, symbols: { DATA, CODE } });
  twins.put(at, bytes);
  return symbols as unknown as ReadonlyMap<string, bigint>;
}

/** Runs on until the block at `pc` has been translated and has done most of the work of a run. */
function warm(budget = 4000): void {
  const before = twins.retiredTranslated;
  for (let i = 0; i < 3; i++) expect(twins.run(budget)).toBe('budget');
  expect(twins.retiredTranslated - before).toBeGreaterThan(BigInt(budget));
}

const instruction = (text: string): bigint => {
  const { bytes } = assemble(text, { base: CODE });
  return BigInt(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true));
};

describe('a trap in translated code', () => {
  // The pointer in s0 walks from one page into the next.
  it.each([
    ['load', 'ld a2, 0(s0)', 13n],
    ['store', 'sd a2, 0(s0)', 15n],
    ['misaligned load across the page', 'ld a2, 4(s0)', 13n],
    ['load of a double', 'fld f1, 0(s0)', 13n],
  ])('by a %s that meets an unmapped page_is precise', (_, access, cause) => {
    paged(twins);
    load(`loop: addi a0, a0, 1\n mul a1, a0, a0\n ${access}\n addi s0, s0, 8\n add a2, a2, a1\n j loop`);
    twins.setX(S0, BigInt(DATA));
    expect(twins.runToEnd([501, 400, 77])).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(cause);
    expect(twins.x(A0)).toBe(access.includes('4(s0)') ? 1024n : 1025n);
    expect(twins.retiredTranslated).toBeGreaterThan(1000n);
  });

  it.each([
    ['illegal instruction', '.word 0', 2n],
    ['ecall', 'ecall', 11n],
    ['ebreak', 'ebreak', 3n],
    ['misaligned AMO', 'amoadd.d a3, a4, (s1)', 6n],
    ['CSR that is not there', 'csrr a3, 0x8ff', 2n],
  ])('by an %s behind a translated prefix_is precise', (_, text, cause) => {
    load(`loop: addi a0, a0, 1\n xor a1, a1, a0\n addi a2, a2, -1\n bnez a2, loop\n ori a1, a1, 1\n ${text}\n j loop`);
    twins.setX(A2, 5000n);
    twins.setX(S1, BigInt(DATA + 0xffc));
    expect(twins.runToEnd([999, 333])).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(cause);
    expect(twins.get64(L.INSTRET)).toBe(20001n);
    expect(twins.retiredTranslated).toBeGreaterThan(5000n);
  });

  it('into a handler of the guest itself_goes on like interpreted', () => {
    twins.set32(L.OWNED, 0);
    load(`
      la t0, handler
      csrw mtvec, t0
    loop: addi a0, a0, 1
      andi a1, a0, 7
      bnez a1, loop
      ecall
      j loop
    handler: addi a2, a2, 1
      csrr t1, mepc
      addi t1, t1, 4
      csrw mepc, t1
      mret`);
    expect(twins.runToEnd([1000, 997, 13])).toBe('budget');
    expect(twins.x(A2)).toBeGreaterThan(500n);
  });

  it('by the timer in virtual time_comes at the same instruction', () => {
    twins.set32(L.OWNED, 0);
    load(`
      la t0, handler
      csrw mtvec, t0
      li t0, 1
      slli t0, t0, 63
      csrw menvcfg, t0
      csrw stimecmp, zero
      li t0, 0x20
      csrw mie, t0
      csrsi mstatus, 8
    loop: addi a0, a0, 1
      mul a1, a1, a0
      j loop
    handler: csrr t1, time
      addi t1, t1, 77
      csrw stimecmp, t1
      addi a2, a2, 1
      mret`);
    expect(twins.runToEnd([1500, 1, 2999], 40_000)).toBe('budget');
    expect(twins.x(A2)).toBeGreaterThan(20n);
    expect(twins.retiredTranslated).toBeGreaterThan(5000n);
  });

  it('by an interrupt that waits for sstatus.SIE_comes when that is set', () => {
    twins.set32(L.PRIV, 1);
    twins.both((engine) => engine.csrWrite(X, MIDELEG, 2n));
    load(`
      la t0, handler
      csrw stvec, t0
      csrsi sie, 2
      li a6, 2
    loop: csrrci a1, sstatus, 2
      addi a0, a0, 1
      andi a3, a0, 7
      bnez a3, on
      csrsi sip, 2
    on: csrrs a4, sstatus, a6
      addi a5, a5, 1
      j loop
    handler: csrrw t1, sscratch, a0
      csrr t2, sepc
      csrr t3, scause
      csrrs t4, stval, t1
      csrci sip, 2
      addi a2, a2, 1
      sret`);
    expect(twins.runToEnd([1500, 1, 2999], 40_000)).toBe('budget');
    expect(twins.x(A2)).toBeGreaterThan(500n);
    // But for one sip in eight rounds, what enters and leaves the handler, and the round in which it waits.
    expect(twins.retiredTranslated).toBeGreaterThan(20_000n);
  });
});

describe('what translated code does to fflags, frm and fcsr', () => {
  /** Whatever runs in the loop is translated whole: nothing is left for the interpreter. */
  function loop(body: string): void {
    load(`loop: addi a0, a0, 1\n ${body}\n j loop`);
    const before = twins.retiredTranslated;
    expect(twins.runToEnd([1500, 7, 2999], 40_000)).toBe('budget');
    expect(twins.retiredTranslated - before).toBeGreaterThan(30_000n);
  }
  const double = (value: number): bigint => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return view.getBigUint64(0);
  };

  it.each([
    ['a comparison that must not signal', 'frflags a1\n flt.d a2, f0, f1\n fsflags a1'],
    ['flags set, cleared and exchanged', 'csrrs a1, fflags, a0\n csrrc a2, fflags, a1\n csrrw a0, fflags, a0'],
    ['flags by immediates', 'csrrsi a1, fflags, 17\n csrrci a2, fflags, 16\n csrrwi a3, fflags, 9\n csrwi fflags, 0'],
    ['the whole register', 'csrrwi a1, fcsr, 0\n fadd.d f2, f0, f0\n csrrw a2, fcsr, a1\n csrrs a3, fflags, a2'],
    ['bits that fcsr does not have', 'li a1, -1\n csrw fflags, a1\n csrr a2, fflags\n csrrci a3, fcsr, 31'],
  ])('%s_is done in place', (_, body) => {
    twins.setF(0, double(1.5));
    twins.setF(1, double(2.5));
    loop(body);
  });

  it('a mode_holds for what follows, and no longer than it is set', () => {
    twins.setF(0, double(1));
    twins.setF(1, double(3));
    load(`loop: addi a0, a0, 1
      andi a1, a0, 7
      fsrm a2, a1
      fdiv.d f2, f0, f1
      csrrci a3, frm, 7
      fdiv.d f3, f0, f1
      fmv.x.d a4, f2
      add a5, a5, a4
      j loop`);
    // Modes 5 to 7 are none, and a division by them traps.
    expect(twins.runToEnd([1500, 7, 2999], 40_000)).toBe('trap');
    load(
      'loop: addi a0, a0, 1\n andi a1, a0, 3\n fsrm a2, a1\n fdiv.d f2, f0, f1\n fsrm x0\n fdiv.d f3, f0, f1\n j loop',
    );
    twins.set64(L.PC, BigInt(CODE));
    expect(twins.runToEnd([1500, 7, 2999], 40_000)).toBe('budget');
  });

  it('NX that is cleared_is raised again by the next inexact result', () => {
    twins.setF(0, double(1));
    twins.setF(1, double(3));
    load('loop: addi a0, a0, 1\n csrrci a1, fflags, 1\n fdiv.d f2, f0, f1\n csrr a2, fflags\n add a3, a3, a2\n j loop');
    expect(twins.runToEnd([1500, 7, 2999], 40_000)).toBe('budget');
    expect(twins.x(13)).toBeGreaterThan(6000n);
  });

  it('with the unit off_is an illegal instruction', () => {
    load('loop: addi a0, a0, 1\n frflags a1\n addi a2, a2, 1\n j loop');
    warm();
    twins.both((engine) => engine.csrWrite(X, MSTATUS, 0n));
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(2n);
  });

  it('that only writes_marks the unit dirty', () => {
    twins.both((engine) => engine.csrWrite(X, MSTATUS, 1n << 13n));
    load('loop: addi a0, a0, 1\n fsflags a0\n csrr a1, mstatus\n j loop');
    expect(twins.runToEnd([1500, 7], 10_000)).toBe('budget');
    expect((twins.x(11) >> 13n) & 3n).toBe(3n);
  });
});

describe('translated code', () => {
  it('that has the CSRs of a supervisor_is illegal in user mode', () => {
    paged(twins);
    load('loop: csrrci a1, sstatus, 2\n csrrsi a2, sstatus, 2\n csrrs a3, sstatus, x0\n addi a0, a0, 1\n j loop');
    warm();
    for (let page = 0; page < 4; page++) entry(twins, page, CODE + 0x1000 * page, RWX | USER);
    twins.both((engine) => engine.flushTlb(X));
    twins.set32(L.PRIV, 0);
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(2n);
  });

  it('that allows itself pages of users and forbids them again_has them only between', () => {
    paged(twins);
    entry(twins, 0x100, DATA, RW | USER);
    twins.both((engine) => engine.flushTlb(X));
    twins.setX(S0, BigInt(DATA));
    twins.setX(5, 1n << 18n);
    const source = (last: string) =>
      `loop: csrrs a1, sstatus, t0\n ld a2, 0(s0)\n csrrc a3, sstatus, t0\n ${last}\n addi a0, a0, 1\n j loop`;
    load(source('nop'));
    for (let i = 0; i < 3; i++) expect(twins.run(3000)).toBe('budget');
    load(source('ld a4, 8(s0)'));
    twins.set64(L.PC, BigInt(CODE));
    expect(twins.run(3000)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(13n);
  });

  const LOOP = 'loop: addi a0, a0, 1\n addi a1, a1, 1\n addi a2, a2, 1\n j loop';

  it.each([
    ['behind the store', 'loop: addi a0, a0, 1\n addi a1, a1, 1\n sw t0, 0(s1)\n j loop', 0],
    ['ahead of the store', 'loop: sw t0, 0(s1)\n addi a1, a1, 1\n addi a0, a0, 1\n j loop', 8],
  ])('that changes itself %s_runs as changed at once', (_, source, at) => {
    load(source);
    twins.setX(5, instruction('addi a0, a0, 64'));
    twins.setX(S1, BigInt(DATA));
    warm();
    const before = twins.x(A0);
    twins.setX(S1, BigInt(CODE + at));
    expect(twins.runToEnd([2000, 7], 10_000)).toBe('budget');
    expect(twins.x(A0) - before).toBeGreaterThan(64n * 2400n);
  });

  it('of one page written by another_is dropped', () => {
    load('loop: sw t0, 0(s1)\n call there\n j loop\n .space 0xff0\n there: addi a0, a0, 1\n ret');
    twins.setX(5, instruction('addi a0, a0, 64'));
    twins.setX(S1, BigInt(DATA));
    warm();
    const before = twins.x(A0);
    twins.setX(S1, BigInt(CODE + 0x1000));
    expect(twins.runToEnd([2000, 7], 12_000)).toBe('budget');
    expect(twins.x(A0) - before).toBeGreaterThan(64n * 1900n);
  });

  it('with fence.i_keeps up with a byte that changes all the time', () => {
    load('loop: addi a0, a0, 0\n sb a1, 3(s1)\n fence.i\n addi a1, a1, 16\n andi a1, a1, 0x70\n j loop');
    twins.setX(S1, BigInt(CODE));
    expect(twins.runToEnd([300, 17], 20_000)).toBe('budget');
    expect(twins.x(A0)).toBeGreaterThan(1000n);
  });

  it('changed by the host_is dropped', () => {
    load(LOOP);
    warm();
    const before = twins.x(A1);
    twins.put(CODE + 4, word(instruction('addi a1, a1, 64')));
    warm();
    expect(twins.x(A1) - before).toBeGreaterThan(64n * 2900n);
  });

  it('changed by the host while it waits to be translated_is not translated as it was', () => {
    load(LOOP);
    const { onHot } = twins.translated;
    twins.translated.onHot = (x) => {
      twins.put(CODE, word(instruction('addi a0, a0, 2')));
      onHot!(x);
      twins.translated.onHot = onHot;
    };
    // The interpreter sees the change at another instruction: only the translated one is looked at.
    twins.translated.run(X, 5000);
    const before = twins.x(A0);
    twins.translated.run(X, 4000);
    expect(twins.x(A0) - before).toBe(2000n);
  });

  it('remapped to another page_is entered no more after sfence.vma', () => {
    paged(twins);
    load(LOOP);
    load('loop: addi a0, a0, 2\n addi a1, a1, 3\n addi a2, a2, 4\n j loop', CODE + 0x3000);
    warm();
    const before = twins.x(A2);
    entry(twins, 0, CODE + 0x3000, RWX);
    expect(twins.run(400)).toBe('budget'); // the TLB may still know the old one
    twins.both((engine) => engine.flushTlb(X));
    warm();
    expect(twins.x(A2) - before).toBeGreaterThan(4n * 2900n);
  });

  it('that remaps its own data by sfence.vma_sees the other page', () => {
    paged(twins);
    entry(twins, 0x102, TABLES + 0x2000, RW); // the tables themselves
    load(
      `
    loop: ld a0, 0(s0)
      add a1, a1, a0
      xor t0, t0, t1
      sd t0, 0x800(s1)
      sfence.vma s0, zero
      sd a1, 0(s0)
      j loop`.replace('0x800(s1)', '0(s1)'),
    );
    twins.put(DATA, word(3n, 8));
    twins.put(DATA + 0x4000, word(5n, 8));
    const leaf = (pa: number) => ((BigInt(pa) >> 12n) << 10n) | RW;
    twins.setX(5, leaf(DATA));
    twins.setX(6, leaf(DATA) ^ leaf(DATA + 0x4000));
    twins.setX(S0, BigInt(DATA));
    twins.setX(S1, BigInt(DATA + 0x2000 + 0x800));
    expect(twins.runToEnd([700, 33], 20_000)).toBe('budget');
    expect(twins.retiredTranslated).toBeGreaterThan(3000n);
  });

  it('under two addresses_knows which one it runs at', () => {
    paged(twins);
    entry(twins, 1, CODE, RWX);
    load('loop: auipc a0, 0\n add a1, a1, a0\n xor s1, s1, s0\n jr s1');
    twins.setX(S0, 0x1000n);
    twins.setX(S1, BigInt(CODE));
    expect(twins.runToEnd([900, 7], 12_000)).toBe('budget');
    expect(twins.retiredTranslated).toBeGreaterThan(5000n);
  });

  it('with the floating-point unit turned off between two runs_traps', () => {
    load('loop: fadd.d f1, f1, f2\n fsd f1, 0(s0)\n fld f3, 0(s0)\n addi a0, a0, 1\n j loop');
    twins.setX(S0, BigInt(DATA));
    twins.setF(2, 0x3fb9_9999_9999_999an);
    warm();
    twins.both((engine) => engine.csrWrite(X, MSTATUS, 0n));
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(2n);
    twins.both((engine) => engine.csrWrite(X, MSTATUS, 1n << 13n)); // on, and to be marked dirty
    warm();
  });

  it('with SUM and the privilege changed between two runs_may no more what it might', () => {
    paged(twins);
    entry(twins, 0x100, DATA, RW | USER);
    twins.both((engine) => {
      engine.csrWrite(X, MSTATUS, (3n << 13n) | (1n << 18n));
      engine.flushTlb(X);
    });
    load('loop: ld a1, 0(s0)\n addi a0, a0, 1\n j loop');
    twins.setX(S0, BigInt(DATA));
    warm();
    twins.both((engine) => engine.csrWrite(X, MSTATUS, 3n << 13n));
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(13n);
    twins.set32(L.PRIV, 0); // and user mode may not run the supervisor's code
    expect(twins.run(100)).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(12n);
  });

  it('evicted with its decoded page_is decoded and found hot again', () => {
    load(LOOP);
    warm();
    const far = CODE + 0x40_0000;
    // One instruction in each of more pages than the pool has.
    const jump = assemble('add t0, t0, t1\n jr t0', { base: CODE }).bytes;
    for (let page = 0; page < L.DECODED_PAGES + 10; page++) twins.put(far + page * 0x1000, jump);
    twins.put(far + (L.DECODED_PAGES + 10) * 0x1000, assemble('ebreak', { base: CODE }).bytes);
    twins.setX(5, BigInt(far));
    twins.setX(6, 0x1000n);
    twins.set64(L.PC, BigInt(far));
    expect(twins.runToEnd([3000], 40_000)).toBe('trap');
    expect(twins.translated.decodedPage(CODE >>> 12)).toBe(0);
    twins.put(CODE, word(instruction('addi a0, a0, 5'))); // nothing tells the pool: it has no such page
    twins.set64(L.PC, BigInt(CODE));
    warm();
  }, 120_000);

  it('that overlaps itself_counts every instruction', () => {
    // `middle` is the upper half of the lui. Both ways share a tail that is longer than what was explored of either.
    const tail = Array.from({ length: 30 }, (_, i) => `addi a${i % 6}, a${(i + 1) % 6}, ${i}`).join('\n');
    load(`
    start: addi s1, s1, 1
      beq s0, zero, front+2
    front: lui a7, 0x5850
      ${tail}
      j behind
      .space 16
    behind: addi t2, t2, 1
      andi t1, t2, 3
      bnez t1, front+2
      j start`);
    twins.setX(S0, 1n);
    expect(twins.runToEnd([50, 2000, 45, 41, 55, 64, 3], 40_000)).toBe('budget');
    expect(twins.retiredTranslated).toBeGreaterThan(300n);
  });

  it('whose own slot is overwritten_gives its record back', () => {
    const { size } = twins.jit.code;
    const { regions } = figuresOf(twins.translated.u32);
    load(LOOP);
    for (let i = 0; i < 20; i++) {
      twins.runToEnd([2000], 6000);
      twins.put(CODE, word(instruction(`addi a0, a0, ${i}`)));
      twins.put(CODE + 4, word(instruction(`addi a1, a1, ${i}`)));
    }
    expect(figuresOf(twins.translated.u32).regions - regions).toBeGreaterThan(4);
    expect(twins.jit.code.size - size).toBeLessThan(3);
  });

  it('that begins with an LR_does it, also from the region around it', () => {
    load(
      'start: addi a0, a0, 1\n again: lr.w a1, (s0)\n addi a1, a1, 1\n sc.w a2, a1, (s0)\n bnez a2, again\n j start',
    );
    twins.setX(S0, BigInt(DATA));
    expect(twins.runToEnd([97, 500, 2000], 20_000)).toBe('budget');
    load('start: addi a0, a0, 1\n again: lr.w a1, (s0)\n addi a1, a1, 1\n sc.w a2, a1, (s0)\n j again');
    expect(twins.runToEnd([97, 500, 2000], 20_000)).toBe('budget');
    load(
      'start: addi a0, a0, 1\n again: lr.w a1, (s0)\n addi a1, a1, 1\n sc.w a2, a1, (s0)\n andi a3, a0, 3\n bnez a3, start\n j again',
    );
    expect(twins.runToEnd([97, 500, 2000], 20_000)).toBe('budget');
  });

  it('that changes itself by SC_runs as changed at once', () => {
    load('loop: lr.w a1, (s1)\n sc.w a2, t0, (s1)\n fence.i\n addi a0, a0, 1\n xor t0, t0, t1\n j loop');
    twins.setX(5, instruction('addi a0, a0, 64'));
    twins.setX(6, instruction('addi a0, a0, 64') ^ instruction('addi a0, a0, 32'));
    twins.setX(S1, BigInt(DATA));
    warm();
    const before = twins.x(A0);
    twins.setX(S1, BigInt(CODE + 12));
    expect(twins.runToEnd([2000, 7], 10_000)).toBe('budget');
    expect(twins.x(A0) - before).toBeGreaterThan(48n * 1600n);
  });
});
