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
  /** By host page. */
  readonly #pages = new Map<number, Set<Delivery>>();
  readonly #sent = new Set<number>();
  #bytes = 0;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  add(delivery: Delivery): void {
    this.#all.push(delivery);
    this.#bytes += delivery.module.length;
    for (const entry of delivery.entries) {
      this.#places.set(entry.hpa, { delivery, entry });
      const page = pageOf(entry);
      const known = this.#pages.get(page);
      if (known === undefined) this.#pages.set(page, new Set([delivery]));
      else known.add(delivery);
    }
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

  /** Modules with other regions of the page of `hpa` that have not been sent to port number `port`. */
  beside(hpa: number, port: number): Delivery[] {
    const page = hpa >>> 12;
    return [...(this.#pages.get(page) ?? [])].filter(({ entries }) => {
      return entries.some((entry) => pageOf(entry) === page && !this.has(entry.hpa, port));
    });
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
    for (const entry of delivery.entries) {
      if (this.#places.get(entry.hpa)?.delivery === delivery) this.#places.delete(entry.hpa);
      const page = pageOf(entry);
      const known = this.#pages.get(page);
      known?.delete(delivery);
      if (known?.size === 0) this.#pages.delete(page);
    }
  }
}

function pageOf({ hpa }: Entry): number {
  return hpa >>> 12;
}
