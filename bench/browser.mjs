// The speed in a browser page: programs of bench/programs in hypercraft (headless Chromium, and Node beside it) and the same C, compiled for
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
/** 32-bit work, so that an x86 of 32 bits is not asked for what it does not have. Rounds suit the slower contestant. */
const PROGRAMS = [
  { name: 'sieve', rounds: 300 },
  { name: 'sha256', rounds: 1500 },
  { name: 'sort', rounds: 120 },
];
const X86_FLAGS = [
  '-m32',
  '-O2',
  '-march=pentium4',
  '-mno-sse',
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

function compile(root, work, { name, rounds }) {
  const source = join(root, 'bench/programs', `${name}.c`);
  const defined = [`-DROUNDS=${rounds}`, `-I${join(root, 'bench/programs')}`];
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

export async function browser({ root, rounds, node }) {
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
      const run = await page.evaluate(`contestants.${name}('${url}')`);
      await page.close();
      return run;
    };
    const results = {};
    for (const program of PROGRAMS) {
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
      results[program.name] = judge(program.name, runs);
    }
    const mean = (key) => +geomean(Object.values(results).map((each) => each[key])).toFixed(2);
    const ratios = { speedOverNode: mean('speedOverNode'), speedOverV86: mean('speedOverV86') };
    console.log(`  geomean: ${ratios.speedOverNode} of Node's speed, ${ratios.speedOverV86} times v86's`);
    return { v86: V86, chromium: chrome.version(), results, ratios };
  } finally {
    await chrome.close();
    server.close();
    rmSync(work, { recursive: true, force: true });
  }
}

function judge(name, runs) {
  const checks = new Set(Object.values(runs).flatMap((list) => list.map((run) => run.check)));
  if (checks.size !== 1 || checks.has(undefined)) {
    throw new Error(`the contestants disagree on the result of ${name}: ${JSON.stringify(runs)}`);
  }
  const ms = Object.fromEntries(
    Object.entries(runs).map(([who, list]) => [who, Math.round(median(list.map((run) => run.milliseconds)))]),
  );
  const result = {
    milliseconds: ms,
    speedOverNode: +(ms.node / ms.chromium).toFixed(2),
    speedOverV86: +(ms.v86 / ms.chromium).toFixed(2),
  };
  const times = Object.entries(ms).map(([who, each]) => `${who} ${(each / 1000).toFixed(2)} s`);
  console.log(
    `  ${name.padEnd(10)} ${result.speedOverNode} of Node's speed, ${result.speedOverV86} times v86's  (${times.join(', ')})`,
  );
  return result;
}
