// Work stealing between the harts of a host: a hart that has nothing to do while guests wait for a turn on another one gets one of them; and
// where all are busy, guests change places for each to get its share of the whole host (fairness.ts).
// A guest of several threads has its vCPUs go from one of them to another, each by itself, between two turns. One of one thread moves whole, and
// only if it is easily moved: pinned to none, without devices of others.
// Looked after by the realm that creates guests, since a hart that sleeps looks at nothing.
import { type Contender, dues, fairestMove, type Move } from './fairness.js';
import type { Platform } from './platform.js';

/** A guest that may be moved. */
export interface Movable {
  /** By vCPU: the hart that it is on. */
  readonly harts: readonly number[];
  /** The harts on which they can be; all by default. */
  readonly reach?: readonly number[] | undefined;
  /** Whether it may be moved now. */
  readonly movable: boolean;
  /** By vCPU: milliseconds for which it has waited for turns so far. */
  readonly waited: readonly number[];
  /** By vCPU: milliseconds for which it has run. */
  readonly ran: readonly number[];
  /** Its share against others'. */
  readonly weight: number;
  /** Whether it may have only so much time, however much there is. */
  readonly rationed: boolean;
  move(hart: number, vcpu: number): Promise<void>;
}

/** How many vCPUs run or wait on each hart; 0 where nothing does. */
export type Loads = () => readonly number[];

/** Milliseconds between two looks, and where nobody waited at the last one: who looks takes time, too. */
const PERIOD = 25;
const CALM_PERIOD = 100;
/** A hart is idle, or crowded, when it was so at each of so many looks in a row: others may only take a breath. */
const LOOKS = 4;
/** Milliseconds that a move has to be worth to those that got too little. */
const WORTH = 15;
/** How much of what a guest once got too little of still counts at the next look. */
const MEMORY = 0.9;

/** What was known of a guest at some time. */
interface Known {
  readonly ran: readonly number[];
  readonly waited: readonly number[];
  readonly lag: number;
}

export class Balancer {
  readonly #loads: Loads;
  readonly #guests = new Map<Movable, readonly number[]>();
  /** Of each guest, when fairness was last looked at. */
  #known = new Map<Movable, Known>();
  /** Guests that stood still for a while since then, to be moved: they would have run. */
  readonly #moved = new Set<Movable>();
  #looks = 0;
  #calm = false;
  #looking: AbortController | undefined;
  /** By hart: for how many looks it has been idle, or crowded. */
  #idle: number[] = [];
  #crowded: number[] = [];

  constructor(loads: Loads) {
    this.#loads = loads;
  }

  /** A guest runs from now on. */
  enroll(guest: Movable, platform: Platform): void {
    this.#guests.set(guest, guest.waited);
    if (!this.#anybodyWaits || this.#loads().length < 2 || this.#looking !== undefined) return;
    const looking = new AbortController();
    this.#looking = looking;
    void this.#look(platform, looking.signal);
  }

  /** It has ended. */
  strike(guest: Movable): void {
    this.#guests.delete(guest);
    this.#known.delete(guest);
    this.#moved.delete(guest);
    if (this.#anybodyWaits) return;
    this.#looking?.abort();
    this.#looking = undefined;
  }

  /** A guest alone has nobody to wait for, unless it has more vCPUs than threads. */
  get #anybodyWaits(): boolean {
    if (this.#guests.size > 1) return true;
    return [...this.#guests.keys()].some(({ harts, reach }) => reach !== undefined && harts.length > reach.length);
  }

  async #look(platform: Platform, signal: AbortSignal): Promise<void> {
    for (;;) {
      await platform.sleep(this.#calm ? CALM_PERIOD : PERIOD, signal);
      if (signal.aborted) return;
      await this.balance();
    }
  }

  /** Looks once, and moves one vCPU if that is right. */
  async balance(): Promise<void> {
    const loads = this.#loads();
    const since = (before: readonly number[], is: (load: number) => boolean): number[] =>
      loads.map((load, hart) => (is(load) ? (before[hart] ?? 0) + 1 : 0));
    this.#idle = since(this.#idle, (load) => load === 0);
    this.#crowded = since(this.#crowded, (load) => load > 1);
    this.#calm = this.#crowded.every((looks) => looks === 0);
    const idle = this.#idle.findIndex((looks) => looks >= LOOKS);
    const crowded = this.#crowded.findIndex((looks) => looks >= LOOKS);
    const hungry = idle >= 0 && crowded >= 0 ? this.#longestWaiting(crowded, idle) : undefined;
    for (const one of this.#guests.keys()) this.#guests.set(one, one.waited);
    const fairest = ++this.#looks % LOOKS === 0 ? this.#fairest(loads.length) : undefined;
    const move = hungry === undefined ? fairest : { ...hungry, hart: idle };
    if (move === undefined) return;
    this.#idle = [];
    this.#crowded = [];
    const { guest, vcpu, hart } = move;
    if (guest.reach === undefined) this.#moved.add(guest);
    // A guest that cannot be moved says so to whoever waits for its end.
    await guest.move(hart, vcpu).catch(() => {});
  }

  /** The move that gives the guests what is due to them, if one is worth it. */
  #fairest(harts: number): Move<Movable> | undefined {
    const before = this.#known;
    this.#known = new Map();
    const contenders: (Contender & { readonly own: Movable; wanted: number; wantedOn: readonly number[] })[] = [];
    for (const own of this.#guests.keys()) {
      const { harts, reach, weight, movable } = own;
      const last = before.get(own) ?? { ran: own.ran, waited: own.waited, lag: 0 };
      const has = own.ran.map((time, vcpu) => time - last.ran[vcpu]!);
      const ran = has.reduce((total, time) => total + time, 0);
      const all = own.waited.map((time, vcpu) => time - last.waited[vcpu]! + has[vcpu]!);
      const sum = all.reduce((total, time) => total + time, 0);
      // One with a quota is taken to have what it wants.
      const wanted = own.rationed ? ran : sum;
      const wantedOn = sum > 0 ? all.map((time) => (time * wanted) / sum) : all;
      contenders.push({ own, harts, reach, weight, ran, wanted, wantedOn, lag: last.lag, movable });
    }
    const most = Math.max(...contenders.flatMap(({ wantedOn }) => wantedOn));
    for (const each of contenders) {
      if (!this.#moved.has(each.own)) continue;
      each.wanted = most;
      each.wantedOn = [most];
    }
    this.#moved.clear();
    const due = dues(contenders);
    const lagging = contenders.map((each, i) => ({ ...each, lag: (each.lag + due[i]! - each.ran) * MEMORY }));
    for (const { own, lag } of lagging) this.#known.set(own, { ran: own.ran, waited: own.waited, lag });
    const move = fairestMove(
      lagging.filter(({ wanted }) => wanted > 0),
      harts,
      WORTH,
    );
    return move && { ...move, guest: move.guest.own };
  }

  /** Of the vCPUs on a hart that can be on another one the one that has waited most since the last look. */
  #longestWaiting(hart: number, other: number): { readonly guest: Movable; readonly vcpu: number } | undefined {
    let longest: { readonly guest: Movable; readonly vcpu: number } | undefined;
    let most = 0;
    for (const [guest, before] of this.#guests) {
      const { harts, reach, waited, movable } = guest;
      if (!movable || reach?.includes(other) === false) continue;
      harts.forEach((on, vcpu) => {
        const time = waited[vcpu]! - before[vcpu]!;
        if (on !== hart || time <= most) return;
        longest = { guest, vcpu };
        most = time;
      });
    }
    return longest;
  }
}
