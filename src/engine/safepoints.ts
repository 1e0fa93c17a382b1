// Waiting for vCPUs that run in other threads to pass a safepoint (hart/safepoint.ts): after it none of them uses a translation that
// has been taken away before. For threads that may sleep, which a page's own may not.
import { HOST_CONTROL, HOST_EPOCH, HOST_WAITERS, IN_ENGINE, SEEN_EPOCH } from './hart/layout.js';

/** Longest sleep between two looks, in milliseconds: whoever is waited for may be gone. */
const LOOK = 5;

export class Safepoints {
  readonly #words: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#words = new Int32Array(memory.buffer);
  }

  /**
   * Returns when each of the vCPUs at `areas` has been out of the engine or at a safepoint since the call.
   * @param abandoned whether to stop waiting, since nothing of the machine will run any more
   */
  pass(areas: readonly number[], abandoned: () => boolean): void {
    const words = this.#words;
    const epoch = (Atomics.add(words, (HOST_CONTROL + HOST_EPOCH) >>> 2, 1) + 1) | 0;
    const waiters = (HOST_CONTROL + HOST_WAITERS) >>> 2;
    for (const area of areas) {
      if (this.#passed(area, epoch)) continue;
      Atomics.add(words, waiters, 1);
      const at = (area + SEEN_EPOCH) >>> 2;
      for (let seen = Atomics.load(words, at); !this.#passed(area, epoch); seen = Atomics.load(words, at)) {
        if (abandoned()) break;
        Atomics.wait(words, at, seen, LOOK);
      }
      Atomics.sub(words, waiters, 1);
    }
  }

  #passed(area: number, epoch: number): boolean {
    if (Atomics.load(this.#words, (area + IN_ENGINE) >>> 2) === 0) return true;
    return ((Atomics.load(this.#words, (area + SEEN_EPOCH) >>> 2) - epoch) | 0) >= 0;
  }
}
