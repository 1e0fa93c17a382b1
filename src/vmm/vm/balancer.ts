// Work stealing between the harts of a host: a hart that has nothing to do while guests wait for a turn on another one gets one of them.
// Guests move whole, between two turns, and only those that are easily moved: of one thread, pinned to none, without devices of others.
// Looked after by the realm that creates guests, since a hart that sleeps looks at nothing.
import type { Platform } from './platform.js';

/** A guest that may be moved. */
export interface Movable {
  /** The harts whose threads run it. */
  readonly harts: readonly number[];
  /** Whether it may be moved now. */
  readonly movable: boolean;
  /** Milliseconds for which it has waited for turns so far. */
  readonly waited: number;
  move(hart: number): Promise<void>;
}

/** How many vCPUs run or wait on each hart; 0 where nothing does. */
export type Loads = () => readonly number[];

/** Milliseconds between two looks. */
const PERIOD = 25;
/** A hart is idle, or crowded, when it was so at each of so many looks in a row: others may only take a breath. */
const LOOKS = 4;

export class Balancer {
  readonly #loads: Loads;
  readonly #guests = new Map<Movable, number>();
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
    if (guest === undefined) return;
    this.#idle = [];
    this.#crowded = [];
    // A guest that cannot be moved says so to whoever waits for its end.
    await guest.move(idle).catch(() => {});
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
