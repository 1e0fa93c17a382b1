// Weighted fair: every task has a virtual time that runs the slower the more its guest weighs, and the one furthest behind
// is next (stride scheduling, Waldspurger and Weihl 1995, with the sleeper's credit that Linux's CFS gives). The weight is
// the guest's: its vCPUs that want to run share it, wherever they are.
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
    if (arrival === 'woken') {
      const credit = this.#slice / Math.max(1, task.group.weight);
      task.virtualTime = Math.max(task.virtualTime, this.#floor - credit);
    }
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
    for (const task of this.#ready) {
      if (first === undefined || task.virtualTime < first.virtualTime) first = task;
    }
    if (first !== undefined && first.virtualTime > this.#floor) this.#floor = first.virtualTime;
    return first;
  }

  turn(): number {
    return this.#slice;
  }

  charge(task: Task, ran: number): void {
    task.virtualTime += (ran * task.group.sharers) / task.group.weight;
  }
}
