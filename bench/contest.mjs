// What the benchmarks share: turns for every contestant, medians, and whether a program is installed.
import { spawnSync } from 'node:child_process';

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
