// How long a start takes, as whole processes: of a guest that powers off at once, of `hello` until it has ended, and of a Debian that
// was saved at its prompt until it has answered a key. Wall clock, and processor time of the process with all its threads.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './contest.mjs';

const LIMIT_MS = 60_000;
/** SBI system reset: shutdown. */
const POWER_OFF = 'li a7, 0x53525354\nli a6, 0\nli a0, 0\nli a1, 0\necall\nstop: j stop';
const TICK_MS = 10;

/** Milliseconds of processor time, while the process is still there. */
function processorTime(pid) {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const fields = readFileSync(path, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Runs until `until` is in what it writes, which is the end of the measurement, or of itself. */
function measure(node, args, { input = '', until } = {}) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(node, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let text = '';
    let result;
    child.stdout.setEncoding('latin1').on('data', (piece) => {
      text += piece;
      if (result !== undefined || until === undefined || !text.includes(until)) return;
      result = { milliseconds: performance.now() - began, processor: processorTime(child.pid) };
      child.kill('SIGKILL');
    });
    // One that has ended does not read it.
    child.stdin.on('error', () => {});
    if (input !== '') child.stdin.write(input);
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(limit);
      if (until !== undefined && result === undefined) reject(new Error(`no '${until}' in:\n${text.slice(-1000)}`));
      else resolve(result ?? { milliseconds: performance.now() - began });
    });
  });
}

export async function start({ root, rounds, node }) {
  const { assemble } = await import(join(root, 'dist/isa/index.js'));
  const folder = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const cli = join(root, 'dist/cli.js');
    const kernel = join(folder, 'off.bin');
    writeFileSync(kernel, assemble(POWER_OFF, { base: 0x8020_0000n }).bytes);
    const snapshot = join(folder, 'debian.snapshot');
    const saved = spawnSync(node, [cli, 'snapshot', 'save', snapshot, 'debian'], { stdio: 'ignore' });
    const contests = {
      'power-off': () => measure(node, [cli, 'run', '--kernel', kernel]),
      hello: () => measure(node, [cli, 'run', 'hello'], { input: 'q' }),
      ...(saved.status === 0 && {
        'restored Debian answers': () => measure(node, [cli, 'run', '--from', snapshot], { input: '\n', until: '# ' }),
      }),
      'node alone': () => measure(node, ['-e', '0']),
    };
    const runs = Object.fromEntries(Object.keys(contests).map((name) => [name, []]));
    for (const contest of Object.values(contests)) await contest();
    for (let round = 0; round < rounds; round++) {
      for (const [name, contest] of Object.entries(contests)) runs[name].push(await contest());
    }
    const result = {};
    for (const [name, all] of Object.entries(runs)) {
      const milliseconds = median(all.map((run) => run.milliseconds));
      const processor = all[0].processor === undefined ? undefined : median(all.map((run) => run.processor));
      result[name] = { milliseconds, processor, runs: all.map((run) => Math.round(run.milliseconds)) };
      const also = processor === undefined ? '' : `, ${processor} ms of processor time`;
      console.log(`  ${name.padEnd(24)} ${milliseconds.toFixed(0).padStart(6)} ms${also}`);
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
