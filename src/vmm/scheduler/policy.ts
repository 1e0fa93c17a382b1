// What a scheduling policy is: the order in which tasks that are ready get their turn. It sees no clock and no guest.
import type { Task } from './task.js';

/** Why a task becomes ready: it slept and was woken, or its turn was over. */
export type Arrival = 'woken' | 'again';

export interface Policy {
  /** A task is ready. */
  enqueue(task: Task, arrival: Arrival): void;
  /** A task is not ready any more, or runs now. */
  dequeue(task: Task): void;
  /** How many are ready. */
  readonly size: number;
  /** Whose turn it is among those that are ready. */
  next(): Task | undefined;
  /** How long its turn may last. */
  turn(task: Task): number;
  /** A task has run for so long; called before it is enqueued again. */
  charge(task: Task, ran: number): void;
}
