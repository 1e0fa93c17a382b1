// Guests pinned to harts of a host with two: those on one hart share it, those on two run beside each other.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import { guest, later, POWER_OFF, SPIN, SPIN_ALL } from './guests.test-support.js';
import { least, unfairness } from './noise.test-support.js';

let platform: Platform;
let remove = () => {};

beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

/** How many harts two spinners pinned so have: the number that is nearest to what is expected in some tries. */
async function together(first: number, second: number, expected: number): Promise<number> {
  const host = await Host.create({ platform, harts: 2 });
  await using one = await host.createVm(guest(SPIN, { threads: true, pin: [first] }));
  await using two = await host.createVm(guest(SPIN, { threads: true, pin: [second] }));
  for (const vm of [one, two]) vm.run().catch(() => {});
  await later(100);
  const ran = () => one.stats().ran + two.stats().ran;
  let nearest = 0;
  for (let i = 0; i < 20 && Math.abs(nearest - expected) > 0.1; i++) {
    const [before, began] = [ran(), performance.now()];
    await later(600);
    const harts = (ran() - before) / (performance.now() - began);
    if (Math.abs(harts - expected) < Math.abs(nearest - expected)) nearest = harts;
  }
  return nearest;
}

describe('two guests that never rest', () => {
  it('pinned to one hart_get the time of one', async () => {
    expect(await together(1, 1, 1)).toBeLessThan(1.1);
  });

  it('pinned to two harts_get the time of two', async () => {
    expect(await together(1, 0, 2)).toBeGreaterThan(1.3);
  });
});

it('guest of two vCPUs beside two of one_gets as much as each of them', async () => {
  const host = await Host.create({ platform, harts: 2 });
  await using wide = await host.createVm(guest(SPIN_ALL(2), { harts: 2, threads: true }));
  await using one = await host.createVm(guest(SPIN, { threads: true, pin: [0] }));
  await using two = await host.createVm(guest(SPIN, { threads: true, pin: [1] }));
  const vms = [wide, one, two];
  for (const vm of vms) vm.run().catch(() => {});
  await later(300);
  // A half too much without what its threads know of each other.
  const shares = { ran: () => vms.map((vm) => vm.stats().ran), weights: [1, 1, 1] };
  expect(await least(0.15, 20, unfairness(shares, 1500))).toBeLessThan(0.15);
});

it('guest of two harts_pinned to one of the host_still ends', async () => {
  const host = await Host.create({ platform, harts: 2 });
  await using vm = await host.createVm(guest(POWER_OFF, { harts: 2, threads: true, pin: [1] }));
  expect(await vm.run()).toEqual({ kind: 'power-off' });
});

it.each([[[2]], [[-1]], [[0.5]], [[]], [[1, 1]]])('guest_pinned to %j of two harts_is a typed error', async (pin) => {
  const host = await Host.create({ platform, harts: 2 });
  const wrong = { code: 'INVALID_ARGUMENT' };
  await expect(host.createVm(guest(SPIN, { threads: true, pin }))).rejects.toMatchObject(wrong);
  expect(host.pages.free).toBe(host.pages.total);
});
