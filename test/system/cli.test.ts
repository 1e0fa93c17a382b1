// The program's manners: streams, exit status, last line, and how quickly it starts.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { GUESTS, guest } from './guests.js';
import { CLI, hypercraft, installed, lastLineOf, Program, Scratch } from './program.js';

const version = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version as string;

/** What a busy machine may add to 150 ms is seen by what it adds to an empty program. */
function emptyProgram(): number {
  const started = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - started;
}

it('--version_asked_answers in under 150 ms', async () => {
  const times: number[] = [];
  const empty: number[] = [];
  for (let i = 0; i < 8; i++) {
    const outcome = await hypercraft(['--version']);
    expect(outcome).toMatchObject({ status: 0, stdout: `hypercraft ${version}\n`, stderr: '' });
    times.push(outcome.milliseconds);
    empty.push(emptyProgram());
  }
  expect(Math.min(...times)).toBeLessThan(Math.max(150, 2 * Math.min(...empty)));
});

it('--help_asked_names every command on stdout', async () => {
  const outcome = await hypercraft(['--help']);
  expect(outcome.status).toBe(0);
  for (const word of ['run', 'images', 'dtb', 'disasm', '--timeout', '--trace']) expect(outcome.stdout).toContain(word);
});

it.each(['hypervisor', 'firmware'])('hello in %s mode_run with q on a pipe_greets and powers off', async (mode) => {
  const outcome = await hypercraft(['run', 'hello', '--mode', mode, '--timeout', '180'], 'hi q');
  expect(outcome.stdout).toMatch(/^Hello from a hypercraft guest: hart 0, SBI \d+\.\d+\.\n/);
  expect(outcome.stdout).toContain('hi ');
  expect(outcome.stdout).toMatch(/Bye\.\n$/);
  expect(outcome.stderr.trimEnd()).toBe('hypercraft: exit power-off');
  expect(outcome.status).toBe(0);
});

it('hello_left alone_ticks and powers off by itself', async () => {
  const outcome = await hypercraft(['run', 'hello', '--timeout', '180'], null);
  expect(outcome.stdout).toContain('tick 1\n');
  expect(outcome.stdout).toMatch(/tick 10\nBye\.\n$/);
  expect(outcome.status).toBe(0);
});

it('a compressed kernel_run again with what V8 has compiled before_runs as before', async () => {
  using scratch = new Scratch();
  const kernel = scratch.file('kernel.gz', gzipSync(guest(GUESTS.powersOff)));
  for (let turn = 0; turn < 2; turn++) {
    const program = new Program(['run', '--kernel', kernel, '--timeout', '180'], {
      env: { HYPERCRAFT_CACHE: scratch.path },
    });
    program.end();
    expect(await program.outcome).toMatchObject({ stdout: 'up\n', stderr: 'hypercraft: exit power-off\n', status: 0 });
    const kept = readdirSync(join(scratch.path, 'code')).map((name) => name.split('-')[0]);
    expect(kept.sort()).toEqual(['program.cjs', 'serve.cjs']);
  }
});

/** Processor time and niceness of a thread, from the line that Linux has of it. */
function threadOf(path: string): { ticks: number; nice: number } {
  // What stands before is in parentheses and may hold anything.
  const fields = readFileSync(path, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return { ticks: fields[11]! + fields[12]!, nice: fields[16]! };
}

it.skipIf(process.platform !== 'linux')("a guest that is busy_run_goes before V8's compilers", async () => {
  using scratch = new Scratch();
  const program = new Program(['run', '--kernel', scratch.file('spins', guest(GUESTS.spins)), '--timeout', '180']);
  await program.until('up\n');
  const tasks = `/proc/${program.pid}/task`;
  const looks = () => readdirSync(tasks).map((thread) => threadOf(`${tasks}/${thread}/stat`));
  const own = threadOf(`/proc/${program.pid}/stat`).nice;
  await expect.poll(() => looks().filter(({ nice }) => nice > own).length, { timeout: 60_000 }).toBeGreaterThan(0);
  // The hart's thread has done the most by far.
  const busiest = () => looks().reduce((most, thread) => (thread.ticks > most.ticks ? thread : most));
  await expect.poll(() => busiest().ticks, { timeout: 60_000 }).toBeGreaterThan(100);
  expect(busiest().nice).toBe(own);
  program.kill('SIGKILL');
  await program.outcome;
});

it('ctrl-a x on a pipe_run_means nothing', async () => {
  const outcome = await hypercraft(['run', 'hello', '--timeout', '180'], 'a\x01xb q');
  expect(outcome.stdout).toContain('a\x01xb');
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
});

it.each([
  [3, 3],
  [124, 124],
  [256, 1],
  [258, 2],
  [0, 1],
])('guest that fails with code %i_run_ends with status %i', async (code, status) => {
  using scratch = new Scratch();
  const kernel = scratch.file('kernel.bin', guest(GUESTS.fails(code)));
  const outcome = await hypercraft(['run', '--kernel', kernel, '--memory', '64M', '--timeout', '180']);
  expect(outcome).toMatchObject({ status, stdout: 'up\n' });
  expect(lastLineOf(outcome.stderr)).toBe(`hypercraft: exit failure ${code}`);
});

it.each([GUESTS.powersOff, GUESTS.finisherPass])('guest that powers off_run_ends with status 0', async (source) => {
  using scratch = new Scratch();
  const kernel = scratch.file('kernel.bin', guest(source));
  const outcome = await hypercraft(['run', '--kernel', kernel, '--memory', '64M', '--timeout', '180']);
  expect(outcome).toMatchObject({ status: 0, stdout: 'up\n', stderr: 'hypercraft: exit power-off\n' });
});

it('--trace exits and --stats_run_write to stderr only', async () => {
  const outcome = await hypercraft(['run', 'hello', '--trace', 'exits', '--stats', '--timeout', '180'], 'q');
  expect(outcome.stderr).toMatch(/sbi-call/);
  expect(outcome.stderr).toMatch(/instructions/);
  expect(outcome.stderr).toMatch(/shutdown end={kind=power-off}/);
  expect(outcome.stdout).not.toMatch(/sbi-call/);
  expect(lastLineOf(outcome.stderr)).toBe('hypercraft: exit power-off');
});

it.skipIf(!installed('dtc'))('dtb_written_is accepted by dtc', () => {
  using scratch = new Scratch();
  const blob = execFileSync(process.execPath, [CLI, 'dtb', '--memory', '1G', '--smp', '2'], { maxBuffer: 1 << 22 });
  const source = execFileSync('dtc', ['-I', 'dtb', '-O', 'dts', scratch.file('machine.dtb', blob)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(source).toContain('memory@80000000');
  expect(source).toContain('timebase-frequency = <0x989680>');
  expect(source).toContain('cpu@1');
});

it('raw code_disassembled_reads like objdump', async () => {
  using scratch = new Scratch();
  const code = scratch.file('code.bin', guest('addi a0, a0, 1\nret\n'));
  const outcome = await hypercraft(['disasm', code]);
  expect(outcome.stdout).toMatch(/80000000:\s+00150513\s+addi\s+a0,a0,1\n\s*80000004:\s+00008067\s+ret/);
});
