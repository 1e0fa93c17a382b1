// Node.js: harts in worker_threads. This module is both sides: imported it starts workers, as a worker's script it
// serves one hart.
import { availableParallelism } from 'node:os';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { type MachineWorker, type Platform, serveHart } from '../../vmm/index.js';
import { webPlatform } from '../browser/platform.js';
import { openJitStore } from './jit-store.js';
import { openSnapshotFile } from './snapshot-file.js';

const ROLE = 'hypercraft-hart';

/** The platform of Node.js: harts in worker threads. */
export function nodePlatform(): Platform {
  const web = webPlatform();
  // Run from its TypeScript sources (by a test runner) this module is no script that Node could start.
  const runnable = import.meta.url.endsWith('.js');
  return {
    ...web,
    openFile: openSnapshotFile,
    cores: runnable ? availableParallelism() : 1,
    spawnWorker: runnable ? spawn : undefined,
  };
}

function spawn(): MachineWorker {
  const worker = new Worker(new URL(import.meta.url), { workerData: ROLE, stdin: false });
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

if (workerData === ROLE && parentPort !== null) {
  const port = parentPort;
  serveHart(
    { post: (message) => port.postMessage(message), onMessage: (listener) => port.on('message', listener) },
    { ...webPlatform(), openFile: openSnapshotFile, openJitStore },
  );
}
