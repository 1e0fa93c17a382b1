// Every load and store, compressed or not, transformed as htinst has it or as fetched; and what no device can do.
import { describe, expect, it } from 'vitest';
import { assemble } from '../isa/index.js';
import { decodeFetched, decodeTransformed, instructionLength, loadedValue } from './mmio-decode.js';

const A2 = 12;

function encode(line: string): number {
  const { bytes } = assemble(line, { base: 0n });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.length === 2 ? view.getUint16(0, true) : view.getUint32(0, true);
}

type Row = [line: string, kind: 'load' | 'store', width: number, signed: boolean, float: boolean, length: number];

const ROWS: Row[] = [
  ['lb a2, 3(s0)', 'load', 1, true, false, 4],
  ['lh a2, -2(s0)', 'load', 2, true, false, 4],
  ['lw a2, 0(s0)', 'load', 4, true, false, 4],
  ['ld a2, 8(s0)', 'load', 8, true, false, 4],
  ['lbu a2, 3(s0)', 'load', 1, false, false, 4],
  ['lhu a2, 2(s0)', 'load', 2, false, false, 4],
  ['lwu a2, 4(s0)', 'load', 4, false, false, 4],
  ['flw fa2, 4(s0)', 'load', 4, false, true, 4],
  ['fld fa2, 8(s0)', 'load', 8, false, true, 4],
  ['sb a2, -1(s0)', 'store', 1, false, false, 4],
  ['sh a2, 2(s0)', 'store', 2, false, false, 4],
  ['sw a2, 4(s0)', 'store', 4, false, false, 4],
  ['sd a2, 2040(s0)', 'store', 8, false, false, 4],
  ['fsw fa2, 4(s0)', 'store', 4, false, true, 4],
  ['fsd fa2, 8(s0)', 'store', 8, false, true, 4],
  ['c.lw a2, 4(s0)', 'load', 4, true, false, 2],
  ['c.ld a2, 8(s0)', 'load', 8, true, false, 2],
  ['c.fld fa2, 8(s0)', 'load', 8, false, true, 2],
  ['c.sw a2, 4(s0)', 'store', 4, false, false, 2],
  ['c.sd a2, 8(s0)', 'store', 8, false, false, 2],
  ['c.fsd fa2, 8(s0)', 'store', 8, false, true, 2],
  ['c.lwsp a2, 4(sp)', 'load', 4, true, false, 2],
  ['c.ldsp a2, 8(sp)', 'load', 8, true, false, 2],
  ['c.swsp a2, 4(sp)', 'store', 4, false, false, 2],
  ['c.sdsp a2, 8(sp)', 'store', 8, false, false, 2],
  ['c.fldsp fa2, 8(sp)', 'load', 8, false, true, 2],
  ['c.fsdsp fa2, 8(sp)', 'store', 8, false, true, 2],
  ['hlv.b a2, (s0)', 'load', 1, true, false, 4],
  ['hlv.bu a2, (s0)', 'load', 1, false, false, 4],
  ['hlv.h a2, (s0)', 'load', 2, true, false, 4],
  ['hlv.wu a2, (s0)', 'load', 4, false, false, 4],
  ['hlv.d a2, (s0)', 'load', 8, true, false, 4],
  ['hsv.b a2, (s0)', 'store', 1, false, false, 4],
  ['hsv.d a2, (s0)', 'store', 8, false, false, 4],
];

/** The uncompressed instruction each compressed one stands for. */
const EXPANDED = new Map([
  ['c.lwsp', 'lw'],
  ['c.ldsp', 'ld'],
  ['c.swsp', 'sw'],
  ['c.sdsp', 'sd'],
  ['c.fldsp', 'fld'],
  ['c.fsdsp', 'fsd'],
]);

/** Priv. ISA, "Transformed Instruction": offset zeroed, rs1 = address offset (0), bit 1 clear if it was compressed. */
function transform(line: string, kind: 'load' | 'store', length: number): number {
  const [name, ...rest] = line.split(' ');
  const full = length === 2 ? `${EXPANDED.get(name!) ?? name!.slice(2)} ${rest.join(' ')}` : line;
  let word = encode(full) & ~(31 << 15);
  if (!name!.startsWith('h')) word &= kind === 'load' ? ~(0xfff << 20) : ~((0x7f << 25) | (31 << 7));
  return (length === 2 ? word & ~2 : word) >>> 0;
}

describe('MMIO instructions', () => {
  it.each(ROWS)('%s_fetchedOrTransformed_decodesAlike', (line, kind, width, signed, float, length) => {
    const expected = { kind, width, signed, float, length, register: A2 };
    expect(decodeFetched(encode(line))).toEqual(expected);
    expect(decodeTransformed(transform(line, kind, length))).toEqual(expected);
    expect(instructionLength(encode(line))).toBe(length);
  });

  it.each([
    'amoadd.w a0, a1, (s0)',
    'amoswap.d a0, a1, (s0)',
    'lr.w a0, (s0)',
    'sc.d a0, a1, (s0)',
    'hlvx.hu a0, (s0)',
  ])('%s_isNothingADeviceCanDo', (line) => {
    expect(decodeFetched(encode(line))).toBeUndefined();
    expect(decodeTransformed(encode(line))).toBeUndefined();
  });

  it.each([0, 0x2000, 0x2020, 0x3000, 0x3020])('pseudoInstruction_0x%x_isNoAccess', (word) => {
    expect(decodeTransformed(word)).toBeUndefined();
  });

  it.each([0x0000_0013, 0x0000_7003, 0x0000_4023, 0x0000_0007, 0x0000_5007, 0x0001])(
    'encoding_0x%x_isNoAccess',
    (word) => {
      expect(decodeFetched(word)).toBeUndefined();
    },
  );

  it.each<[string, bigint, bigint]>([
    ['lb a2, 0(s0)', 0xff80n, 0xffff_ffff_ffff_ff80n],
    ['lbu a2, 0(s0)', 0xff80n, 0x80n],
    ['lh a2, 0(s0)', 0x1_8000n, 0xffff_ffff_ffff_8000n],
    ['lw a2, 0(s0)', 0x7fff_ffffn, 0x7fff_ffffn],
    ['lw a2, 0(s0)', 0x8000_0000n, 0xffff_ffff_8000_0000n],
    ['lwu a2, 0(s0)', 0x8000_0000n, 0x8000_0000n],
    ['ld a2, 0(s0)', 0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn],
    ['flw fa2, 0(s0)', 0x3f80_0000n, 0xffff_ffff_3f80_0000n],
    ['fld fa2, 0(s0)', 0x3ff0_0000_0000_0000n, 0x3ff0_0000_0000_0000n],
  ])('loadedValue_of %s_extendsTheRawBytes', (line, raw, value) => {
    expect(loadedValue(decodeFetched(encode(line))!, raw)).toBe(value);
  });
});
