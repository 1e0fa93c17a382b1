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

it('guest that waits for memory of the host_goes on when another one has ended', async () => {
  using scratch = new Scratch();
  scratch.file('first.bin', guest(GUESTS.takesMemory({ before: 0, mebibytes: 24, after: 5000 })));
  scratch.file('then.bin', guest(GUESTS.takesMemory({ before: 1500, mebibytes: 24, after: 0 })));
  const file = scratch.file(
    'guests.yaml',
    `host: { memory: 40M }
guests:
  - { name: first, kernel: first.bin, memory: 32M }
  - { name: second, kernel: then.bin, memory: 32M, when-full: pause }
`,
  );
  const { stdout, stderr, status } = await hypercraft(['up', file, '--timeout', '180', '--stats']);
  const notes = stderr.split('\n').filter((line) => line.startsWith('hypercraft: '));
  expect(notes).toEqual([
    'hypercraft: second needs memory that the host does not have: paused',
    'hypercraft: first: exit power-off',
    'hypercraft: second goes on',
    'hypercraft: second: exit power-off',
    'hypercraft: exit power-off',
  ]);
  expect(stdout).toMatch(/^first {2}\| has it\nsecond \| has it$/m);
  // What has ended has nothing of the host's memory.
  expect(stderr).toMatch(/^first +ended +(?:[\d.]+ +){4}0 /m);
  expect(status).toBe(0);
});

it('guests that all wait for memory_the last to ask ends, and the other goes on', async () => {
  using scratch = new Scratch();
  // What is loaded of the one leaves too little for the other, whoever begins.
  const takes = guest(GUESTS.takesMemory({ before: 0, mebibytes: 32, after: 0 }));
  const kernel = new Uint8Array(10 << 20).fill(1);
  kernel.set(takes);
  scratch.file('takes.bin', kernel);
  const file = scratch.file(
    'guests.yaml',
    `host: { memory: 40M }
guests:
  - { name: one, kernel: takes.bin, memory: 36M, when-full: pause }
  - { name: two, kernel: takes.bin, memory: 36M, when-full: pause }
`,
  );
  const { stdout, stderr, status } = await hypercraft(['up', file, '--timeout', '180']);
  const last = /wait for memory: (one|two) ends/.exec(stderr)?.[1];
  const other = last === 'one' ? 'two' : 'one';
  expect(stderr.trimEnd().split('\n')).toEqual([
    `hypercraft: ${other} needs memory that the host does not have: paused`,
    `hypercraft: ${last} needs memory that the host does not have: paused`,
    `hypercraft: all guests that are left wait for memory: ${last} ends`,
    `hypercraft: ${last}: exit guest-dead the host has no memory left`,
    `hypercraft: ${other} goes on`,
    `hypercraft: ${other}: exit power-off`,
    'hypercraft: exit guest-dead the host has no memory left',
  ]);
  expect(stdout).toBe(`${other} | has it\n`);
  expect(status).toBe(1);
});

it('guest that waits at its own limit, and nobody else_ends', async () => {
  using scratch = new Scratch();
  scratch.file('takes.bin', guest(GUESTS.takesMemory({ before: 0, mebibytes: 24, after: 0 })));
  const file = scratch.file(
    'guests.yaml',
    'guests: [{ name: one, kernel: takes.bin, memory: 32M, limit: 16M, when-full: pause }]',
  );
  const { stderr, status } = await hypercraft(['up', file, '--timeout', '180']);
  expect(stderr.trimEnd().split('\n')).toEqual([
    'hypercraft: one is at its limit: paused',
    'hypercraft: all guests that are left wait for memory: one ends',
    'hypercraft: one: exit guest-dead it has all the memory that it may have',
    'hypercraft: exit guest-dead it has all the memory that it may have',
  ]);
  expect(status).toBe(1);
});
