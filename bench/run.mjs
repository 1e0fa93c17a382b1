// `npm run bench [-- mix|programs|boot|start|latency|fork|switch|move|smp|memory|guest|browser|translate] [--rounds N] [--iterations N] [--only PROGRAM] [--node PATH] [--no-save]`: speed beside QEMU's, on this
// machine, in one run. `--node` chooses the Node that hypercraft runs on, but for `fork`, `switch` and `translate`, which
// are measured in this process.
// The contestants take turns, so that what else the machine does hits all of them; ratios are what to compare.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { boot } from './boot.mjs';
import { browser } from './browser.mjs';
import { fork } from './fork.mjs';
import { guest } from './guest.mjs';
import { latency } from './latency.mjs';
import { memory } from './memory.mjs';
import { mix } from './mix.mjs';
import { move } from './move.mjs';
import { programs } from './programs.mjs';
import { smp } from './smp.mjs';
import { start } from './start.mjs';
import { switches } from './switch.mjs';
import { translate } from './translate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    iterations: { type: 'string', default: '6000' },
    only: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    'no-save': { type: 'boolean', default: false },
  },
});
const benchmarks = {
  mix,
  programs,
  boot,
  start,
  latency,
  fork,
  switch: switches,
  move,
  smp,
  memory,
  guest,
  browser,
  translate,
};
const wanted = positionals.length > 0 ? positionals : Object.keys(benchmarks);
const unknown = wanted.find((name) => !(name in benchmarks));
if (unknown !== undefined) {
  console.error(`bench: no benchmark '${unknown}'; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exit(2);
}

const built = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'build'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(1);
const nodeVersion = spawnSync(options.node, ['--version'], { encoding: 'utf8' }).stdout?.trim();
if (!nodeVersion) {
  console.error(`bench: ${options.node} does not run`);
  process.exit(2);
}
const date = new Date().toISOString();
// What else the machine did says how much a figure in seconds is worth.
const record = { date, node: nodeVersion, cpu: cpus()[0]?.model, load: loadavg()[0] };
for (const name of wanted) {
  console.log(`${name}:`);
  record[name] = await benchmarks[name]({
    rounds: Number(options.rounds),
    iterations: Number(options.iterations),
    root,
    node: options.node,
    only: options.only,
  });
  if (record[name] === undefined) process.exitCode = 1;
}
if (!options['no-save']) {
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  const file = `bench/results/${date.slice(0, 19).replace(/[:T]/g, '-')}.json`;
  writeFileSync(join(root, file), `${JSON.stringify(record, null, 1)}\n`);
  console.log(`written to ${file}`);
}
