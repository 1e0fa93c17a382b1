// Accesses of a block through one base register that lie close together: the TLB is looked at once for all of them.
//
// The first one looks up the span they all lie in. What the lookup gave stays in a local, 0 if the span crosses a page or is not in the TLB; then
// each access looks for itself. A pair of a structure's fields, the registers that a function saves, an unrolled copy.

import { Effects } from './effects.js';
import { lengthOf, type Slots } from './endings.js';
import { accessOf } from './operands.js';
import type { Region } from './region.js';

/** Locals for groups that are in use at a time. */
export const MOST_GROUPS = 8;
/** Bytes that a group spans at most: the longer, the more often a page ends in it. */
const MOST_BYTES = 256;
/** Accesses of a group at least. */
const FEWEST = 2;
/** So many loads, or stores, are a group without the others: in long blocks those keep a page of their own. */
const MANY = 4;
/** Instructions looked at for others of a group. */
const REACH = 64;

/** A group of accesses through one register. */
export interface Group {
  readonly register: number;
  /** Are there stores among them? Then the lookup is that of a store, which may be loaded from as well. */
  readonly stores: boolean;
  /** Offsets from the register: of the first byte, and behind the last one. */
  readonly from: number;
  readonly to: number;
  /** The local, counted from the first one for groups. */
  readonly local: number;
}

/** The accesses found for a group. */
class Span {
  from = 0;
  to = 0;
  count = 0;
  stores = false;

  begin(): this {
    this.count = 0;
    this.stores = false;
    return this;
  }

  /** Takes one in, if all still lie close together. */
  add(imm: number, bytes: number, stores: boolean): void {
    const from = this.count === 0 ? imm : Math.min(this.from, imm);
    const to = this.count === 0 ? imm + bytes : Math.max(this.to, imm + bytes);
    if (to - from > MOST_BYTES) return;
    this.from = from;
    this.to = to;
    this.count++;
    this.stores ||= stores;
  }
}

const NONE: readonly Group[] = [];

export class Groups {
  readonly #alike = new Span();
  readonly #all = new Span();
  /** Those begun, in use while their register is {@link alive}. Replaced, never changed, so that it can be kept and set back. */
  active: readonly Group[] = NONE;
  /** The registers that still have the value that their group began with. */
  alive = 0;
  #next = 0;
  readonly #effects = new Effects();

  /** The group in use that an access belongs to: what may be stored to may be loaded from, but not the other way round. */
  of(register: number, stores: boolean, imm: number, bytes: number): Group | undefined {
    if ((this.alive & (1 << register)) === 0) return undefined;
    for (const group of this.active) {
      if (group.register !== register || (stores && !group.stores)) continue;
      return imm >= group.from && imm + bytes <= group.to ? group : undefined;
    }
    return undefined;
  }

  /** Begins a group with the access at `offset` of a block that ends at `end`; undefined if there are too few for one. */
  begin(slots: Slots, region: Region, offset: number, end: number): Group | undefined {
    const alike = this.#alike.begin();
    const all = this.#all.begin();
    let register = -1;
    let first = false;
    for (let n = 0; offset < end && n < REACH; n++) {
      const slot = region.slot(offset);
      const head = slots.i32[slot >>> 2]!;
      const imm = slots.i32[(slot + 4) >>> 2]!;
      const op = head & 0xffff;
      const b = head >>> 24;
      const access = accessOf(op);
      const stores = access > 15;
      if (n === 0) {
        register = b;
        first = stores;
      }
      if (access !== 0 && b === register) {
        all.add(imm, access & 15, stores);
        if (stores === first) alike.add(imm, access & 15, stores);
      }
      this.#effects.of(op, (head >>> 16) & 0xff, b, imm);
      if (register > 0 && (this.#effects.writes & (1 << register)) !== 0) break;
      offset += lengthOf(op);
    }
    if (all.count < FEWEST || register === 0) return undefined;
    const { stores, from, to } = alike.count >= MANY ? alike : all;
    const group = { register, stores, from, to, local: this.#next };
    this.#next = (this.#next + 1) % MOST_GROUPS;
    this.active = [...this.active.filter((each) => each.local !== group.local && each.register !== register), group];
    this.alive |= 1 << register;
    return group;
  }

  /** The register has another value. */
  drop(register: number): void {
    this.alive &= ~(1 << register);
  }

  clear(): void {
    this.active = NONE;
    this.alive = 0;
  }
}
