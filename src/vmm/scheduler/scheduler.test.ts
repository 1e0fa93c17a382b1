// The scheduler in virtual time: tasks are numbers, a turn is an addition.
import { describe, expect, it } from 'vitest';
import { Group, Pace, type PolicyName, Scheduler, type SchedulerOptions, type Share, Task } from './index.js';

/** A hart whose tasks run as long as they are let, or work for a while and sleep for a while. */
class World {
  now = 0;
  readonly scheduler: Scheduler;
  readonly #sleepers = new Map<Task, { readonly work: number; readonly sleep: number; until: number; did: number }>();
  readonly #tasks: Task[] = [];
  /** The longest any sleeper waited from waking to running. */
  latency = 0;

  constructor(options: SchedulerOptions) {
    this.scheduler = new Scheduler(options);
  }

  spinner(group: Group = new Group()): Task {
    return this.#add(new Task(group));
  }

  sleeper(work: number, sleep: number, share: Share = {}): Task {
    const task = this.#add(new Task(new Group(share)));
    this.#sleepers.set(task, { work, sleep, until: 0, did: 0 });
    return task;
  }

  run(milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end; ) {
      for (const [task, nap] of this.#sleepers) {
        if (task.state === 'blocked' && this.now >= nap.until) this.scheduler.wake(task, nap.until);
      }
      const turn = this.scheduler.pick(this.now);
      if (turn === undefined) {
        const naps = [...this.#sleepers].filter(([task]) => task.state === 'blocked').map(([, { until }]) => until);
        this.now = Math.min(end, this.scheduler.release, ...naps);
        continue;
      }
      const { task, milliseconds: most } = turn;
      const nap = this.#sleepers.get(task);
      if (nap !== undefined && nap.did === 0) this.latency = Math.max(this.latency, this.now - task.since);
      const ran = nap === undefined ? most : Math.min(most, nap.work - nap.did);
      this.now += ran;
      if (nap === undefined) this.scheduler.end(task, ran, this.now, true);
      else {
        nap.did += ran;
        const goesOn = nap.did < nap.work;
        if (!goesOn) Object.assign(nap, { did: 0, until: this.now + nap.sleep });
        this.scheduler.end(task, ran, this.now, goesOn);
      }
    }
  }

  #add(task: Task): Task {
    this.#tasks.push(task);
    this.scheduler.wake(task, this.now);
    return task;
  }
}

const policies: readonly PolicyName[] = ['round-robin', 'weighted-fair'];

describe.each(policies)('Scheduler with the policy %s', (policy) => {
  it('equal spinners_for two seconds_get equal time', () => {
    const world = new World({ policy });
    const tasks = Array.from({ length: 5 }, () => world.spinner());
    world.run(2000);
    for (const task of tasks) expect(task.ran / 400).toBeCloseTo(1, 1);
  });

  it('spinner_beside one that comes later_does not have to make up for the past', () => {
    const world = new World({ policy });
    const first = world.spinner();
    world.run(1000);
    const second = world.spinner();
    world.run(1000);
    expect(first.ran).toBeGreaterThan(1450);
    expect(second.ran).toBeGreaterThan(450);
  });

  it('sleeper_beside five spinners_runs within a turn of waking', () => {
    const world = new World({ policy });
    for (let i = 0; i < 5; i++) world.spinner();
    world.run(100);
    world.sleeper(0.1, 37);
    world.run(5000);
    expect(world.latency).toBeLessThanOrEqual(4);
  });

  it('sleeper that begins with spinners_wakes within a turn from the start', () => {
    const world = new World({ policy });
    const sleeper = world.sleeper(0.1, 5);
    world.run(0.1);
    for (let i = 0; i < 8; i++) world.spinner();
    world.latency = 0;
    world.run(500);
    expect(sleeper.ran).toBeGreaterThan(4);
    expect(world.latency).toBeLessThanOrEqual(4);
  });

  it('guest that sleeps for an instant only_does not starve a spinner', () => {
    const world = new World({ policy });
    const spinner = world.spinner();
    const hog = world.sleeper(3, 0.01);
    world.run(2000);
    expect(spinner.ran).toBeGreaterThan(800);
    expect(hog.ran).toBeGreaterThan(500);
  });

  it('stolen time_of two spinners_is what the other one ran', () => {
    const world = new World({ policy });
    const [a, b] = [world.spinner(), world.spinner()];
    world.run(1000);
    expect(Math.abs(a.stolen - b.ran)).toBeLessThanOrEqual(8);
    expect(Math.abs(b.stolen - a.ran)).toBeLessThanOrEqual(8);
  });

  it('sleeper alone_is never stolen from', () => {
    const world = new World({ policy });
    const task = world.sleeper(1, 10);
    world.run(1000);
    expect(task.stolen).toBe(0);
    expect(task.ran).toBeGreaterThan(85);
  });

  it('quota of a quarter_alone on the hart_is kept', () => {
    const world = new World({ policy });
    const task = world.spinner(new Group({ quota: 0.25 }));
    world.run(2000);
    expect(task.ran / 500).toBeCloseTo(1, 1);
  });

  it('quota beside a spinner_leaves the rest to the spinner', () => {
    const world = new World({ policy });
    const limited = world.spinner(new Group({ quota: 0.1, weight: 100 }));
    const free = world.spinner();
    world.run(2000);
    expect(limited.ran / 200).toBeCloseTo(1, 1);
    expect(free.ran / 1800).toBeCloseTo(1, 1);
  });

  it('removed task_is not picked again', () => {
    const world = new World({ policy });
    const [gone, stays] = [world.spinner(), world.spinner()];
    world.run(100);
    const before = gone.ran;
    world.scheduler.remove(gone);
    world.run(100);
    expect(gone.ran).toBe(before);
    expect(stays.ran).toBeGreaterThan(140);
  });
});

describe('weighted fair', () => {
  it.each([
    [1, 3],
    [1, 10],
    [2, 5],
  ])('weights %i and %i_for two seconds_divide the time so', (one, other) => {
    const world = new World({});
    const a = world.spinner(new Group({ weight: one }));
    const b = world.spinner(new Group({ weight: other }));
    world.run(2000);
    const ratio = b.ran / a.ran / (other / one);
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });

  it('guest of four vCPUs beside one of one_gets half', () => {
    const world = new World({});
    const group = new Group();
    const four = Array.from({ length: 4 }, () => world.spinner(group));
    const one = world.spinner();
    world.run(4000);
    const sum = four.reduce((total, task) => total + task.ran, 0);
    expect(sum / one.ran).toBeGreaterThan(0.95);
    expect(sum / one.ran).toBeLessThan(1.05);
    for (const task of four) expect(task.ran / (sum / 4)).toBeCloseTo(1, 1);
  });
});

/** What is known of a guest on two harts, each of which is a world of its own. */
function onTwo(share: Share = {}): [Group, Group] {
  const everywhere = {
    count: 0,
    add: (count: number): void => {
      everywhere.count += count;
    },
  };
  return [new Group(share, everywhere), new Group(share, everywhere)];
}

describe('a guest on two harts', () => {
  it('that wants both, beside one on each_gets as much as each of them', () => {
    const worlds = [new World({}), new World({})];
    const tasks = onTwo().map((group, hart) => [worlds[hart]!.spinner(group), worlds[hart]!.spinner()]);
    for (const world of worlds) world.run(3000);
    for (const [wide, other] of tasks) {
      expect(wide!.ran / 1000).toBeCloseTo(1, 1);
      expect(other!.ran / 2000).toBeCloseTo(1, 1);
    }
  });

  it('that wants one_gets half of that', () => {
    const world = new World({});
    const [wide, other] = [world.spinner(onTwo()[0]), world.spinner()];
    world.run(3000);
    expect(wide.ran / other.ran).toBeCloseTo(1, 1);
  });

  it('with a quota_has it for all of them together, wherever it wants to run', () => {
    const worlds = [new World({}), new World({})];
    const tasks = onTwo({ quota: 0.5 }).map((group, hart) => worlds[hart]!.spinner(group));
    for (const world of worlds) world.run(2000);
    expect((tasks[0]!.ran + tasks[1]!.ran) / 1000).toBeCloseTo(1, 1);
    const alone = new World({});
    const task = alone.spinner(onTwo({ quota: 0.5 })[0]);
    alone.run(2000);
    expect(task.ran / 1000).toBeCloseTo(1, 1);
  });
});

describe('Pace', () => {
  it('a fast vCPU_learnt from_gets a budget for the time it is given', () => {
    const pace = new Pace();
    const real = 400_000;
    for (let i = 0; i < 12; i++) {
      const budget = pace.budget(4);
      pace.learn(budget, budget / real);
    }
    expect(pace.budget(4) / (4 * real)).toBeCloseTo(1, 1);
  });

  it('a vCPU that slows down_learnt from once_gets less at once', () => {
    const pace = new Pace();
    for (let i = 0; i < 12; i++) pace.learn(pace.budget(4), pace.budget(4) / 400_000);
    pace.learn(pace.budget(4), pace.budget(4) / 20_000);
    expect(pace.budget(4)).toBe(80_000);
  });
});

it.each([{ slice: 0 }, { slice: Number.NaN }, { policy: 'lottery' as PolicyName }])(
  'Scheduler_with %o_is a typed error',
  (options) => {
    expect(() => new Scheduler(options)).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  },
);
