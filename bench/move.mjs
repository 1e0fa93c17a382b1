// How long an idle Debian stands still when it moves to another process, as the program says. The other process is there and waits.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './contest.mjs';

const LIMIT_MS = 60_000;
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A port that nobody listens at. */
function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves with all that came when `pattern` is in it. */
function seen(stream, pattern, what) {
  return new Promise((resolve, reject) => {
    let text = '';
    const limit = setTimeout(() => reject(new Error(`no ${what} in:\n${text.slice(-1000)}`)), LIMIT_MS);
    stream.setEncoding('latin1').on('data', (piece) => {
      text += piece;
      if (!pattern.test(text)) return;
      clearTimeout(limit);
      resolve(text);
    });
  });
}

async function once(node, cli, snapshot) {
  const port = String(await freePort());
  const there = spawn(node, [cli, 'run', '--incoming', port], { stdio: ['pipe', 'pipe', 'pipe'] });
  const here = spawn(node, [cli, 'run', '--from', snapshot, '--migrate-to', port], { stdio: ['pipe', 'pipe', 'pipe'] });
  try {
    here.stdin.write('\n');
    await seen(here.stdout, /# /, 'prompt');
    await later(1000);
    here.kill('SIGUSR2');
    const text = await seen(here.stderr, /stood still for [\d.]+ ms/, 'report');
    return Number(/stood still for ([\d.]+) ms/.exec(text)[1]);
  } finally {
    here.kill('SIGKILL');
    there.kill('SIGKILL');
  }
}

export async function move({ root, rounds, node }) {
  const folder = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const cli = join(root, 'dist/cli.js');
    const snapshot = join(folder, 'debian.snapshot');
    if (spawnSync(node, [cli, 'snapshot', 'save', snapshot, 'debian'], { stdio: 'ignore' }).status !== 0) {
      console.error('bench: move needs the image debian');
      return undefined;
    }
    const runs = [];
    for (let round = 0; round < rounds; round++) runs.push(await once(node, cli, snapshot));
    console.log(`  stood still for ${median(runs).toFixed(1)} ms (${runs.join(', ')})`);
    return { milliseconds: median(runs), most: Math.max(...runs), runs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
