// Which guest is moved to which hart, and when; no guest is needed for that.
import { beforeEach, expect, it, vi } from 'vitest';
import { Balancer, type Movable } from './balancer.js';
import { fairestMove } from './fairness.js';
import type { Platform } from './platform.js';

/** Nobody looks by himself: the tests do. */
const platform = { sleep: () => new Promise<void>(() => {}) } as unknown as Platform;

class Guest implements Movable {
  movable = true;
  waited: readonly number[];
  ran: readonly number[];
  reach: readonly number[] | undefined = undefined;
  weight = 1;
  rationed = false;
  readonly moves: number[] = [];
  /** Milliseconds for which it stands still to be moved, and still has to. */
  still = 0;
  standing = 0;

  constructor(public harts: readonly number[]) {
    this.waited = harts.map(() => 0);
    this.ran = harts.map(() => 0);
  }

  async move(hart: number, vcpu: number): Promise<void> {
    this.moves.push(hart);
    this.harts = this.harts.with(vcpu, hart);
    this.standing = this.still;
  }

  /** A vCPU, or each, has waited for so long. */
  waits(milliseconds: number, vcpu?: number): void {
    this.waited = this.waited.map((time, id) => (vcpu === undefined || vcpu === id ? time + milliseconds : time));
  }

  runs(milliseconds: number, vcpu: number): void {
    this.ran = this.ran.with(vcpu, this.ran[vcpu]! + milliseconds);
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
    patient.waits(1);
    hungry.waits(3);
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
      guest.waits(1);
    });
    loads = [2, 1];
    await looks(1);
  }
  expect(guest.moves).toEqual([]);
});

it.each<[string, (guest: Guest) => void]>([
  ['cannot be moved', (guest) => Object.assign(guest, { movable: false })],
  ['has no place there', (guest) => Object.assign(guest, { reach: [0, 2] })],
  ['is on a third hart', (guest) => Object.assign(guest, { harts: [2] })],
])('guest that %s_stays', async (_, make) => {
  loads = [2, 0, 1];
  const guest = new Guest([0]);
  make(guest);
  enrolled(guest, new Guest([0]));
  await looks(12, () => {
    guest.waits(1);
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
    guest.waits(1);
  });
  expect(guest.moves).toEqual([]);
});

it('guest whose move fails_leaves the others to be looked after', async () => {
  const [broken, other] = [new Guest([0]), new Guest([0])];
  broken.move = () => Promise.reject(new Error('no'));
  enrolled(broken, other);
  await looks(4, () => {
    broken.waits(2);
  });
  await looks(4, () => {
    other.waits(1);
  });
  expect(other.moves).toEqual([1]);
});

/** Harts that share their time by weight, in steps of a millisecond; what each guest got of so many. */
async function shared(guests: readonly Guest[], harts: number, milliseconds: number): Promise<number[]> {
  loads = Array.from({ length: harts }, (_, hart) => guests.filter((guest) => guest.harts.includes(hart)).length);
  const had = (): number[] => guests.map(({ ran }) => ran.reduce((sum, time) => sum + time, 0));
  const before = had();
  for (let now = 0; now < milliseconds; now++) {
    for (let hart = 0; hart < harts; hart++) {
      const there = guests
        .filter(({ standing }) => standing === 0)
        .flatMap((guest) => [...guest.harts.keys()].map((vcpu) => ({ guest, vcpu })))
        .filter(({ guest, vcpu }) => guest.harts[vcpu] === hart)
        .map((each) => ({ ...each, weight: each.guest.weight / each.guest.harts.length }));
      const weights = there.reduce((sum, { weight }) => sum + weight, 0);
      for (const { guest, vcpu, weight } of there) {
        guest.runs(weight / weights, vcpu);
        guest.waits(1 - weight / weights, vcpu);
      }
    }
    for (const guest of guests) guest.standing = Math.max(0, guest.standing - 1);
    if (now % 25 === 24) await balancer.balance();
    loads = loads.map((_, hart) => guests.filter((guest) => guest.harts.includes(hart)).length);
  }
  return had().map((ran, index) => ran - before[index]!);
}

it.each<[string, readonly (readonly [weight: number, hart: number])[], number]>([
  ['light ones on one hart and heavy ones on the other', [[1, 0], [3, 1], [1, 0], [3, 1]], 0], // biome-ignore format: a row each
  ['three alike on two harts', [[1, 0], [1, 1], [1, 0]], 0], // biome-ignore format: a row each
  ['three alike that stand still to be moved', [[1, 0], [1, 1], [1, 0]], 4], // biome-ignore format: a row each
  ['all kinds on two harts', [[1, 0], [2, 1], [4, 0], [3, 1], [2, 0]], 0], // biome-ignore format: a row each
])('busy guests, %s_get what their weights give them of the whole host', async (_, shape, still) => {
  const guests = shape.map(([weight, hart]) => Object.assign(new Guest([hart]), { weight, still }));
  enrolled(...guests);
  const got = await shared(guests, 2, 4000);
  const weights = guests.reduce((sum, { weight }) => sum + weight, 0);
  guests.forEach(({ weight }, index) => {
    expect(Math.abs(got[index]! / ((8000 * weight) / weights) - 1)).toBeLessThan(0.05);
  });
});

it.each<[string, readonly (readonly [weight: number, harts: readonly number[], due: number])[]]>([
  ['one of two vCPUs beside one of one', [[1, [0, 1], 1], [1, [0], 1]]], // biome-ignore format: a row each
  ['one of two vCPUs beside a heavier one of one', [[1, [0, 1], 1], [3, [0], 1]]], // biome-ignore format: a row each
  ['one of two vCPUs beside two of one', [[1, [0, 1], 2 / 3], [1, [0], 2 / 3], [1, [1], 2 / 3]]], // biome-ignore format: a row each
  ['one of four vCPUs beside one of two', [[1, [0, 1, 0, 1], 1], [1, [0, 1], 1]]], // biome-ignore format: a row each
  ['one of three vCPUs and weight 3 beside one of two', [[3, [0, 1, 0], 1.5], [1, [0, 1], 0.5]]], // biome-ignore format: a row each
])('busy guests of several vCPUs, %s_get what their weights give them of the whole host', async (_, shape) => {
  const guests = shape.map(([weight, harts]) => {
    return Object.assign(new Guest(harts), { weight, reach: harts.length > 1 ? [0, 1] : undefined });
  });
  enrolled(...guests);
  await shared(guests, 2, 1000);
  const got = await shared(guests, 2, 4000);
  shape.forEach(([, , due], index) => {
    expect(Math.abs(got[index]! / (4000 * due) - 1)).toBeLessThan(0.05);
  });
});

it('vCPU that waits behind another one of its guest_while another hart is idle_is moved there', async () => {
  const wide = Object.assign(new Guest([0, 1, 0, 1]), { reach: [0, 1] });
  enrolled(wide, new Guest([0]));
  await looks(4, () => wide.waits(3, 2));
  expect(wide.harts).toEqual([0, 1, 1, 1]);
});

it('busy guests that are spread evenly_stay where they are', async () => {
  const guests = [new Guest([0]), new Guest([1]), new Guest([0]), new Guest([1])];
  enrolled(...guests);
  await shared(guests, 2, 2000);
  for (const { moves } of guests) expect(moves).toEqual([]);
});

it('guest that weighs more than a hart can give_has one to itself', async () => {
  const guests = [Object.assign(new Guest([0]), { weight: 10 }), new Guest([0]), new Guest([1])];
  enrolled(...guests);
  const got = await shared(guests, 2, 4000);
  expect(got[0]).toBeGreaterThan(3800);
  expect(Math.abs(got[1]! / got[2]! - 1)).toBeLessThan(0.1);
});

it('busy guests that have just come to a hart each_are not put together again', () => {
  // Both shared a hart for some of the time that they are judged by.
  const guest = { weight: 1, ran: 70, wanted: 100, wantedOn: [100], lag: 0, movable: true };
  const guests = [0, 1].map((hart) => ({ ...guest, harts: [hart] }));
  expect(fairestMove(guests, 2, 15)).toBeUndefined();
});

it('guests that share a hart with one of two vCPUs_are put where that wants less', () => {
  const guest = { weight: 1, wanted: 100, wantedOn: [100], movable: true };
  // The one of two has one busy vCPU, on the first hart, and all want a whole hart.
  const wide = { ...guest, harts: [0, 1], wantedOn: [100, 0], ran: 50, lag: 60, movable: false };
  const [beside, alone] = [
    { ...guest, harts: [0], ran: 50, lag: 60 },
    { ...guest, harts: [1], ran: 100, lag: -120 },
  ];
  expect(fairestMove([wide, beside, alone], 2, 15)).toEqual({ guest: beside, vcpu: 0, hart: 1 });
});

it.each<[string, readonly number[], number]>([
  ['more vCPUs than threads', [0, 1, 0], 1],
  ['a thread for each of its vCPUs', [0, 1], 0],
])('guest alone with %s_is looked after if that is of use', (_, harts, times) => {
  const sleep = vi.fn(platform.sleep);
  const guest = Object.assign(new Guest(harts), { reach: [0, 1] });
  balancer.enroll(guest, { ...platform, sleep });
  expect(sleep).toHaveBeenCalledTimes(times);
});

it.each<[string, readonly number[], number]>([
  ['waits', [2, 0], 25],
  ['does not wait', [1, 1], 100],
])('guest that %s_is looked after as often as is of use', async (_, now, often) => {
  loads = [...now];
  const periods: number[] = [];
  const sleep = (milliseconds: number): Promise<void> => {
    periods.push(milliseconds);
    return periods.length < 10 ? Promise.resolve() : new Promise(() => {});
  };
  for (const guest of [new Guest([0]), new Guest([0])]) balancer.enroll(guest, { ...platform, sleep });
  await vi.waitFor(() => expect(periods).toHaveLength(10));
  expect(periods.slice(1)).toEqual(Array.from({ length: 9 }, () => often));
});
