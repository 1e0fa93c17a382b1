// The runtime as the web platform gives it: performance, timers, message channels, workers. Node.js has the first three
// as well, so this is also what the library uses there until it is given something better.
import type { MachineWorker, Platform } from '../../vmm/index.js';

// Looked up once: the clock is read hundreds of thousands of times a second.
const { performance: timer } = globalThis;
const { timeOrigin } = timer;

/** Milliseconds since 1970 by a clock that never goes back, alike in all workers of the page. */
const clock = { now: (): number => timeOrigin + timer.now() };

/** Random words, drawn by the hundred: a call of the system's source takes longer than a poll of the hart's. */
function entropySource(): () => number {
  const words = new Uint16Array(128);
  let left = 0;
  return () => {
    if (left === 0) {
      crypto.getRandomValues(words);
      left = words.length;
    }
    return words[--left]!;
  };
}

const entropy = entropySource();

/** The longest `setTimeout` can wait. */
const LONGEST_TIMEOUT = 0x7fff_ffff;

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || milliseconds <= 0) return resolve();
    const timer = setTimeout(done, Math.min(milliseconds, LONGEST_TIMEOUT));
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** A turn of the event loop without the 4 ms that nested timers are clamped to. */
function nextTurn(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: (callback: () => void) => void }).setImmediate;
  return new Promise((resolve) => {
    if (immediate !== undefined) {
      immediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Options of {@link webPlatform}. */
export interface WebPlatformOptions {
  /** Where `hypercraft/worker` lies, to run machines in workers; the page must be cross-origin isolated. */
  readonly workerUrl?: string | URL;
}

/** The platform of a page, a worker, or any runtime with the web's timers. */
export function webPlatform(options: WebPlatformOptions = {}): Platform {
  const { workerUrl } = options;
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === true;
  const threads = workerUrl !== undefined && isolated && typeof Worker !== 'undefined';
  const cores = threads ? Math.max(1, navigator.hardwareConcurrency ?? 1) : 1;
  return { clock, entropy, yield: nextTurn, sleep, cores, spawnWorker: threads ? () => spawn(workerUrl) : undefined };
}

function spawn(url: string | URL): MachineWorker {
  const worker = new Worker(url, { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.onmessage = (event) => listener(event.data);
    },
    onError: (listener) => {
      worker.onerror = (event) => listener(event.error ?? event.message);
    },
    terminate: async () => worker.terminate(),
  };
}
