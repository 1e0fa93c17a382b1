// What the translator's thread has delivered: a hart of another realm that comes to the same code gets the same module, which the runtime has
// compiled already, and so does one that has dropped a region whose code did not change.

import type { Entry } from './code-cache.js';
import type { Delivery } from './port.js';
import type { Features } from './translator.js';

/** Bytes of modules remembered. */
const MAX_BYTES = 4 << 20;
/** Marks kept of who has been sent what. */
const MOST_SENT = 1 << 14;
/** More than there are ports. */
const PORTS = 32;

/** The page on a translator's desk. */
interface DeskPage {
  has(covered: Uint16Array, source: Uint8Array): boolean;
}

export class Deliveries {
  readonly #limit: number;
  readonly #all: Delivery[] = [];
  /** By host address. */
  readonly #places = new Map<number, { readonly delivery: Delivery; readonly entry: Entry }>();
  readonly #sent = new Set<number>();
  #bytes = 0;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  add(delivery: Delivery): void {
    this.#all.push(delivery);
    this.#bytes += delivery.module.length;
    for (const entry of delivery.entries) this.#places.set(entry.hpa, { delivery, entry });
    while (this.#bytes > this.#limit && this.#all.length > 1) this.#forget(this.#all.shift()!);
  }

  /** The module that has the block at `hpa`, if the page there still holds what it was made from. */
  find(hpa: number, features: Features, page: DeskPage): Delivery | undefined {
    const found = this.#places.get(hpa);
    if (found === undefined) return undefined;
    const { delivery, entry } = found;
    if (entry.features[0] !== features[0] || entry.features[1] !== features[1]) return undefined;
    return page.has(entry.covered, entry.source) ? delivery : undefined;
  }

  /** Notes that the regions are on their way to port number `port`. */
  sent(entries: readonly Entry[], port: number): void {
    if (this.#sent.size >= MOST_SENT) this.#sent.clear();
    for (const { hpa } of entries) this.#sent.add(hpa * PORTS + port);
  }

  /** Is a region on its way there? Asked for again it may be; asked for once more, it is not. */
  onItsWay(hpa: number, port: number): boolean {
    return this.#sent.delete(hpa * PORTS + port);
  }

  has(hpa: number, port: number): boolean {
    return this.#sent.has(hpa * PORTS + port);
  }

  #forget(delivery: Delivery): void {
    this.#bytes -= delivery.module.length;
    for (const { hpa } of delivery.entries) {
      if (this.#places.get(hpa)?.delivery === delivery) this.#places.delete(hpa);
    }
  }
}
