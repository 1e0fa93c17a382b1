// What the benchmarks share: turns for every contestant, means, whether a program is installed, and how guests are built.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export function have(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

export function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}

/** Runs every contestant once a round; `measure` gives what one run said. */
export async function takeTurns(contestants, rounds, measure) {
  const runs = Object.fromEntries(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) runs[contestant.name].push(await measure(contestant));
  }
  return runs;
}

export function geomean(list) {
  return Math.exp(list.reduce((sum, each) => sum + Math.log(each), 0) / list.length);
}

const GUEST_FLAGS = [
  '-O2',
  '-march=rv64gc_zicsr',
  '-mabi=lp64d',
  '-mcmodel=medany',
  '-ffreestanding',
  '-nostdlib',
  '-fno-tree-loop-distribute-patterns',
  '-Wl,--no-warn-rwx-segments',
];

/** Builds a bare-metal guest program from C, with the start-up code and memory map of bench/mix; true if that went well. */
export function compileGuest(root, elf, flags, sources) {
  const shared = ['link.ld', 'start.S'].map((name) => join(root, 'bench/mix', name));
  const args = [...GUEST_FLAGS, ...flags, '-o', elf, '-T', ...shared, ...sources];
  return spawnSync('riscv64-unknown-elf-gcc', args, { stdio: 'inherit' }).status === 0;
}
