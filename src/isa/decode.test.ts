// Decoding by example: operands of each format, and encodings that the specification reserves.
import { describe, expect, test } from 'vitest';
import { decode } from './decode.js';
import { disassemble } from './disassemble.js';
import { encode } from './encode.js';
import { operations } from './extensions/index.js';

describe('decode', () => {
  test.each([
    ['addi a0, a1, -1', 0xfff58513, { name: 'addi', rd: 10, rs1: 11, imm: -1 }],
    ['sd s0, -8(sp)', 0xfe813c23, { name: 'sd', rs1: 2, rs2: 8, imm: -8 }],
    ['beq a0, a1, -16', 0xfeb508e3, { name: 'beq', rs1: 10, rs2: 11, imm: -16 }],
    ['jal ra, -12', 0xff5ff0ef, { name: 'jal', rd: 1, imm: -12 }],
    ['lui a0, 0xfffff', 0xfffff537, { name: 'lui', rd: 10, imm: -4096 }],
    ['srai a0, a1, 63', 0x43f5d513, { name: 'srai', rd: 10, rs1: 11, imm: 63 }],
    ['csrrwi a0, mstatus, 8', 0x30045573, { name: 'csrrwi', rd: 10, csr: 0x300, imm: 8 }],
    ['amoadd.w.aqrl a7, a5, (t2)', 0x06f3a8af, { name: 'amoadd.w', rd: 17, rs1: 7, rs2: 15, aq: true, rl: true }],
    ['fmadd.d fa0, fa1, fa2, fa3, rup', 0x6ac5b543, { name: 'fmadd.d', rd: 10, rs1: 11, rs2: 12, rs3: 13, rm: 3 }],
    ['fence rw, w', 0x0310000f, { name: 'fence', pred: 3, succ: 1 }],
    ['sspush t0', 0xce504073, { name: 'sspush', rs2: 5 }],
    ['mop.r.31', 0xcdf5c573, { name: 'mop.r', rd: 10, rs1: 11, number: 31 }],
  ])('%s', (_, word, expected) => {
    expect(decode(word)).toMatchObject({ ...expected, length: 4, word });
  });

  test('compressed_instruction_has_operands_of_what_it_stands_for', () => {
    expect(decode(0x1141)).toMatchObject({
      name: 'c.addi',
      length: 2,
      rd: 2,
      rs1: 2,
      imm: -16,
      op: operations.get('addi'),
    });
    expect(decode(0x8082)).toMatchObject({ name: 'c.jr', rd: 0, rs1: 1, imm: 0, op: operations.get('jalr') });
    expect(decode(0x9c75)).toMatchObject({ name: 'c.not', rd: 8, rs1: 8, imm: -1, op: operations.get('xori') });
    expect(decode(0xdead_8082)?.word).toBe(0x0000_8067); // the upper half is the next instruction
  });

  test.each([
    ['all zeros', 0x0000],
    ['c.addi4spn with immediate 0', 0x0004],
    ['c.addiw with rd=x0', 0x2001],
    ['c.addi16sp with immediate 0', 0x6101],
    ['c.lui with immediate 0 and an even register', 0x6001 | (4 << 7)],
    ['c.lwsp with rd=x0', 0x4002],
    ['c.ldsp with rd=x0', 0x6002],
    ['c.jr with rs1=x0', 0x8002],
    ['the reserved 0b100_1_11_10x and 11 of quadrant 1', 0x9c79],
    ['all ones', 0xffff_ffff],
    ['lr.w with rs2', 0x1015252f],
    ['slli by 64 or more of RV128', 0x04051513 | (1 << 26)],
    ['srliw by 32', 0x0205551b],
    ['mret with rd', 0x302000f3],
    ['hlv.wu of a register that must be 1', 0x6825_4073],
    ['aes64ks1i of round 11', 0x31b51513],
  ])('reserved: %s is illegal', (_, word) => {
    expect(decode(word)).toBeUndefined();
  });

  test('fences_ignore_reserved_fields', () => {
    expect(decode(0x1ff5_0f8f)?.name).toBe('fence');
    expect(decode(0xfff5_1f8f)?.name).toBe('fence.i');
  });
});

describe('encode', () => {
  test('takes_operands_by_role', () => {
    expect(encode('addi', { rd: 10, rs1: 11, imm: -1 })).toBe(0xfff58513);
    expect(encode('fadd.d', { rd: 10, rs1: 11, rs2: 12 })).toBe(0x02c5f553); // dynamic rounding
    expect(encode('lr.d', { rd: 10, rs1: 11, aqrl: 2 })).toBe(0x1405b52f);
  });

  test('value_out_of_range_throws_a_typed_error', () => {
    expect(() => encode('addi', { rd: 1, imm: 2048 })).toThrow(expect.objectContaining({ code: 'ASM_RANGE' }));
    expect(() => encode('beq', { imm: 3 })).toThrow(expect.objectContaining({ code: 'ASM_RANGE' }));
    expect(() => encode('c.lwsp', { rd: 0 })).toThrow(expect.objectContaining({ code: 'ASM_RANGE' }));
    expect(() => encode('c.addi4spn', { rd: 3, imm: 4 })).toThrow(expect.objectContaining({ code: 'ASM_RANGE' }));
    expect(() => encode('frobnicate')).toThrow(expect.objectContaining({ code: 'ASM_UNKNOWN_INSTRUCTION' }));
  });
});

describe('disassemble', () => {
  test.each([
    [0x00b50533, 'add\ta0,a0,a1', 'add\ta0,a0,a1'],
    [0x00000013, 'addi\tzero,zero,0', 'nop'],
    [0x8082, 'c.jr\tra', 'ret'],
    [0x852e, 'c.mv\ta0,a1', 'mv\ta0,a1'],
    [0x4515, 'c.li\ta0,5', 'li\ta0,5'],
    [0x30002573, 'csrrs\ta0,mstatus,zero', 'csrr\ta0,mstatus'],
    [0x12000073, 'sfence.vma\tzero,zero', 'sfence.vma'],
    [0x22b58553, 'fsgnj.d\tfa0,fa1,fa1', 'fmv.d\tfa0,fa1'],
    [0x22c58553, 'fsgnj.d\tfa0,fa1,fa2', 'fsgnj.d\tfa0,fa1,fa2'],
    [0x0ff0000f, 'fence\tiorw,iorw', 'fence'],
    [0x0000, '.2byte\t0x0', '.2byte\t0x0'],
    [0xffffffff, '.4byte\t0xffffffff', '.4byte\t0xffffffff'],
  ])('%i as it is and by its alias', (word, plain, alias) => {
    expect(disassemble(word)).toBe(plain);
    expect(disassemble(word, 0n, { aliases: true })).toBe(alias);
  });

  test('branch_target_is_named_by_the_nearest_symbol', () => {
    const symbols = new Map([
      ['main', 0x8000_0000n],
      ['loop', 0x8000_0010n],
    ]);
    expect(disassemble(0xff5ff06f, 0x8000_0020n, { symbols })).toBe('jal\tzero,80000014 <loop+0x4>');
    expect(disassemble(0xff5ff06f, 0x8000_000cn, { symbols, aliases: true })).toBe('j\t80000000 <main>');
  });
});
