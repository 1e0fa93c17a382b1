// Which of a machine's harts are on this thread. They change threads between two turns: the one that a hart is on gives it away, by a word in
// the control area (control.ts), and the one that it is on from then on takes it in at its next look. Everything else about a hart lies in shared
// memory anyway; what one in WFI waits for is looked at anew, for WFI may end at any time (Priv. ISA, "Wait for Interrupt").
import { BELL } from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import type { Control } from './control.js';
import type { Member } from './member.js';

export interface RosterParts {
  readonly engine: Engine;
  readonly control: Control;
  /** All of the machine. */
  readonly members: readonly Member[];
  /** Which of the machine's threads this is. */
  readonly seat: number;
  /** Offset of this thread's bell; 0 if the machine has no other one. */
  readonly bell: number;
}

export class Roster {
  readonly #parts: RosterParts;
  #own: readonly Member[];
  #moves: number;

  constructor(parts: RosterParts) {
    this.#parts = parts;
    this.#moves = parts.control.moves;
    this.#own = parts.members.filter((member) => this.#isHere(member));
  }

  /** Those on this thread, in their order. */
  get own(): readonly Member[] {
    return this.#own;
  }

  /** Gives away those that are to go and takes in those that have come; before every turn. */
  exchange(left: (member: Member) => void, arrived: (member: Member) => void): void {
    const { control, members } = this.#parts;
    const { moves } = control;
    if (moves === this.#moves) return;
    let kept = false;
    for (const member of this.#own) {
      const { id, settled } = member.vcpu;
      if (control.wantedSeat(id) === control.seatOf(id)) continue;
      // In the middle of an instruction that a device elsewhere carries out it cannot go.
      if (settled) this.#giveAway(member, left);
      else kept = true;
    }
    for (const member of members) {
      if (this.#isHere(member) && !this.#own.includes(member)) this.#takeIn(member, arrived);
    }
    if (!kept) this.#moves = moves;
  }

  #giveAway(member: Member, left: (member: Member) => void): void {
    left(member);
    this.#own = this.#own.filter((other) => other !== member);
    member.hold = 'none';
    this.#parts.control.handOver(member.vcpu.id);
  }

  #takeIn(member: Member, arrived: (member: Member) => void): void {
    const { engine, members, bell } = this.#parts;
    const { vcpu } = member;
    // What this thread was asked to flush before was not asked for this hart.
    vcpu.flushTlb();
    // Before its lines are looked at: whoever rings the old one has moved them already.
    Atomics.store(engine.u32, (vcpu.area + BELL) >>> 2, bell);
    this.#own = members.filter((other) => other === member || this.#own.includes(other));
    arrived(member);
  }

  #isHere({ vcpu }: Member): boolean {
    return this.#parts.control.seatOf(vcpu.id) === this.#parts.seat;
  }
}
