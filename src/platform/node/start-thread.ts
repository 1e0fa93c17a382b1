// Starts worker threads. A thread takes longer to start than a guest to be put together, so the program begins its first one before all else.
import type { Worker, WorkerOptions } from 'node:worker_threads';

/** What a thread is told when it starts. */
export interface ThreadData {
  /** Where compiled code is kept; nowhere by default. */
  readonly codeDirectory?: string | undefined;
  /** What the memory of the host will be. */
  readonly memory?: WebAssembly.Memory | undefined;
}

/** thread.ts as the build bundles it. */
const SCRIPT = new URL('./thread.cjs', import.meta.url);

/**
 * Megabytes for what has just been made, which is all that a thread makes but for translated code and what is known of it. V8 would take 16 times as much
 * before it collects, and keep it.
 */
const YOUNG_MB = 3;

/**
 * Megabytes for what stays, of which a thread has some ten. From 2048 on V8 makes a copy of its own builtins for the thread, beside its other code.
 */
const OLD_MB = 1024;

export function startThread(workerData: ThreadData): Worker {
  // A guest that goes on from a snapshot needs no thread, and is there sooner if none can be made.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB };
  return new Worker(SCRIPT, { stdin: false, resourceLimits, workerData } satisfies WorkerOptions);
}
