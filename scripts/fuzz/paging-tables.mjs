// Random page tables: paths from a root to a leaf, most of them as they should be and some with one thing wrong. Tables and what
// they map lie in the pool of paging-program.mjs; the tables of a guest are themselves mapped by its second stage.
import { DATA, DATA_PAGES, POOL, TABLE_PAGES } from './paging-program.mjs';

const V = 1n;
const R = 2n;
const W = 4n;
const X = 8n;
const U = 16n;
const G = 32n;
const A = 64n;
const D = 128n;
const N = 1n << 63n;
const PAGE = 4096n;

/** Levels of a mode, as satp and hgatp write it. */
export const LEVELS = { 0: 0, 8: 3, 9: 4, 10: 5 };

/** Physical addresses where there is nothing. */
const NOWHERE = [0x8300_0000n, 1n << 40n, (1n << 56n) - (1n << 21n)];
const RIGHTS = [R, R | W, R | X, X, R | W | X, R | W | X, R | W | X, R | W];

/** What may be wrong with an entry: the entry as it should be to what it becomes; `level` counts from the leaf's end. */
const FAULTS = [
  (pte) => pte & ~V,
  (pte) => 0n & pte,
  (pte) => (pte & ~(R | X)) | W,
  (pte) => (pte & ~R) | W | X,
  (pte) => pte ^ U,
  (pte) => pte ^ A,
  (pte) => pte ^ D,
  (pte) => pte ^ G,
  (pte, random) => pte ^ (1n << BigInt(54 + random.below(7))),
  (pte, random, types) => (pte & ~(3n << 61n)) | (random.pick(types) << 61n),
  (pte) => pte ^ N,
  (pte, random) => pte ^ (1n << BigInt(10 + random.below(8))),
  (pte, random) => (pte & ~(((1n << 44n) - 1n) << 10n)) | ((random.pick(NOWHERE) >> 12n) << 10n),
  (pte) => pte & ~(R | W | X),
  (pte, random) => pte | random.pick([R, X, R | W | X]),
];

export class Tables {
  /** What is in memory: values by address. */
  pokes = new Map();
  /** Whose an entry is, by address: { stage }, and of a leaf the address it maps and how many bits of that are its own. */
  entries = new Map();
  #random;
  #free;
  #faults;
  #types;
  #shadow;
  #second;
  #first = new Map();

  /** `faults`: the probability that an entry has something wrong. `hgatp` is a mode. `types`: memory types that may be wrong. `shadow`: there are shadow stacks. */
  constructor(random, { faults, hgatp, types, shadow = false }) {
    this.#shadow = shadow;
    this.#random = random;
    this.#faults = faults;
    this.#types = types;
    this.#free = Array.from({ length: TABLE_PAGES - 4 }, (_, i) => POOL + BigInt(i + 4) * PAGE);
    this.#second = { name: 'second', levels: LEVELS[hgatp], root: POOL, wide: 2n };
  }

  /** The root of the second stage: the pool's first four pages. */
  get secondRoot() {
    return this.#second.root;
  }

  /** The mode of a stage, by name. */
  modeOf(name) {
    const stage = name === 'second' ? this.#second : this.#first.get(name);
    return stage.levels === 0 ? 0 : stage.levels + 5;
  }

  /** A first stage of a mode, in a guest or not; the address its root register has. Undefined if there is no room. */
  addFirst(name, mode, guest) {
    const root = this.#take();
    if (root === undefined) return undefined;
    const stage = { name, levels: LEVELS[mode], root, wide: 0n, guest };
    this.#first.set(name, stage);
    return guest ? this.mapGuestPhysical(root) : root;
  }

  /** A guest-physical address that the second stage maps to `target`, itself where that stage is off. */
  mapGuestPhysical(target) {
    if (this.#second.levels === 0) return target;
    for (let tries = 0; tries < 12; tries++) {
      const gpa = this.#walk(this.#second, target, undefined, (page) => page, this.#leafOfSecond());
      if (gpa !== undefined) return gpa;
    }
    return undefined;
  }

  /** A virtual address that a first stage maps to `target`, or `va` itself if it can be had. `user`: who is to reach it. */
  mapVirtual(name, target, { va, user } = {}) {
    const stage = this.#first.get(name);
    if (stage.levels === 0) return stage.guest ? this.mapGuestPhysical(target) : target;
    const inGuest = (page) => (stage.guest ? this.mapGuestPhysical(page) : page);
    for (let tries = 0; tries < 12; tries++) {
      const address = inGuest(target);
      if (address === undefined) return undefined;
      const found = this.#walk(stage, address, va, inGuest, this.#leafOfFirst(user));
      if (found !== undefined) {
        const bits = 12 + 9 * stage.levels;
        return BigInt.asUintN(64, BigInt.asIntN(bits, found));
      }
    }
    return undefined;
  }

  #take() {
    if (this.#free.length === 0) return undefined;
    return this.#free.splice(this.#random.below(this.#free.length), 1)[0];
  }

  #leafOfSecond() {
    return V | U | this.#dirt() | (this.#random.chance(0.7) ? R | W | X : this.#random.pick(RIGHTS));
  }

  #leafOfFirst(user) {
    return V | this.#dirt() | (user ? U : 0n) | this.#rights() | (this.#random.chance(0.1) ? G : 0n);
  }

  /** W alone makes a page of a shadow stack. */
  #rights() {
    return this.#shadow && this.#random.chance(0.4) ? W : this.#random.pick(RIGHTS);
  }

  #dirt() {
    const random = this.#random;
    return (random.chance(0.75) ? A : 0n) | (random.chance(0.6) ? D : 0n) | (BigInt(random.below(4)) << 8n);
  }

  /** Puts an entry, which may be a wrong one. */
  #put(at, pte, entry) {
    const random = this.#random;
    this.entries.set(at, entry);
    this.pokes.set(
      at,
      random.chance(this.#faults) ? BigInt.asUintN(64, random.pick(FAULTS)(pte, random, this.#types)) : pte,
    );
  }

  /**
   * One path: to `target`, for `va` if that is given. `inGuest` says how a table's page is named in an entry; its physical page is
   * remembered with the entry. Undefined if the path would meet another one's leaf.
   */
  #walk(stage, target, va, inGuest, leaf) {
    const random = this.#random;
    const size = this.#leafSize(stage, target, va);
    const low = (1n << BigInt(size.bits)) - 1n;
    let address = va;
    if (address === undefined) {
      address = target & low;
      for (let i = size.level; i < stage.levels; i++) {
        const bits = i === stage.levels - 1 ? 9n + stage.wide : 9n;
        const index = random.pick([0n, 1n, 2n, (1n << bits) - 1n, BigInt(random.below(1 << Number(bits)))]);
        address |= (index << BigInt(12 + 9 * i)) & ~low;
      }
    }
    let table = stage.root;
    stage.links ??= new Map();
    for (let i = stage.levels - 1; i > size.level; i--) {
      const at = table + this.#index(stage, address, i) * 8n;
      if (this.pokes.has(at)) {
        table = stage.links.get(at);
        if (table === undefined) return undefined;
        continue;
      }
      const page = this.#take();
      if (page === undefined) return undefined;
      const named = inGuest(page);
      if (named === undefined) return undefined;
      this.#put(at, ((named >> 12n) << 10n) | V | (random.chance(0.05) ? G : 0n), { stage: stage.name });
      stage.links.set(at, page);
      table = page;
    }
    const at = table + this.#index(stage, address, size.level) * 8n;
    if (this.pokes.has(at)) return undefined;
    const page = size.napot ? ((target >> 16n) << 4n) | 8n : ((target & ~low) >> 12n) & ((1n << 44n) - 1n);
    const type = random.chance(0.1) ? BigInt(random.below(3)) << 61n : 0n;
    this.#put(at, (page << 10n) | leaf | type | (size.napot ? N : 0n), {
      stage: stage.name,
      address,
      bits: size.napot ? 12 : size.bits,
    });
    return address;
  }

  #index(stage, address, level) {
    const bits = level === stage.levels - 1 ? 9n + stage.wide : 9n;
    return (address >> BigInt(12 + 9 * level)) & ((1n << bits) - 1n);
  }

  /** How large a leaf is: a page, 64 KiB, or a superpage; only as large as `va` and `target` agree in their low bits. */
  #leafSize(stage, target, va) {
    const random = this.#random;
    const dice = random.below(10);
    const napot = dice === 0;
    const level = napot || dice < 6 ? 0 : Math.min(stage.levels - 1, random.pick([1, 1, 1, 2, 3, 4]));
    const size = { level, napot, bits: napot ? 16 : 12 + 9 * level };
    const differs = va === undefined ? 0n : (va ^ target) & ((1n << BigInt(size.bits)) - 1n);
    return differs === 0n ? size : { level: 0, napot: false, bits: 12 };
  }
}

/** A page with data, which may be that of the routines. */
export function dataPage(random) {
  return DATA + BigInt(random.below(DATA_PAGES - 1)) * PAGE;
}

/** An entry in words. */
export function entryWords(pte) {
  const letters = [...'VRWXUGAD'].map((letter, i) => ((pte >> BigInt(i)) & 1n ? letter : '-')).join('');
  const extra = [
    pte >> 63n ? 'N' : '',
    (pte >> 61n) & 3n ? `pbmt=${(pte >> 61n) & 3n}` : '',
    (pte >> 54n) & 0x7fn ? `reserved=${((pte >> 54n) & 0x7fn).toString(16)}` : '',
  ].filter((word) => word !== '');
  return [`0x${(((pte >> 10n) & ((1n << 44n) - 1n)) << 12n).toString(16)}`, letters, ...extra].join(' ');
}
