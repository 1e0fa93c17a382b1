// Node.js: harts in worker_threads, which run thread.ts.
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import type { MachineWorker, Platform } from '../../vmm/index.js';
import { webPlatform } from '../browser/platform.js';
import { entropySource } from './entropy.js';
import { openJitStore } from './jit-store.js';
import { putBehindHarts } from './priority.js';
import { openSnapshotFile } from './snapshot-file.js';
import { startThread, type ThreadData } from './start-thread.js';

/** What the program has begun before this module was loaded. */
export interface Begun extends ThreadData {
  /** The engine's module. */
  readonly engine: Promise<WebAssembly.Module> | undefined;
  /** A thread that nobody uses yet, and knows `memory`. */
  readonly thread: Worker | undefined;
  /** Whether this thread has so little to do that it may translate for harts. */
  readonly translatesHere?: boolean;
  /** The threads on which V8 compiles, as far as they are known. */
  readonly compilers?: readonly number[];
  /** Keeps what V8 has compiled of the program by now, if that is not kept yet. */
  readonly keep?: () => void;
}

let begun: Begun = { engine: undefined, thread: undefined };
/** The memory that the thread knows. */
let known: WebAssembly.Memory | undefined;

/** The next thread that is asked for is the one there is, and the engine that which is being compiled. */
export function takeOver(what: Begun): void {
  begun = what;
  known = what.memory;
}

/** Keeps what V8 has compiled of the program by now. */
export function keepCode(): void {
  begun.keep?.();
}

/** V8's own threads give way to harts. */
export function putCompilersBehindHarts(): void {
  putBehindHarts(begun.compilers ?? []);
}

/** The memory that the thread knows is the next host's. */
function takeMemory(): WebAssembly.Memory | undefined {
  const { memory } = begun;
  begun = { ...begun, memory: undefined };
  return memory;
}

/** The platform of Node.js: harts in worker threads. */
export function nodePlatform(): Platform {
  const web = webPlatform();
  // Run from its TypeScript sources (by a test runner) this module is no script that Node could start.
  const runnable = !import.meta.url.endsWith('.ts');
  return {
    ...web,
    engine: begun.engine,
    takeMemory,
    entropy: entropySource(),
    openFile: openSnapshotFile,
    openJitStore,
    translatesHere: begun.translatesHere,
    cores: runnable ? availableParallelism() : 1,
    spawnWorker: runnable ? spawn : undefined,
  };
}

function spawn(): MachineWorker {
  const { thread, codeDirectory } = begun;
  const worker = thread ?? startThread({ codeDirectory });
  const memory = thread && known;
  begun = { ...begun, thread: undefined };
  let terminated = false;
  return {
    memory,
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
