// Debian's unmodified kernel boots to a busybox shell through the program, answers, and powers off.
import { expect, it } from 'vitest';
import { hypercraft, lastLineOf, Program, Scratch } from './program.js';

const pulled = hypercraft(['images', 'pull', 'debian']);

it('debian_pulled_is there and verified', async () => {
  const outcome = await pulled;
  expect(outcome.stderr + outcome.stdout).not.toMatch(/error/i);
  expect(outcome.status).toBe(0);
  expect((await hypercraft(['images', 'verify', 'debian'])).status).toBe(0);
  expect((await hypercraft(['images', 'list'])).stdout).toMatch(/debian/);
}, 600_000);

it.each(['hypervisor', 'firmware'])('debian in %s mode_booted and asked_answers and powers off', async (mode) => {
  await pulled;
  const program = new Program(['run', 'debian', '--mode', mode, '--timeout', '500']);
  const milliseconds = await program.until('~ # ', 450);
  console.log(`debian in ${mode} mode: ${(milliseconds / 1000).toFixed(1)} s to the prompt`);
  program.type('uname -srm; echo $((6 * 7)); cat /proc/cpuinfo\n');
  await program.until(/^Linux \S+ riscv64\r?\n42\r?\n/m, 180);
  program.type('poweroff -f\n');
  const outcome = await program.outcome;
  expect(outcome.stdout).toMatch(/^Linux \S+ riscv64\r?\n42\r?\n/m);
  expect(outcome.stdout).toMatch(/isa\s*: rv64imafdc/);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
  expect(outcome.status).toBe(0);
});

it('debian with eight harts on two threads_booted and asked_has them all', async () => {
  await pulled;
  const program = new Program(['run', 'debian', '--smp', '8', '--threads', '2', '--timeout', '500']);
  await program.until('~ # ', 450);
  program.type('cat /sys/devices/system/cpu/online; grep -c ^processor /proc/cpuinfo\n');
  await program.until(/^0-7\r?\n8\r?\n/m, 180);
  program.type('poweroff -f\n');
  const outcome = await program.outcome;
  expect(outcome.stdout).toMatch(/^0-7\r?\n8\r?\n/m);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
});

it('debian_fed by a pipe from the start_types the whole script', async () => {
  await pulled;
  const outcome = await hypercraft(['run', 'debian', '--timeout', '500'], 'uname -srm\npoweroff -f\n');
  expect(outcome.stdout).toMatch(/^Linux \S+ riscv64\r?$/m);
  expect(outcome.status).toBe(0);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
});

it('debian with two harts_run twice with a seed, once without the JIT_ends in the same state', async () => {
  await pulled;
  const hash = async (...options: string[]) => {
    const common = ['run', 'debian', '--smp', '2', '--deterministic', '--seed', '7', '--stats', '--timeout', '500'];
    const outcome = await hypercraft([...common, ...options], 'uname -srm\npoweroff -f\n');
    expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
    return /state hash ([0-9a-f]{32})/.exec(outcome.stderr)?.[1];
  };
  const first = await hash();
  expect(first).toBeDefined();
  expect(await hash('--jit', 'off')).toBe(first);
});

it('debian_without a network or a cache_is refused by name and replaced by hello by default', async () => {
  using scratch = new Scratch();
  const env = { HYPERCRAFT_CACHE: scratch.path, HYPERCRAFT_MIRROR: 'http://127.0.0.1:9/debian' };
  const named = new Program(['run', 'debian', '--timeout', '180'], { env });
  named.end();
  const refusal = await named.outcome;
  expect(refusal.status).toBe(1);
  expect(refusal.stdout).toBe('');
  expect(refusal.stderr.trimEnd().split('\n')).toHaveLength(2);
  const plain = new Program(['run', '--timeout', '180'], { env });
  plain.end('q');
  const fallback = await plain.outcome;
  expect(fallback.status).toBe(0);
  expect(fallback.stdout).toContain('Hello from a hypercraft guest');
  expect(fallback.stderr.trimEnd().split('\n')).toHaveLength(2);
});
