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

export function startThread(workerData: ThreadData): Worker {
  // A guest that goes on from a snapshot needs no thread, and is there sooner if none can be made.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  return new Worker(SCRIPT, { stdin: false, workerData } satisfies WorkerOptions);
}
