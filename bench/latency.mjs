// How late a busy hart takes timer interrupts, by the guest's own clock (bench/latency): the middle, 99 of 100, and the worst of 4000, in
// microseconds.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, have, median, takeTurns } from './contest.mjs';

const TICKS_PER_US = 10;

function measure({ name, command, args }) {
  const result = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  const line = /bench median=(\d+) p99=(\d+) most=(\d+)/.exec(result.stdout);
  if (!line) throw new Error(`no result from ${name}:\n${result.stdout}${result.stderr}`);
  const [, middle, late, most] = line.map((ticks) => Number(ticks) / TICKS_PER_US);
  return { middle, late, most };
}

export async function latency({ root, rounds, node }) {
  if (!have('riscv64-unknown-elf-gcc')) {
    console.error('bench: latency needs riscv64-unknown-elf-gcc to build its program');
    return undefined;
  }
  const work = mkdtempSync(join(tmpdir(), 'hypercraft-bench-'));
  try {
    const guest = join(work, 'latency.elf');
    if (!compileGuest(root, guest, [], [join(root, 'bench/latency/latency.c')])) return undefined;
    const cli = [join(root, 'dist/cli.js'), 'run', '--kernel', guest, '--memory', '64M', '--timeout', '50'];
    const contestants = [{ name: 'hypercraft', command: node, args: cli }];
    if (have('qemu-system-riscv64')) {
      const args = ['-M', 'virt', '-m', '64M', '-display', 'none', '-serial', 'stdio', '-kernel', guest];
      contestants.push({ name: 'qemu', command: 'qemu-system-riscv64', args });
    }
    const runs = await takeTurns(contestants, rounds, measure);
    const results = {};
    for (const [who, list] of Object.entries(runs)) {
      const of = (key) => median(list.map((run) => run[key]));
      results[who] = {
        middle: of('middle'),
        late: of('late'),
        most: Math.max(...list.map(({ most }) => most)),
        runs: list,
      };
      const { middle, late, most } = results[who];
      console.log(`  ${who.padEnd(12)} ${middle} us in the middle, ${late} us for 99 of 100, ${most} us at most`);
    }
    return results;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
