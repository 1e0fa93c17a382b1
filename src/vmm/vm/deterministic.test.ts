// Deterministic machines: what must not matter does not, and what must does.
import { describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import { type Determinism, Vm, type VmConfig } from './vm.js';

const BASE = 0x8000_0000n;

/**
 * Two harts race for a lock and note who had it, when; the first echoes what is typed until a q, and looks at the date.
 */
const RACE = `
  .equ UART, 0x10000000
  bnez a0, contend
  li a7, 0x48534d
  li a6, 0
  li a0, 1
  la a1, contend
  ecall
  li s0, UART
  li t0, 1
  sb t0, 1(s0)
again:
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
  sb a0, 0(s0)
  rdtime t3
  la t4, log
  amoadd.d t5, t3, (t4)
  li t5, 0x101000
  lwu t6, 0(t5)
  sd t6, 8(t4)
  li t1, 113
  bne a0, t1, again
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stop: j stop
contend:
  la t4, log
loop:
  rdtime t3
  amoxor.d t5, t3, (t4)
  slli t5, t5, 1
  sd t5, 16(t4)
  j loop
  .align 3
log: .dword 0, 0, 0
`;

const typed = (text: string): Uint8Array => new TextEncoder().encode(text);

async function run(deterministic: Determinism, sliceDelay = 0, options: Partial<VmConfig> = {}) {
  const platform = webPlatform();
  const slow = { ...platform, yield: () => platform.sleep(sliceDelay, new AbortController().signal) };
  const host = await Host.create({ platform: sliceDelay > 0 ? slow : platform });
  const machine = virtMachine({ harts: 2, memory: { base: BASE, size: 4n << 20n } });
  const { bytes } = assemble(RACE, { base: BASE });
  const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
  await using vm = await host.createVm({ machine, boot, threads: false, deterministic, ...options });
  const kicks = sliceDelay > 0 ? setInterval(() => vm.kick(), 1) : undefined;
  const end = await vm.run();
  clearInterval(kicks);
  return { end, hash: await vm.stateHash(), instructions: vm.stats().instructions };
}

describe('a deterministic machine', () => {
  it('run twice, once on a slow host that kicks it_ends in the same state', async () => {
    const first = await run({ seed: 7n, script: typed('hello q') });
    const second = await run({ seed: 7n, script: typed('hello q') }, 3);
    expect(first.end).toEqual({ kind: 'power-off' });
    expect(second).toEqual(first);
  });

  it.each<[string, Determinism]>([
    ['another seed', { seed: 8n, script: typed('hello q') }],
    ['other input', { seed: 7n, script: typed('hello, q') }],
  ])('run with %s_ends in another state', async (_, other) => {
    const first = await run({ seed: 7n, script: typed('hello q') });
    expect((await run(other)).hash).not.toBe(first.hash);
  });

  it('whose pages are there already or come on first touch_ends in the same state', async () => {
    // One hart touches more pages in a slice than it may take exits; the other notes what time it is, again and again.
    const source = `
      bnez a0, watch
      li a7, 0x48534d
      li a6, 0
      li a0, 1
      la a1, watch
      ecall
      li t0, 0x80200000
      li t1, 0x80c00000
      li t2, 4096
    touch:
      sd t0, 0(t0)
      add t0, t0, t2
      bltu t0, t1, touch
      li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)
    stop: j stop
    watch:
      li t4, 0x80100000
      li t6, 0
    again:
      rdtime t3
      slli t5, t6, 1
      xor t6, t5, t3
      sd t6, 0(t4)
      j again
    `;
    const finish = async (touched: boolean): Promise<string> => {
      const host = await Host.create({ platform: webPlatform() });
      const machine = virtMachine({ harts: 2, memory: { base: BASE, size: 16n << 20n } });
      const segments = [{ what: 'guest', gpa: BASE, bytes: assemble(source, { base: BASE }).bytes }];
      const boot = { segments, entry: BASE, dtbAddress: 0x8010_1000n };
      await using vm = await host.createVm({ machine, boot, threads: false, deterministic: { seed: 1n } });
      // Small pages.
      await using again = await Vm.restore(host, host.platform, await vm.snapshot(), { threads: false });
      if (touched) again.memory.write(BASE + 0x20_0000n, new Uint8Array(10 << 20));
      expect(await again.run()).toEqual({ kind: 'power-off' });
      return again.stateHash();
    };
    expect(await finish(false)).toBe(await finish(true));
  });

  it('hash of a running machine_is refused', async () => {
    const host = await Host.create({ platform: webPlatform() });
    const machine = virtMachine({ memory: { base: BASE, size: 4n << 20n } });
    const { bytes } = assemble('here: j here', { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    await using vm = await host.createVm({ machine, boot, threads: false });
    vm.run().catch(() => {});
    await expect(vm.stateHash()).rejects.toMatchObject({ code: 'VM_RUNNING' });
    await vm.pause();
    expect(await vm.stateHash()).toMatch(/^[0-9a-f]{32}$/);
  });
});
