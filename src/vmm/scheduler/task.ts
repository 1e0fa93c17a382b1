// What the scheduler schedules: a vCPU as a task, and the guest it belongs to as a group with a share of the time. Times
// are milliseconds of whatever clock the caller uses.

/** How much of the host's time a guest gets. */
export interface Share {
  /** Against the weights of other guests; 1 by default. */
  readonly weight?: number;
  /** The most it gets even if nobody else wants it, in harts: 0.25 is a quarter of one. No limit by default. */
  readonly quota?: number;
  /** Milliseconds in which a quota is given and used up; 20 by default. */
  readonly period?: number;
}

const DEFAULT_PERIOD = 20;

/** How many vCPUs of a guest run or want to, on all harts together. */
export interface Wanting {
  readonly count: number;
  add(count: number): void;
}

/** The vCPUs of one guest on one hart. Those on other harts have their part of its share there. */
export class Group {
  readonly weight: number;
  readonly #everywhere: Wanting | undefined;
  readonly #quota: number;
  readonly #period: number;
  #periodEnd = Number.NEGATIVE_INFINITY;
  #left = 0;
  #runnable = 0;

  /** @param everywhere if others of the guest are on other harts */
  constructor(share: Share = {}, everywhere?: Wanting) {
    this.#everywhere = everywhere;
    this.weight = share.weight ?? 1;
    this.#quota = share.quota ?? Number.POSITIVE_INFINITY;
    this.#period = share.period ?? DEFAULT_PERIOD;
  }

  /** Tasks of it that run or want to, on this hart. */
  get runnable(): number {
    return this.#runnable;
  }

  /** One more, or one less. */
  count(change: 1 | -1): void {
    this.#runnable += change;
    this.#everywhere?.add(change);
  }

  /** How many share the guest's weight. */
  get sharers(): number {
    return Math.max(1, this.#runnable, this.#everywhere?.count ?? 0);
  }

  /** Milliseconds it may still run in this period. */
  allowance(now: number): number {
    if (this.#quota === Number.POSITIVE_INFINITY) return this.#quota;
    if (now >= this.#periodEnd) {
      // What was overdrawn is paid back; what was not used is gone.
      const periods = Math.max(1, Math.floor((now - this.#periodEnd) / this.#period) + 1);
      const income = this.#quota * this.#period * (Math.max(1, this.#runnable) / this.sharers);
      this.#left = Number.isFinite(periods) ? Math.min(income, this.#left + periods * income) : income;
      this.#periodEnd = Number.isFinite(periods) ? this.#periodEnd + periods * this.#period : now + this.#period;
    }
    return this.#left;
  }

  /** When the next allowance comes. */
  get renewal(): number {
    return this.#periodEnd;
  }

  charge(ran: number): void {
    if (this.#quota !== Number.POSITIVE_INFINITY) this.#left -= ran;
  }
}

/** Blocked: has nothing to do. Ready: waits for its turn. Running. Throttled: its guest's quota is used up. */
export type TaskState = 'blocked' | 'ready' | 'running' | 'throttled';

/** One vCPU. */
export class Task {
  readonly group: Group;
  state: TaskState = 'blocked';
  /** Since when it waits for its turn. */
  since = 0;
  /** Milliseconds it has run. */
  ran = 0;
  /** Milliseconds it waited although it had something to do. */
  stolen = 0;
  /** The policy's own: where it stands in virtual time. */
  virtualTime = 0;
  /** The policy's own: by how much it goes before others that stand there. */
  ahead = 0;
  /** The policy's own: what is left of its turn. */
  left = 0;

  constructor(group: Group) {
    this.group = group;
  }
}
