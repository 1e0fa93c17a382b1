// The speed of a hart: bench/mix, a bare-metal program under two-stage paging, in `hypervisor` and `firmware` mode and in QEMU.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, have, median, takeTurns } from './contest.mjs';

const TICKS_PER_SECOND = 10_000_000;
function compile(root, work, iterations) {
  const elf = join(work, 'mix.elf');
  const built = compileGuest(root, elf, [`-DITERATIONS=${iterations}`], [join(root, 'bench/mix/mix.c')]);
  return built ? elf : undefined;
}

function measure({ name, command, args }) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 310_000 });
  const line = /mix ticks=(\d+) instructions=(\d+) check=(\d+)/.exec(result.stdout);
  if (!line) throw new Error(`no result from ${name}:\n${result.stdout}${result.stderr}`);
  return { seconds: Number(line[1]) / TICKS_PER_SECOND, instructions: Number(line[2]), check: line[3] };
}

export async function mix({ root, rounds, iterations, node }) {
  if (!have('riscv64-unknown-elf-gcc')) {
    console.error('bench: mix needs riscv64-unknown-elf-gcc to build its program');
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const elf = compile(root, work, iterations);
    if (elf === undefined) return undefined;
    const cli = [join(root, 'dist/cli.js'), 'run', '--kernel', elf, '--memory', '64M', '--timeout', '300', '--mode'];
    const contestants = [
      { name: 'hypervisor', command: node, args: [...cli, 'hypervisor'] },
      { name: 'firmware', command: node, args: [...cli, 'firmware'] },
    ];
    if (have('qemu-system-riscv64')) {
      const args = ['-M', 'virt', '-m', '64M', '-display', 'none', '-serial', 'stdio', '-kernel', elf];
      contestants.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
    }
    return summary(await takeTurns(contestants, rounds, measure));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function summary(runs) {
  const checks = new Set(Object.values(runs).flatMap((list) => list.map((run) => run.check)));
  if (checks.size !== 1) throw new Error(`the contestants disagree on the result: ${[...checks].join(', ')}`);
  // QEMU counts host ticks, not instructions; the program is the same, so our count holds for it too.
  const { instructions } = runs.hypervisor[0];
  const seconds = Object.entries(runs).map(([name, list]) => [name, median(list.map((run) => run.seconds))]);
  const time = Object.fromEntries(seconds);
  const mips = Object.fromEntries(seconds.map(([name, each]) => [name, Math.round(instructions / each / 1e6)]));
  for (const [name, each] of seconds) {
    console.log(`  ${name.padEnd(12)} ${String(mips[name]).padStart(6)} MIPS  ${each.toFixed(3)} s`);
  }
  const ratios = { hypervisorOverFirmware: +(time.hypervisor / time.firmware).toFixed(3) };
  console.log(`  nested paging costs ${((ratios.hypervisorOverFirmware - 1) * 100).toFixed(1)} % over firmware mode`);
  if (time.qemu) {
    ratios.speedOverQemu = +(time.qemu / time.hypervisor).toFixed(3);
    console.log(`  hypervisor mode runs at ${ratios.speedOverQemu} of QEMU's speed`);
  }
  return { instructions, runs, mips, ratios };
}
