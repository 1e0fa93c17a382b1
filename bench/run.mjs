// `npm run bench [-- --rounds N --iterations N]`: the speed of the hart beside QEMU's, on this machine, in one run.
// Builds bench/mix with riscv64-unknown-elf-gcc, runs it under two-stage paging in `hypervisor` and `firmware` mode and
// in qemu-system-riscv64 (when installed), alternating, and writes bench/results/. Ratios are what to compare.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    iterations: { type: 'string', default: '6000' },
    'no-save': { type: 'boolean', default: false },
  },
});
const TICKS_PER_SECOND = 10_000_000;

function have(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

const setUp = spawnSync(process.execPath, ['scripts/bootstrap.mjs', 'build'], { cwd: root, stdio: 'inherit' });
if (setUp.status !== 0) process.exit(1);
if (!have('riscv64-unknown-elf-gcc')) {
  console.error('bench: needs riscv64-unknown-elf-gcc to build the workload');
  process.exit(1);
}

const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const elf = join(work, 'mix.elf');
const compiled = spawnSync(
  'riscv64-unknown-elf-gcc',
  [
    '-O2',
    '-march=rv64gc_zicsr',
    '-mabi=lp64d',
    '-mcmodel=medany',
    '-ffreestanding',
    '-nostdlib',
    '-fno-tree-loop-distribute-patterns',
    `-DITERATIONS=${Number(options.iterations)}`,
    '-T',
    join(root, 'bench/mix/link.ld'),
    '-Wl,--no-warn-rwx-segments',
    '-o',
    elf,
    join(root, 'bench/mix/start.S'),
    join(root, 'bench/mix/mix.c'),
  ],
  { stdio: 'inherit' },
);
if (compiled.status !== 0) process.exit(1);

const cli = [join(root, 'dist/cli.js'), 'run', '--kernel', elf, '--memory', '64M', '--timeout', '300', '--mode'];
const contestants = [
  { name: 'hypervisor', command: process.execPath, args: [...cli, 'hypervisor'] },
  { name: 'firmware', command: process.execPath, args: [...cli, 'firmware'] },
];
if (have('qemu-system-riscv64')) {
  const args = ['-M', 'virt', '-m', '64M', '-display', 'none', '-serial', 'stdio', '-kernel', elf];
  contestants.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
}

const runs = Object.fromEntries(contestants.map(({ name }) => [name, []]));
for (let round = 0; round < Number(options.rounds); round++) {
  for (const { name, command, args } of contestants) {
    const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 310_000 });
    const line = /mix ticks=(\d+) instructions=(\d+) check=(\d+)/.exec(result.stdout);
    if (!line) {
      console.error(`bench: no result from ${name}:\n${result.stdout}${result.stderr}`);
      process.exit(1);
    }
    runs[name].push({ seconds: Number(line[1]) / TICKS_PER_SECOND, instructions: Number(line[2]), check: line[3] });
  }
}

const checks = new Set(Object.values(runs).flatMap((list) => list.map((run) => run.check)));
if (checks.size !== 1) {
  console.error(`bench: the contestants do not agree on the result: ${[...checks].join(', ')}`);
  process.exit(1);
}
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
// QEMU counts host ticks, not instructions; the program is the same, so our count holds for it too.
const { instructions } = runs.hypervisor[0];
const seconds = Object.fromEntries(
  Object.entries(runs).map(([name, list]) => [name, median(list.map((run) => run.seconds))]),
);
const mips = Object.fromEntries(
  Object.entries(seconds).map(([name, time]) => [name, Math.round(instructions / time / 1e6)]),
);
const ratios = { nestedPagingCost: +(seconds.hypervisor / seconds.firmware - 1).toFixed(3) };
if (seconds.qemu) ratios.hypervisorOverQemu = +(mips.hypervisor / mips.qemu).toFixed(3);

for (const [name, value] of Object.entries(mips)) {
  console.log(`${name.padEnd(12)} ${String(value).padStart(6)} MIPS  ${seconds[name].toFixed(3)} s`);
}
console.log(`nested paging costs ${(ratios.nestedPagingCost * 100).toFixed(1)} % over firmware mode`);
if (ratios.hypervisorOverQemu) console.log(`hypervisor mode runs at ${ratios.hypervisorOverQemu} of QEMU's speed`);

if (!options['no-save']) {
  const date = new Date().toISOString();
  const record = {
    date,
    node: process.version,
    cpu: cpus()[0]?.model,
    workload: 'mix',
    instructions,
    runs,
    mips,
    ratios,
  };
  mkdirSync(join(root, 'bench/results'), { recursive: true });
  const file = `bench/results/${date.slice(0, 19).replace(/[:T]/g, '-')}.json`;
  writeFileSync(join(root, file), `${JSON.stringify(record, null, 1)}\n`);
  console.log(`written to ${file}`);
}
