// Whether guests are fairly spread over the harts of a host. Each hart shares its own time by weight; where the weights on one are more than on
// another, whoever is there gets too little. What a guest has got too little of is its lag, and one is moved where that makes all of it
// less: so guests that cannot be spread evenly take turns at the better places. A guest of several vCPUs has them moved one by one.

/** A guest as it did since the last look. */
export interface Contender {
  /** By vCPU: the hart that it is on. */
  readonly harts: readonly number[];
  /** The harts on which they can be; all by default. */
  readonly reach?: readonly number[] | undefined;
  readonly weight: number;
  /** Milliseconds that it ran. */
  readonly ran: number;
  /** Milliseconds that it would have run at most, and by vCPU. */
  readonly wanted: number;
  readonly wantedOn: readonly number[];
  /** Milliseconds that it is behind what is due to it; negative if it is ahead. */
  readonly lag: number;
  readonly movable: boolean;
}

/** A vCPU goes to another hart; with it the whole guest if that is on one thread. */
export interface Move<Guest> {
  readonly guest: Guest;
  readonly vcpu: number;
  readonly hart: number;
}

/** What is due to each of the time that all of them ran: by weight, and to none more than it wanted. */
export function dues(contenders: readonly Pick<Contender, 'weight' | 'ran' | 'wanted'>[]): number[] {
  const due = contenders.map(() => 0);
  let left = contenders.reduce((sum, { ran }) => sum + ran, 0);
  let open = contenders.map((_, index) => index);
  while (open.length > 0) {
    const perWeight = left / open.reduce((sum, index) => sum + contenders[index]!.weight, 0);
    const content = open.filter((index) => contenders[index]!.wanted <= perWeight * contenders[index]!.weight);
    // Nobody has enough: the rest is shared by weight.
    for (const index of content.length > 0 ? content : open) {
      due[index] = Math.min(contenders[index]!.wanted, perWeight * contenders[index]!.weight);
      left -= due[index]!;
    }
    open = content.length > 0 ? open.filter((index) => !content.includes(index)) : [];
  }
  return due;
}

/** How far ahead a move is thought, in times between two looks. */
const HORIZON = 1.5;
/** What is no loss of time. */
const NEARLY = 0.99;

/**
 * The move of one vCPU after which all are nearest to what is due to them for a while, if that is by so many milliseconds; undefined if none is.
 */
export function fairestMove<Guest extends Contender>(
  contenders: readonly Guest[],
  harts: number,
  worth: number,
): Move<Guest> | undefined {
  const period = Math.max(...contenders.flatMap(({ wantedOn }) => wantedOn));
  // A guest that seldom wants to run is in nobody's way, and each of its vCPUs has the part of its weight that it has of what it wants.
  const load = ({ weight, wanted, wantedOn }: Contender, vcpu: number): number =>
    (weight * wantedOn[vcpu]!) / Math.max(period, wanted);
  /** What all run together in a placement, and how unfair that will have been: what each is behind or ahead for its weight, the large the more. */
  const outlook = (placeOf: (guest: Guest) => readonly number[]): { total: number; unfairness: number } => {
    const loads = new Array<number>(harts).fill(0);
    for (const guest of contenders) {
      placeOf(guest).forEach((hart, vcpu) => {
        loads[hart]! += load(guest, vcpu);
      });
    }
    const then = contenders.map((guest) => {
      const share = (hart: number, vcpu: number): number =>
        Math.min(1, load(guest, vcpu) / Math.max(loads[hart]!, Number.EPSILON));
      const runs = (hart: number, vcpu: number): number => Math.min(share(hart, vcpu) * period, guest.wantedOn[vcpu]!);
      const ran = placeOf(guest).reduce((time, hart, vcpu) => time + runs(hart, vcpu), 0);
      return { weight: guest.weight, wanted: guest.wanted, lag: guest.lag, ran: Math.min(ran, guest.wanted) };
    });
    const due = dues(then);
    const lagOf = (index: number): number => then[index]!.lag + HORIZON * (due[index]! - then[index]!.ran);
    return {
      total: then.reduce((sum, { ran }) => sum + ran, 0),
      unfairness: then.reduce((sum, { weight }, index) => sum + lagOf(index) ** 2 / weight, 0),
    };
  };
  const all = Array.from({ length: harts }, (_, hart) => hart);
  const now = outlook((guest) => guest.harts);
  let best: Move<Guest> | undefined;
  let least = now.unfairness - worth ** 2;
  for (const guest of contenders) {
    if (!guest.movable) continue;
    for (const [vcpu, from] of guest.harts.entries()) {
      for (const hart of guest.reach ?? all) {
        if (hart === from) continue;
        const moved = guest.harts.with(vcpu, hart);
        const then = outlook((other) => (other === guest ? moved : other.harts));
        // No hart is left idle for it.
        if (then.unfairness >= least || then.total < now.total * NEARLY) continue;
        best = { guest, vcpu, hart };
        least = then.unfairness;
      }
    }
  }
  return best;
}
