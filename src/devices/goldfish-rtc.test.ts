// The Goldfish RTC as Linux's rtc-goldfish driver uses it.
import { expect, test } from 'vitest';
import { GoldfishRtc } from './goldfish-rtc.js';

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

const NOON = 1_800_000_000_123_456_789n;

function rtc() {
  const world = { now: NOON, level: false };
  const device = new GoldfishRtc({
    irq: { set: (level) => (world.level = level) },
    clock: () => world.now,
  });
  const readTime = (): bigint => BigInt(device.read(TIME_LOW, 4)) | (BigInt(device.read(TIME_HIGH, 4)) << 32n);
  const write64 = (low: number, value: bigint): void => {
    device.write(low + 4, 4, Number(value >> 32n));
    device.write(low, 4, Number(value & 0xffff_ffffn));
  };
  return { world, device, readTime, write64 };
}

test('time_read_low_then_high_is_whole_although_the_clock_goes_on', () => {
  const { world, device } = rtc();
  world.now = 0x1_ffff_ffffn;
  const low = device.read(TIME_LOW, 4);
  world.now = 0x2_0000_0000n;
  expect([device.read(TIME_HIGH, 4), low]).toEqual([1, 0xffff_ffff]);
});

test('time_written_goes_on_from_there', () => {
  const { world, readTime, write64 } = rtc();
  write64(TIME_LOW, 5_000_000_000n);
  world.now += 7n;
  expect(readTime()).toBe(5_000_000_007n);
});

test('alarm_fires_at_its_time_and_is_cleared_by_the_driver', () => {
  const { world, device, write64 } = rtc();
  device.write(IRQ_ENABLED, 4, 1);
  write64(ALARM_LOW, NOON + 1000n);
  expect([device.read(ALARM_STATUS, 4), world.level]).toEqual([1, false]);
  expect(device.deadline).toBe(NOON + 1000n);
  world.now = device.deadline!;
  device.poll();
  expect([device.read(ALARM_STATUS, 4), world.level, device.deadline]).toEqual([0, true, undefined]);
  device.write(CLEAR_INTERRUPT, 4, 1);
  expect(world.level).toBe(false);
});

test('alarm_in_the_past_fires_at_once_and_shows_when_enabled', () => {
  const { world, device, write64 } = rtc();
  write64(ALARM_LOW, NOON - 1n);
  expect(world.level).toBe(false);
  device.write(IRQ_ENABLED, 4, 1);
  expect(world.level).toBe(true);
});

test('alarm_cleared_never_fires', () => {
  const { world, device, write64 } = rtc();
  device.write(IRQ_ENABLED, 4, 1);
  write64(ALARM_LOW, NOON + 10n);
  device.write(CLEAR_ALARM, 4, 1);
  world.now += 100n;
  device.poll();
  expect([device.read(ALARM_STATUS, 4), world.level]).toEqual([0, false]);
});

test('half_written_alarm_does_not_disturb_the_armed_one', () => {
  const { world, device, write64 } = rtc();
  device.write(IRQ_ENABLED, 4, 1);
  write64(ALARM_LOW, NOON + 1000n);
  device.write(ALARM_HIGH, 4, 0);
  expect(world.level).toBe(false);
  expect(device.deadline).toBe(NOON + 1000n);
});

test('alarm_registers_read_back', () => {
  const { device, write64 } = rtc();
  write64(ALARM_LOW, 0xffff_fffe_8765_4321n);
  expect([device.read(ALARM_LOW, 4), device.read(ALARM_HIGH, 4)]).toEqual([0x8765_4321, 0xffff_fffe]);
});

test('other_widths_and_offsets_do_nothing', () => {
  const { device, readTime } = rtc();
  device.write(TIME_LOW, 1, 1);
  device.write(0x20, 4, 1);
  expect([device.read(TIME_LOW, 2), device.read(0x20, 4), device.read(CLEAR_ALARM, 4)]).toEqual([0, 0, 0]);
  expect(readTime()).toBe(NOON);
});
