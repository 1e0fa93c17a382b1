// The speed of a hart on programs of many kinds (bench/programs): bare metal under two-stage paging, in `hypervisor` and `firmware`
// mode, in QEMU, and the same C compiled natively. Seconds are those of whole processes, start-up and translation included; from the second turn on
// what was translated before is kept, as it is for whoever runs a program again, but for `cold`, which keeps nothing.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chart } from './chart.mjs';
import { compileGuest, geomean, have, median, takeTurns } from './contest.mjs';

/** Rounds are such that QEMU takes some seconds. */
export const PROGRAMS = [
  { name: 'sieve', rounds: 800 },
  { name: 'mix', rounds: 12000 },
  { name: 'sha256', rounds: 4000 },
  { name: 'sort', rounds: 350 },
  { name: 'recursion', rounds: 800 },
  { name: 'interpreter', rounds: 150 },
  { name: 'tree', rounds: 150 },
  { name: 'copy', rounds: 7000 },
  { name: 'matmul', rounds: 120, float: true },
  { name: 'matmul-exact', rounds: 80, source: 'matmul', flags: ['-DEXACT'], float: true },
  { name: 'matmul-separate', rounds: 120, source: 'matmul', flags: ['-ffp-contract=off'], float: true },
];

function compile(root, work, { name, rounds, source = name, flags = [] }) {
  const at = (file) => join(root, 'bench/programs', file);
  const sources = [at('main.c'), at(`${source}.c`)];
  const defined = [...flags, `-DROUNDS=${rounds}`];
  const guest = join(work, `${name}.elf`);
  if (!compileGuest(root, guest, defined, sources)) return undefined;
  const native = join(work, name);
  const built = spawnSync('gcc', ['-O2', '-DNATIVE', ...defined, '-o', native, ...sources], { stdio: 'inherit' });
  return { guest, native: built.status === 0 ? native : undefined };
}

function measure({ name, command, args }) {
  const started = performance.now();
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 310_000 });
  const seconds = (performance.now() - started) / 1000;
  const line = /bench (?:instructions=(\d+) )?check=(\d+)/.exec(result.stdout);
  if (!line) throw new Error(`no result from ${name}:\n${result.stdout}${result.stderr}`);
  return { seconds, instructions: Number(line[1] ?? 0), check: line[2] };
}

export async function programs({ root, rounds, node, only }) {
  if (!have('riscv64-unknown-elf-gcc')) {
    console.error('bench: programs needs riscv64-unknown-elf-gcc to build them');
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const results = {};
    for (const program of PROGRAMS.filter(({ name }) => only === undefined || name === only)) {
      const built = compile(root, work, program);
      if (built === undefined) return undefined;
      const runs = await takeTurns(contestants(root, node, { ...built, cache: join(work, 'jit') }), rounds, measure);
      results[program.name] = { float: program.float === true, ...judge(program, runs) };
      print(program.name, results[program.name]);
    }
    const ratios = means(Object.values(results));
    console.log(`  geomean of QEMU's speed: ${JSON.stringify(ratios)}`);
    if (only === undefined) {
      mkdirSync(join(root, 'docs/images'), { recursive: true });
      writeFileSync(join(root, 'docs/images/speed.svg'), chart(results));
    }
    return { results, ratios };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function contestants(root, node, { guest, native, cache }) {
  const cli = [join(root, 'dist/cli.js'), 'run', '--kernel', guest, '--memory', '64M', '--timeout', '300'];
  const list = [
    { name: 'hypervisor', command: node, args: [...cli, '--mode', 'hypervisor', '--jit-cache', cache] },
    { name: 'firmware', command: node, args: [...cli, '--mode', 'firmware', '--jit-cache', cache] },
    { name: 'cold', command: node, args: [...cli, '--mode', 'hypervisor', '--jit-cache', 'off'] },
  ];
  if (have('qemu-system-riscv64')) {
    const args = ['-M', 'virt', '-m', '64M', '-display', 'none', '-serial', 'stdio', '-kernel', guest];
    list.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
  }
  if (native !== undefined) list.push({ name: 'native', command: native, args: [] });
  return list;
}

function judge({ name }, runs) {
  // A fused multiply-add rounds once, a product and a sum twice: there the native program has a result of its own.
  const guests = Object.entries(runs).filter(([who]) => name !== 'matmul' || who !== 'native');
  const checks = new Set(guests.flatMap(([, list]) => list.map((run) => run.check)));
  if (checks.size !== 1)
    throw new Error(`the contestants disagree on the result of ${name}: ${[...checks].join(', ')}`);
  const { instructions } = runs.hypervisor[0];
  const times = Object.entries(runs).map(([who, list]) => [who, +median(list.map((run) => run.seconds)).toFixed(3)]);
  const seconds = Object.fromEntries(times);
  const ratio = (other, to = 'hypervisor') => (seconds[other] ? +(seconds[other] / seconds[to]).toFixed(3) : undefined);
  return {
    instructions,
    seconds,
    mips: Math.round(instructions / seconds.hypervisor / 1e6),
    speedOverQemu: ratio('qemu'),
    coldOverQemu: ratio('qemu', 'cold'),
    speedOverNative: ratio('native'),
    hypervisorOverFirmware: +(seconds.hypervisor / seconds.firmware).toFixed(3),
    check: [...checks][0],
  };
}

function print(name, { seconds, mips, speedOverQemu, coldOverQemu, speedOverNative, hypervisorOverFirmware }) {
  const times = Object.entries(seconds).map(([who, each]) => `${who} ${each.toFixed(2)} s`);
  const compared = `${speedOverQemu ?? '-'} of QEMU (${coldOverQemu ?? '-'} cold), ${speedOverNative ?? '-'} of native, ${hypervisorOverFirmware} of firmware's time`;
  console.log(`  ${name.padEnd(16)} ${String(mips).padStart(5)} MIPS  ${compared}  (${times.join(', ')})`);
}

function means(results) {
  const of = (list, key) =>
    list.every((each) => each[key]) ? +geomean(list.map((each) => each[key])).toFixed(3) : undefined;
  const integer = results.filter(({ float }) => !float);
  return {
    integer: of(integer, 'speedOverQemu'),
    all: of(results, 'speedOverQemu'),
    integerCold: of(integer, 'coldOverQemu'),
    allCold: of(results, 'coldOverQemu'),
    native: of(results, 'speedOverNative'),
    hypervisorOverFirmware: of(results, 'hypervisorOverFirmware'),
  };
}
