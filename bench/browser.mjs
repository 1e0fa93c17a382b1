// The speed in a browser page: all of bench/programs in hypercraft (headless Chromium, and Node beside it) and the same C, compiled for
// x86, in v86 in the same Chromium. v86 is no dependency: it is fetched from the npm registry into the cache when this runs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { compileGuest, geomean, have, median, takeTurns } from './contest.mjs';

const V86 = 'v86@0.5.462';
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/**
 * Milliseconds between a page's load and its run. For each window Chromium loads some 400 scripts of its own user interface, in half a second of another
 * process, which takes a machine of two cores from whoever runs then, and is no part of a run in Node.
 */
const SETTLED = 1500;
/** So often a program does its rounds; the last ones show its speed when all is translated and optimized. */
const TURNS = 8;
const STEADY = 3;
/** Rounds are such that hypercraft takes about a tenth of a second for a turn. v86 has no fused multiply-add, so nobody is asked for it. */
const FLOAT = ['-ffp-contract=off'];
const PROGRAMS = [
  { name: 'mix', rounds: 560 },
  { name: 'sieve', rounds: 112 },
  { name: 'sha256', rounds: 625 },
  { name: 'sort', rounds: 44 },
  { name: 'recursion', rounds: 112 },
  { name: 'interpreter', rounds: 25 },
  { name: 'tree', rounds: 31 },
  { name: 'copy', rounds: 940 },
  { name: 'matmul', rounds: 44, flags: FLOAT },
  { name: 'matmul-exact', source: 'matmul', rounds: 31, flags: [...FLOAT, '-DEXACT'] },
];
/** v86 has an FPU of 80 bits that it computes in software, and SSE2, which is faster: doubles use that. */
const X86_FLAGS = [
  '-m32',
  '-O2',
  '-march=pentium4',
  '-mfpmath=sse',
  '-ffreestanding',
  '-nostdlib',
  '-fno-pic',
  '-no-pie',
  '-static',
];

function fetchV86() {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hypercraft', V86);
  const at = join(cache, 'node_modules/v86/build');
  if (existsSync(join(at, 'v86.wasm'))) return at;
  mkdirSync(cache, { recursive: true });
  const npm = spawnSync('npm', ['i', '--silent', '--no-audit', '--no-fund', '--prefix', cache, V86], {
    stdio: 'inherit',
  });
  return npm.status === 0 && existsSync(join(at, 'v86.wasm')) ? at : undefined;
}

function compile(root, work, { name, rounds, source: file = name, flags = [] }) {
  const source = join(root, 'bench/programs', `${file}.c`);
  const defined = [`-DROUNDS=${rounds}`, `-DTURNS=${TURNS}`, `-I${join(root, 'bench/programs')}`, ...flags];
  const riscv = join(work, `${name}.riscv`);
  const x86 = join(work, `${name}.x86`);
  const at = (file) => join(root, 'bench/browser', file);
  const parts = [
    '-Wl,--build-id=none,--no-warn-rwx-segments,-z,noexecstack',
    '-T',
    at('link-x86.ld'),
    at('start-x86.S'),
    at('main-x86.c'),
    source,
  ];
  const built =
    compileGuest(root, riscv, defined, [join(root, 'bench/programs/main.c'), source]) &&
    spawnSync('gcc', [...X86_FLAGS, ...defined, '-o', x86, ...parts], { stdio: 'inherit' }).status === 0;
  return built ? { riscv, x86 } : undefined;
}

async function bundle(entry, platform) {
  const options = { bundle: true, format: 'esm', target: 'es2022', write: false, logLevel: 'warning', platform };
  return (await build({ ...options, entryPoints: [entry] })).outputFiles[0].text;
}

/** Serves files by their path, with the headers that let a page share memory with its workers. */
function serve(files) {
  const isolation = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  const server = createServer((request, response) => {
    const file = files.get(request.url);
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file.type, ...isolation }).end(file.body());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Node runs a program once a process, as a page does: nothing is warm. */
function runInNode(node, root, kernel) {
  const result = spawnSync(node, [join(root, 'bench/browser/node.mjs'), kernel], {
    encoding: 'utf8',
    timeout: 300_000,
  });
  if (result.status !== 0) throw new Error(`node: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

export async function browser({ root, rounds, node, only }) {
  const compiler = 'riscv64-unknown-elf-gcc';
  if (CHROMIUM === undefined || !have(compiler)) {
    console.error(`bench: browser needs ${CHROMIUM === undefined ? 'Chromium' : compiler}`);
    return undefined;
  }
  const v86 = fetchV86();
  if (v86 === undefined) {
    console.error(`bench: browser needs ${V86} from the npm registry`);
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  const script = (body) => ({ type: 'text/javascript', body: () => body });
  const files = new Map([
    [
      '/',
      {
        type: 'text/html',
        body: () => '<!doctype html><title>bench</title><script type="module" src="/page.js"></script>',
      },
    ],
    ['/page.js', script(await bundle(join(root, 'bench/browser/page.mjs'), 'browser'))],
    ['/worker.js', script(await bundle(join(root, 'dist/platform/browser/worker.js'), 'browser'))],
    ['/v86.mjs', script(readFileSync(join(v86, 'libv86.mjs')))],
    ['/v86.wasm', { type: 'application/wasm', body: () => readFileSync(join(v86, 'v86.wasm')) }],
  ]);
  const server = await serve(files);
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];
  const chrome = await chromium.launch({ executablePath: CHROMIUM, headless: true, args });
  try {
    const inPage = async (name, url) => {
      const page = await chrome.newPage();
      page.setDefaultTimeout(300_000);
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction('globalThis.contestants !== undefined');
      await page.waitForTimeout(SETTLED);
      const run = await page.evaluate(`contestants.${name}('${url}', ${TURNS})`);
      await page.close();
      return run;
    };
    const results = {};
    for (const program of PROGRAMS.filter(({ name }) => only === undefined || name === only)) {
      const built = compile(root, work, program);
      if (built === undefined) return undefined;
      files.set(`/${program.name}.riscv`, { type: 'application/octet-stream', body: () => readFileSync(built.riscv) });
      files.set(`/${program.name}.x86`, { type: 'application/octet-stream', body: () => readFileSync(built.x86) });
      const contestants = [
        { name: 'chromium', run: () => inPage('hypercraft', `/${program.name}.riscv`) },
        { name: 'node', run: () => runInNode(node, root, built.riscv) },
        { name: 'v86', run: () => inPage('v86', `/${program.name}.x86`) },
      ];
      const runs = await takeTurns(contestants, Math.min(rounds, 3), ({ run }) => run());
      results[program.name] = judge(program, runs);
    }
    const mean = (key) => +geomean(Object.values(results).map((each) => each[key])).toFixed(2);
    const ratios = Object.fromEntries(RATIOS.map((key) => [key, mean(key)]));
    console.log(`  geomean: ${told(ratios)}`);
    return { v86: V86, chromium: chrome.version(), results, ratios };
  } finally {
    await chrome.close();
    server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

const RATIOS = ['speedOverNode', 'steadyOverNode', 'speedOverV86', 'steadyOverV86'];

function told({ speedOverNode, steadyOverNode, speedOverV86, steadyOverV86 }) {
  return `${speedOverNode} of Node's speed (${steadyOverNode} steady), ${speedOverV86} times v86's (${steadyOverV86} steady)`;
}

/** Milliseconds of a whole run, and of one of its last turns. */
function timesOf({ times }) {
  return { whole: times.at(-1), steady: (times.at(-1) - times.at(-1 - STEADY)) / STEADY };
}

/** How often a second all contestants go round, and how one's speed is to the others'. */
function judge({ name, rounds }, runs) {
  const checks = new Set(Object.values(runs).flatMap((list) => list.map((run) => run.check)));
  if (checks.size !== 1 || checks.has('')) {
    throw new Error(`the contestants disagree on the result of ${name}: ${JSON.stringify(runs)}`);
  }
  const medians = (key) =>
    Object.fromEntries(
      Object.entries(runs).map(([who, list]) => [who, Math.round(median(list.map((run) => timesOf(run)[key])))]),
    );
  const whole = medians('whole');
  const steady = medians('steady');
  const rates = (milliseconds, turns) =>
    Object.fromEntries(
      Object.entries(milliseconds).map(([who, time]) => [who, +((1000 * turns * rounds) / time).toPrecision(4)]),
    );
  const result = {
    milliseconds: whole,
    steadyMilliseconds: steady,
    roundsPerSecond: rates(whole, TURNS),
    steadyRoundsPerSecond: rates(steady, 1),
    speedOverNode: +(whole.node / whole.chromium).toFixed(2),
    steadyOverNode: +(steady.node / steady.chromium).toFixed(2),
    speedOverV86: +(whole.v86 / whole.chromium).toFixed(2),
    steadyOverV86: +(steady.v86 / steady.chromium).toFixed(2),
  };
  const { roundsPerSecond, steadyRoundsPerSecond } = result;
  const speeds = Object.keys(whole).map(
    (who) => `${who} ${roundsPerSecond[who]} (${steadyRoundsPerSecond[who]} steady)`,
  );
  console.log(`  ${name.padEnd(12)} ${told(result)}; rounds a second: ${speeds.join(', ')}`);
  return result;
}
