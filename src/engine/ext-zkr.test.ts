// The entropy source, Zkr: the seed CSR. Unpriv. ISA, scalar cryptography, "Entropy Source"; Priv. ISA, mseccfg.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cause, type Mode, TestHart } from './engine-testing/hart.js';

let hart: TestHart;
beforeAll(async () => {
  hart = await TestHart.create();
});
beforeEach(() => hart.configure());

const [SSEED, USEED] = [1n << 9n, 1n << 8n];

describe('seed', () => {
  test('seed_host with entropy_gives 16 bits and the status ES16, new ones each time', () => {
    hart.entropy = [0xabcd, 0, 0xffff, 0x12345];
    hart.load('csrrw a0, seed, x0; csrrw a1, seed, x0; csrrw a2, seed, a5; csrrwi a3, seed, 31');
    expect(hart.run({ a5: 7n })).toBe('done');
    expect(['a0', 'a1', 'a2', 'a3'].map((r) => hart.x(r as 'a0'))).toEqual([
      0x8000_abcdn,
      0x8000_0000n,
      0x8000_ffffn,
      0x8000_2345n,
    ]);
  });

  test('seed_host without entropy_is dead and says nothing else', () => {
    hart.entropy = [];
    hart.load('csrrw a0, seed, x0');
    hart.run();
    expect(hart.x('a0')).toBe(0xc000_0000n);
  });

  test('seed_read without a write_is illegal even in M-mode', () => {
    for (const text of ['csrrs a0, seed, x0', 'csrrc a0, seed, x0', 'csrrsi a0, seed, 0', 'csrrci a0, seed, 0']) {
      hart.load(text);
      expect([text, hart.run()]).toEqual([text, cause.illegal]);
    }
    for (const text of ['csrrs a0, seed, a1', 'csrrc a0, seed, a1', 'csrrsi a0, seed, 1', 'csrrci a0, seed, 1']) {
      hart.load(text);
      expect([text, hart.run({ a1: 0n })]).toEqual([text, 'done']);
    }
  });

  test.each<[Mode, bigint, number | 'done']>([
    ['M', 0n, 'done'],
    ['U', 0n, cause.illegal],
    ['U', SSEED, cause.illegal],
    ['U', USEED, 'done'],
    ['HS', 0n, cause.illegal],
    ['HS', USEED, cause.illegal],
    ['HS', SSEED, 'done'],
    ['VS', USEED, cause.illegal],
    ['VS', SSEED, cause.virtualInstruction],
    ['VU', USEED, cause.illegal],
    ['VU', SSEED, cause.virtualInstruction],
  ])('seed_in %s with mseccfg %i_ends as the table of access control says', (mode, mseccfg, expected) => {
    hart.setCsr('mseccfg', mseccfg);
    hart.load('csrrw a0, seed, x0');
    expect(hart.run({}, mode)).toBe(expected);
  });

  test('mseccfg_any value_keeps SSEED and USEED', () => {
    hart.setCsr('mseccfg', -1n);
    expect(hart.csr('mseccfg') & (SSEED | USEED)).toBe(SSEED | USEED);
  });

  test('seed_Zkr off_does not exist, nor do its access bits', () => {
    hart.configure({ off: ['Zkr'] });
    hart.setCsr('mseccfg', -1n);
    hart.load('csrrw a0, seed, x0');
    expect(hart.run()).toBe(cause.illegal);
    expect(hart.csr('mseccfg') & (SSEED | USEED)).toBe(0n);
  });
});
