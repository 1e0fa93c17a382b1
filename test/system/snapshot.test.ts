// Snapshots and determinism through the program: what is saved goes on, and two runs that should be alike are.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hypercraft, lastLineOf, Program } from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'hypercraft-snapshot-'));
const file = join(folder, 'hello.snapshot');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const saved = hypercraft([
  'snapshot',
  'save',
  file,
  'hello',
  '--until',
  'guest',
  '--memory',
  '16M',
  '--timeout',
  '180',
]);

it('hello_saved and restored_answers a key', async () => {
  expect((await saved).status).toBe(0);
  const info = await hypercraft(['snapshot', 'info', file]);
  expect(info.stdout).toMatch(/^memory +16 MiB$/m);
  for (const command of [
    ['run', '--from', file],
    ['snapshot', 'restore', file],
  ]) {
    const program = new Program([...command, '--timeout', '180']);
    program.type('q');
    const outcome = await program.outcome;
    expect(outcome.stdout).not.toMatch(/Hello/);
    expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
  }
});

it('a damaged snapshot_restored_is one line of complaint', async () => {
  await saved;
  const bytes = readFileSync(file);
  const broken = join(folder, 'broken.snapshot');
  writeFileSync(broken, bytes.subarray(0, bytes.length - 1));
  for (const command of [
    ['run', '--from', broken],
    ['snapshot', 'info', broken],
  ]) {
    const outcome = await hypercraft(command);
    expect(outcome.status).toBe(2);
    expect(outcome.stderr).toMatch(/the snapshot ends before its end/);
  }
});

it.each([
  ['--memory', '64M'],
  ['--seed', '1'],
  ['--kernel', 'x'],
])('run --from with %s_is refused', async (...option) => {
  await saved;
  const outcome = await hypercraft(['run', '--from', file, ...option]);
  expect(outcome.status).toBe(2);
});

it('hello_run twice with a seed_ends in the same state, with another seed not', async () => {
  const hash = async (...options: string[]): Promise<string | undefined> => {
    const outcome = await hypercraft(['run', 'hello', '--deterministic', '--stats', '--smp', '2', ...options], 'q');
    expect(outcome.status).toBe(0);
    return /state hash ([0-9a-f]{32})$/m.exec(outcome.stderr)?.[1];
  };
  const [first, second, interpreted, other] = await Promise.all([
    hash('--seed', '5'),
    hash('--seed', '5'),
    hash('--seed', '5', '--jit', 'off'),
    hash('--seed', '6'),
  ]);
  expect(first).toBeDefined();
  expect(second).toBe(first);
  expect(interpreted).toBe(first);
  expect(other).not.toBe(first);
});
