// Devices of the host given to guests: registers by the nested page table, interrupts, taking them back, and who may not.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { webPlatform } from '../../platform/browser/index.js';
import { collect, type GuestOptions, guest, later, POWER_OFF, SPIN, until } from '../hart/guests.test-support.js';
import { Host } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';

/** Echoes what comes through the second serial port, by its interrupt (source 12), until a q. */
const ECHO = `
  .equ UART1, 0x10009000
  li t0, 0x0c000000
  li t1, 1
  sw t1, 48(t0)
  li t0, 0x0c002080
  li t1, 0x1000
  sw t1, 0(t0)
  li s2, 0x0c201000
  sw zero, 0(s2)
  li t1, 0x200
  csrw sie, t1
  li s0, UART1
  li t0, 1
  sb t0, 1(s0)
  li t0, 33
  sb t0, 0(s0)
sleep:
  wfi
  lw s3, 4(s2)
  beqz s3, sleep
  li t0, 12
  bne s3, t0, bad
again:
  lbu t1, 5(s0)
  andi t1, t1, 1
  beqz t1, done
  lbu a0, 0(s0)
  sb a0, 0(s0)
  li t1, 113
  beq a0, t1, off
  j again
done:
  sw s3, 4(s2)
  j sleep
off: ${POWER_OFF}
bad: j bad
`;

/** Reads the device's scratch register over and over; an access fault ends it. */
const PROBE = `
  la t0, gone
  csrw stvec, t0
  li s0, 0x10009000
  li t0, 90
  sb t0, 7(s0)
probe:
  lbu t1, 7(s0)
  bne t1, t0, bad
  addi s1, s1, 1
  j probe
bad: j bad
  .align 2
gone: ${POWER_OFF}
`;

describe.each(['slices', 'worker'])('host devices with guests in a %s', (how) => {
  let host: Host;
  let remove = () => {};

  beforeAll(async () => {
    let platform: Platform = webPlatform();
    if (how === 'worker') ({ platform, remove } = await threadedPlatform());
    host = await Host.create({ platform });
  });
  afterAll(() => {
    remove();
    expect(host.pages.free).toBe(host.pages.total);
  });

  const create = (source: string, options: GuestOptions = {}) =>
    host.createVm(guest(source, { threads: how === 'worker', ...options }));

  it('serial port_assigned_echoes by interrupts and without exits', async () => {
    await using vm = await create(ECHO);
    const serial = host.device('uart1');
    const output = collect(serial);
    await vm.assign(serial);
    expect(serial.owner).toBe(vm);
    const end = vm.run();
    await until(() => output.text.includes('!'));
    await serial.input(new TextEncoder().encode('through'));
    await serial.input(new TextEncoder().encode(' the table q'));
    expect(await end).toEqual({ kind: 'power-off' });
    await until(() => output.text.endsWith('q'));
    expect(output.text).toBe('!through the table q');
    // The finisher alone.
    expect(vm.stats().exits['guest-page-fault']).toBe(1);
  });

  it('clock_assigned_tells the time of day, and its alarm interrupts', async () => {
    const source = `
      .equ RTC, 0x102000
      li t0, 0x0c000000
      li t1, 1
      sw t1, 52(t0)
      li t0, 0x0c002080
      li t1, 0x2000
      sw t1, 0(t0)
      li s2, 0x0c201000
      sw zero, 0(s2)
      li t1, 0x200
      csrw sie, t1
      li s0, RTC
      lwu t0, 0(s0)
      lwu t1, 4(s0)
      slli t1, t1, 32
      or s4, t0, t1
      li t2, 1
      sw t2, 16(s0)
      li t2, 30000000
      add t2, t2, s4
      srli t3, t2, 32
      sw t3, 12(s0)
      sw t2, 8(s0)
    sleep:
      wfi
      lw t0, 4(s2)
      li t1, 13
      bne t0, t1, sleep
      ${POWER_OFF}`;
    await using vm = await create(source);
    await vm.assign(host.device('rtc'));
    const started = Date.now();
    expect(await vm.run()).toEqual({ kind: 'power-off' });
    expect(Date.now() - started).toBeGreaterThan(28);
    const told = Number(vm.vcpus[0]!.read('s4') / 1_000_000n);
    expect(Math.abs(told - started)).toBeLessThan(60_000);
  });

  it('device of another guest_asked for_is a typed error, and free when that one is gone', async () => {
    const serial = host.device('uart1');
    await using second = await create(SPIN, { name: 'second' });
    {
      await using first = await create(SPIN, { name: 'first' });
      await first.assign(serial);
      await expect(second.assign(serial)).rejects.toMatchObject({ code: 'DEVICE_TAKEN' });
      await expect(first.assign(serial)).rejects.toMatchObject({ code: 'DEVICE_TAKEN' });
      await expect(second.release(serial)).rejects.toMatchObject({ code: 'DEVICE_NOT_ASSIGNED' });
    }
    expect(serial.owner).toBeUndefined();
    await second.assign(serial);
    expect(serial.owner).toBe(second);
  });

  it('device taken back while the guest uses it_is gone from there, and like new for the next', async () => {
    const serial = host.device('uart1');
    await using vm = await create(PROBE);
    await vm.assign(serial);
    const end = vm.run();
    await until(() => vm.stats().instructions > 100n);
    await vm.release(serial);
    expect(await end).toEqual({ kind: 'power-off' });
    expect(vm.vcpus[0]!.read('s1')).toBeGreaterThan(0n);

    await using next = await create(`li s0, 0x10009000\nlbu s1, 7(s0)\n${POWER_OFF}`);
    await next.assign(serial);
    expect(await next.run()).toEqual({ kind: 'power-off' });
    expect(next.vcpus[0]!.read('s1')).toBe(0n);
  });

  it('guest without the device_reading there_gets an access fault', async () => {
    await using owner = await create(SPIN);
    await owner.assign(host.device('uart1'));
    await using other = await create(PROBE);
    expect(await other.run()).toEqual({ kind: 'power-off' });
    expect(other.vcpus[0]!.read('s1')).toBe(0n);
  });

  it('registers as a page table, as code and as an SBI buffer_are none', async () => {
    // A root of its own page tables in the device: the walk faults. A jump there: an access fault. The console: an error.
    const source = `
      li a7, 0x4442434e
      li a6, 0
      li a0, 16
      li a1, 0x10009000
      li a2, 0
      ecall
      beqz a0, bad
      la t0, fetched
      csrw stvec, t0
      li t0, 0x10009000
      jr t0
    bad: j bad
      .align 2
    fetched:
      csrr t0, scause
      li t1, 1
      bne t0, t1, bad
      la t0, walked
      csrw stvec, t0
      li t0, 0x8000000000010009
      csrw satp, t0
      sfence.vma
      lw t0, 0(zero)
      j bad
      .align 2
    walked:
      j bad`;
    await using vm = await create(source);
    await vm.assign(host.device('uart1'));
    vm.run().catch(() => {});
    await later(100);
    await vm.pause();
    expect(vm.memory.tryRead(0x1000_9000n, 8)).toBeUndefined();
    expect(vm.vcpus[0]!.readVirtual(0n, 8)).toBeUndefined();
  });

  it.each([
    [{ irq: 0 }, 'INVALID_ARGUMENT'],
    [{ irq: 97 }, 'INVALID_ARGUMENT'],
    [{ gpa: 0x8000_0000n }, 'NPT_ALREADY_MAPPED'],
    [{ gpa: 0x1000_9004n }, 'NPT_MISALIGNED'],
  ])('assignment to %o_is a typed error and leaves the device free', async (options, code) => {
    await using vm = await create(SPIN);
    const serial = host.device('uart1');
    await expect(vm.assign(serial, options)).rejects.toMatchObject({ code });
    expect(serial.owner).toBeUndefined();
  });
});

it('device that no host has_asked for_is a typed error', async () => {
  const host = await Host.create({ platform: webPlatform() });
  expect(() => host.device('uart9' as 'uart1')).toThrowError(expect.objectContaining({ code: 'UNKNOWN_DEVICE' }));
});
