// Hostile guests through the real program: none may crash the monitor or keep it from ending.
import { describe, expect, it } from 'vitest';
import { GUESTS, guest } from './guests.js';
import { hypercraft, lastLineOf, Scratch } from './program.js';

describe.each(['hypervisor', 'firmware'])('hostile guests in %s mode', (mode) => {
  it.each([
    ['jumps nowhere', GUESTS.jumpsNowhere],
    ['spins with interrupts off', GUESTS.spins],
    ['sleeps with interrupts off', GUESTS.sleepsForEver],
  ])('guest that %s_run with a timeout_ends with status 124', async (_, source) => {
    using scratch = new Scratch();
    const kernel = scratch.file('kernel.bin', guest(source));
    const run = (seconds: number) =>
      hypercraft(['run', '--kernel', kernel, '--mode', mode, '--memory', '64M', '--timeout', `${seconds}`], null);
    let outcome = await run(2);
    // A busy machine has been seen not to start a guest in that time.
    for (const seconds of [10, 30]) if (outcome.stdout === '') outcome = await run(seconds);
    expect(outcome).toMatchObject({ status: 124, stdout: 'up\n' });
    expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit timeout');
    expect(outcome.milliseconds).toBeLessThan(60_000);
  });

  it('guest that touches unmapped space_run_gets a fault for each access', async () => {
    using scratch = new Scratch();
    const kernel = scratch.file('kernel.bin', guest(GUESTS.touchesUnmapped));
    const outcome = await hypercraft([
      'run',
      '--kernel',
      kernel,
      '--mode',
      mode,
      '--memory',
      '64M',
      '--timeout',
      '180',
    ]);
    expect(outcome.stdout).toBe(String.fromCharCode(64 + 10));
    expect(outcome.status).toBe(0);
  });
});

it('spinning guest_told to stop by a signal_ends at once', async () => {
  using scratch = new Scratch();
  const kernel = scratch.file('kernel.bin', guest(GUESTS.spins));
  const { Program } = await import('./program.js');
  const program = new Program(['run', '--kernel', kernel, '--memory', '64M', '--timeout', '180']);
  await program.until('up');
  program.kill('SIGTERM');
  const outcome = await program.outcome;
  expect(outcome.status).toBe(143);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit signal SIGTERM');
});
