// Steal time: registering memory for it, and what is written there.
import { expect, it } from 'vitest';
import { SbiError } from './result.js';
import { Sbi } from './sbi.js';
import { FakePlatform, peek, poke, RAM, RAM_BYTES } from './testing/fake-platform.js';

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const SHMEM = RAM + 0x1040n;

function machine() {
  const platform = new FakePlatform();
  const sbi = new Sbi(platform);
  sbi.reset();
  const hart = platform.harts[1]!;
  const set = (low: bigint, high = 0n, flags = 0n): bigint => {
    [low, high, flags].forEach((value, index) => {
      hart.writeGpr(10 + index, value);
    });
    hart.writeGpr(16, 0n);
    hart.writeGpr(17, 0x53_5441n);
    sbi.call(hart);
    expect(hart.readGpr(11)).toBe(0n);
    return BigInt.asIntN(64, hart.readGpr(10));
  };
  return { platform, sbi, hart, set };
}

it('memory_registered_is zeroed and filled whenever the hart comes back', () => {
  const { platform, sbi, hart, set } = machine();
  poke(platform, SHMEM, ...Array<bigint>(8).fill(ALL_ONES));
  expect(set(SHMEM)).toBe(SbiError.success);
  for (let i = 0n; i < 8n; i++) expect(peek(platform, SHMEM + i * 8n)).toBe(0n);
  sbi.resumed(hart, 1234n);
  expect([0n, 8n, 16n].map((at) => peek(platform, SHMEM + at))).toEqual([2n, 1234n, 0n]);
  sbi.preempted(hart);
  expect(peek(platform, SHMEM + 16n)).toBe(1n);
  sbi.resumed(hart, 9999n);
  expect([0n, 8n, 16n].map((at) => peek(platform, SHMEM + at))).toEqual([4n, 9999n, 0n]);
});

it('nothing new_told_leaves the sequence alone', () => {
  const { platform, sbi, hart, set } = machine();
  set(SHMEM);
  sbi.resumed(hart, 5n);
  sbi.resumed(hart, 5n);
  expect(peek(platform, SHMEM)).toBe(2n);
});

it('all ones_given_ends the reports', () => {
  const { platform, sbi, hart, set } = machine();
  set(SHMEM);
  expect(set(ALL_ONES, ALL_ONES)).toBe(SbiError.success);
  sbi.resumed(hart, 77n);
  expect(peek(platform, SHMEM + 8n)).toBe(0n);
});

it('hart that stops_is not written for any more', () => {
  const { platform, sbi, hart, set } = machine();
  set(SHMEM);
  sbi.reset();
  sbi.resumed(hart, 77n);
  sbi.preempted(hart);
  expect([8n, 16n].map((at) => peek(platform, SHMEM + at))).toEqual([0n, 0n]);
});

it.each([
  ['flags', [SHMEM, 0n, 1n], SbiError.invalidParam],
  ['an address that is not aligned', [SHMEM + 8n], SbiError.invalidParam],
  ['an address outside of memory', [RAM + BigInt(RAM_BYTES)], SbiError.invalidAddress],
  ['an address with a high half', [SHMEM, 1n], SbiError.invalidAddress],
  ['a low half of all ones', [ALL_ONES, 0n], SbiError.invalidParam],
] as const)('%s_given_is refused', (_, args, error) => {
  const { set } = machine();
  expect(set(...(args as readonly bigint[] as [bigint, bigint?, bigint?]))).toBe(error);
});

it('sequence that the guest scribbled over_told_becomes even again', () => {
  const { platform, sbi, hart, set } = machine();
  set(SHMEM);
  poke(platform, SHMEM, 0xffff_ffffn);
  sbi.resumed(hart, 3n);
  expect(peek(platform, SHMEM) & 1n).toBe(0n);
  expect(peek(platform, SHMEM + 8n)).toBe(3n);
});
