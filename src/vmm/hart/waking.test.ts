// Harts that wait: what their threads cost meanwhile, and how soon they are there again. A wake-up is timed by the guest itself, from the
// moment one hart asks for it (or its timer is due) to the first instruction of the other after its WFI.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import { BASE, guest, later, POWER_OFF } from './guests.test-support.js';
import { calmest, least, plainWakeUp } from './noise.test-support.js';

let platform: Platform;
let remove = () => {};

beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

const DATA = BASE + 0x10_0000n;
const WAKES = 200;
const TICKS_PER_MICROSECOND = 10;

/** Hart 0 starts the others at `other`, with their numbers in a0. */
const startOthers = (harts: number): string => `
  li s1, ${DATA}
  li s0, 1
launch:
  li t0, ${harts}
  bgeu s0, t0, first
  mv a0, s0
  la a1, other
  li a2, 0
  li a6, 0
  li a7, 0x48534d
  ecall
  addi s0, s0, 1
  j launch
`;

/** Sets the timer to t0 ticks from now: s4. */
const timer = `
  rdtime s4
  add s4, s4, t0
  mv a0, s4
  li a6, 0
  li a7, 0x54494d45
  ecall
`;

/** How late a hart is there, of what is promised: 100 us, or thrice what a plain thread takes in the same moment where that is more. */
async function lateness(by: 'timer' | 'thread', source: string, harts: number): Promise<number> {
  const host = await Host.create({ platform, harts });
  await using vm = await host.createVm(guest(source, { harts, threads: true }));
  expect(await vm.run()).toEqual({ kind: 'power-off' });
  const ticks = new BigInt64Array(vm.memory.read(DATA + 64n, WAKES * 8).slice().buffer);
  const late = [...ticks].map((each) => Number(each) / TICKS_PER_MICROSECOND);
  // None before its time.
  if (by === 'timer') expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  const plain = await plainWakeUp(by);
  return calmest(late) / Math.max(100, 3 * plain);
}

describe('harts that wait', () => {
  it.each([
    ['one thread', 1],
    ['two threads', 2],
  ])('four of a guest on %s_take next to no time', async (_, threads) => {
    const host = await Host.create({ platform, harts: threads });
    const source = `
      ${startOthers(4)}
    first:
      li t0, 0x20
      csrw sie, t0
    tick:
      li t0, 1000000
      ${timer}
      wfi
      j tick
    other:
      li t0, 2
      csrw sie, t0
    wait:
      wfi
      j wait`;
    await using vm = await host.createVm(guest(source, { harts: 4, threads: true }));
    void vm.run();
    await later(300);
    const taken = async (): Promise<number> => {
      const before = process.cpuUsage();
      await later(1000);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    expect(await least(0.2, 10, taken)).toBeLessThan(0.2);
    expect(vm.stats().exits.wfi).toBeGreaterThan(4);
  });

  it('by a timer_is there soon', async () => {
    const source = `
      li s1, ${DATA}
      li t0, 0x20
      csrw sie, t0
      li s2, ${WAKES}
      addi s3, s1, 64
    again:
      li t0, 20000
      ${timer}
      wfi
      rdtime t1
      sub t1, t1, s4
      sd t1, 0(s3)
      addi s3, s3, 8
      addi s2, s2, -1
      bnez s2, again
      ${POWER_OFF}`;
    expect(await least(1, 10, () => lateness('timer', source, 1))).toBeLessThan(1);
  });

  it('by another hart_is there soon', async () => {
    const source = `
      ${startOthers(2)}
    first:
      li s2, ${WAKES}
    again:
      li t0, 30000
      rdtime t1
      add t0, t0, t1
    pause:
      rdtime t1
      bltu t1, t0, pause
      rdtime t1
      sd t1, 0(s1)
      fence rw, rw
      li a0, 2
      li a1, 0
      li a6, 0
      li a7, 0x735049
      ecall
    answer:
      ld t0, 8(s1)
      bnez t0, answered
      j answer
    answered:
      sd zero, 8(s1)
      fence rw, rw
      addi s2, s2, -1
      bnez s2, again
      ${POWER_OFF}
    other:
      li s1, ${DATA}
      addi s3, s1, 64
      li t0, 2
      csrw sie, t0
    wait:
      wfi
      rdtime t1
      csrr t0, sip
      andi t0, t0, 2
      beqz t0, wait
      csrci sip, 2
      ld t0, 0(s1)
      sub t1, t1, t0
      sd t1, 0(s3)
      addi s3, s3, 8
      fence rw, rw
      li t0, 1
      sd t0, 8(s1)
      j wait`;
    expect(await least(1, 10, () => lateness('thread', source, 2))).toBeLessThan(1);
  });
});
