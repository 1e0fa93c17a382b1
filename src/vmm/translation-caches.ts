// Everyone who caches translations of a nested page table, and the order of a shoot-down: first nobody uses a mapping any more, then
// what it led to is let go (Priv. ISA, Hypervisor, "Memory-Management Fence Instructions").
import type { Flush } from './nested-pte.js';

/** The caches of one table. */
export class TranslationCaches {
  readonly #flushes: Flush[] = [];
  #settled: Promise<void> | undefined;

  attach(flush: Flush): void {
    this.#flushes.push(flush);
  }

  /** Drops what they hold, then calls `release`: at once, unless harts run in other threads. Whether it was at once. */
  flush(release: () => void): boolean {
    const waits = this.#drop();
    if (waits.length === 0) release();
    else void Promise.all(waits).then(release);
    return waits.length === 0;
  }

  /** As {@link flush}; {@link settled} waits for it. */
  shootDown(release: () => void): void {
    const waits = this.#drop();
    if (waits.length === 0) {
      release();
      return;
    }
    const settled = Promise.all([this.#settled, ...waits])
      .then(release)
      .finally(() => {
        if (this.#settled === settled) this.#settled = undefined;
      });
    this.#settled = settled;
  }

  /** Resolves when every shoot-down begun before is over. */
  async settled(): Promise<void> {
    await this.#settled;
  }

  #drop(): Promise<void>[] {
    return this.#flushes.map((flush) => flush()).filter((wait) => wait !== undefined);
  }
}
