// The programs in examples/ do what the documents say, and the README shows the real one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const run = (path: string) => execFileSync(process.execPath, [at(path)], { encoding: 'utf8', timeout: 300_000 });

it('hello-vcpu_run_says hi by SBI calls', () => {
  expect(run('examples/hello-vcpu.mjs')).toMatch(/: H\n.*: i\nstopped at 0x80000018/);
});

it('machine_run_boots hello', () => {
  expect(run('examples/machine.mjs')).toMatch(
    /^Hello from a hypercraft guest[\s\S]*hello! Bye\.\nthe guest ended by power-off\n$/,
  );
});

it('three-guests_run_divides the time by weight', { retry: 2 }, () => {
  const shares = [...run('examples/three-guests.mjs').matchAll(/: (\d+) % of the time/g)].map(([, share]) =>
    Number(share),
  );
  expect(shares).toHaveLength(3);
  [20, 20, 60].forEach((share, index) => {
    // Run alone it is within 3 %; a busy computer takes whole turns away.
    expect(Math.abs(shares[index]! - share)).toBeLessThanOrEqual(18);
  });
});

it('passthrough_run_answers through the port and loses it', () => {
  const lines = [
    'DEVICE_TAKEN: uart1 belongs to owner',
    'the guest answers: hELLO',
    "it has read the host's clock: true",
    'without its port it ends by power-off',
  ];
  expect(run('examples/passthrough.mjs').trimEnd().split('\n')).toEqual(lines);
});

it('smp_run_adds up on four harts', () => {
  expect(run('examples/smp.mjs')).toBe('4 harts added up to 10 and ended by power-off\n');
});

it('README_read_holds the hello world as it is, in at most twenty lines', () => {
  const [, ...program] = readFileSync(at('examples/hello-vcpu.mjs'), 'utf8').trimEnd().split('\n');
  expect(program.length).toBeLessThanOrEqual(20);
  expect(readFileSync(at('README.md'), 'utf8')).toContain(program.join('\n'));
});

it('fork-per-test_run_gives every test the same booted guest', () => {
  const lines = ['one', 'two', 'three'].map((word) => `${word}: power-off, echoed true, at the cost of a few pages`);
  expect(run('examples/fork-per-test.mjs').trimEnd().split('\n')).toEqual(lines);
});

it('migrate_run_ends here and goes on there', () => {
  const lines = run('examples/migrate.mjs').trimEnd().split('\n');
  expect(lines).toContain('here it ended by migrated, after standing still for a moment');
  expect(lines.join('\n')).toMatch(/over here! [\s\S]*there it ended by power-off/);
});

it('snapshot_run_goes on elsewhere', () => {
  expect(run('examples/snapshot.mjs')).toMatch(
    /^64 MiB of memory in less than 64 KiB\n[\s\S]*still here! [\s\S]*ended by power-off\n$/,
  );
});
