// The scheduler of one hart: which task runs next and for how long, what it is charged, how long it had to wait. Pure
// logic: the caller brings the time and runs the tasks.
import { HypercraftError } from '../../isa/error.js';
import { makePolicy, type PolicyName } from './policies.js';
import type { Policy } from './policy.js';
import type { Task } from './task.js';

/** How the guests of a host share its harts. */
export interface SchedulerOptions {
  /** `weighted-fair` by default. */
  readonly policy?: PolicyName;
  /** Milliseconds of a turn; 4 by default. */
  readonly slice?: number;
}

/** Whose turn it is, and how many milliseconds it lasts at most. */
export interface Turn {
  readonly task: Task;
  readonly milliseconds: number;
}

const DEFAULT_SLICE = 4;

export class Scheduler {
  readonly #policy: Policy;
  readonly #throttled = new Set<Task>();

  /** @throws HypercraftError `INVALID_ARGUMENT` */
  constructor(options: SchedulerOptions = {}) {
    const slice = options.slice ?? DEFAULT_SLICE;
    if (!(slice > 0 && slice <= 1000)) {
      throw new HypercraftError('INVALID_ARGUMENT', `a turn lasts up to 1000 ms, not ${slice}`);
    }
    this.#policy = makePolicy(options.policy ?? 'weighted-fair', slice);
  }

  /** A blocked task has something to do. */
  wake(task: Task, now: number): void {
    if (task.state !== 'blocked') return;
    task.group.count(1);
    task.state = 'ready';
    task.since = now;
    this.#policy.enqueue(task, 'woken');
  }

  /** Takes the task whose turn it is; {@link end} must follow. */
  pick(now: number): Turn | undefined {
    this.#release(now);
    for (;;) {
      const task = this.#policy.next();
      if (task === undefined) return undefined;
      this.#policy.dequeue(task);
      const allowance = task.group.allowance(now);
      if (allowance > 0) {
        task.state = 'running';
        task.stolen += Math.max(0, now - task.since);
        return { task, milliseconds: Math.min(this.#policy.turn(task), allowance) };
      }
      task.state = 'throttled';
      this.#throttled.add(task);
    }
  }

  /** A task's turn is over after `ran` milliseconds; it goes on later, or has nothing to do for now. */
  end(task: Task, ran: number, now: number, goesOn: boolean): void {
    task.ran += ran;
    task.group.charge(ran);
    this.#policy.charge(task, ran);
    if (goesOn) {
      task.state = 'ready';
      task.since = now;
      this.#policy.enqueue(task, 'again');
    } else {
      task.state = 'blocked';
      task.group.count(-1);
    }
  }

  /** Takes a task out, whatever it is doing; {@link wake} brings it back. */
  remove(task: Task): void {
    if (task.state === 'blocked') return;
    this.#policy.dequeue(task);
    this.#throttled.delete(task);
    task.group.count(-1);
    task.state = 'blocked';
  }

  /** How many tasks wait for their turn. */
  get waiting(): number {
    return this.#policy.size;
  }

  /** When a task whose guest has used up its quota may go on; infinity if there is none. */
  get release(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { group } of this.#throttled) first = Math.min(first, group.renewal);
    return first;
  }

  #release(now: number): void {
    for (const task of this.#throttled) {
      if (now < task.group.renewal) continue;
      this.#throttled.delete(task);
      task.state = 'ready';
      this.#policy.enqueue(task, 'again');
    }
  }
}
