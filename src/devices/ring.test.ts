// The byte ring: order, bounds, the doorbell, and a producer on another thread.
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ByteRing } from './ring.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('order and room', () => {
  test('bytes_come_out_in_order_across_the_wrap', () => {
    const ring = ByteRing.allocate(4);
    expect(ring.push(bytes(1, 2, 3))).toBe(3);
    expect([...ring.pull(2)]).toEqual([1, 2]);
    expect(ring.push(bytes(4, 5, 6, 7))).toBe(3);
    expect([ring.length, ring.free]).toEqual([4, 0]);
    expect([...ring.pull()]).toEqual([3, 4, 5, 6]);
    expect([...ring.pull()]).toEqual([]);
  });

  test('full_ring_takes_nothing_and_empty_one_gives_nothing', () => {
    const ring = ByteRing.allocate(1);
    expect([ring.pushByte(9), ring.pushByte(8)]).toEqual([true, false]);
    expect(ring.push(bytes(1))).toBe(0);
    expect([ring.pullByte(), ring.pullByte()]).toEqual([9, -1]);
  });

  test('counters_that_wrap_past_32_bits_keep_the_length', () => {
    const memory = new SharedArrayBuffer(ByteRing.bytesFor(8));
    new Uint32Array(memory).set([0xffff_fffe, 0xffff_fffe]);
    const ring = new ByteRing(memory, 0, 8);
    expect(ring.push(bytes(1, 2, 3, 4, 5))).toBe(5);
    expect(ring.length).toBe(5);
    expect([...ring.pull()]).toEqual([1, 2, 3, 4, 5]);
  });

  test('pulled_bytes_are_not_shared_memory', () => {
    const ring = ByteRing.allocate(8);
    ring.push(bytes(104, 105));
    expect(new TextDecoder().decode(ring.pull())).toBe('hi');
  });
});

describe('misuse', () => {
  test('capacity_that_is_no_power_of_two_is_refused', () => {
    expect(() => ByteRing.allocate(6)).toThrowError(expect.objectContaining({ code: 'RING_CAPACITY_INVALID' }));
    expect(() => ByteRing.allocate(0)).toThrowError(expect.objectContaining({ code: 'RING_CAPACITY_INVALID' }));
  });

  test('ring_that_does_not_fit_its_memory_is_refused', () => {
    const memory = new SharedArrayBuffer(64);
    const outOfBounds = expect.objectContaining({ code: 'RING_OUT_OF_BOUNDS' });
    expect(() => new ByteRing(memory, 0, 64)).toThrowError(outOfBounds);
    expect(() => new ByteRing(memory, 2, 16)).toThrowError(outOfBounds);
  });
});

describe('doorbell', () => {
  test('push_pull_and_ring_move_it', () => {
    const ring = ByteRing.allocate(8);
    const seen = [ring.doorbell];
    for (const move of [() => ring.pushByte(1), () => ring.pullByte(), () => ring.ringDoorbell()]) {
      move();
      seen.push(ring.doorbell);
    }
    expect(new Set(seen).size).toBe(4);
    expect(ring.wait(seen[0]!, 0)).toBe(true);
    expect(ring.wait(ring.doorbell, 0)).toBe(false);
  });

  test('async_wait_ends_when_bytes_come_or_time_is_up', async () => {
    const ring = ByteRing.allocate(8);
    const woken = ring.waitAsync(ring.doorbell, 10_000);
    ring.pushByte(1);
    expect(await woken).toBe(true);
    expect(await ring.waitAsync(ring.doorbell, 1)).toBe(false);
  });
});

test('bytes_of_another_thread_arrive_whole_and_in_order', async () => {
  const memory = new SharedArrayBuffer(ByteRing.bytesFor(64));
  const ring = new ByteRing(memory, 0, 64);
  const total = 20_000;
  // The producer speaks the layout in the header of ring.ts.
  const worker = new Worker(
    `const { memory, total } = require('node:worker_threads').workerData;
     const header = new Int32Array(memory, 0, 4);
     const data = new Uint8Array(memory, 16);
     for (let sent = 0; sent < total; sent++) {
       while (sent - Atomics.load(header, 0) >= data.length) Atomics.wait(header, 2, Atomics.load(header, 2), 1);
       data[sent % data.length] = sent % 251;
       Atomics.add(header, 1, 1);
       Atomics.add(header, 2, 1);
       Atomics.notify(header, 2);
     }`,
    { eval: true, workerData: { memory, total } },
  );
  let received = 0;
  let wrong = 0;
  while (received < total) {
    const seen = ring.doorbell;
    const chunk = ring.pull(17);
    for (const byte of chunk) if (byte !== received++ % 251) wrong++;
    if (chunk.length === 0) await ring.waitAsync(seen, 100);
  }
  await worker.terminate();
  expect({ received, wrong }).toEqual({ received: total, wrong: 0 });
});
