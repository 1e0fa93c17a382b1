// The alarm by which turns end: it kicks the vCPU when somebody reads the clock late enough.
import { expect, it } from 'vitest';
import { KICK } from '../engine/hart/layout.js';
import { Alarm } from './alarm.js';

it('alarm_heard before, at and after its time_kicks once', () => {
  const words = new Int32Array(new SharedArrayBuffer(65536));
  const area = 0x1000;
  const kick = (): number => Atomics.exchange(words, (area + KICK) >> 2, 0);
  const alarm = new Alarm(words.buffer);
  alarm.hear(5);
  expect(kick()).toBe(0);
  alarm.set(area, 10);
  alarm.hear(9.9);
  expect(kick()).toBe(0);
  alarm.hear(10);
  expect(kick()).toBe(1);
  alarm.hear(11);
  expect(kick()).toBe(0);
});

it('alarm_cleared_is silent', () => {
  const words = new Int32Array(new SharedArrayBuffer(65536));
  const alarm = new Alarm(words.buffer);
  alarm.set(0, 1);
  alarm.clear();
  alarm.hear(2);
  expect(words.some((word) => word !== 0)).toBe(false);
});
