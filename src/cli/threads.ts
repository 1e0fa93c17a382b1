// How many threads a guest's harts get: `--threads`, or as many as there are harts and cores to run them.
import type { Platform } from '../vmm/index.js';
import { type ParsedOptions, parseCount, usage } from './options.js';

/** A host has at most so many. */
const MOST = 8;

/** Reads `--threads`. Throws `USAGE`. */
export function threadsFrom({ values }: ParsedOptions): number | undefined {
  const text = values.get('--threads');
  if (text === undefined) return undefined;
  const threads = parseCount('--threads', text, { min: 1, max: MOST });
  if (threads > 1 && values.has('--deterministic')) throw usage('--threads: a deterministic run has one thread');
  return threads;
}

/** The harts of a host for a guest of `harts`, which may not be known yet. */
export function hartsOf(
  { cores }: Platform,
  { threads, seed }: { threads: number | undefined; seed: bigint | undefined },
  harts: number = MOST,
): number {
  return threads ?? (seed === undefined ? Math.min(harts, cores, MOST) : 1);
}
