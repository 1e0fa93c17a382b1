// Round robin: turns of equal length in a circle. Who wakes goes first with what was left of its turn, so that sleepers
// answer soon and yet cannot hold the hart by sleeping often: a turn that is used up ends at the tail.
import type { Arrival, Policy } from './policy.js';
import type { Task } from './task.js';

export class RoundRobin implements Policy {
  readonly #slice: number;
  readonly #queue: Task[] = [];

  constructor(slice: number) {
    this.#slice = slice;
  }

  enqueue(task: Task, arrival: Arrival): void {
    const usedUp = task.left <= 0;
    if (usedUp) task.left = this.#slice;
    // A task that never ran has a whole turn before it and may go first as well.
    if (usedUp && arrival === 'again') this.#queue.push(task);
    else if (usedUp && task.ran > 0) this.#queue.push(task);
    else this.#queue.unshift(task);
  }

  dequeue(task: Task): void {
    const index = this.#queue.indexOf(task);
    if (index >= 0) this.#queue.splice(index, 1);
  }

  next(): Task | undefined {
    return this.#queue[0];
  }

  turn(task: Task): number {
    return task.left;
  }

  charge(task: Task, ran: number): void {
    task.left -= ran;
  }
}
