// Weighted fair: every task has a virtual time that runs the slower the more its guest weighs, and the one furthest behind
// is next (stride scheduling, Waldspurger and Weihl 1995, with the sleeper's credit that Linux's CFS gives). Who wakes goes before
// those that are as far, by a turn: others may all have come just now, and wait for their first one. The weight is the guest's: its
// vCPUs that want to run share it, wherever they are.
import type { Arrival, Policy } from './policy.js';
import type { Task } from './task.js';

export class WeightedFair implements Policy {
  readonly #slice: number;
  readonly #ready = new Set<Task>();
  /** No ready task is behind it; it never goes back. */
  #floor = 0;

  constructor(slice: number) {
    this.#slice = slice;
  }

  enqueue(task: Task, arrival: Arrival): void {
    // Who slept does not get back the time it did not want; one turn of credit lets it run at once.
    const woken = arrival === 'woken';
    const credit = woken ? this.#slice / Math.max(1, task.group.weight) : 0;
    if (woken) task.virtualTime = Math.max(task.virtualTime, this.#floor - credit);
    // Who has never run has not slept.
    task.ahead = task.ran > 0 ? credit : 0;
    this.#ready.add(task);
  }

  dequeue(task: Task): void {
    this.#ready.delete(task);
  }

  get size(): number {
    return this.#ready.size;
  }

  next(): Task | undefined {
    let first: Task | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const task of this.#ready) {
      if (first === undefined || task.virtualTime - task.ahead < first.virtualTime - first.ahead) first = task;
      least = Math.min(least, task.virtualTime);
    }
    if (first !== undefined) this.#floor = Math.max(this.#floor, least);
    return first;
  }

  turn(): number {
    return this.#slice;
  }

  charge(task: Task, ran: number): void {
    task.virtualTime += (ran * task.group.sharers) / task.group.weight;
  }
}
