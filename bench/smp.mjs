// Harts on threads: Debian to its prompt with one hart and with two, eight harts on two threads, what four idle harts cost, how soon a
// waiting hart is there, and what two harts do on two threads that one does alone.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, takeTurns } from './contest.mjs';
import { guests } from './smp/guests.mjs';

const PROMPT = '~ # ';
const LIMIT_MS = 200_000;
const SETTLE_MS = 5000;
const IDLE_MS = 10_000;
const TICKS_PER_SECOND = 100;

/** Processor seconds of a process so far, on all of its threads. */
function spent(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same for those that hardly run, to the nanosecond: ticks find who happens to run then. */
function spentExactly(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, 'latin1').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
}

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Boots Debian; `then` is called at the prompt with what runs it. */
function debian({ command, args }, then) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let text = '';
    let result;
    child.stdout.setEncoding('latin1').on('data', async (piece) => {
      text += piece;
      if (result !== undefined || !text.includes(PROMPT)) return;
      result = { seconds: (performance.now() - started) / 1000, processor: spent(child.pid) };
      const said = (line) => {
        const from = text.length;
        child.stdin.write(`${line}\n`);
        return later(1500).then(() => text.slice(from));
      };
      Object.assign(result, await then?.(child.pid, said));
      child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      if (result === undefined) reject(new Error(`no prompt:\n${text.slice(-2000)}`));
      else resolve(result);
    });
  });
}

async function idle(pid) {
  await later(SETTLE_MS);
  const before = spentExactly(pid);
  const from = performance.now();
  await later(IDLE_MS);
  return { idlePercent: +(((spentExactly(pid) - before) * 100_000) / (performance.now() - from)).toFixed(2) };
}

const round = (seconds) => +seconds.toFixed(2);

async function boots({ root, rounds, node }) {
  const cli = [join(root, 'dist/cli.js'), 'run', 'debian', '--jit-cache', 'off'];
  const contestants = [
    { name: 'one', command: node, args: [...cli, '--smp', '1'] },
    { name: 'two on one thread', command: node, args: [...cli, '--smp', '2', '--threads', '1'] },
    { name: 'two', command: node, args: [...cli, '--smp', '2', '--threads', '2'] },
  ];
  const runs = await takeTurns(contestants, Math.min(rounds, 3), (contestant) => debian(contestant));
  const result = {};
  for (const [name, list] of Object.entries(runs)) {
    const seconds = round(median(list.map((run) => run.seconds)));
    const processor = round(median(list.map((run) => run.processor)));
    result[name] = { seconds, processor };
    console.log(`  ${name.padEnd(18)} ${seconds.toFixed(2)} s to the prompt, ${processor.toFixed(2)} s of processors`);
  }
  result.twoOverOne = +(result.two.seconds / result.one.seconds).toFixed(3);
  const eight = await debian({ command: node, args: [...cli, '--smp', '8', '--threads', '2'] }, async (_, said) => {
    return { harts: Number(/^(\d+)\r?$/m.exec(await said('grep -c ^processor /proc/cpuinfo'))?.[1]) };
  });
  result.eight = { seconds: round(eight.seconds), harts: eight.harts };
  console.log(`  eight on two       ${eight.seconds.toFixed(2)} s to the prompt, ${eight.harts} harts up`);
  const four = await debian({ command: node, args: [...cli, '--smp', '4'] }, idle);
  result.idlePercent = four.idlePercent;
  console.log(`  four, idle         ${four.idlePercent} % of a core`);
  return result;
}

export async function smp(options) {
  const inGuests = await guests(options);
  if (process.platform !== 'linux') return inGuests;
  return { ...(await boots(options)), ...inGuests };
}
