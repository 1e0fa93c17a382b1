// Reads an archive that arrives in pieces: exact amounts, skipped amounts, and bodies passed on as streams.

import type { ByteSource } from '../decompress.js';

export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: ByteSource) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next `count` bytes, or fewer where the source ends before. */
  async read(count: number): Promise<Uint8Array> {
    if (this.#piece.length >= count) {
      const all = this.#piece.subarray(0, count);
      this.#piece = this.#piece.subarray(count);
      return all;
    }
    const parts: Uint8Array[] = [];
    let have = 0;
    for await (const part of this.take(count)) {
      parts.push(part);
      have += part.length;
    }
    const all = new Uint8Array(have);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** Passes over `count` bytes; returns how many there were. */
  async skip(count: number): Promise<number> {
    let skipped = 0;
    for await (const part of this.take(count)) skipped += part.length;
    return skipped;
  }

  /** The next `count` bytes as they come; ends early where the source does. */
  async *take(count: number): AsyncGenerator<Uint8Array, void, void> {
    let left = count;
    while (left > 0) {
      if (this.#piece.length === 0 && !(await this.#fill())) return;
      const part = this.#piece.subarray(0, left);
      this.#piece = this.#piece.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Gives the source up. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
    this.#ended = true;
  }

  async #fill(): Promise<boolean> {
    while (!this.#ended) {
      const step = await this.#iterator.next();
      if (step.done) this.#ended = true;
      else if (step.value.length > 0) {
        this.#piece = step.value;
        return true;
      }
    }
    return false;
  }
}
