// Guests whose harts run on threads at the same time: atomics, the memory model by litmus tests, code that one hart writes for another,
// fences on other harts. What RVWMO forbids must never be seen, however often it is tried (Unpriv. ISA, "RVWMO Memory Consistency Model").
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JitMode } from '../../host/host.js';
import { Host } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import type { Vm } from '../vm/vm.js';
import { BASE, collect, guest, moveAbout, POWER_OFF } from './guests.test-support.js';

let platform: Platform;
let remove = () => {};

beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

const DATA = BASE + 0x10_0000n;

/** Has hart 0 start the others; each comes to `go` with its number in s0, all at the same time or nearly. */
const start = (harts: number): string => `
  mv s0, a0
  li s11, ${harts}
  li s9, ${DATA - 0x1000n}
  bnez s0, meet
  li s10, 1
launch:
  bge s10, s11, meet
  mv a0, s10
  li a1, ${BASE}
  li a2, 0
  li a6, 0
  li a7, 0x48534d
  ecall
  addi s10, s10, 1
  j launch
meet:
  li t0, 1
  amoadd.w.aqrl zero, t0, (s9)
together:
  lw t0, 0(s9)
  bltu t0, s11, together
  fence rw, rw
  li s1, ${DATA}
go:
`;

/** All but hart 0 stop; it waits for them and powers off. */
const finish = `
  li t6, ${DATA - 0x1000n + 64n}
  fence rw, rw
  li t0, 1
  amoadd.w.aqrl zero, t0, (t6)
  bnez s0, off
gather:
  lw t0, 0(t6)
  bltu t0, s11, gather
  fence rw, rw
  ${POWER_OFF}
off:
  li a6, 1
  li a7, 0x48534d
  ecall
`;

/** Where harts stay, or from which thread to which they go all the time. */
type Where = ' in their places' | ' moved about';

async function run(
  source: string,
  harts: number,
  { jit = 'on', where = ' in their places' }: { readonly jit?: JitMode; readonly where?: Where } = {},
): Promise<{ vm: Vm; words: (at: number, count: number) => Int32Array }> {
  const host = await Host.create({ platform, harts, jit });
  const vm = await host.createVm(guest(start(harts) + source + finish, { harts, threads: true }));
  const end = vm.run();
  if (where === ' moved about') await moveAbout(vm, harts, end);
  expect(await end).toEqual({ kind: 'power-off' });
  const words = (at: number, count: number) => {
    const bytes = vm.memory.read(DATA + BigInt(at), count * 4);
    return new Int32Array(bytes.slice().buffer);
  };
  return { vm, words };
}

/** How translated, and where. */
const WAYS = [
  ['off', ' in their places'],
  ['on', ' in their places'],
  ['always', ' in their places'],
  ['on', ' moved about'],
] as const;

describe.each<Where>([' in their places', ' moved about'])('harts on threads%s', (where) => {
  it('atomic additions and LR/SC of all_lose none', async () => {
    const turns = 30_000;
    const { vm, words } = await run(
      `
      li s2, ${turns}
      addi s3, s1, 64
      addi s4, s1, 128
    again:
      li t0, 1
      amoadd.w zero, t0, (s1)
    retry:
      lr.w t1, (s3)
      addi t1, t1, 1
      sc.w t2, t1, (s3)
      bnez t2, retry
      amoadd.d.aqrl zero, t0, (s4)
      addi s2, s2, -1
      bnez s2, again
    `,
      4,
      { where },
    );
    expect([words(0, 1)[0], words(64, 1)[0], words(128, 1)[0]]).toEqual([4 * turns, 4 * turns, 4 * turns]);
    await vm[Symbol.asyncDispose]();
  });

  it('a lock of acquire and release_protects plain stores', async () => {
    const turns = 20_000;
    const { vm, words } = await run(
      `
      li s2, ${turns}
    again:
      li t0, 1
    take:
      amoswap.w.aq t1, t0, (s1)
      bnez t1, take
      lw t2, 64(s1)
      addi t2, t2, 1
      sw t2, 64(s1)
      amoswap.w.rl zero, zero, (s1)
      addi s2, s2, -1
      bnez s2, again
    `,
      2,
    );
    expect(words(64, 1)[0]).toBe(2 * turns);
    await vm[Symbol.asyncDispose]();
  });
});

describe('atomics that no doubleword holds', () => {
  // Hart 0 writes back what it has read; the other hart's store is lost if it falls between. Nobody else stores there, so it must find it.
  it.each([
    [
      'amocas.q, against a doubleword',
      'ld a2, 0(s1)\nld a3, 8(s1)\naddi a4, a2, 1\nmv a5, a3\namocas.q a2, a4, (s1)',
      'd',
      8,
    ],
    ['amoor.w across two doublewords, against a byte of the first', 'addi t1, s1, 6\namoor.w t0, zero, (t1)', 'b', 7],
    [
      'amoadd.d across two doublewords, against a halfword of the second',
      'addi t1, s1, 4\namoadd.d t0, zero, (t1)',
      'h',
      8,
    ],
  ])('%s_lose nothing', async (_, wide, narrow, at) => {
    const turns = 4_000_000;
    const { vm, words } = await run(
      `
      bnez s0, wide
      li s2, ${turns}
      li s3, 0
    store:
      addi s3, s3, 1
      s${narrow} s3, ${at}(s1)
      fence rw, rw
      nop
      nop
      l${narrow} t1, ${at}(s1)
      slli t0, s3, ${{ b: 56, h: 48, d: 0 }[narrow]}
      srai t0, t0, ${{ b: 56, h: 48, d: 0 }[narrow]}
      beq t0, t1, kept
      lw t2, 1024(s1)
      addi t2, t2, 1
      sw t2, 1024(s1)
    kept:
      addi s2, s2, -1
      bnez s2, store
      li t0, 1
      sw t0, 1028(s1)
      j done
    wide:
      li s2, 0
    again:
      ${wide}
      addi s2, s2, 1
      lw t0, 1028(s1)
      beqz t0, again
      sw s2, 1032(s1)
    done:
    `,
      2,
    );
    const [lost, ended, made] = words(1024, 3);
    expect([lost, ended]).toEqual([0, 1]);
    expect(made).toBeGreaterThan(0);
    await vm[Symbol.asyncDispose]();
  });
});

/** Ticks after which a test ends however far it has come: on a busy computer two threads seldom run at the same time. */
const LONG = 15_000_000;

/** Rounds of a litmus test: x and y of a round lie in cache lines of their own, results after them. */
const ROUNDS = 12_000;
const X = 0;
const Y = ROUNDS * 64;
const R1 = 2 * ROUNDS * 64;
const R2 = R1 + ROUNDS * 4;

/** Both harts do their part of each round, after waiting for one another. */
const litmus = (first: string, second: string): string => `
  li s2, 0
  li s3, ${DATA + BigInt(X)}
  li s4, ${DATA + BigInt(Y)}
  li s5, ${DATA + BigInt(R1)}
  li s6, ${DATA + BigInt(R2)}
  li s7, ${ROUNDS}
  addi s8, s9, 128
  rdtime s10
  li t0, ${LONG}
  add s10, s10, t0
round:
  addi s2, s2, 1
  li t0, 1
  amoadd.w zero, t0, (s8)
  slli t1, s2, 1
sync:
  lw t0, 0(s8)
  bltu t0, t1, sync
  fence rw, rw
  lw t1, 64(s8)
  beqz t1, goes
  bgeu s2, t1, over
goes:
  li t0, 1
  bnez s0, other
  ${first}
  j next
other:
  ${second}
next:
  addi s3, s3, 64
  addi s4, s4, 64
  addi s5, s5, 4
  addi s6, s6, 4
  bnez s0, further
  rdtime t0
  bltu t0, s10, further
  lw t1, 64(s8)
  bnez t1, further
  addi t1, s2, 1
  sw t1, 64(s8)
  fence rw, rw
further:
  bltu s2, s7, round
over:
  sw s2, 192(s9)
`;

describe.each(WAYS)('litmus tests on two threads, --jit %s%s', (jit, where) => {
  const outcomes = async (first: string, second: string): Promise<Map<string, number>> => {
    const { vm, words } = await run(litmus(first, second), 2, { jit, where });
    const rounds = words(192 - 0x1000, 1)[0]! - 1;
    expect(rounds).toBeGreaterThan(0);
    const [r1, r2] = [words(R1, rounds), words(R2, rounds)];
    const seen = new Map<string, number>();
    r1.forEach((value, round) => {
      const outcome = `${value} ${r2[round]}`;
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    });
    await vm[Symbol.asyncDispose]();
    return seen;
  };

  it.each([
    [
      'fences',
      'sw t0, 0(s3)\nfence w, w\nsw t0, 0(s4)',
      'lw t2, 0(s4)\nfence r, r\nlw t3, 0(s3)\nsw t2, 0(s5)\nsw t3, 0(s6)',
    ],
    [
      'an address dependency',
      'sw t0, 0(s3)\nfence w, w\nsw t0, 0(s4)',
      'lw t2, 0(s4)\nxor t4, t2, t2\nadd t4, t4, s3\nlw t3, 0(t4)\nsw t2, 0(s5)\nsw t3, 0(s6)',
    ],
    [
      'release and acquire',
      'sw t0, 0(s3)\namoswap.w.rl zero, t0, (s4)',
      'lr.w.aq t2, (s4)\nlw t3, 0(s3)\nsw t2, 0(s5)\nsw t3, 0(s6)',
    ],
  ])('message passing with %s_the flag never comes before the message', async (_, first, second) => {
    expect((await outcomes(first, second)).get('1 0')).toBe(undefined);
  });

  it('store buffering with fences_never are both too early', async () => {
    const seen = await outcomes(
      'sw t0, 0(s3)\nfence rw, rw\nlw t2, 0(s4)\nsw t2, 0(s5)',
      'sw t0, 0(s4)\nfence rw, rw\nlw t2, 0(s3)\nsw t2, 0(s6)',
    );
    expect(seen.get('0 0')).toBe(undefined);
  });

  it.each([
    [
      'fences',
      'lw t2, 0(s3)\nfence r, w\nsw t0, 0(s4)\nsw t2, 0(s5)',
      'lw t2, 0(s4)\nfence r, w\nsw t0, 0(s3)\nsw t2, 0(s6)',
    ],
    [
      'data dependencies',
      'lw t2, 0(s3)\nxor t4, t2, t2\nadd t4, t4, t0\nsw t4, 0(s4)\nsw t2, 0(s5)',
      'lw t2, 0(s4)\nxor t4, t2, t2\nadd t4, t4, t0\nsw t4, 0(s3)\nsw t2, 0(s6)',
    ],
  ])('load buffering with %s_nothing comes out of thin air', async (_, first, second) => {
    expect((await outcomes(first, second)).get('1 1')).toBe(undefined);
  });

  it('two loads of one word without a fence_never go back in time', async () => {
    const seen = await outcomes('sw t0, 0(s3)', 'lw t2, 0(s3)\nlw t3, 0(s3)\nsw t2, 0(s5)\nsw t3, 0(s6)');
    expect(seen.get('1 0')).toBe(undefined);
  });

  it('independent reads of independent writes with fences_agree on an order', async () => {
    const samples = 3000;
    const at = (n: number) => DATA + BigInt(n * 0x2_0000);
    // Harts 0 and 1 count x and y up; hart 2 reads x then y, hart 3 y then x.
    const { vm, words } = await run(
      `
      li s2, ${samples}
      li s3, ${at(1)}
      li s4, ${at(2)}
      li t0, 2
      bgeu s0, t0, reader
      mv s5, s3
      beqz s0, write
      mv s5, s4
    write:
      li t1, 0
      li t2, ${samples * 50}
    count:
      addi t1, t1, 1
      sw t1, 0(s5)
      bltu t1, t2, count
      j out
    reader:
      li s6, ${at(3)}
      beq s0, t0, read
      mv t3, s3
      mv s3, s4
      mv s4, t3
      li s6, ${at(4)}
    read:
      lw t1, 0(s3)
      fence r, r
      lw t2, 0(s4)
      sw t1, 0(s6)
      sw t2, 4(s6)
      addi s6, s6, 8
      addi s2, s2, -1
      bnez s2, read
    out:
    `,
      4,
      { jit, where },
    );
    const [first, second] = [words(3 * 0x2_0000, samples * 2), words(4 * 0x2_0000, samples * 2)];
    let wrong = 0;
    for (let i = 0; i < samples; i++) {
      const [a, b] = [first[2 * i]!, first[2 * i + 1]!];
      for (let j = 0; j < samples; j++) {
        // One saw x at a before y had passed b, the other y at d before x had passed c.
        const [d, c] = [second[2 * j]!, second[2 * j + 1]!];
        if (a > c && d > b) wrong++;
      }
    }
    expect(wrong).toBe(0);
    await vm[Symbol.asyncDispose]();
  });
});

const TURNS = 3000;

/** Hart 0 gives the other a function anew each turn, and that one calls it: it must be the new one. */
const patching = (afterWrite: string, beforeCall: string): string => `
  addi s8, s9, 256
  li s3, ${DATA + 0x3000n}
  li s4, ${TURNS}
  li s2, 0
  li s5, 0
  rdtime s10
  li t0, ${LONG}
  add s10, s10, t0
turn:
  bnez s0, caller
  addi s2, s2, 1
  rdtime t0
  bltu t0, s10, early
  mv s2, s4
early:
  li t0, 0x513
  andi t1, s2, 2047
  slli t1, t1, 20
  or t0, t0, t1
  sw t0, 0(s3)
  ${afterWrite}
  fence w, w
  sw s2, 0(s8)
answer:
  lw t0, 64(s8)
  bne t0, s2, answer
  j turned
caller:
  lw t0, 0(s8)
  beq t0, s2, caller
  mv s2, t0
  fence r, r
  ${beforeCall}
  li t2, 20
often:
  jalr ra, s3
  andi t1, s2, 2047
  beq a0, t1, right
  addi s5, s5, 1
right:
  addi t2, t2, -1
  bnez t2, often
  fence rw, w
  sw s2, 64(s8)
turned:
  bltu s2, s4, turn
  beqz s0, out
  sw s5, 0(s1)
out:
`;

const RETURN = `
  li t0, ${DATA + 0x3000n}
  li t1, 0x8067
  sw t1, 4(t0)
  fence rw, rw
`;

describe.each(WAYS)('code that another hart writes, --jit %s%s', (jit, where) => {
  it.each([
    ['FENCE.I of the hart that calls it', '', 'fence.i'],
    ['a remote FENCE.I', 'li a0, 2\nli a1, 0\nli a6, 0\nli a7, 0x52464e43\nfence rw, rw\necall', ''],
  ])('after %s_is what runs', async (_, afterWrite, beforeCall) => {
    const { vm, words } = await run(RETURN + patching(afterWrite, beforeCall), 2, { jit, where });
    expect(words(0, 1)[0]).toBe(0);
    await vm[Symbol.asyncDispose]();
  });

  it('in the page it runs in itself_neither hangs nor goes wrong', async () => {
    // Hart 1 loops in a page into which hart 0 stores all the time, behind the loop.
    const { vm, words } = await run(
      `
      la s3, behind
      li s4, 200000
      li s2, 0
      bnez s0, loop
    store:
      sw s2, 0(s3)
      addi s2, s2, 1
      bltu s2, s4, store
      j out
    loop:
      addi s2, s2, 1
      addi t0, s2, 1
      sub t0, t0, s2
      add s5, s5, t0
      bltu s2, s4, loop
      sw s2, 0(s1)
      j out
      .align 2
    behind:
      .word 0
    out:
    `,
      2,
      { jit, where },
    );
    expect(words(0, 1)[0]).toBe(200_000);
    await vm[Symbol.asyncDispose]();
  });
});

it.each<Where>([' in their places', ' moved about'])(
  'remote SFENCE.VMA to harts%s_none uses the old mapping afterwards',
  async (where) => {
    const [root, middle, leaves, a, b] = [0x4000n, 0x5000n, 0x6000n, 0x8000n, 0x9000n].map((at) => DATA + at);
    const entry = (at: bigint) => ((at >> 12n) << 10n) | 1n;
    const leaf = (at: bigint) => ((at >> 12n) << 10n) | 0xcfn;
    const { vm, words } = await run(
      `
    li s3, ${root}
    li t0, ${leaf(0x8000_0000n)}
    sd t0, 16(s3)
    li t0, ${entry(middle!)}
    sd t0, 8(s3)
    li t1, ${middle}
    li t0, ${entry(leaves!)}
    sd t0, 0(t1)
    li s6, ${leaves}
    li t0, ${leaf(a!)}
    sd t0, 0(s6)
    li t1, ${a}
    li t0, 1
    sw t0, 0(t1)
    li t1, ${b}
    sw zero, 0(t1)
    fence rw, rw
    li t0, ${(8n << 60n) | (root! >> 12n)}
    csrw satp, t0
    sfence.vma
    addi s8, s9, 256
    li s4, ${TURNS}
    li s2, 0
    li s5, 0
    li s7, 0x40000000
    rdtime s10
    li t0, ${LONG}
    add s10, s10, t0
  turn:
    bnez s0, reader
    addi s2, s2, 1
    rdtime t0
    bltu t0, s10, early
    mv s2, s4
  early:
    li t0, ${leaf(a!)}
    andi t1, s2, 1
    bnez t1, put
    li t0, ${leaf(b!)}
  put:
    sd t0, 0(s6)
    li a0, 2
    li a1, 0
    li a2, 0x40000000
    li a3, 4096
    li a6, 1
    li a7, 0x52464e43
    ecall
    fence rw, w
    sw s2, 0(s8)
  answer:
    lw t0, 64(s8)
    bne t0, s2, answer
    j turned
  reader:
    lw t1, 0(s7)
    lw t0, 0(s8)
    beq t0, s2, reader
    mv s2, t0
    fence r, r
    lw t1, 0(s7)
    andi t2, s2, 1
    beq t1, t2, right
    addi s5, s5, 1
  right:
    fence rw, w
    sw s2, 64(s8)
  turned:
    bltu s2, s4, turn
    csrw satp, zero
    beqz s0, out
    sw s5, 0(s1)
  out:
  `,
      2,
      { where },
    );
    expect(words(0, 1)[0]).toBe(0);
    await vm[Symbol.asyncDispose]();
  },
);

it('the serial port and the clock used by all harts_work as for one', async () => {
  const host = await Host.create({ platform, harts: 2 });
  // Each hart writes its letter 300 times and reads the clock device in between; every access to the finisher's page but the last is nothing.
  const source = `${start(3)}
    li s2, 300
    li s3, 0x10000000
    li s4, 0x101000
    addi s5, s0, 65
  again:
    sb s5, 0(s3)
    lw t0, 0(s4)
    beqz t0, again
    addi s2, s2, -1
    bnez s2, again
    ${finish}`;
  const vm = await host.createVm(guest(source, { harts: 3, threads: true }));
  const output = collect(vm);
  expect(await vm.run()).toEqual({ kind: 'power-off' });
  expect([...output.text].sort().join('')).toBe('A'.repeat(300) + 'B'.repeat(300) + 'C'.repeat(300));
  await vm[Symbol.asyncDispose]();
});

it('pause, fork, snapshot and resume_of harts on two threads_lose nothing', async () => {
  const host = await Host.create({ platform, harts: 2 });
  const source = `${start(2)}
    li s2, 0
  again:
    li t0, 1
    amoadd.d zero, t0, (s1)
    addi s2, s2, 1
    lw t0, 1024(s1)
    beqz t0, again
    slli t1, s0, 3
    add t1, t1, s1
    sd s2, 64(t1)
    ${finish}`;
  const vm = await host.createVm(guest(source, { harts: 2, threads: true }));
  const end = vm.run();
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    await vm.pause();
    const before = vm.stats().instructions;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(vm.stats().instructions).toBe(before);
    vm.resume();
  }
  const child = await vm.fork();
  const bytes = await vm.snapshot();
  const { Vm } = await import('../vm/vm.js');
  const restored = await Vm.restore(host, platform, bytes, { threads: true });
  const childEnd = child.run();
  const restoredEnd = restored.run();
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const [one, its] of [
    [vm, end],
    [child, childEnd],
    [restored, restoredEnd],
  ] as const) {
    one.memory.write(DATA + 1024n, Uint8Array.of(1));
    expect(await its).toEqual({ kind: 'power-off' });
    const read = (at: bigint) => new DataView(one.memory.read(DATA + at, 8).slice().buffer).getBigUint64(0, true);
    expect(read(64n) + read(72n)).toBe(read(0n));
    await one[Symbol.asyncDispose]();
  }
});
