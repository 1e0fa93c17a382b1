// What a hart shows of its extensions: the feature set, misa, instructions without their extension, jumps without compressed
// instructions, and code pages that harts with other extensions share. Priv. ISA, "Machine ISA (misa) Register".
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decode, featureBits, featureSet, features, instructions, operations } from '../isa/index.js';
import { CODE, cause, TestHart } from './engine-testing/hart.js';
import { ALL, pageTable } from './engine-testing/paging.js';
import * as L from './hart/layout.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

const letters = (misa: bigint): string => {
  return [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((_, n) => (misa >> BigInt(n)) & 1n).join('');
};

describe('feature set', () => {
  test('misa_all on_shows the letters of what the engine has', () => {
    expect(letters(hart.csr('misa'))).toBe('ABCDFHIMSU');
    expect(hart.csr('misa') >> 62n).toBe(2n);
    hart.load('csrw misa, zero; csrr a0, misa');
    expect(hart.run()).toBe('done'); // no letter can be switched by the guest
    expect(letters(hart.x('a0'))).toBe('ABCDFHIMSU');
  });

  test.each([
    [['A'], ''],
    [['Zaamo', 'A', 'Zacas', 'Zabha', 'Zicfiss'], 'A'],
    [['Zba', 'B'], 'B'],
    [['C', 'Zca'], 'C'],
    [['D'], 'D'],
    [['H', 'Shlcofideleg'], 'H'],
    [['M'], 'M'],
  ])('misa_without %j_loses %s', (off, lost) => {
    hart.configure({ off });
    const expected = [...'ABCDFHIMSU'].filter((letter) => !lost.includes(letter)).join('');
    expect(letters(hart.csr('misa'))).toBe(expected);
  });

  test('features the engine does not have_asked for_stay off', () => {
    const { supportedFeatures } = hart.engine;
    for (const name of ['Smrnmi']) {
      expect((supportedFeatures >> BigInt(featureBits.get(name)!)) & 1n, name).toBe(0n);
    }
    hart.engine.setFeatures(L.VCPU_AREA, (1n << 128n) - 1n);
    expect(letters(hart.csr('misa'))).toBe('ABCDFHIMSU');
    expect(features.length).toBe(featureBits.size);
  });

  test('every instruction_its feature off_is illegal or what it is made of', () => {
    const memory = 0x8010_0000n;
    let tried = 0;
    for (const name of operations.keys()) {
      const instruction = instructions.find((i) => i.name === name)!;
      if (instruction.feature === 'I') continue;
      // What needs a running system behind it has tests of its own.
      const set = hart.engine.supportedFeatures & ~(1n << BigInt(featureBits.get(instruction.feature)!));
      hart.engine.setFeatures(L.VCPU_AREA, set);
      hart.set32('OWNED', L.OWN_M);
      hart.setCsr('mstatus', 3n << 13n);
      const word = (instruction.match | (11 << 15)) >>> 0; // rs1 is a1
      if (decode(word)?.name !== name) continue; // rs1 is no field of this one
      hart.loadWords(word);
      const result = hart.run({ a1: memory, a0: memory });
      const fallsBack = ['zext.h', 'pause', 'lpad', 'sspush', 'sspopchk', 'ssrdp'].includes(name);
      expect([name, result]).toEqual([name, fallsBack ? 'done' : cause.illegal]);
      tried++;
    }
    expect(tried).toBeGreaterThan(250);
  });

  test('lpad and pause_without their extensions_do nothing', () => {
    hart.configure({ off: ['Zihintpause'] });
    hart.load('lpad 5; pause; fence.tso; fence rw, rw');
    expect(hart.run({ a0: 9n })).toBe('done');
    expect(hart.x('zero')).toBe(0n);
  });
});

describe('without compressed instructions', () => {
  beforeEach(() => hart.configure({ off: ['C', 'Zca', 'Zcb', 'Zcmop'] }));

  test('compressed instruction_is illegal', () => {
    for (const text of ['c.li a0, 1', 'c.mv a0, a1', 'c.nop', 'c.mop.1', 'c.zext.b a0', 'c.ebreak']) {
      hart.load(text);
      expect([text, hart.run()]).toEqual([text, cause.illegal]);
    }
  });

  test('jump to half a word_fetch misaligned at the jump, rd kept, target in tval', () => {
    for (const text of ['jal a0, .+6', 'jal a0, .-6', 'jalr a0, 2(a1)', 'jalr a0, 3(a1)', 'jr 6(a1)']) {
      hart.load(`nop; ${text}`);
      expect([text, hart.run({ a0: 7n, a1: BigInt(CODE) })]).toEqual([text, cause.fetchMisaligned]);
      expect([hart.pc, hart.x('a0')]).toEqual([BigInt(CODE + 4), 7n]);
      expect(hart.tval & 3n).toBe(2n);
    }
    hart.load('nop; jal a0, .+6');
    hart.run();
    expect(hart.tval).toBe(BigInt(CODE + 10));
  });

  test('branch to half a word_taken faults, not taken goes on', () => {
    const cases: [string, bigint, bigint, boolean][] = [
      ['beq', 1n, 1n, true],
      ['beq', 1n, 2n, false],
      ['bne', 1n, 2n, true],
      ['bne', 1n, 1n, false],
      ['blt', -1n, 1n, true],
      ['blt', 1n, -1n, false],
      ['bge', 1n, -1n, true],
      ['bge', -1n, 1n, false],
      ['bltu', 1n, -1n, true],
      ['bltu', -1n, 1n, false],
      ['bgeu', -1n, 1n, true],
      ['bgeu', 1n, -1n, false],
    ];
    for (const [name, a, b, taken] of cases) {
      hart.load(`${name} a0, a1, .+10`);
      const result = hart.run({ a0: BigInt.asUintN(64, a), a1: BigInt.asUintN(64, b) });
      expect([name, a, b, result]).toEqual([name, a, b, taken ? cause.fetchMisaligned : 'done']);
      if (taken) expect([hart.pc, hart.tval]).toEqual([BigInt(CODE), BigInt(CODE + 10)]);
    }
  });

  test('loop with calls_aligned targets_runs as ever', () => {
    hart.load(`
        li a0, 0
        li a1, 10
      1: call add
        addi a1, a1, -1
        bnez a1, 1b
        j end
      add: add a0, a0, a1
        ret
      end: nop`);
    expect(hart.run()).toBe('done');
    expect(hart.x('a0')).toBe(55n);
  });

  test('xepc_any value_is a multiple of four', () => {
    for (const name of ['mepc', 'sepc', 'vsepc'] as const) {
      hart.setCsr(name, 0x1237n);
      expect([name, hart.csr(name)]).toEqual([name, 0x1234n]);
    }
    hart.load('csrw sepc, a0; csrr a1, sepc');
    hart.run({ a0: -1n });
    expect(hart.x('a1')).toBe(2n ** 64n - 4n);
  });

  test('code page_run before with C_is decoded anew', () => {
    hart.configure();
    hart.load('c.li a0, 1; c.nop');
    expect(hart.run()).toBe('done');
    hart.configure({ off: ['C', 'Zca', 'Zcb', 'Zcmop'] });
    expect(hart.run()).toBe(cause.illegal);
    hart.configure();
    expect(hart.run()).toBe('done');
  });
});

test('64 KiB page_Svnapot on and off_is one or a page fault', () => {
  const DATA = 0x8010_0000;
  for (const on of [true, false]) {
    hart.configure({ off: on ? [] : ['Svnapot'] });
    // PPN bits 3..0 = 1000 and N: the 64 KiB around; entry 5 of its sixteen.
    hart.setCsr('satp', pageTable(hart, [{ va: 0x4000_5000, pa: DATA + 0x8000, flags: ALL | (1n << 63n) }]));
    hart.setMemory(DATA + 0x5008, 8, 0x99n);
    hart.load('ld a0, 8(a1)');
    expect(hart.run({ a1: 0x4000_5000n }, 'U')).toBe(on ? 'done' : cause.loadPage);
    if (on) expect(hart.x('a0')).toBe(0x99n);
  }
});

test('code page_two harts with other extensions take turns_each decodes as it should', () => {
  const { engine } = hart;
  const other = L.VCPU_AREA + L.VCPU_STRIDE;
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >> 2] = 2;
  engine.initVcpu(other);
  engine.setFeatures(other, featureSet(['G', 'C', 'S']));
  engine.view.setUint32(other + L.OWNED, L.OWN_M, true);
  hart.load('clmul a0, a1, a2');
  for (let turn = 0; turn < 3; turn++) {
    expect(hart.run({ a1: 3n, a2: 5n })).toBe('done');
    engine.view.setBigUint64(other + L.PC, BigInt(CODE), true);
    expect(engine.run(other, 1000)).toBe(L.EXIT_TRAP);
    expect(engine.view.getBigUint64(other + L.EXIT_CAUSE, true)).toBe(BigInt(cause.illegal));
  }
});
