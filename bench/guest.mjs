// The speed of Debian as a guest: busybox's tools, processes, pipes, context switches, and bench/programs as processes; the same kernel
// and initramfs in `hypervisor` and `firmware` mode and in QEMU. Seconds are the guest's own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { geomean, have, median, takeTurns } from './contest.mjs';
import { PROGRAMS } from './programs.mjs';

const COMPILER = 'riscv64-linux-gnu-gcc';
const DIRECTORY = 0o040755;
const EXECUTABLE = 0o100755;
const APPEND = 'console=ttyS0 quiet rdinit=/bench/init';

/** The image's own initramfs, and a second archive behind it with our programs: the kernel unpacks one after the other. */
async function initramfs(root, work, image) {
  const { writeCpio } = await import(join(root, 'dist/boot/index.js'));
  const entries = [
    { path: 'bench', mode: DIRECTORY },
    { path: 'bench/init', mode: EXECUTABLE, data: readFileSync(join(root, 'bench/guest/init.sh')) },
  ];
  const at = (...names) => join(root, 'bench', ...names);
  const build = (name, args) => {
    const file = join(work, name);
    const built = spawnSync(COMPILER, ['-O2', '-static', '-o', file, ...args], { stdio: 'inherit' });
    if (built.status !== 0) throw new Error(`${COMPILER} fails on ${name}`);
    entries.push({ path: `bench/${name}`, mode: EXECUTABLE, data: readFileSync(file) });
  };
  build('switches', [at('guest/switches.c')]);
  for (const { name, rounds, source = name, flags = [] } of PROGRAMS) {
    const defined = ['-DNATIVE', ...flags, `-DROUNDS=${Math.ceil(rounds / 2)}`];
    build(`program-${name}`, [...defined, at('programs/main.c'), at('programs', `${source}.c`)]);
  }
  const first = await image.readInitramfs();
  const second = writeCpio(entries);
  const file = join(work, 'initramfs');
  writeFileSync(file, Buffer.concat([first, Buffer.alloc(-first.length & 511), second]));
  return file;
}

function measure({ name, command, args }) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 });
  const tasks = [...result.stdout.matchAll(/^task (\S+) ([\d.]+) ([\d.]+) (.*?)\r?$/gm)];
  if (tasks.length < PROGRAMS.length + 6) throw new Error(`${name} did not finish:\n${result.stdout}${result.stderr}`);
  return tasks.map(([, task, before, after, said]) => ({ task, seconds: after - before, said }));
}

export async function guest({ root, rounds, node }) {
  if (!have(COMPILER)) {
    console.error(`bench: guest needs ${COMPILER} to build its programs`);
    return undefined;
  }
  const { openImageStore } = await import(join(root, 'dist/platform/node/index.js'));
  let image;
  try {
    image = await openImageStore().pull('debian');
  } catch (error) {
    console.error(`bench: guest needs the image debian: ${error.message}`);
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const initrd = await initramfs(root, work, image);
    const files = ['--kernel', image.kernelPath, '--initrd', initrd, '--append', APPEND, '--timeout', '500'];
    const cli = [join(root, 'dist/cli.js'), 'run', ...files, '--mode'];
    const contestants = [
      { name: 'hypervisor', command: node, args: [...cli, 'hypervisor'] },
      { name: 'firmware', command: node, args: [...cli, 'firmware'] },
    ];
    if (have('qemu-system-riscv64')) {
      const same = ['-kernel', image.kernelPath, '-initrd', initrd, '-append', APPEND];
      const args = ['-M', 'virt', '-m', '512M', '-display', 'none', '-serial', 'stdio', ...same];
      contestants.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
    }
    return judge(await takeTurns(contestants, Math.min(rounds, 3), measure));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function judge(runs) {
  const results = {};
  for (const { task, said } of runs.hypervisor[0]) {
    const mine = Object.entries(runs).map(([who, list]) => [
      who,
      list.map((run) => run.find((each) => each.task === task)),
    ]);
    for (const [who, list] of mine) {
      if (list.some((each) => each.said !== said)) throw new Error(`${who} has another result for ${task}`);
    }
    const seconds = Object.fromEntries(
      mine.map(([who, list]) => [who, +median(list.map((each) => each.seconds)).toFixed(2)]),
    );
    const speedOverQemu = seconds.qemu === undefined ? undefined : +(seconds.qemu / seconds.hypervisor).toFixed(3);
    results[task] = { seconds, speedOverQemu };
    const times = Object.entries(seconds).map(([who, each]) => `${who} ${each.toFixed(2)} s`);
    console.log(`  ${task.padEnd(16)} ${speedOverQemu ?? '-'} of QEMU  (${times.join(', ')})`);
  }
  const ratios = Object.values(results).map((each) => each.speedOverQemu);
  const all = ratios.every(Boolean) ? +geomean(ratios).toFixed(3) : undefined;
  console.log(`  geomean of QEMU's speed: ${all}`);
  return { results, ratios: { all } };
}
