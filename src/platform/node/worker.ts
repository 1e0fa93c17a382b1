// Node.js: harts in worker_threads, which run thread.ts.
import { availableParallelism } from 'node:os';
import type { MachineWorker, Platform } from '../../vmm/index.js';
import { webPlatform } from '../browser/platform.js';
import { entropySource } from './entropy.js';
import { openSnapshotFile } from './snapshot-file.js';

/** thread.ts as the build bundles it. */
const SCRIPT = new URL('./thread.cjs', import.meta.url);

/** The platform of Node.js: harts in worker threads. */
export function nodePlatform(): Platform {
  const web = webPlatform();
  // Run from its TypeScript sources (by a test runner) this module is no script that Node could start.
  const runnable = !import.meta.url.endsWith('.ts');
  return {
    ...web,
    entropy: entropySource(),
    openFile: openSnapshotFile,
    cores: runnable ? availableParallelism() : 1,
    spawnWorker: runnable ? spawn : undefined,
  };
}

function spawn(): MachineWorker {
  // A guest that goes on from a snapshot needs no thread, and is there sooner if none can be made.
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const worker = new Worker(SCRIPT, { stdin: false });
  let terminated = false;
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', listener),
    onError: (listener) => {
      worker.on('error', listener);
      worker.on('exit', (code) => {
        if (!terminated) listener(new Error(`the hart's worker ended by itself with code ${code}`));
      });
    },
    terminate: async () => {
      terminated = true;
      await worker.terminate();
    },
  };
}
