// The thread that translates for a host's harts, there while any of them has a thread of its own. It begins when a hart has had to translate
// some regions, and a little after the first guest runs: one that is small or over at once, or whose code is kept from earlier runs, should not pay for it.
// Until then, and without it, harts translate for themselves.
import { HOST_CONTROL, HOST_JIT_SERVED } from '../../engine/hart/layout.js';
import type { HostMachine } from '../../host/index.js';
import { ENDING, ringTranslator } from '../../jit/link.js';
import type { FromTranslator, ToWorker } from '../hart/messages.js';
import type { MachineWorker, Platform } from './platform.js';
import { translatorHere } from './translator-here.js';

/** Milliseconds from the first guest's start to that of the thread. */
const DELAY = 15;

export class TranslatorThread {
  readonly #host: HostMachine;
  readonly #words: Int32Array;
  #users = 0;
  #worker: MachineWorker | undefined;
  /** Whether a hart has translated enough. */
  #wanted = false;
  #late = false;
  #starting: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(host: HostMachine) {
    this.#host = host;
    this.#words = new Int32Array(host.engine.memory.buffer, HOST_CONTROL, 64);
  }

  /** A hart's thread begins. */
  retain(): void {
    this.#users++;
  }

  /** A guest runs on it. */
  begin(platform: Platform): void {
    if (this.#starting !== undefined || this.#users === 0 || this.#host.share().jit !== 'on') return;
    const starting = new AbortController();
    this.#starting = starting;
    void Promise.all([platform.sleep(DELAY, starting.signal), this.#ended]).then(() => {
      if (starting.signal.aborted) return;
      this.#late = true;
      if (this.#wanted) this.#start(platform);
    });
  }

  /** A hart would have asked it. */
  want(platform: Platform): void {
    const first = !this.#wanted;
    this.#wanted = true;
    if (first && this.#late) this.#start(platform);
  }

  /** A hart's thread is no more; resolves when the last of them leaves no translator behind. */
  release(): Promise<void> {
    if (--this.#users > 0) return Promise.resolve();
    this.#starting?.abort();
    this.#starting = undefined;
    this.#wanted = false;
    this.#late = false;
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker !== undefined) this.#ended = this.#end(worker);
    return this.#ended;
  }

  /** Resolves when what it has translated is kept for the next run; harts translate for themselves from here on. */
  async settle(): Promise<void> {
    this.#starting?.abort();
    if (this.#worker !== undefined) await this.#retire(this.#worker);
  }

  #start(platform: Platform): void {
    const worker = platform.translatesHere ? translatorHere(platform) : platform.spawnWorker?.();
    if (worker === undefined) return;
    this.#worker = worker;
    // Harts go on without it.
    worker.onError(() => this.#unserve());
    worker.post({ kind: 'translator', share: this.#host.share(), cache: this.#host.jitCache } satisfies ToWorker);
  }

  async #end(worker: MachineWorker): Promise<void> {
    await this.#retire(worker);
    await worker.terminate();
    this.#unserve();
  }

  /** It serves no more, and has kept what it has. */
  async #retire(worker: MachineWorker): Promise<void> {
    const served = Atomics.load(this.#words, HOST_JIT_SERVED >> 2);
    if (served !== 0) {
      const ended = new Promise<void>((resolve) => {
        worker.onMessage((message) => {
          if ((message as FromTranslator).kind === 'translator-ended') resolve();
        });
        worker.onError(() => resolve());
      });
      Atomics.store(this.#words, HOST_JIT_SERVED >> 2, ENDING);
      ringTranslator(this.#words);
      await ended;
    }
  }

  #unserve(): void {
    Atomics.store(this.#words, HOST_JIT_SERVED >> 2, 0);
  }
}
