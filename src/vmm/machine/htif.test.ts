// Bare programs that talk to their host through tohost and fromhost.
import { expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';

const BASE = 0x8000_0000n;

/** Runs M-mode code, whose labels name the mailbox, to the end of its machine. */
async function outcome(source: string, options: { harts?: number } = {}) {
  const { bytes, symbols } = assemble(source, { base: BASE });
  const host = await Host.create({ platform: webPlatform() });
  const machine = virtMachine({ mode: 'bare', memory: { base: BASE, size: 4n << 20n }, ...options });
  const fromhost = symbols.get('fromhost');
  const htif = { tohost: symbols.get('tohost')!, ...(fromhost !== undefined && { fromhost }) };
  const boot = { segments: [{ what: 'program', gpa: BASE, bytes }], entry: BASE, dtbAddress: BASE, htif };
  await using vm = await host.createVm({ machine, boot, threads: false });
  let text = '';
  vm.on('output', (part) => {
    text += new TextDecoder().decode(part);
  });
  const end = await vm.run();
  return { end, text };
}

const MAILBOX = `
  .align 6
tohost: .dword 0
  .align 6
fromhost: .dword 0
`;

/** Puts `value` into tohost and waits for ever. */
const leave = (value: string) => `
  li t0, ${value}
  la t1, tohost
  sd t0, 0(t1)
stay:
  j stay
`;

/** Makes the system call whose block is at the label block and waits for the answer. */
const CALL = `
  la t0, block
  la t1, tohost
  sd t0, 0(t1)
  la t1, fromhost
wait:
  ld t2, 0(t1)
  beqz t2, wait
  sd zero, 0(t1)
`;

it.each([
  ['1', { kind: 'power-off' }],
  ['3', { kind: 'failure', code: 1 }],
  ['0x54d', { kind: 'failure', code: 0x2a6 }],
])('tohost_given %s_ends the machine', async (value, end) => {
  expect((await outcome(leave(value) + MAILBOX)).end).toEqual(end);
});

it('an odd word from the second hart_is seen', async () => {
  const source = `bnez a0, second\nidle: wfi\nj idle\nsecond:${leave('7')}${MAILBOX}`;
  expect((await outcome(source, { harts: 2 })).end).toEqual({ kind: 'failure', code: 3 });
});

it('write system call_prints and returns the length', async () => {
  const source = `
    la t3, text
    la t0, block
    sd t3, 16(t0)
    ${CALL}
    ld t3, 0(t0)
    slli t3, t3, 1
    ori t3, t3, 1
    la t1, tohost
    sd t3, 0(t1)
here: j here
text: .ascii "hello\\n"
    ${MAILBOX}
    .align 6
block: .dword 64, 1, 0, 6, 0, 0, 0, 0
  `;
  expect(await outcome(source)).toEqual({ end: { kind: 'failure', code: 6 }, text: 'hello\n' });
});

it('write of more than the console holds_loses nothing', async () => {
  const length = 200_000;
  const source = `
    li t3, 0x80100000
    la t0, block
    sd t3, 16(t0)
    li t4, ${length}
    sd t4, 24(t0)
    li t5, 120
fill:
    sb t5, 0(t3)
    addi t3, t3, 1
    addi t4, t4, -1
    bnez t4, fill
    ${CALL}
    ${leave('1')}
    ${MAILBOX}
    .align 6
block: .dword 64, 1, 0, 0, 0, 0, 0, 0
  `;
  const { end, text } = await outcome(source);
  expect(end).toEqual({ kind: 'power-off' });
  expect(text).toBe('x'.repeat(length));
});

it.each([
  ['a file that is not open', '64, 5, 0x80000000, 1', 9],
  ['memory that is not there', '64, 1, 0x10, 1', 14],
  ['an unknown call', '1000, 0, 0, 0', 38],
])('system call for %s_is refused', async (_, block, error) => {
  const source = `
    ${CALL}
    la t0, block
    ld t3, 0(t0)
    neg t3, t3
    slli t3, t3, 1
    ori t3, t3, 1
    la t1, tohost
    sd t3, 0(t1)
here: j here
    ${MAILBOX}
    .align 6
block: .dword ${block}, 0, 0, 0, 0
  `;
  expect((await outcome(source)).end).toEqual({ kind: 'failure', code: error });
});

it('exit system call_ends the machine', async () => {
  const source = `${CALL}\nhere: j here\n${MAILBOX}\n.align 6\nblock: .dword 93, 4, 0, 0, 0, 0, 0, 0`;
  expect((await outcome(source)).end).toEqual({ kind: 'failure', code: 4 });
});

it('the console device_prints a character', async () => {
  const source = `
    li t0, 0x0101000000000021
    la t1, tohost
    sd t0, 0(t1)
    la t1, fromhost
wait:
    ld t2, 0(t1)
    beqz t2, wait
    ${leave('1')}${MAILBOX}
  `;
  expect((await outcome(source)).text).toBe('!');
});

it('a word that means nothing_is taken and forgotten', async () => {
  const source = `
    li t0, 0x7f00000000000010
    la t1, tohost
    sd t0, 0(t1)
wait:
    ld t2, 0(t1)
    bnez t2, wait
    ${leave('1')}${MAILBOX}
  `;
  expect((await outcome(source)).end).toEqual({ kind: 'power-off' });
});
