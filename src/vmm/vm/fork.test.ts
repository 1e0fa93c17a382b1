// Forks: two guests that have the same memory until one of them writes.
import { describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import type { Vm, VmConfig } from './vm.js';

const BASE = 0x8000_0000n;
const MIB = 2 ** 20;

/**
 * For every byte typed adds one to a word at +1 MiB and to the code of `bump` (so that it adds more next time), and prints the
 * word as a letter; q ends it.
 */
const COUNTER = `
  .equ UART, 0x10000000
  li s0, UART
  li s1, 0x80100000
  li t0, 1
  sb t0, 1(s0)
again:
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
  li t1, 113
  beq a0, t1, over
  la t3, bump
  lw t4, 0(t3)
  li t5, 0x100000
  add t4, t4, t5
  sw t4, 0(t3)
  fence.i
  lw t0, 0(s1)
bump:
  addi t0, t0, 0
  sw t0, 0(s1)
  addi t0, t0, 64
  sb t0, 0(s0)
  j again
over:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stop: j stop
`;

const typed = (text: string): Uint8Array => new TextEncoder().encode(text);

async function boot(source = COUNTER, options: Partial<VmConfig> & { memory?: number; hostMemory?: number } = {}) {
  const { memory = 8 * MIB, hostMemory, ...rest } = options;
  const host = await Host.create({ platform: webPlatform(), ...(hostMemory && { memory: hostMemory }) });
  const machine = virtMachine({ memory: { base: BASE, size: BigInt(memory) } });
  const { bytes } = assemble(source, { base: BASE });
  const segments = [{ what: 'guest', gpa: BASE, bytes }];
  const plan = { segments, entry: BASE, dtbAddress: 0x8020_0000n };
  const vm = await host.createVm({ machine, boot: plan, threads: false, ...rest });
  return { host, vm };
}

/** What a guest prints from now on. */
function printed(vm: Vm) {
  const decoder = new TextDecoder();
  const seen = { text: '' };
  vm.on('output', (bytes) => {
    seen.text += decoder.decode(bytes);
  });
  return seen;
}

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !condition(); ) {
    if (performance.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('fork', () => {
  it('of a guest that goes on_both go on by themselves, code and data', async () => {
    const { host, vm } = await boot();
    const parent = printed(vm);
    const end = vm.run();
    await vm.input(typed('xx'));
    await until(() => parent.text.length === 2);
    expect(parent.text).toBe('AC');

    const child = await vm.fork({ name: 'child' });
    const forked = printed(child);
    await vm.input(typed('x'));
    await until(() => parent.text.length === 3);
    const childEnd = child.run();
    await child.input(typed('xx'));
    await until(() => forked.text.length === 2);

    expect(parent.text).toBe('ACF');
    expect(forked.text).toBe('FJ');
    await Promise.all([vm.input(typed('q')), child.input(typed('q'))]);
    expect(await end).toEqual({ kind: 'power-off' });
    expect(await childEnd).toEqual({ kind: 'power-off' });
    await child[Symbol.asyncDispose]();
    await vm[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('of a fork, whose ancestors are gone_keeps the memory', async () => {
    const { host, vm } = await boot();
    const out = printed(vm);
    void vm.run().catch(() => {});
    await vm.input(typed('x'));
    await until(() => out.text === 'A');
    const child = await vm.fork();
    const grandchild = await child.fork();
    await vm[Symbol.asyncDispose]();
    await child[Symbol.asyncDispose]();
    const last = printed(grandchild);
    const end = grandchild.run();
    await grandchild.input(typed('xq'));
    expect(await end).toEqual({ kind: 'power-off' });
    expect(last.text).toBe('C');
    await grandchild[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('costs only the pages that change', async () => {
    const { host, vm } = await boot(COUNTER, { memory: 64 * MIB });
    vm.memory.write(BASE + 0x20_0000n, new Uint8Array(16 * MIB).fill(7));
    const before = host.pages.free;
    await using child = await vm.fork();
    const tables = before - host.pages.free;
    expect(tables).toBeLessThan(16);
    child.memory.write(BASE + 0x30_0000n, typed('changed'));
    // One table that splits the block, and the page.
    expect(before - host.pages.free - tables).toBe(2);
    expect(vm.memory.read(BASE + 0x30_0000n, 2)).toEqual(Uint8Array.of(7, 7));
    vm.memory.write(BASE + 0x30_0000n, typed('mine'));
    expect(child.memory.read(BASE + 0x30_0000n, 7)).toEqual(typed('changed'));
    await vm[Symbol.asyncDispose]();
  });

  it('of a deterministic guest_does what the guest does', async () => {
    const { vm } = await boot(COUNTER, { deterministic: { seed: 3n, script: typed('xxxxxxxxxxxxxxxxxxxxq') } });
    await using child = await vm.fork();
    const ends = await Promise.all([vm.run(), child.run()]);
    expect(ends[1]).toEqual(ends[0]);
    expect(await child.stateHash()).toBe(await vm.stateHash());
    await vm[Symbol.asyncDispose]();
  });
});

/** For every byte typed: stores to the next page from +2 MiB on, then reads 128 pages; q ends it. */
const READER = `
  li s0, 0x10000000
  li s1, 0x80200000
  li s4, 4096
  li t0, 1
  sb t0, 1(s0)
again:
  addi s5, s5, 1
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
  sd a0, 0(s1)
  add s1, s1, s4
  li s2, 0x80200000
  li s3, 128
next:
  ld t0, 0(s2)
  add s2, s2, s4
  addi s3, s3, -1
  bnez s3, next
  sb a0, 0(s0)
  j again
`;

describe('a store to a page that a fork has as well', () => {
  it('drops the translations of that page, and no others', async () => {
    const { vm } = await boot(READER);
    vm.memory.write(BASE + 0x20_0000n, new Uint8Array(128 * 4096).fill(1));
    await using child = await vm.fork();
    const out = printed(child);
    void child.run().catch(() => {});
    let walked = 0n;
    const walksOf = async (key: string): Promise<bigint> => {
      const [before, length] = [walked, out.text.length];
      await child.input(typed(key));
      await until(() => out.text.length > length);
      // Figures are exact at rest. Each look at the serial port is a walk, too: s5 counts them.
      await child.pause();
      walked = child.stats().pageWalks - child.vcpus[0]!.read('s5');
      child.resume();
      return walked - before;
    };
    expect(await walksOf('a')).toBeGreaterThan(100n);
    expect(await walksOf('b')).toBeLessThan(20n);
    expect(vm.memory.read(BASE + 0x20_1000n, 1)).toEqual(Uint8Array.of(1));
    expect(child.memory.read(BASE + 0x20_1000n, 1)).toEqual(typed('b'));
    await vm[Symbol.asyncDispose]();
  });
});

/** Writes to one page after another, without end, printing a dot for each. */
const GREEDY = `
  li s0, 0x10000000
  li s1, 0x80100000
  li s2, 4096
  li t1, 46
again:
  sd t1, 0(s1)
  sb t1, 0(s0)
  add s1, s1, s2
  j again
`;

describe('a host that runs out of memory', () => {
  it('pauses the guest with an event, and lets it go on when there is some', async () => {
    const { host, vm } = await boot(GREEDY, { hostMemory: 4 * MIB, memory: 4 * MIB });
    const out = printed(vm);
    const full = new Promise((resolve) => vm.on('out-of-memory', resolve));
    const spare = host.allocPages(400);
    void vm.run().catch(() => {});
    await full;
    expect(await full).toEqual({ free: 0, limited: false });
    expect(host.pages.free).toBe(0);
    const before = out.text.length;
    host.deallocPages(spare, 400);
    vm.resume();
    await until(() => out.text.length > before + 100);
    await vm[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('lets a guest that was resumed too soon go on as soon as there is some', async () => {
    const { host, vm } = await boot(GREEDY, { hostMemory: 4 * MIB, memory: 4 * MIB });
    const out = printed(vm);
    const full = new Promise((resolve) => vm.on('out-of-memory', resolve));
    vm.on('out-of-memory', () => vm.resume());
    const spare = host.allocPages(400);
    void vm.run().catch(() => {});
    await full;
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = out.text.length;
    // Nobody tells it.
    host.deallocPages(spare, 400);
    await until(() => out.text.length > before + 100);
    await vm[Symbol.asyncDispose]();
  });

  it('ends the guest where that is the policy, and nobody else', async () => {
    const { host, vm } = await boot(GREEDY, { hostMemory: 4 * MIB, memory: 4 * MIB, whenFull: 'end' });
    const spare = host.allocPages(600);
    expect(await vm.run()).toEqual({ kind: 'guest-dead', reason: 'the host has no memory left' });
    await vm[Symbol.asyncDispose]();
    host.deallocPages(spare, 600);
    expect(host.pages.free).toBe(host.pages.total);
  });
});

describe('a guest with a memory limit', () => {
  it('is paused at its limit, beside one that goes on, and goes on when it may have more', async () => {
    const { host, vm } = await boot(GREEDY, { hostMemory: 64 * MIB, memory: 16 * MIB, memoryLimit: 2 * MIB });
    const out = printed(vm);
    const machine = virtMachine({ memory: { base: BASE, size: BigInt(4 * MIB) } });
    const { bytes } = assemble(COUNTER, { base: BASE });
    const boots = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    const other = await host.createVm({ machine, boot: boots, threads: false });
    const answers = printed(other);
    void other.run().catch(() => {});

    const event = new Promise((resolve) => vm.on('out-of-memory', resolve));
    void vm.run().catch(() => {});
    expect(await event).toMatchObject({ limited: true });
    expect(vm.stats().resident).toBe(2 * MIB);
    await other.input(typed('x'));
    await until(() => answers.text.length === 1);

    const dots = out.text.length;
    vm.limitMemory(4 * MIB);
    const again = new Promise((resolve) => vm.on('out-of-memory', resolve));
    vm.resume();
    await again;
    expect(vm.stats().resident).toBe(4 * MIB);
    // A dot for each page.
    expect(out.text.length - dots).toBe(512);
    for (const each of [vm, other]) await each[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('ends at its limit where that is the policy', async () => {
    const { vm } = await boot(GREEDY, { memory: 16 * MIB, memoryLimit: 2 * MIB, whenFull: 'end' });
    expect(await vm.run()).toEqual({ kind: 'guest-dead', reason: 'it has all the memory that it may have' });
    await vm[Symbol.asyncDispose]();
  });

  it('forked_has what its parent has, and a copy is in place of what it had', async () => {
    const { vm } = await boot(COUNTER, { memoryLimit: 8 * MIB });
    void vm.run().catch(() => {});
    await vm.pause();
    await using child = await vm.fork();
    const { resident } = vm.stats();
    expect(child.stats().resident).toBe(resident);
    const out = printed(child);
    void child.run().catch(() => {});
    await child.input(typed('x'));
    await until(() => out.text.length === 1);
    expect(child.stats().resident).toBe(resident);
    await vm[Symbol.asyncDispose]();
  });

  it.each([0, -1, Number.NaN])('of %d_is a typed error', async (memoryLimit) => {
    await expect(boot(COUNTER, { memoryLimit })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
