// The bare machine through the program: M-mode code from its first instruction, the host-target interface, signatures.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeElf } from '../../src/boot/elf.test-support.js';
import { assemble } from '../../src/isa/index.js';
import { hypercraft, lastLineOf, Scratch } from './program.js';

const BASE = 0x8000_0000n;

/** An ELF file of M-mode code at the start of memory, with its labels as symbols. */
function program(source: string): Uint8Array {
  const { bytes, symbols } = assemble(source, { base: BASE });
  const segments = [{ vaddr: BASE, paddr: BASE, data: bytes }];
  return makeElf({ entry: BASE, segments, symbols: Object.fromEntries(symbols) });
}

function run(scratch: Scratch, source: string, ...options: string[]) {
  const kernel = scratch.file('program.elf', program(source));
  return hypercraft(['run', '--mode', 'bare', '--kernel', kernel, '--memory', '16M', '--timeout', '180', ...options]);
}

const LEAVE = `
  la t1, tohost
  sd t0, 0(t1)
stay:
  j stay
  .align 6
tohost: .dword 0
`;

it.each([
  [1, 0],
  [3, 1],
  [2 * 77 + 1, 77],
  [2 * 256 + 1, 1],
  [2 * 258 + 1, 2],
])('tohost_given %i_ends with status %i', async (word, status) => {
  using scratch = new Scratch();
  const outcome = await run(scratch, `li t0, ${word}\n${LEAVE}`);
  expect(outcome.status).toBe(status);
  const code = word >> 1;
  expect(lastLineOf(outcome.stderr)).toBe(`hypercraft: exit ${code === 0 ? 'power-off' : `failure ${code}`}`);
});

it('first instruction_finds M mode, the hart id and the device tree', async () => {
  using scratch = new Scratch();
  const source = `
    csrr t0, mhartid
    sub t0, t0, a0
    csrr t1, mstatus
    lwu t2, 0(a1)
    li t3, 0xedfe0dd0
    sub t2, t2, t3
    or t0, t0, t2
    slli t0, t0, 1
    ori t0, t0, 1
    ${LEAVE}`;
  expect((await run(scratch, source)).status).toBe(0);
});

it('all harts_start at the entry with their own ids', async () => {
  using scratch = new Scratch();
  const signature = join(scratch.path, 'signature');
  const source = `
    la t0, begin_signature
    slli t1, a0, 2
    add t0, t0, t1
    addi t1, a0, 0x100
    sw t1, 0(t0)
    la t0, count
    li t1, 1
    amoadd.w t1, t1, (t0)
    li t2, 3
    bne t1, t2, stay
    li t0, 1
    ${LEAVE}
count: .word 0
    .align 3
begin_signature:
    .word -1, -1, -1, -1
end_signature:
  `;
  const outcome = await run(scratch, source, '--smp', '4', '--signature', signature);
  expect(outcome.status).toBe(0);
  expect(readFileSync(signature, 'utf8')).toBe('00000100\n00000101\n00000102\n00000103\n');
});

it('signature asked of a program without one_is bad usage', async () => {
  using scratch = new Scratch();
  const outcome = await run(scratch, `li t0, 1\n${LEAVE}`, '--signature', join(scratch.path, 'signature'));
  expect(outcome.status).toBe(2);
  expect(outcome.stderr).toMatch(/^hypercraft: --signature: .*begin_signature.*\n/);
});

it('signature that cannot be written_is an error', async () => {
  using scratch = new Scratch();
  const source = `li t0, 1\n${LEAVE}\nbegin_signature: .word 1\nend_signature:`;
  const outcome = await run(scratch, source, '--signature', join(scratch.path, 'no', 'such', 'folder'));
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toMatch(/--signature .*no such file/);
});

it('machine timer and software interrupts_reach M mode', async () => {
  using scratch = new Scratch();
  const source = `
    la t0, trap
    csrw mtvec, t0
    li t0, 0x2004000
    sd zero, 0(t0)
    li t0, 0x80
    csrw mie, t0
    li s0, 0
    csrsi mstatus, 8
timer:
    beqz s0, timer
    li t0, 0x2000000
    li t1, 1
    sw t1, 0(t0)
    li t0, 0x8
    li s0, 0
    csrw mie, t0
software:
    beqz s0, software
    slli t0, s0, 4
    srli t0, t0, 4
    slli t0, t0, 1
    ori t0, t0, 1
    ${LEAVE}
    .align 2
trap:
    csrr s0, mcause
    csrw mie, zero
    mret
  `;
  expect((await run(scratch, source)).status).toBe(3);
});
