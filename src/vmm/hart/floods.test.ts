// Guests that have more to tell than the creating realm takes in: it is told at its own pace, and nothing piles up before it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ByteRing } from '../../devices/index.js';
import { Host } from '../host.js';
import { HostBoard } from '../passthrough/host-board.js';
import { HOST_DEVICES } from '../passthrough/place.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import { guest, until } from './guests.test-support.js';

const EXITS = 'again: li a7, 0x10\nli a6, 3\necall\nj again';

let platform: Platform;
let remove = () => {};
beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

/** This realm does something else. */
function busy(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

it.each([
  ['by the clock', {}],
  ['in virtual time', { deterministic: {} }],
])('guest whose exits are traced, %s_waits for whoever is told of them', async (_, options) => {
  const host = await Host.create({ platform });
  await using vm = await host.createVm(guest(EXITS, { threads: true, traceExits: true, ...options }));
  let told = 0;
  vm.on('exit', () => {
    told++;
  });
  vm.run().catch(() => {});
  await until(() => told > 0);
  const before = told;
  busy(300);
  expect(vm.stats().exits['sbi-call'] - before).toBeLessThan(4000);
  await until(() => told >= before + 10_000);
  // One that waits can be paused, and goes on.
  await vm.pause();
  expect(await vm.stateHash()).toMatch(/^[0-9a-f]+$/);
});

it("guest that writes to the host's serial port_has it told once until somebody takes what there is", async () => {
  const host = await Host.create({ platform });
  const board = new HostBoard(host.engine, platform.clock);
  const ring = () => ({ offset: host.allocDevicePages(2), capacity: 4096 });
  const [input, output] = [ring(), ring()];
  let told = 0;
  board.connect(1, { device: 'uart1', vmBlock: host.allocVmBlock(), irq: 12, input, output }, () => {
    told++;
  });
  const { hpa } = HOST_DEVICES.find(({ name }) => name === 'uart1')!;
  const taken = new ByteRing(host.engine.memory.buffer, output.offset, output.capacity);
  const write = (count: number) => {
    for (let i = 0; i < count; i++) board.bus.write(hpa, 1, 65n);
  };
  write(1000);
  expect(told).toBe(1);
  expect(taken.pull()).toHaveLength(1000);
  expect(taken.pull()).toHaveLength(0);
  write(1000);
  expect(told).toBe(2);
});
