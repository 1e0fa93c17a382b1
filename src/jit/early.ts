// A hart's own translations, for as long as the translator's thread is not there: what earlier runs have kept is taken at the first meeting, the
// rest is translated when it is as hot as the thread would want it; and what the hart has had by itself it tells the thread of later, to be kept.

import type { Archive } from './archive.js';
import type { Port, Request } from './port.js';
import type { Features, Translation, Translator } from './translator.js';

/** A block is translated when it was queued so often before, which it is at its first, second, fourth and eighth meeting ... */
const PATIENCE = 3;
/** ... and taken when it was so often, if it is kept. */
const KEPT_PATIENCE = 1;
/** Blocks whose meetings are counted, and whose regions are told of. */
const MOST = 1 << 12;

export class EarlyTranslations {
  readonly #archive: Archive;
  /** How often a block has been queued: at its first, second, fourth... meeting. */
  readonly #queued = new Map<number, number>();
  readonly #untold: Request[] = [];

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** Counts a meeting with the block at `hpa`; whether it is hot enough to be translated, or at least to be looked for. */
  meet(hpa: number): { readonly due: boolean; readonly dueIfKept: boolean } {
    if (this.#queued.size >= MOST) this.#queued.clear();
    const times = this.#queued.get(hpa) ?? 0;
    this.#queued.set(hpa, times + 1);
    return { due: times >= PATIENCE, dueIfKept: times >= KEPT_PATIENCE };
  }

  /** The translation of an earlier run of the block at `hpa`, whose page is on the translator's desk. */
  find(translator: Translator, hpa: number, features: Features): Translation | undefined {
    return this.#archive.find(translator, hpa & 0xffe, features);
  }

  /** Notes a region that was installed. */
  note(request: Request): void {
    if (this.#untold.length < MOST) this.#untold.push(request);
  }

  /** Tells the translator of them, as many as its port takes; whether there were any. */
  tell(port: Port): boolean {
    const all = this.#untold.length;
    while (this.#untold.length > 0 && port.ask(this.#untold.at(-1)!, true)) this.#untold.pop();
    return this.#untold.length < all;
  }
}
