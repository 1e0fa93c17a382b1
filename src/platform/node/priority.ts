// Who waits for a core. What harts do is what somebody waits for; what translates and optimizes for them only makes them faster, so on a machine
// with fewer cores than threads it goes behind them. Linux has priorities by thread: elsewhere, those of the process, and nothing is changed.
import { readdirSync } from 'node:fs';

/** By how much nicer threads are that go behind harts: a third of their weight. On a busy machine what is a tenth would be optimized too late. */
const BEHIND = 5;
const NICEST = 19;

/** The thread that asks goes behind harts. */
export function goBehindHarts(): void {
  lower(0);
}

/** Threads of the process but the one that asks: V8's own, if there is no other yet. */
export function otherThreads(): number[] {
  if (process.platform !== 'linux') return [];
  try {
    const threads = readdirSync('/proc/self/task').map(Number);
    // Where /proc numbers them in another way than the system calls, a number may be somebody else's.
    return threads.includes(process.pid) ? threads.filter((thread) => thread !== process.pid) : [];
  } catch {
    return [];
  }
}

/** These threads go behind harts. */
export function putBehindHarts(threads: readonly number[]): void {
  for (const thread of threads) lower(thread);
}

/** @param thread 0 is the one that asks */
function lower(thread: number): void {
  if (process.platform !== 'linux') return;
  try {
    const { getPriority, setPriority } = process.getBuiltinModule('node:os');
    setPriority(thread, Math.min(getPriority(thread) + BEHIND, NICEST));
  } catch {
    // It has ended, or nobody may.
  }
}
