// What keeps tests of times and shares from failing by what else goes on where they run: other tests, other programs, and neighbours of a virtual
// machine, of which it is told nothing. All of that only makes it worse: what counts is the best of several tries, beside what plain threads do in
// the same moment.
import { Worker } from 'node:worker_threads';

/** The least that a measurement gives in so many tries; the first that is below `enough` is the last. */
export async function least(enough: number, tries: number, measure: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < tries && best >= enough; i++) best = Math.min(best, await measure());
  return best;
}

/** What guests have run for, and what each should have of it. */
export interface Shares {
  readonly ran: () => readonly number[];
  readonly weights: readonly number[];
}

/**
 * Measures again and again how far the guest that is furthest is from its share, of that share. A moment in which a thread has no core is charged to
 * whoever has its turn, and made up for later: the last so many milliseconds count, or all of them since the first look if that is better.
 */
export function unfairness({ ran, weights }: Shares, milliseconds: number): () => Promise<number> {
  const first = ran();
  const off = (before: readonly number[], after: readonly number[]): number => {
    const got = after.map((time, index) => time - before[index]!);
    const [all, due] = [got, weights].map((each) => each.reduce((sum, one) => sum + one)) as [number, number];
    return Math.max(...got.map((time, index) => Math.abs(time / (((all || 1) * weights[index]!) / due) - 1)));
  };
  return async () => {
    const before = ran();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    const now = ran();
    return Math.min(off(before, now), off(first, now));
  };
}

/** Of numbers in the order in which they were measured, the middle one of twenty in the calmest moment. */
export function calmest(numbers: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (let at = 0; at + 20 <= numbers.length; at += 10) {
    best = Math.min(best, numbers.slice(at, at + 20).sort((a, b) => a - b)[10]!);
  }
  return best;
}

/** Sleeps two milliseconds by the system's own means, again and again, and tells how late it was each time. */
const BY_TIMEOUT = `
for (let i = 0; i < wakes; i++) {
  const due = now() + 2000;
  for (let left = 2000; left > 0; left = due - now()) Atomics.wait(words, 0, 0, left / 1000);
  times[i] = now() - due;
}`;

/** Wakes SLEEPS every three milliseconds. */
const WAKES = `
for (let i = 0; i < wakes; i++) {
  for (const due = now() + 3000; now() < due; );
  times[i] = now();
  Atomics.store(words, 0, i + 1);
  Atomics.notify(words, 0);
  while (Atomics.load(words, 8) <= i);
}`;

const SLEEPS = `
for (let i = 0; i < wakes; i++) {
  while (Atomics.load(words, 0) <= i) Atomics.wait(words, 0, i);
  times[i] = now() - times[i];
  Atomics.store(words, 8, i + 1);
}`;

const HEAD = `
const { words, times, wakes } = require('node:worker_threads').workerData;
const now = () => Number(process.hrtime.bigint()) / 1000;
`;

/** How late plain threads are there: by the timeout of their sleep, or woken by another one. In microseconds, in the calmest moment. */
export async function plainWakeUp(by: 'timer' | 'thread', wakes = 200): Promise<number> {
  const words = new Int32Array(new SharedArrayBuffer(64));
  const times = new Float64Array(new SharedArrayBuffer(wakes * 8));
  const threads = by === 'timer' ? [BY_TIMEOUT] : [SLEEPS, WAKES];
  const ends = threads.map(
    (source) =>
      new Promise<void>((resolve, reject) => {
        const worker = new Worker(HEAD + source, { eval: true, workerData: { words, times, wakes } });
        worker.once('error', reject).once('exit', () => resolve());
      }),
  );
  await Promise.all(ends);
  return calmest([...times]);
}
