// Guests that move from hart to hart of their host: by themselves, where one hart has nothing to do while they wait on another one, and as
// they are told. They go on from where they were: memory, timer, console and all.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import type { Vm } from '../vm/vm.js';
import { BASE, collect, guest, later, moveAbout, POWER_OFF, SPIN, SPIN_ALL, until } from './guests.test-support.js';
import { least, unfairness } from './noise.test-support.js';

let platform: Platform;
let remove = () => {};

beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

const TICKS = 0x8010_0000n;

/** Echoes what is typed until a q, is interrupted by its timer every millisecond and counts that, and never loses count of what it does. */
const BUSY = `
  la t0, tick
  csrw stvec, t0
  li s0, UART
  li t0, 1
  sb t0, 1(s0)
  li s1, ${TICKS}
  li s8, 10000
  rdtime t0
  add t0, t0, s8
  csrw stimecmp, t0
  li t0, 32
  csrw sie, t0
  csrsi sstatus, 2
  li s2, 0
  li s3, 0
again:
  addi s2, s2, 1
  addi s3, s3, 1
  bne s2, s3, wrong
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
  sb a0, 0(s0)
  li t1, 113
  bne a0, t1, again
  ${POWER_OFF}
wrong: j wrong
  .align 2
tick:
  rdtime t4
  add t4, t4, s8
  csrw stimecmp, t4
  ld t5, 0(s1)
  addi t5, t5, 1
  sd t5, 0(s1)
  sret`;

const REST = 'rest: wfi\nj rest';

it('guest that is told to move again and again_echoes every letter once and keeps its time', async () => {
  const host = await Host.create({ platform, harts: 2 });
  // Threads end with their last guest; these keep both.
  await using here = await host.createVm(guest(REST, { threads: true, pin: [0] }));
  await using there = await host.createVm(guest(REST, { threads: true, pin: [1] }));
  for (const rests of [here, there]) rests.run().catch(() => {});
  await using vm = await host.createVm(guest(BUSY, { threads: true }));
  const output = collect(vm);
  const end = vm.run();
  const began = performance.now();
  let typed = '';
  for (let i = 0; i < 40; i++) {
    const letters = String.fromCharCode(97 + (i % 16)).repeat(5);
    typed += letters;
    // On its way while the guest moves.
    const input = vm.input(new TextEncoder().encode(letters));
    await vm.moveTo((i + 1) % 2);
    await input;
    await later(2);
  }
  const counted = () => Number(new DataView(vm.memory.read(TICKS, 8).slice().buffer).getBigUint64(0, true));
  // A tick a millisecond at most, and it is never for ever without one.
  await until(() => counted() > 10);
  const ticks = counted();
  const milliseconds = performance.now() - began;
  await vm.input(new TextEncoder().encode('q'));
  expect(await end).toEqual({ kind: 'power-off' });
  expect(output.text).toBe(`${typed}q`);
  expect(ticks).toBeLessThan(milliseconds + 100);
});

it('guest paused, forked, saved and disposed of while it moves_is as it should be', async () => {
  const host = await Host.create({ platform, harts: 2 });
  for (let i = 0; i < 5; i++) {
    const vm = await host.createVm(guest(BUSY, { threads: true }));
    vm.run().catch(() => {});
    await later(5);
    const moved = vm.moveTo(i % 2);
    await vm.pause();
    const before = vm.stats().instructions;
    await later(5);
    expect(vm.stats().instructions).toBe(before);
    vm.resume();
    const again = vm.moveTo((i + 1) % 2);
    const child = await vm.fork();
    const output = collect(child);
    const end = child.run();
    await child.input(new TextEncoder().encode('xq'));
    expect(await end).toEqual({ kind: 'power-off' });
    expect(output.text).toBe('xq');
    await Promise.all([moved, again]);
    const last = vm.moveTo(i % 2);
    for (const each of [vm, child]) await each[Symbol.asyncDispose]();
    await last;
  }
  expect(host.pages.free).toBe(host.pages.total);
});

it('guests that wait on one hart_while the other has nothing to do_share both', async () => {
  const host = await Host.create({ platform, harts: 2 });
  const start = async () => {
    const vm = await host.createVm(guest(SPIN, { threads: true }));
    vm.run().catch(() => {});
    return vm;
  };
  // To the harts 0, 1 and 0, as they come.
  const [one, leaves, two] = [await start(), await start(), await start()];
  await later(100);
  await leaves[Symbol.asyncDispose]();
  const ran = () => one.stats().ran + two.stats().ran;
  const missing = async (): Promise<number> => {
    const [before, began] = [ran(), performance.now()];
    await later(600);
    return 2 - (ran() - before) / (performance.now() - began);
  };
  expect(await least(0.3, 40, missing)).toBeLessThan(0.3);
  for (const vm of [one, two]) await vm[Symbol.asyncDispose]();
});

it.each([
  ['weights 1 and 3 that came to a hart each', [1, 3, 1, 3], [1, 1, 1, 1]],
  ['equal weights, one more than there are harts', [1, 1, 1], [1, 1, 1]],
  // 1.33 and 0.67 where their vCPUs stay, and 1.85 and 0.15.
  ['equal weights, two vCPUs and one', [1, 1], [2, 1]],
  ['weights 3 and 1, two vCPUs and one', [3, 1], [2, 1]],
  ['weights 3 and 1, three vCPUs and two', [3, 1], [3, 2]],
])('guests of %s_get their shares of the whole host', async (_, weights, vcpus) => {
  const host = await Host.create({ platform, harts: 2 });
  const vms = await Promise.all(
    weights.map((weight, index) => {
      const harts = vcpus[index]!;
      return host.createVm(guest(SPIN_ALL(harts), { harts, threads: true, share: { weight } }));
    }),
  );
  for (const vm of vms) vm.run().catch(() => {});
  await later(500);
  // Who looks after that has to be given time as well: it may take more than one look.
  const shares = { ran: () => vms.map((vm) => vm.stats().ran), weights };
  expect(await least(0.1, 40, unfairness(shares, 2500))).toBeLessThanOrEqual(0.1);
  for (const vm of vms) await vm[Symbol.asyncDispose]();
});

/** Hart 0 does what BUSY does; 1 and 2 wake each other by IPIs and sleep in between, and 3 is woken by its timer. All count what they did. */
const TALKATIVE = `
  bnez a0, sleeper
  li s9, 3
launch:
  mv a0, s9
  la a1, sleeper
  mv a2, s9
  li a6, 0
  li a7, 0x48534d
  ecall
  addi s9, s9, -1
  bnez s9, launch
  j busy
sleeper:
  mv s0, a0
  li s1, ${TICKS}
  slli t0, s0, 3
  add s1, s1, t0
  li s2, 3
  beq s0, s2, clock
  li t0, 2
  csrw sie, t0
  # The one that the other is: 1 speaks first.
  sub s2, s2, s0
  li t0, 1
  beq s0, t0, speak
listen:
  wfi
  csrr t0, sip
  andi t0, t0, 2
  beqz t0, listen
  csrci sip, 2
speak:
  ld t0, 0(s1)
  addi t0, t0, 1
  sd t0, 0(s1)
  li a0, 1
  sll a0, a0, s2
  li a1, 0
  li a6, 0
  li a7, 0x735049
  ecall
  j listen
clock:
  li t0, 32
  csrw sie, t0
  li s8, 5000
later:
  rdtime t0
  add t0, t0, s8
  csrw stimecmp, t0
doze:
  wfi
  csrr t0, sip
  andi t0, t0, 32
  beqz t0, doze
  ld t0, 0(s1)
  addi t0, t0, 1
  sd t0, 0(s1)
  j later
busy:
${BUSY}`;

it('vCPUs that go from thread to thread all the time_miss no interrupt, and echo every letter once', async () => {
  const host = await Host.create({ platform, harts: 2 });
  await using beside = await host.createVm(guest(SPIN, { threads: true }));
  beside.run().catch(() => {});
  await using vm = await host.createVm(guest(TALKATIVE, { harts: 4, threads: true }));
  const output = collect(vm);
  const end = vm.run();
  const about = moveAbout(vm, 2, end);
  const counts = (): number[] => [...new BigUint64Array(vm.memory.read(TICKS, 32).slice().buffer)].map(Number);
  let typed = '';
  for (let i = 0; i < 25; i++) {
    const letters = String.fromCharCode(97 + (i % 16)).repeat(5);
    typed += letters;
    const before = counts();
    await vm.input(new TextEncoder().encode(letters));
    // One that is not woken is asleep for good.
    await until(() => counts().every((count, hart) => count > before[hart]!));
  }
  await vm.input(new TextEncoder().encode('q'));
  expect(await end).toEqual({ kind: 'power-off' });
  expect(output.text).toBe(`${typed}q`);
  await about;
});

/** Harts 1 and 2 wake each other by their interrupt controller, without any help of ours, and sleep in between; hart 0 waits for a word. */
const PING_PONG = `
  li s1, ${TICKS}
  slli t0, a0, 3
  add s2, s1, t0
  li s3, 0x2000000
  slli t0, a0, 2
  add s4, s3, t0
  xori t0, a0, 3
  slli t0, t0, 2
  add s5, s3, t0
  li t0, 8
  csrw mie, t0
  beqz a0, wait
  li t0, 1
  beq a0, t0, speak
listen:
  wfi
  lw t0, 0(s4)
  beqz t0, listen
  sw zero, 0(s4)
speak:
  ld t0, 0(s2)
  addi t0, t0, 1
  sd t0, 0(s2)
  li t0, 1
  sw t0, 0(s5)
  j listen
wait:
  ld t0, 0(s1)
  beqz t0, wait
  ${POWER_OFF}`;

it('vCPUs that have moved_are woken where they are', async () => {
  const host = await Host.create({ platform, harts: 2 });
  await using vm = await host.createVm(guest(PING_PONG, { mode: 'bare', harts: 3, threads: true }));
  const end = vm.run();
  const count = (): number => Number(new BigUint64Array(vm.memory.read(TICKS + 8n, 8).slice().buffer)[0]);
  for (let i = 0; i < 20; i++) {
    await vm.moveTo((i >> 1) % 2, 1 + (i % 2));
    const before = count();
    await until(() => count() >= before + 100);
  }
  vm.memory.write(TICKS, Uint8Array.of(1));
  expect(await end).toEqual({ kind: 'power-off' });
});

/** Hart 1 sleeps until hart 0 wakes it, which is told to by the letter w, and counts until it is told to sleep by an s. Hart 0 repeats each letter. */
const SLEEPY = `
  li s1, ${TICKS}
  li s3, 0x2000004
  li s4, 115
  li s5, 119
  li s6, 113
  li t0, 8
  csrw mie, t0
  beqz a0, command
sleep:
  wfi
  lw t0, 0(s3)
  beqz t0, sleep
  sw zero, 0(s3)
count:
  ld t0, 8(s1)
  addi t0, t0, 1
  sd t0, 8(s1)
  lb t0, 0(s1)
  bne t0, s4, count
  j sleep
command:
  lb t0, 0(s1)
  sb t0, 16(s1)
  beq t0, s6, over
  bne t0, s5, command
  li t0, 1
  sw t0, 0(s3)
told:
  lb t0, 0(s1)
  beq t0, s5, told
  j command
over:
  ${POWER_OFF}`;

it('vCPU that left a thread asleep and comes back awake_goes on', async () => {
  const host = await Host.create({ platform, harts: 2 });
  await using vm = await host.createVm(guest(SLEEPY, { mode: 'bare', harts: 2, threads: true }));
  const end = vm.run();
  const say = async (letter: string): Promise<void> => {
    const told = new TextEncoder().encode(letter);
    vm.memory.write(TICKS, told);
    await until(() => vm.memory.read(TICKS + 16n, 1)[0] === told[0]);
  };
  const count = (): bigint => new BigUint64Array(vm.memory.read(TICKS + 8n, 8).slice().buffer)[0]!;
  const counts = async (): Promise<void> => {
    const before = count();
    await until(() => count() > before + 1n);
  };
  for (let i = 0; i < 4; i++) {
    await say('s');
    await later(10);
    await vm.moveTo(i % 2, 1);
    await later(10);
    await say('w');
    await counts();
    await vm.moveTo((i + 1) % 2, 1);
    await later(10);
    await counts();
  }
  vm.memory.write(TICKS, new TextEncoder().encode('q'));
  expect(await end).toEqual({ kind: 'power-off' });
});

it('vCPUs fewer than the threads that others have begun_go to any of them', async () => {
  const host = await Host.create({ platform, harts: 4 });
  await using there = await host.createVm(guest(REST, { threads: true, pin: [3] }));
  there.run().catch(() => {});
  await using vm = await host.createVm(guest(SPIN_ALL(2), { harts: 2, threads: true }));
  vm.run().catch(() => {});
  expect(vm.stats().harts).toEqual([0, 1]);
  await vm.moveTo(3, 0);
  expect(vm.stats().harts).toEqual([3, 1]);
  await comesForward(vm);
  // Nobody has begun that one.
  await expect(vm.moveTo(2, 0)).rejects.toMatchObject({ code: 'VM_BOUND' });
});

it('vCPU that is told to move_goes alone, and the rest of its guest when none is named', async () => {
  const host = await Host.create({ platform, harts: 3 });
  await using vm = await host.createVm(guest(SPIN_ALL(2), { harts: 2, threads: true, pin: [0, 2] }));
  vm.run().catch(() => {});
  await later(20);
  expect(vm.stats().harts).toEqual([0, 2]);
  await vm.moveTo(0, 1);
  expect(vm.stats().harts).toEqual([0, 0]);
  await vm.moveTo(2);
  expect(vm.stats().harts).toEqual([2, 2]);
  await expect(vm.moveTo(1)).rejects.toMatchObject({ code: 'VM_BOUND' });
  await expect(vm.moveTo(0, 2)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await comesForward(vm);
  await vm[Symbol.asyncDispose]();
  // What told of its places is another guest's by now.
  await using next = await host.createVm(guest(SPIN_ALL(3), { harts: 3, threads: true }));
  expect(next.stats().harts).toHaveLength(3);
  expect(vm.stats().harts).toEqual([0, 0]);
});

/** Its threads may be kept waiting for a while by other programs. */
async function comesForward(vm: Vm): Promise<void> {
  const { instructions } = vm.stats();
  await until(() => vm.stats().instructions > instructions);
}

describe('guest that is bound', () => {
  it.each([
    ['by virtual time', { deterministic: {} }],
    [
      'by a device of the user',
      { devices: [{ name: 'd', base: 0x2000_0000n, size: 4096, read: () => 0n, write() {} }] },
    ],
    ['to this thread', { threads: false }],
  ])('%s_told to move_is a typed error and goes on', async (_, options) => {
    const host = await Host.create({ platform, harts: 2 });
    await using vm = await host.createVm(guest(SPIN, { threads: true, ...options }));
    vm.run().catch(() => {});
    await expect(vm.moveTo(1)).rejects.toMatchObject({ code: 'VM_BOUND' });
    await comesForward(vm);
  });

  it('told to move to a hart that is not there_is a typed error and goes on', async () => {
    const host = await Host.create({ platform, harts: 2 });
    await using vm = await host.createVm(guest(SPIN, { threads: true }));
    vm.run().catch(() => {});
    await expect(vm.moveTo(2)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await comesForward(vm);
    expect(vm.memory.read(BASE, 4)).toHaveLength(4);
  });
});
