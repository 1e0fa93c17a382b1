// What a worker thread of Node.js does: it serves one hart, or translates for the harts of a host. Apart from worker.ts, which
// starts such threads, because all that it imports is loaded again in each of them.
import { parentPort, workerData } from 'node:worker_threads';
import { serveHart } from '../../vmm/hart/serve.js';
import { webPlatform } from '../browser/platform.js';
import { entropySource } from './entropy.js';
import { openJitStore } from './jit-store.js';
import { goBehindHarts } from './priority.js';
import { openSnapshotFile } from './snapshot-file.js';
import type { ThreadData } from './start-thread.js';

let first: (() => void) | undefined;

/** Has something done before a guest runs for the first time. */
export function beforeFirstRun(action: () => void): void {
  first = action;
}

function beforeRun(): void {
  first?.();
  first = undefined;
}

const port = parentPort!;
const { memory } = (workerData ?? {}) as ThreadData;
serveHart(
  { post: (message) => port.postMessage(message), onMessage: (listener) => port.on('message', listener) },
  {
    ...webPlatform(),
    memory,
    entropy: entropySource(),
    openFile: openSnapshotFile,
    openJitStore,
    beforeRun,
    beforeTranslating: goBehindHarts,
  },
);
