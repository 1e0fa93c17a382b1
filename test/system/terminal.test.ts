// Under a pseudo-terminal: raw keys, Ctrl-A x and Ctrl-A h, and a terminal that is left as it was found.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GUESTS, guest } from './guests.js';
import { CLI, installed, Program, Scratch } from './program.js';

const PTY = fileURLToPath(new URL('./pseudo_terminal.py', import.meta.url));

/** Types each key sequence once its text has been seen; sequences are written with Python's escapes. */
async function typed(args: readonly string[], script: readonly (readonly [seen: string, keys: string])[]) {
  const program = new Program([PTY, process.execPath, CLI, ...args], { executable: 'python3' });
  program.end(script.map(([seen, keys]) => `${seen}\t${keys}\n`).join(''));
  return program.outcome;
}

describe.skipIf(!installed('python3'))('terminal', () => {
  it('ctrl-a x_typed at hello_leaves with status 0', async () => {
    const outcome = await typed(['run', 'hello'], [['tick 1', '\\x01x']]);
    expect(outcome.stdout).toContain('hypercraft: exit escape');
    expect(outcome.status).toBe(0);
  });

  it('ctrl-a x_typed at a guest that spins with interrupts off_leaves', async () => {
    using scratch = new Scratch();
    const kernel = scratch.file('kernel.bin', guest(GUESTS.spins));
    const outcome = await typed(['run', '--kernel', kernel, '--memory', '64M'], [['up', '\\x01x']]);
    expect(outcome.stdout).toContain('hypercraft: exit escape');
    expect(outcome.status).toBe(0);
  });

  it('ctrl-a h_typed_helps and the guest goes on', async () => {
    const outcome = await typed(
      ['run', 'hello'],
      [
        ['tick 1', '\\x01h'],
        ['Ctrl-A x', 'q'],
      ],
    );
    expect(outcome.stdout).toContain('Bye.');
    expect(outcome.stdout).toContain('hypercraft: exit power-off');
  });

  it('ctrl-c and plain keys_typed_reach the guest', async () => {
    const outcome = await typed(['run', 'hello'], [['tick 1', 'xyz\\x03!q']]);
    expect(outcome.stdout).toContain('xyz\x03!');
    expect(outcome.status).toBe(0);
  });

  it('ctrl-a l and n_typed at two guests_list them and change the console', async () => {
    using scratch = new Scratch();
    const file = scratch.file(
      'guests.yaml',
      'guests: [{ name: one, image: hello, memory: 16M }, { name: two, image: hello, memory: 16M }]',
    );
    const outcome = await typed(
      ['up', file],
      [
        ['tick 1', '\\x01l'],
        ['  two', '\\x01n'],
        ['console of two', 'abcq'],
        ['two: exit power-off', 'q'],
      ],
    );
    expect(outcome.stdout).toMatch(/\* one +running/);
    expect(outcome.stdout).toMatch(/console of two[\s\S]*Hello from a hypercraft guest[\s\S]*abc[\s\S]*console of one/);
    expect(outcome.stdout).toContain('hypercraft: exit power-off');
    expect(outcome.status).toBe(0);
  });

  it('ctrl-a n_typed after a guest in the background has ended_shows its last words', async () => {
    using scratch = new Scratch();
    scratch.file('off.bin', guest(GUESTS.powersOff));
    const file = scratch.file(
      'guests.yaml',
      'guests: [{ name: one, image: hello, memory: 16M }, { name: two, kernel: off.bin, memory: 16M }]',
    );
    const outcome = await typed(
      ['up', file],
      [
        ['two: exit power-off', '\\x01n'],
        ['up', '\\x01n'],
        ['console of one', '\\x01n'],
        ['console of one', 'q'],
      ],
    );
    expect(outcome.stdout.match(/console of two/g)).toHaveLength(1);
    expect(outcome.stdout).toMatch(/two: exit power-off[\s\S]*console of two\s+up\s+hypercraft: console of one/);
    expect(outcome.status).toBe(0);
  });
});
