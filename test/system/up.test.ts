// `hypercraft up`: several guests on one host.
import { expect, it } from 'vitest';
import { GUESTS, guest } from './guests.js';
import { hypercraft, lastLineOf, Scratch } from './program.js';

it('two guests_in a pipe_come out line by line with their names and end the program', async () => {
  using scratch = new Scratch();
  scratch.file('kernel.bin', guest(GUESTS.powersOff));
  const file = scratch.file(
    'guests.yaml',
    `guests:
  - { name: one, image: hello, memory: 16M, weight: 3 }
  - { name: second, kernel: kernel.bin, memory: 16M }
`,
  );
  const outcome = await hypercraft(['up', file, '--timeout', '180', '--stats'], 'q');
  expect(outcome.stdout).toMatch(/^one {4}\| Hello from a hypercraft guest/m);
  expect(outcome.stdout).toMatch(/^second \| up$/m);
  expect(outcome.stderr).toContain('hypercraft: one: exit power-off');
  expect(outcome.stderr).toMatch(/^guest +state +cpu %/m);
  expect(outcome.stderr).toMatch(/^second +ended/m);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
  expect(outcome.status).toBe(0);
});

it('guest that fails_beside one that does not_gives the status', async () => {
  using scratch = new Scratch();
  scratch.file('fails.bin', guest(GUESTS.fails(7)));
  scratch.file('off.bin', guest(GUESTS.powersOff));
  const file = scratch.file(
    'guests.yaml',
    'guests: [{ kernel: off.bin, memory: 16M }, { kernel: fails.bin, memory: 16M }]',
  );
  const outcome = await hypercraft(['up', file, '--timeout', '180']);
  expect(outcome.stderr).toContain('hypercraft: guest2: exit failure 7');
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit failure 7');
  expect(outcome.status).toBe(7);
});

it.each([
  ['no file', undefined, /up needs a file/],
  ['a file that is not there', 'nowhere.yaml', /nowhere\.yaml/],
])('%s_given_is bad usage', async (_, name, message) => {
  const outcome = await hypercraft(name === undefined ? ['up'] : ['up', name]);
  expect(outcome.stderr).toMatch(message);
  expect(outcome).toMatchObject({ status: 2, stdout: '' });
});

it('guest with too much memory_is bad usage that names it', async () => {
  using scratch = new Scratch();
  const file = scratch.file('guests.yaml', 'guests: [{ name: fat, image: hello, memory: 9G }]');
  const outcome = await hypercraft(['up', file]);
  expect(outcome.stderr).toMatch(/fat: memory: 9G is too much/);
  expect(outcome.status).toBe(2);
});
