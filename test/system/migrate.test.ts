// A guest moves between two processes by the program, and stays when there is nobody.
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { lastLineOf, Program } from './program.js';

/** A port that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

it('hello_migrated_goes on in the other program', { retry: 2 }, async () => {
  const port = await freePort();
  const there = new Program(['run', '--incoming', `${port}`, '--timeout', '300']);
  await there.until(/waiting for a guest/, 180, 'stderr');
  const here = new Program([
    'run',
    'hello',
    '--memory',
    '16M',
    '--migrate-to',
    `127.0.0.1:${port}`,
    '--timeout',
    '300',
  ]);
  await here.until(/tick 1/);
  here.kill('SIGUSR2');
  const left = await here.outcome;
  expect(left.status).toBe(0);
  expect(left.stderr).toMatch(/migrated in \d+ ms, \d+ rounds, [\d.]+ MiB; the guest stood still for [\d.]+ ms/);
  expect(lastLineOf(left.stderr)).toBe('hypercraft: exit migrated');
  there.type('so q');
  const arrived = await there.outcome;
  expect(arrived.stdout).not.toMatch(/Hello/);
  expect(arrived.stdout).toMatch(/so Bye/);
  expect(lastLineOf(arrived.stderr)).toBe('hypercraft: exit power-off');
});

it('hello_told to go where nobody is_stays', async () => {
  const here = new Program([
    'run',
    'hello',
    '--memory',
    '16M',
    '--migrate-to',
    `${await freePort()}`,
    '--timeout',
    '300',
  ]);
  await here.until(/tick 1/);
  here.kill('SIGUSR2');
  await here.until(/the guest stays here/, 180, 'stderr');
  here.type('q');
  const outcome = await here.outcome;
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
});

it.each([['nowhere'], ['1:2:3'], ['99999'], ['host:']])('an address like %s_is refused', async (address) => {
  for (const option of ['--incoming', '--migrate-to']) {
    const outcome = await new Program(['run', 'hello', option, address]).outcome;
    expect(outcome.status).toBe(2);
  }
});
