// Round robin: turns of equal length in a circle. Who wakes goes first with what was left of its turn, so that sleepers
// answer soon and yet cannot hold the hart by sleeping often: a turn that is used up ends at the tail. Who overran its turn
// pays with the next ones (deficit round robin, Shreedhar and Varghese 1995).
import type { Arrival, Policy } from './policy.js';
import type { Task } from './task.js';

export class RoundRobin implements Policy {
  readonly #slice: number;
  readonly #queue: Task[] = [];

  constructor(slice: number) {
    this.#slice = slice;
  }

  enqueue(task: Task, arrival: Arrival): void {
    if (task.ran === 0 && arrival === 'woken') task.left = this.#slice;
    if (task.left > 0) this.#queue.unshift(task);
    else this.#queue.push(task);
  }

  dequeue(task: Task): void {
    const index = this.#queue.indexOf(task);
    if (index >= 0) this.#queue.splice(index, 1);
  }

  get size(): number {
    return this.#queue.length;
  }

  next(): Task | undefined {
    const alone = this.#queue.length === 1;
    for (;;) {
      const first = this.#queue[0];
      if (first === undefined || first.left > 0) return first;
      first.left = alone ? this.#slice : first.left + this.#slice;
      if (first.left > 0) return first;
      this.#queue.push(this.#queue.shift()!);
    }
  }

  turn(task: Task): number {
    return task.left;
  }

  charge(task: Task, ran: number): void {
    task.left -= ran;
  }
}
