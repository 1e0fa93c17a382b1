// Hostile guests beside a peaceful one on the same hart: its memory stays as it is and it gets its share of the time.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import type { VmStats } from '../vm/config.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import { guest, later, until } from './guests.test-support.js';
import { least } from './noise.test-support.js';

/** A handler that steps over whatever faulted: 4 bytes, or 2 where the instruction is compressed, or back to `again`. */
const SURVIVE = `
  la t0, survive
  csrw stvec, t0
  j go
  .align 2
survive:
  csrr t5, scause
  bltz t5, interrupt
  csrr t5, sepc
  addi t5, t5, 4
  csrw sepc, t5
  sret
interrupt:
  csrw sip, zero
  sret
go:
`;

/** a "random" number in \`r\`, from s11. */
const random = (r: string) => `
  li t6, 6364136223846793005
  mul s11, s11, t6
  li t6, 1442695040888963407
  add s11, s11, t6
  srli ${r}, s11, 11
`;

/** What it does, its program, its harts. */
const HOSTILE: readonly (readonly [string, string, number])[] = [
  [
    'reads and writes all over the physical address space',
    `${SURVIVE}
    li s11, 42
  again:
    ${random('s0')}
    andi s1, s0, 63
    srl s0, s0, s1
    ld t0, 0(s0)
    sd s11, 0(s0)
    amoadd.d t0, s11, (s0)
    j again`,
    1,
  ],
  [
    'reads and writes where host memory and monitor state lie',
    `${SURVIVE}
    li s0, 0
    li s2, 0x80000000
  again:
    sd s0, 0(s0)
    sb s0, 7(s0)
    li t0, 4096
    add s0, s0, t0
    bltu s0, s2, again
    li s0, 0
    j again`,
    1,
  ],
  [
    'points its page tables at all of the host',
    `
    la t0, back
    csrw stvec, t0
    li s11, 7
    li s0, 0x80200000
  again:
    ${random('s1')}
    li t0, 512
    mv t1, s0
  fill:
    ${random('t2')}
    li t3, 0x3fffff
    and t2, t2, t3
    slli t2, t2, 10
    ori t2, t2, 0xc1
    andi t3, s11, 0xe
    or t2, t2, t3
    sd t2, 0(t1)
    addi t1, t1, 8
    addi t0, t0, -1
    bnez t0, fill
    li t0, 0x200000cf
    sd t0, 16(s0)
    slli s1, s1, 26
    srai s1, s1, 26
    li t0, 0x8000000000080200
    csrw satp, t0
    sfence.vma
    ld t0, 0(s1)
    sd t0, 0(s1)
    .align 2
  back:
    csrw satp, zero
    addi s5, s5, 1
    j again`,
    1,
  ],
  [
    'calls SBI with random arguments',
    `${SURVIVE}
    li s11, 3
  again:
    ${random('a0')}
    ${random('a1')}
    ${random('a2')}
    ${random('a3')}
    ${random('a4')}
    ${random('a5')}
    ${random('a6')}
    andi a6, a6, 7
    ${random('t0')}
    andi t0, t0, 7
    la t1, calls
    slli t0, t0, 3
    add t1, t1, t0
    ld a7, 0(t1)
    ${random('t0')}
    andi t0, t0, 1
    bnez t0, wild
    li t1, 0x80000000
    slli a0, a0, 40
    srli a0, a0, 40
    add a1, a0, t1
    li a2, 0
  wild:
    ecall
    j again
    .align 3
  calls: .dword 0x10, 0x54494d45, 0x735049, 0x52464e43, 0x4442434e, 0x504d55, 0x535345, 0x535441`,
    1,
  ],
  [
    'fences without end',
    `again:
    sfence.vma
    li a0, -1
    li a1, -1
    li a2, 0
    li a3, 0
    li a6, 1
    li a7, 0x52464e43
    ecall
    fence.i
    j again`,
    1,
  ],
  [
    'sends itself interrupts without end',
    `${SURVIVE}
    bnez a0, storm
    li a0, 1
    la a1, storm
    li a7, 0x48534d
    li a6, 0
    ecall
  storm:
    la t0, survive
    csrw stvec, t0
    li t0, 0x222
    csrw sie, t0
    csrsi sstatus, 2
  again:
    li a0, -1
    li a1, -1
    li a6, 0
    li a7, 0x735049
    ecall
    j again`,
    2,
  ],
  [
    'is interrupted by its timer without end',
    `${SURVIVE}
    csrw stimecmp, zero
    li t0, 0x20
    csrw sie, t0
    csrsi sstatus, 2
  again: j again`,
    1,
  ],
  [
    'starts, stops and suspends harts without end',
    `
    bnez a0, off
  again:
    addi s1, s1, 1
    andi a0, s1, 7
    la a1, off
    li a2, 0
    li a7, 0x48534d
    li a6, 0
    ecall
    li a6, 2
    ecall
    li a0, 0
    la a1, again
    li a6, 0
    ecall
    j again
  off:
    li a7, 0x48534d
    andi t0, a0, 1
    bnez t0, stop
    li a0, 0x80000000
    la a1, off
    li a6, 3
    ecall
  stop:
    li a6, 1
    ecall
    j off`,
    4,
  ],
  ['exits without end', 'again: ecall\nj again', 1],
  ['faults at its own handler', 'csrw stvec, zero\njr zero', 1],
  ['floods its console', 'li s0, UART\nagain: sb s0, 0(s0)\nj again', 1],
  [
    'hammers its interrupt controller',
    `li s0, 0x0c000000
    li s1, 0x0c201004
    li t0, -1
  again:
    sw t0, 40(s0)
    lw t1, 0(s1)
    sw t0, 0(s1)
    sd t0, 0(s1)
    sw t0, 2(s0)
    j again`,
    1,
  ],
  [
    'is fast until it is given much to do, and then slow',
    `li s0, 0x0c201004
    li s1, 20000000
  fast:
    addi s1, s1, -1
    bnez s1, fast
  slow:
    lw t1, 0(s0)
    j slow`,
    1,
  ],
];

const PATTERN_AT = 0x8010_0000n;
const PATTERN_BYTES = 4 << 20;

/** Counts, and reads its pattern while it does. */
const PEACEFUL = `
  li s0, 0
  li s1, ${PATTERN_AT}
  li s2, ${PATTERN_AT + BigInt(PATTERN_BYTES)}
  mv s3, s1
loop:
  addi s0, s0, 1
  ld t0, 0(s3)
  add s4, s4, t0
  addi s3, s3, 64
  bltu s3, s2, loop
  mv s3, s1
  j loop`;

describe.each(['slices', 'worker'])('a peaceful guest in a %s', (how) => {
  let platform: Platform;
  let remove = () => {};

  beforeAll(async () => {
    if (how === 'slices') platform = webPlatform();
    else ({ platform, remove } = await threadedPlatform());
  });
  afterAll(() => remove());

  it.each(HOSTILE)('beside one that %s_keeps its memory and its time', async (_, source, harts) => {
    const host = await Host.create({ platform });
    const threads = how === 'worker';
    // Its memory lies between that of two hostile guests.
    await using before = await host.createVm(guest(source, { threads, harts }));
    await using peaceful = await host.createVm(guest(PEACEFUL, { threads }));
    await using after = await host.createVm(guest(source, { threads, harts }));
    const pattern = new Uint8Array(PATTERN_BYTES).map((_, index) => (index * 31 + (index >> 8)) & 0xff);
    peaceful.memory.write(PATTERN_AT, pattern);
    const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    const expected = hash(peaceful.memory.read(PATTERN_AT, PATTERN_BYTES));

    for (const vm of [before, peaceful, after]) vm.run().catch(() => {});
    // A third of the time is its own; what its neighbours do not want, too.
    const wanting = async (): Promise<number> => {
      const [ran, began] = [peaceful.stats().ran, performance.now()];
      await later(250);
      return 1 - (peaceful.stats().ran - ran) / (performance.now() - began);
    };
    expect(await least(5 / 6, 40, wanting)).toBeLessThan(5 / 6);
    /** What a neighbour has come to. */
    const acts = ({ exits, traps, instructions }: VmStats): number =>
      exits['sbi-call'] + exits['guest-page-fault'] + Number(traps) + Number(instructions);
    await until(() => peaceful.stats().instructions > 100_000n && [before, after].every((vm) => acts(vm.stats()) > 50));
    await peaceful.pause();
    expect(hash(peaceful.memory.read(PATTERN_AT, PATTERN_BYTES))).toBe(expected);
    const { exits } = peaceful.stats();
    expect(exits['guest-page-fault'] + exits.exception + exits['sbi-call']).toBe(0);
    for (const vm of [before, after]) expect(vm.stats().exits.internal).toBe(0);
  });
});
