// What `npm start` and `npm test` run: on a fresh clone it installs and builds whatever is missing or stale, then hands over.
// Plain Node without dependencies, because nothing may be installed yet. `node scripts/bootstrap.mjs start|test|build [args]`.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'hypercraft');
const [command = 'start', ...rest] = process.argv.slice(2);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`hypercraft: needs Node 20.19 or later, this is ${process.versions.node}\n`);
  process.exit(1);
}

/** Everything a build depends on, as one digest of paths and contents. */
function digest(paths) {
  const hash = createHash('sha256');
  const add = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      if (path.endsWith('/generated')) return;
      for (const name of readdirSync(full).sort()) add(`${path}/${name}`);
    } else if (!/\.test(-support)?\.ts$|[/-]testing\//.test(path)) {
      hash.update(path).update('\0').update(readFileSync(full)).update('\0');
    }
  };
  for (const path of paths) add(path);
  return hash.digest('hex');
}

function stamp(name) {
  try {
    return readFileSync(join(cache, name), 'utf8');
  } catch {
    return '';
  }
}

function writeStamp(name, value) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, name), value);
}

/** Runs a step out of sight of stdin and stdout; its output is shown only when it fails. */
function step(title, executable, args, options = {}) {
  process.stderr.write(`hypercraft: ${title} ...\n`);
  const result = spawnSync(executable, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    ...options,
  });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  process.stderr.write(`hypercraft: ${title} failed${result.error ? `: ${result.error.message}` : ''}\n`);
  process.exit(1);
}

function install() {
  const wanted = digest(['package-lock.json']);
  if (stamp('install.stamp') === wanted && existsSync(join(root, 'node_modules', 'typescript'))) return;
  // A tree that npm itself calls complete is not installed again: `npm ci` was run by hand.
  const hidden = join(root, 'node_modules', '.package-lock.json');
  const fresh = existsSync(hidden) && statSync(hidden).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
  if (!fresh) {
    const npm = process.env.npm_execpath;
    const args = ['ci', '--no-audit', '--no-fund', '--include=dev'];
    const environment = { ...process.env, NODE_ENV: 'development' };
    if (npm?.endsWith('.js')) step('installing', process.execPath, [npm, ...args], { env: environment });
    else step('installing', 'npm', args, { env: environment, shell: process.platform === 'win32' });
  }
  writeStamp('install.stamp', wanted);
}

function build() {
  const wanted = digest(['src', 'scripts', 'package-lock.json', 'package.json', 'tsconfig.json']);
  const outputs = ['dist/cli.js', 'src/engine/generated/wasm.ts', 'src/engine/hart/generated/isa.ts'];
  if (stamp('build.stamp') === wanted && outputs.every((path) => existsSync(join(root, path)))) return;
  rmSync(join(cache, 'build.stamp'), { force: true });
  step('building', process.execPath, ['scripts/build.mjs']);
  chmodSync(join(root, 'dist', 'cli.js'), 0o755);
  writeStamp('build.stamp', wanted);
}

/** Two commands at once on a fresh clone take turns; a lock older than ten minutes was left by something that died. */
function locked(action) {
  // Not in node_modules: `npm ci` empties that.
  mkdirSync(join(root, '.cache'), { recursive: true });
  const lock = join(root, '.cache', 'bootstrap-lock');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 600_000) {
        rmSync(lock, { recursive: true, force: true });
      }
      Atomics.wait(pause, 0, 0, 200);
    }
  }
  const unlock = () => rmSync(lock, { recursive: true, force: true });
  process.once('exit', unlock);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  action();
  unlock();
  process.removeListener('exit', unlock);
  for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
}

/** Gives the terminal, stdin included, to the program and ends as it ends. */
function handOver(args) {
  const child = spawn(process.execPath, args, { cwd: process.env.INIT_CWD ?? process.cwd(), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1, SIGKILL: 9 }[signal] ?? 1);
  });
}

if (!['start', 'test', 'build'].includes(command)) {
  process.stderr.write('usage: node scripts/bootstrap.mjs start|test|build [args]\n');
  process.exit(2);
}
locked(() => {
  install();
  build();
});
if (command === 'start') handOver([join(root, 'dist', 'cli.js'), 'run', ...rest]);
if (command === 'test') {
  process.chdir(root);
  delete process.env.INIT_CWD;
  handOver([join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...rest]);
}
