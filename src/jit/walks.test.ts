// Which accesses of a loop are taken for walks, in loops as compilers write them.
import { describe, expect, it } from 'vitest';
import * as S from '../engine/generated/slots.js';
import { Effects } from './effects.js';
import { Walks } from './walks.js';

const [A0, A1, A4, A5] = [10, 11, 14, 15];
type Instruction = readonly [op: number, a: number, b: number, imm: number];

/** The offsets of the accesses that walk, in a loop of these blocks. */
function walking(...blocks: readonly (readonly Instruction[])[]): number[] {
  return accesses(blocks, (walks, at) => walks.at(at));
}

/** The offsets of the accesses that look something up in a table. */
function lookingUp(...blocks: readonly (readonly Instruction[])[]): number[] {
  return accesses(blocks, (walks, at) => walks.inTable(at));
}

function accesses(
  blocks: readonly (readonly Instruction[])[],
  wanted: (walks: Walks, offset: number) => boolean,
): number[] {
  const walks = new Walks();
  const effects = new Effects();
  let offset = 0;
  for (const block of blocks) {
    walks.begin(0);
    for (const [op, a, b, imm] of block) {
      effects.of(op, a, b, imm);
      walks.note(offset, op, b, imm, effects);
      offset += 4;
    }
  }
  const found: number[] = [];
  walks.solve(1, () => {});
  for (let at = 0; at < offset; at += 4) if (wanted(walks, at)) found.push(at);
  return found;
}

describe('an access of a loop', () => {
  it('through a pointer that grows_walks', () => {
    expect(
      walking([
        [S.S_LW, A4, A0, 0],
        [S.S_SW, A4, A1, 0],
        [S.S_ADDI, A0, A0, 4],
        [S.S_ADDI, A1, A1, 4],
      ]),
    ).toEqual([0, 4]);
  });

  it('by an index from memory_does not', () => {
    expect(
      walking([
        [S.S_LW, A5, A0, 0],
        [S.S_SLLI, A5, A5, 3],
        [S.S_ADD, A5, A5, A1],
        [S.S_LD, A4, A5, 0],
        [S.S_ADDI, A0, A0, 4],
      ]),
    ).toEqual([0]);
  });

  it('by a few bits of what was loaded_does', () => {
    expect(
      walking([
        [S.S_LW, A5, A0, 0],
        [S.S_ANDI, A5, A5, 255],
        [S.S_ADD, A5, A5, A1],
        [S.S_LBU, A4, A5, 0],
        [S.S_ADDI, A0, A0, 4],
      ]),
    ).toEqual([0, 12]);
    expect(
      walking([
        [S.S_LW, A5, A0, 0],
        [S.S_ANDI, A5, A5, 1024],
        [S.S_ADD, A5, A5, A1],
        [S.S_LBU, A4, A5, 0],
      ]),
    ).toEqual([0]);
  });

  it('along a list_does not, though the pointer is loaded behind the access and in another block', () => {
    expect(walking([[S.S_LW, A4, A0, 8]], [[S.S_LD, A5, A0, 0]], [[S.S_MV, A0, A5, 0]])).toEqual([]);
  });

  it('by a hash_does not', () => {
    expect(
      walking([
        [S.S_MUL, A5, A4, A0],
        [S.S_SRLI, A5, A5, 40],
        [S.S_ADD, A5, A5, A1],
        [S.S_SB, A4, A5, 0],
        [S.S_ADDI, A4, A4, 1],
      ]),
    ).toEqual([]);
  });

  it('by an index of few bits_looks up a table, and one through what is made of it otherwise does not', () => {
    expect(
      lookingUp([
        [S.S_LW, A5, A0, 0],
        [S.S_ANDI, A5, A5, 255],
        [S.S_SLLI, A5, A5, 2],
        [S.S_ADD, A5, A5, A1],
        [S.S_LW, A4, A5, 0],
        [S.S_LD, A5, A5, 8],
        [S.S_LD, A4, A5, 0],
        [S.S_ADDI, A0, A0, 4],
      ]),
    ).toEqual([16, 20]);
  });

  it('by few bits of a counter_does not: it comes by page after page', () => {
    expect(
      lookingUp([
        [S.S_ADDI, A0, A0, 1],
        [S.S_ANDI, A5, A0, 255],
        [S.S_SLLI, A5, A5, 6],
        [S.S_ADD, A5, A5, A1],
        [S.S_LBU, A4, A5, 0],
      ]),
    ).toEqual([]);
  });

  it('by few bits of what the last turn mixed_looks up a table', () => {
    expect(
      lookingUp([
        [S.S_ANDI, A5, A0, 255],
        [S.S_ADD, A5, A5, A1],
        [S.S_LBU, A4, A5, 0],
        [S.S_XOR, A0, A0, A4],
      ]),
    ).toEqual([8]);
  });
});
