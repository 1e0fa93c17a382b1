// Which guest is moved to which hart, and when; no guest is needed for that.
import { beforeEach, expect, it } from 'vitest';
import { Balancer, type Movable } from './balancer.js';
import type { Platform } from './platform.js';

/** Nobody looks by himself: the tests do. */
const platform = { sleep: () => new Promise<void>(() => {}) } as unknown as Platform;

class Guest implements Movable {
  movable = true;
  waited = 0;
  readonly moves: number[] = [];

  constructor(public harts: readonly number[]) {}

  async move(hart: number): Promise<void> {
    this.moves.push(hart);
    this.harts = [hart];
  }
}

let loads: number[];
let balancer: Balancer;
beforeEach(() => {
  loads = [2, 0];
  balancer = new Balancer(() => loads);
});

function enrolled(...guests: Guest[]): void {
  for (const guest of guests) balancer.enroll(guest, platform);
}

async function looks(count: number, each: () => void = () => {}): Promise<void> {
  for (let i = 0; i < count; i++) {
    each();
    await balancer.balance();
  }
}

it('guest that waits most_while another hart is idle_is moved there, once', async () => {
  const [patient, hungry] = [new Guest([0]), new Guest([0])];
  enrolled(patient, hungry);
  await looks(4, () => {
    patient.waited += 1;
    hungry.waited += 3;
  });
  expect(hungry.moves).toEqual([1]);
  expect(patient.moves).toEqual([]);
});

it('harts that are idle and crowded for a moment only_keep their guests', async () => {
  const guest = new Guest([0]);
  enrolled(guest, new Guest([0]));
  for (let i = 0; i < 10; i++) {
    loads = [2, 0];
    await looks(3, () => {
      guest.waited += 1;
    });
    loads = [2, 1];
    await looks(1);
  }
  expect(guest.moves).toEqual([]);
});

it.each<[string, (guest: Guest) => void]>([
  ['cannot be moved', (guest) => Object.assign(guest, { movable: false })],
  ['has several threads', (guest) => Object.assign(guest, { harts: [0, 1] })],
  ['is on a third hart', (guest) => Object.assign(guest, { harts: [2] })],
])('guest that %s_stays', async (_, make) => {
  loads = [2, 0, 1];
  const guest = new Guest([0]);
  make(guest);
  enrolled(guest, new Guest([0]));
  await looks(12, () => {
    guest.waited += 1;
  });
  expect(guest.moves).toEqual([]);
});

it('guest that does not wait_stays', async () => {
  const guest = new Guest([0]);
  enrolled(guest, new Guest([0]));
  await looks(12);
  expect(guest.moves).toEqual([]);
});

it('guest that has ended_is not moved', async () => {
  const [guest, other] = [new Guest([0]), new Guest([0])];
  enrolled(guest, other);
  balancer.strike(guest);
  await looks(12, () => {
    guest.waited += 1;
  });
  expect(guest.moves).toEqual([]);
});

it('guest whose move fails_leaves the others to be looked after', async () => {
  const [broken, other] = [new Guest([0]), new Guest([0])];
  broken.move = () => Promise.reject(new Error('no'));
  enrolled(broken, other);
  await looks(4, () => {
    broken.waited += 2;
  });
  await looks(4, () => {
    other.waited += 1;
  });
  expect(other.moves).toEqual([1]);
});
