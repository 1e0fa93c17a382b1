// Work stealing between the harts of a host: a hart that has nothing to do while guests wait for a turn on another one gets one of them; and
// where all are busy, guests change places for each to get its share of the whole host (fairness.ts).
// Guests move whole, between two turns, and only those that are easily moved: of one thread, pinned to none, without devices of others.
// Looked after by the realm that creates guests, since a hart that sleeps looks at nothing.
import { type Contender, dues, fairestMove } from './fairness.js';
import type { Platform } from './platform.js';

/** A guest that may be moved. */
export interface Movable {
  /** The harts whose threads run it. */
  readonly harts: readonly number[];
  /** Whether it may be moved now. */
  readonly movable: boolean;
  /** Milliseconds for which it has waited for turns so far. */
  readonly waited: number;
  /** Milliseconds for which it has run. */
  readonly ran: number;
  /** Milliseconds for which it has run or waited on each of its harts. */
  readonly wanted: readonly number[];
  /** Its share against others'. */
  readonly weight: number;
  /** Whether it may have only so much time, however much there is. */
  readonly rationed: boolean;
  move(hart: number): Promise<void>;
}

/** How many vCPUs run or wait on each hart; 0 where nothing does. */
export type Loads = () => readonly number[];

/** Milliseconds between two looks. */
const PERIOD = 25;
/** A hart is idle, or crowded, when it was so at each of so many looks in a row: others may only take a breath. */
const LOOKS = 4;
/** Milliseconds that a move has to be worth to those that got too little. */
const WORTH = 15;
/** How much of what a guest once got too little of still counts at the next look. */
const MEMORY = 0.9;

/** What was known of a guest at some time. */
interface Known {
  readonly ran: number;
  readonly wanted: readonly number[];
  readonly lag: number;
}

export class Balancer {
  readonly #loads: Loads;
  readonly #guests = new Map<Movable, number>();
  /** Of each guest, when fairness was last looked at. */
  #known = new Map<Movable, Known>();
  /** Guests that stood still for a while since then, to be moved: they would have run. */
  readonly #moved = new Set<Movable>();
  #looks = 0;
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
    // One guest has nobody to wait for.
    if (this.#guests.size < 2 || this.#loads().length < 2 || this.#looking !== undefined) return;
    const looking = new AbortController();
    this.#looking = looking;
    void this.#look(platform, looking.signal);
  }

  /** It has ended. */
  strike(guest: Movable): void {
    this.#guests.delete(guest);
    this.#known.delete(guest);
    this.#moved.delete(guest);
    if (this.#guests.size >= 2) return;
    this.#looking?.abort();
    this.#looking = undefined;
  }

  async #look(platform: Platform, signal: AbortSignal): Promise<void> {
    for (;;) {
      await platform.sleep(PERIOD, signal);
      if (signal.aborted) return;
      await this.balance();
    }
  }

  /** Looks once, and moves one guest if that is right. */
  async balance(): Promise<void> {
    const loads = this.#loads();
    const since = (before: readonly number[], is: (load: number) => boolean): number[] =>
      loads.map((load, hart) => (is(load) ? (before[hart] ?? 0) + 1 : 0));
    this.#idle = since(this.#idle, (load) => load === 0);
    this.#crowded = since(this.#crowded, (load) => load > 1);
    const idle = this.#idle.findIndex((looks) => looks >= LOOKS);
    const crowded = this.#crowded.findIndex((looks) => looks >= LOOKS);
    const guest = idle >= 0 && crowded >= 0 ? this.#longestWaiting(crowded) : undefined;
    for (const one of this.#guests.keys()) this.#guests.set(one, one.waited);
    const fairest = ++this.#looks % LOOKS === 0 ? this.#fairest(loads.length) : undefined;
    const move = guest === undefined ? fairest : { guest, hart: idle };
    if (move === undefined) return;
    this.#idle = [];
    this.#crowded = [];
    this.#moved.add(move.guest);
    // A guest that cannot be moved says so to whoever waits for its end.
    await move.guest.move(move.hart).catch(() => {});
  }

  /** The move that gives the guests what is due to them, if one is worth it. */
  #fairest(harts: number): { readonly guest: Movable; readonly hart: number } | undefined {
    const before = this.#known;
    this.#known = new Map();
    const contenders: (Contender & { readonly own: Movable; wanted: number; wantedOn: readonly number[] })[] = [];
    for (const own of this.#guests.keys()) {
      const { harts, weight, movable } = own;
      const last = before.get(own) ?? { ran: own.ran, wanted: own.wanted, lag: 0 };
      const ran = own.ran - last.ran;
      const all = own.wanted.map((time, seat) => time - last.wanted[seat]!);
      const sum = all.reduce((total, time) => total + time, 0);
      // One with a quota is taken to have what it wants.
      const wanted = own.rationed ? ran : sum;
      const wantedOn = sum > 0 ? all.map((time) => (time * wanted) / sum) : all;
      contenders.push({ own, harts, weight, ran, wanted, wantedOn, lag: last.lag, movable });
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
    for (const { own, lag } of lagging) this.#known.set(own, { ran: own.ran, wanted: own.wanted, lag });
    const move = fairestMove(
      lagging.filter(({ wanted }) => wanted > 0),
      harts,
      WORTH,
    );
    return move && { guest: move.guest.own, hart: move.hart };
  }

  /** Of the guests on a hart the one that has waited most since the last look. */
  #longestWaiting(hart: number): Movable | undefined {
    let longest: Movable | undefined;
    let most = 0;
    for (const [guest, before] of this.#guests) {
      const waited = guest.waited - before;
      if (guest.harts.length > 1 || guest.harts[0] !== hart || waited <= most || !guest.movable) continue;
      longest = guest;
      most = waited;
    }
    return longest;
  }
}
