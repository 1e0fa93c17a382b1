// Virtual time and the order of turns of a machine that two runs must find alike (DESIGN.md, "Time is an input"). The harts
// run in rounds: in each, every hart that can has a slice of instructions, whose length and order a seeded generator draws.
// Within its slice a hart's time comes from its own retired instructions; at the end of a round all harts stand at the time
// of the one that came furthest, and a machine with nothing to run is at its next deadline at once.
import { INSTRET, STAT_TRAPS, TIME_MODE, TIME_OFFSET, TIME_SHIFT } from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import type { Clock } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';

/** Guests find themselves in 2026 when their time begins: 2026-01-01 00:00 UTC. */
export const VIRTUAL_EPOCH_MS = Date.UTC(2026, 0, 1);

const SHORTEST_SLICE = 20_000;
const SLICE_SPREAD = 65_536;
const MASK = 0xffff_ffff_ffff_ffffn;

/** Saved state of {@link Rounds}. */
export interface RoundsState {
  /** The machine's time, in ticks. */
  readonly time: bigint;
  /** The generator. */
  readonly draw: bigint;
}

export interface RoundsOptions {
  readonly engine: Engine;
  /** vCPU areas by hart. */
  readonly areas: readonly number[];
  /** `time` moves by one tick every 2^shift instructions. */
  readonly shift: number;
  readonly seed: bigint;
  readonly timebase: number;
}

/** The time of a machine in virtual time, and whose turn it is. */
export class Rounds implements Clock {
  readonly #engine: Engine;
  readonly #areas: readonly number[];
  readonly #shift: number;
  readonly #ticksPerMillisecond: number;
  #time = 0n;
  #draw: bigint;
  /** The hart that has its slice now. */
  #running: number | undefined;

  constructor({ engine, areas, shift, seed, timebase }: RoundsOptions) {
    this.#engine = engine;
    this.#areas = areas;
    this.#shift = shift;
    this.#ticksPerMillisecond = timebase / 1000;
    this.#draw = BigInt.asUintN(64, seed);
    for (const area of areas) {
      engine.view.setUint32(area + TIME_MODE, 1, true);
      engine.view.setUint32(area + TIME_SHIFT, shift, true);
    }
    this.#align();
  }

  /** Milliseconds since 1970, by the guest's own time: for devices that know the date. */
  now(): number {
    const ticks = this.#running === undefined ? this.#time : this.#engine.now(this.#running);
    return VIRTUAL_EPOCH_MS + Number(ticks) / this.#ticksPerMillisecond;
  }

  /** The instructions of each slice of this round. */
  slice(): number {
    return SHORTEST_SLICE + Number(this.#next() % BigInt(SLICE_SPREAD));
  }

  /** The members in the order of this round. */
  order<T>(members: readonly T[]): readonly T[] {
    if (members.length === 1) return members;
    const first = Number(this.#next() % BigInt(members.length));
    return [...members.slice(first), ...members.slice(0, first)];
  }

  /** The hart with this area begins its slice: how far it has come in all, in instructions and traps. */
  begin(area: number): bigint {
    this.#running = area;
    return this.progress(area);
  }

  /** Instructions retired and traps taken: what a budget counts. */
  progress(area: number): bigint {
    const { view } = this.#engine;
    return view.getBigUint64(area + INSTRET, true) + view.getBigUint64(area + STAT_TRAPS, true);
  }

  /** The round is over. */
  end(): void {
    this.#running = undefined;
    for (const area of this.#areas) {
      const reached = this.#engine.now(area);
      if (reached > this.#time) this.#time = reached;
    }
    this.#align();
  }

  /** Nothing can run for so many ticks: they are over. */
  skip(ticks: bigint): void {
    this.#time += ticks > 0n ? ticks : 1n;
    this.#align();
  }

  /** Ticks that are over in so many milliseconds, not one too few. */
  ticks(milliseconds: number): bigint {
    return BigInt(Math.ceil(milliseconds * this.#ticksPerMillisecond));
  }

  save(): RoundsState {
    return { time: this.#time, draw: this.#draw };
  }

  /** After the vCPUs. */
  restore(state: RoundsState): void {
    if (typeof state.time !== 'bigint' || typeof state.draw !== 'bigint') {
      throw new HypercraftError('MACHINE_STATE_MISMATCH', 'not the state of a machine in virtual time');
    }
    this.#time = BigInt.asUintN(64, state.time);
    this.#draw = BigInt.asUintN(64, state.draw);
    this.#align();
  }

  #align(): void {
    const { view } = this.#engine;
    for (const area of this.#areas) {
      const own = view.getBigUint64(area + INSTRET, true) >> BigInt(this.#shift);
      view.setBigUint64(area + TIME_OFFSET, BigInt.asUintN(64, this.#time - own), true);
    }
  }

  /** SplitMix64 (Steele, Lea, Flood 2014). */
  #next(): bigint {
    this.#draw = (this.#draw + 0x9e37_79b9_7f4a_7c15n) & MASK;
    let z = this.#draw;
    z = ((z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn) & MASK;
    return z ^ (z >> 31n);
  }
}
