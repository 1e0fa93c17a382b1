// The programs in examples/ do what the documents say, and the README shows the real one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const run = (path: string) => execFileSync(process.execPath, [at(path)], { encoding: 'utf8', timeout: 60_000 });

it('hello-vcpu_run_says hi by SBI calls', () => {
  expect(run('examples/hello-vcpu.mjs')).toMatch(/: H\n.*: i\nstopped at 0x80000018/);
});

it('machine_run_boots hello', () => {
  expect(run('examples/machine.mjs')).toMatch(
    /^Hello from a hypercraft guest[\s\S]*hello! Bye\.\nthe guest ended by power-off\n$/,
  );
});

it('README_read_holds the hello world as it is, in at most twenty lines', () => {
  const [, ...program] = readFileSync(at('examples/hello-vcpu.mjs'), 'utf8').trimEnd().split('\n');
  expect(program.length).toBeLessThanOrEqual(20);
  expect(readFileSync(at('README.md'), 'utf8')).toContain(program.join('\n'));
});
