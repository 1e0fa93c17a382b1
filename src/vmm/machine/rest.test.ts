// How long a hart may sleep whose machine has nothing to run: not past what it could have heard of only before it fell asleep.
import { expect, it } from 'vitest';
import { webPlatform } from '../../platform/browser/platform.js';
import { guest, later } from '../hart/guests.test-support.js';
import type { ToWorker } from '../hart/messages.js';
import { Host } from '../host.js';
import type { MachineConfig } from './config.js';
import { Machine } from './machine.js';

const EXITS = 'again: li a7, 0x10\nli a6, 3\necall\nj again';
/** As many as a machine goes ahead. */
const UNTOLD = 2048;

const port = new Proxy({} as ConstructorParameters<typeof Machine>[3], { get: () => () => {} });

it.each([
  ['by the clock', {}],
  ['in virtual time', { deterministic: {} }],
])('machine whose traced exits are told %s just before its hart sleeps_keeps it awake', async (_, options) => {
  let config: MachineConfig | undefined;
  const post = (message: unknown) => {
    const told = message as ToWorker;
    if (told.kind === 'build') config = told.config;
  };
  const worker = { post, onMessage: () => {}, onError: () => {}, terminate: async () => {} };
  const platform = { ...webPlatform(), cores: 2, spawnWorker: () => worker };
  const host = await Host.create({ platform });
  void host.createVm(guest(EXITS, { threads: true, traceExits: true, ...options })).catch(() => {});
  for (let i = 0; i < 100 && config === undefined; i++) await later(10);
  const machine = new Machine(host, platform.clock, config!, port);
  const [task] = machine.tasks;
  expect(machine.runnable(task!)).toBe(true);

  for (let i = 0; i < UNTOLD; i++) machine.control.countUntold();
  expect(machine.runnable(task!)).toBe(false);
  expect(machine.rest()).toMatchObject({ kind: 'idle', look: expect.any(Number) });

  machine.control.told();
  expect(machine.rest()).toEqual({ kind: 'idle', milliseconds: 0 });
});
