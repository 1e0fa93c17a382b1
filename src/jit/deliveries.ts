// What the translator's thread has delivered: a hart of another realm that comes to the same code gets the same module, which the runtime has
// compiled already, and so does one that has dropped a region whose code did not change.

import { type Delivery, decode, encode } from './port.js';
import type { Features } from './translator.js';

/** Bytes of modules remembered where several realms may ask for them, and where only one does. */
const MAX_BYTES = 4 << 20;
const ALONE_BYTES = 1 << 19;
/** Marks kept of who has been sent what. */
const MOST_SENT = 1 << 14;
/** More than there are ports. */
const PORTS = 32;

/** The page on a translator's desk. */
interface DeskPage {
  has(covered: Uint16Array, source: Uint8Array): boolean;
}

/** A module as a port takes it, and where the regions that it has begin. */
export interface Posted {
  readonly message: Uint8Array<ArrayBuffer>;
  readonly hpas: readonly number[];
}

export class Deliveries {
  readonly #limit: number;
  readonly #all: Posted[] = [];
  /** By host address. */
  readonly #places = new Map<number, Posted>();
  /** By host page. */
  readonly #pages = new Map<number, Set<Posted>>();
  readonly #sent = new Set<number>();
  #bytes = 0;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  /** @param alone whether there is but one realm */
  add(delivery: Delivery, alone = false): Posted {
    const posted = { message: encode(delivery), hpas: delivery.entries.map(({ hpa }) => hpa) };
    this.#all.push(posted);
    this.#bytes += posted.message.length;
    for (const hpa of posted.hpas) {
      this.#places.set(hpa, posted);
      const known = this.#pages.get(hpa >>> 12);
      if (known === undefined) this.#pages.set(hpa >>> 12, new Set([posted]));
      else known.add(posted);
    }
    const limit = alone ? Math.min(ALONE_BYTES, this.#limit) : this.#limit;
    while (this.#bytes > limit && this.#all.length > 1) this.#forget(this.#all.shift()!);
    return posted;
  }

  /** The module that has the block at `hpa`, if the page there still holds what it was made from. */
  find(hpa: number, features: Features, page: DeskPage): Posted | undefined {
    const posted = this.#places.get(hpa);
    if (posted === undefined) return undefined;
    const entry = decode(posted.message).entries.find((each) => each.hpa === hpa)!;
    if (entry.features[0] !== features[0] || entry.features[1] !== features[1]) return undefined;
    return page.has(entry.covered, entry.source) ? posted : undefined;
  }

  /** Modules with other regions of the page of `hpa` that have not been sent to port number `port`. */
  beside(hpa: number, port: number): Posted[] {
    const page = hpa >>> 12;
    return [...(this.#pages.get(page) ?? [])].filter(({ hpas }) => {
      return hpas.some((other) => other >>> 12 === page && !this.has(other, port));
    });
  }

  /** Notes that the regions are on their way to port number `port`. */
  sent({ hpas }: Posted, port: number): void {
    if (this.#sent.size >= MOST_SENT) this.#sent.clear();
    for (const hpa of hpas) this.#sent.add(hpa * PORTS + port);
  }

  /** Is a region on its way there? Asked for again it may be; asked for once more, it is not. */
  onItsWay(hpa: number, port: number): boolean {
    return this.#sent.delete(hpa * PORTS + port);
  }

  has(hpa: number, port: number): boolean {
    return this.#sent.has(hpa * PORTS + port);
  }

  #forget(posted: Posted): void {
    this.#bytes -= posted.message.length;
    for (const hpa of posted.hpas) {
      if (this.#places.get(hpa) === posted) this.#places.delete(hpa);
      const page = hpa >>> 12;
      const known = this.#pages.get(page);
      known?.delete(posted);
      if (known?.size === 0) this.#pages.delete(page);
    }
  }
}
