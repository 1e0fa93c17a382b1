// The turns of a machine in virtual time: all of its harts in a round, by the order and the slices of its seed (rounds.ts), and nothing from
// outside decides how long that is, or who is first.
import type { VmExit } from '../exit.js';
import type { Accesses } from './accesses.js';
import type { Board } from './board.js';
import type { Console } from './console.js';
import type { Member, Rest } from './member.js';
import type { Rounds } from './rounds.js';
import type { Timers } from './timers.js';

/** Exits one hart may take in a turn before the others have theirs. */
export const EXITS_PER_TURN = 256;
/** Milliseconds between two looks at what only the outside can move. */
const PATIENCE = 1;

export interface VirtualTurnsParts {
  readonly rounds: Rounds;
  readonly members: readonly Member[];
  readonly accesses: Accesses;
  readonly board: Board;
  readonly timers: Timers;
  readonly console: Console;
  canRun(member: Member): boolean;
  step(member: Member, budget: number): { exit: VmExit; goesOn: boolean };
  /** Whether the machine has ended, and whether all of its harts are stopped. */
  ended(): boolean;
  stopped(): boolean;
}

export class VirtualTurns {
  readonly #parts: VirtualTurnsParts;

  constructor(parts: VirtualTurnsParts) {
    this.#parts = parts;
  }

  /** Gives every hart that can run its slice. */
  round(): void {
    const { rounds, members, console, canRun, ended } = this.#parts;
    const slice = BigInt(rounds.slice());
    let ran = false;
    for (const member of rounds.order(members)) {
      if (ended()) break;
      if (!canRun(member)) continue;
      ran = true;
      this.#slice(member, slice);
    }
    if (ran) rounds.end();
    else this.#skip();
    if (ended()) console.exchange();
  }

  #slice(member: Member, slice: bigint): void {
    const { rounds, accesses, step } = this.#parts;
    const { area } = member.vcpu;
    const until = rounds.begin(area) + slice;
    for (let exits = 0; exits < EXITS_PER_TURN; ) {
      const left = until - rounds.progress(area);
      if (left <= 0n) return;
      const { provided } = accesses;
      const { exit, goesOn } = step(member, Number(left));
      // A kick is for the thread, which looks around at the end of the round.
      const kicked = exit.kind === 'kicked';
      if (!goesOn && !kicked) return;
      // What depends on the host, and not on the guest alone, does not count.
      if (!kicked && accesses.provided === provided) exits++;
    }
  }

  /** A machine at rest is at its next deadline at once. */
  #skip(): void {
    const { rounds, timers, board } = this.#parts;
    const ticks = timers.untilFirst();
    const device = board.untilDeadline();
    if (ticks !== undefined && timers.milliseconds(ticks) <= device) rounds.skip(ticks);
    else if (Number.isFinite(device)) rounds.skip(rounds.ticks(device));
  }

  /** Whether a hart can run, or time can be skipped. */
  due(): boolean {
    const { members, console, board, timers, canRun, stopped } = this.#parts;
    if (!console.exchange()) return false;
    // While a hart waits for a device of the user's, or for memory, no time passes for the others.
    if (members.some((member) => (member.hold === 'remote' || member.hold === 'memory') && !canRun(member)))
      return false;
    board.poll();
    if (members.some((member) => canRun(member))) return true;
    return !stopped() && (timers.untilFirst() !== undefined || Number.isFinite(board.untilDeadline()));
  }

  /** None is: only the outside can change that. */
  rest(): Rest {
    const { console, members } = this.#parts;
    const patient = console.output.length > 0 || members.some(({ hold }) => hold === 'memory');
    return { kind: 'idle', milliseconds: patient ? PATIENCE : Number.POSITIVE_INFINITY };
  }
}
