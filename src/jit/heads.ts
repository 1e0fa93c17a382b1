// Where regions of a page begin, in whatever realm, and where some will that are on their way to a hart: a region for which not all that it could reach has room leaves
// that to them (selection.ts).

import * as S from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';

/** Regions made last that are remembered; most are installed before long. */
const MOST_MADE = 64;
const HALVES = 2048;
const NONE = new Uint8Array(HALVES);
/** None begins anywhere. */
export const noHeads = () => NONE;

/** Addresses of what realms have decoded a host page into, by its number. */
export function* decodedAnywhere({ u32 }: Engine, page: number): Generator<number, void> {
  for (let area = L.REALM_AREA; area < L.REALM_AREA + L.MAX_REALMS * L.REALM_STRIDE; area += L.REALM_STRIDE) {
    const base = u32[(area + L.REALM_DECODED + page * 4) >>> 2]!;
    if (base !== 0) yield base;
  }
}

export class Heads {
  readonly #engine: Engine;
  readonly #u16: Uint16Array;
  readonly #found = new Uint8Array(HALVES);
  readonly #made: number[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#u16 = new Uint16Array(engine.memory.buffer);
  }

  /** By halfword of a host page, whether a region begins there: true until this is called again. */
  of(page: number): Uint8Array {
    const found = this.#found.fill(0);
    for (const base of decodedAnywhere(this.#engine, page)) {
      for (let half = 0; half < HALVES; half++) {
        if (this.#u16[(base + half * L.SLOT_BYTES) >>> 1] === S.S_JIT) found[half] = 1;
      }
    }
    for (const hpa of this.#made) if (hpa >>> 12 === page) found[(hpa & 0xfff) >> 1] = 1;
    return found;
  }

  /** Notes a region that was made. */
  add(hpa: number): void {
    this.#made.push(hpa);
    if (this.#made.length > MOST_MADE) this.#made.shift();
  }
}
