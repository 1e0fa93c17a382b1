// Which of the blocks that can be reached from a hot one are in its region, where not all of them fit: those that are likely to run most often, as far as that can be told
// from the code. Loops are taken to run eight turns, branches to go either way as often, and out of a loop as seldom as that says.
//
// Where other regions begin comes last: to go on there costs less than to leave for code that is in none.
// Ball, Larus, "Branch Prediction for Free" (PLDI 1993), on loop branches; Wu, Larus, "Static Branch Frequency and Program Profile Analysis" (MICRO 1994).

import { MAX_BLOCKS, NO_MORE } from './endings.js';
import type { Loops } from './loops.js';

/** Turns that a loop is taken to run. */
const TURNS = 8;
/** What blocks that begin other regions count, beside others. */
const ELSEWHERE = 1e-6;

/** The blocks that can be reached, ranked and dominated, their loops found. */
export interface Reachable {
  readonly order: Int32Array;
  readonly rank: Int32Array;
  readonly loop: Int32Array;
  readonly start: Int32Array;
  readonly weight: Int32Array;
  readonly blocks: number;
  successor(b: number, i: number): number;
}

/** What has room. */
export interface Room {
  readonly weight: number;
  readonly blocks: number;
}

export class Selection {
  /** Per block: has it been chosen? */
  readonly chosen = new Uint8Array(MAX_BLOCKS);
  readonly #often = new Float64Array(MAX_BLOCKS);
  readonly #queue: number[] = [];
  readonly #queued = new Uint8Array(MAX_BLOCKS);

  /**
   * Chooses so many blocks at most that together weigh no more than that, each reached from the first through others of them.
   * @param heads by halfword of the page, whether another region begins there
   */
  choose(code: Reachable, loops: Loops, { weight, blocks }: Room, heads: Uint8Array): void {
    this.#estimate(code, loops);
    const chosen = this.chosen.fill(0);
    const queue = this.#queue;
    const queued = this.#queued.fill(0);
    const often = this.#often;
    const first = code.order[0]!;
    let left = weight;
    let many = blocks;
    for (let i = 0; i < code.blocks; i++) {
      const b = code.order[i]!;
      if (b !== first && heads[code.start[b]! >> 1] === 1) often[b]! *= ELSEWHERE;
    }
    queue.length = 0;
    queue.push(first);
    queued[first] = 1;
    while (queue.length > 0 && many > 0) {
      let at = 0;
      for (let i = 1; i < queue.length; i++) if (often[queue[i]!]! > often[queue[at]!]!) at = i;
      const b = queue[at]!;
      queue[at] = queue[queue.length - 1]!;
      queue.pop();
      if (b !== first && code.weight[b]! > left) continue;
      left -= code.weight[b]!;
      many--;
      chosen[b] = 1;
      for (let e = 0, to = code.successor(b, 0); to !== NO_MORE; to = code.successor(b, ++e)) {
        if (to < 0 || queued[to] === 1) continue;
        queued[to] = 1;
        queue.push(to);
      }
    }
  }

  /** How often each block runs for each time that the first is come to from elsewhere. */
  #estimate(code: Reachable, loops: Loops): void {
    const often = this.#often.fill(0);
    often[code.order[0]!] = 1;
    for (let i = 0; i < code.blocks; i++) {
      const b = code.order[i]!;
      const loop = code.loop[b]!;
      if (loop === b && i > 0) often[b]! *= TURNS;
      let inside = 0;
      let outside = 0;
      for (let e = 0, to = code.successor(b, 0); to !== NO_MORE; to = code.successor(b, ++e)) {
        if (to >= 0 && loop >= 0 && loops.has(code, loop, to)) inside++;
        else outside++;
      }
      const out = loop < 0 ? 1 / outside : inside === 0 ? 1 / outside : 1 / (TURNS * outside);
      const on = outside === 0 ? 1 / inside : (1 - 1 / TURNS) / inside;
      for (let e = 0, to = code.successor(b, 0); to !== NO_MORE; to = code.successor(b, ++e)) {
        if (to < 0 || code.rank[to]! <= i) continue;
        often[to]! += often[b]! * (loop >= 0 && loops.has(code, loop, to) ? on : out);
      }
    }
  }
}
