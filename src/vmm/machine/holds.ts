// What keeps a hart of a machine from running, and whether it is over: an interrupt for one in WFI, a store for one in WRS, room in the
// console, an answer from a device elsewhere, memory, or SBI's word that it may.
import type { ByteRing } from '../../devices/index.js';
import type { Engine } from '../../engine/index.js';
import type { Clock, HostView } from '../../host/index.js';
import type { PageBudget } from '../page-budget.js';
import { HartState, type Sbi } from '../sbi/index.js';
import type { Accesses } from './accesses.js';
import type { Control } from './control.js';
import type { Member } from './member.js';

/**
 * Whether no hart of a machine runs or will. One that was stopped when it was looked at may have been started by one that has stopped since, on
 * another thread; but whoever starts another hart nudges it first.
 */
export function allStopped(
  members: readonly { readonly hart: Pick<Member['hart'], 'hsm'> }[],
  control: { readonly nudges: number },
): boolean {
  const { nudges } = control;
  return members.every(({ hart }) => hart.hsm === HartState.stopped) && control.nudges === nudges;
}

export interface HoldsParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly control: Control;
  readonly accesses: Accesses;
  readonly output: ByteRing;
  readonly allocator: HostView['allocator'];
  readonly budget: PageBudget;
  /** Absent in `bare`. */
  readonly sbi: Sbi | undefined;
}

export class Holds {
  readonly #parts: HoldsParts;

  constructor(parts: HoldsParts) {
    this.#parts = parts;
  }

  /** Whether a hart of this thread can run now; what it waited for is completed. */
  over(member: Member): boolean {
    const { control, sbi } = this.#parts;
    const nudged = control.takeNudge(member.vcpu.id);
    if (!this.#isOver(member, nudged)) return false;
    if (sbi !== undefined && !sbi.ready(member.hart)) return false;
    member.hold = 'none';
    return true;
  }

  #isOver(member: Member, nudged: boolean): boolean {
    const { engine, clock, control, accesses, output, allocator, budget } = this.#parts;
    switch (member.hold) {
      case 'none':
        return true;
      case 'remote': {
        const value = control.takeReply(member.vcpu.id);
        if (value === undefined) return false;
        accesses.complete(member, member.remote!, value);
        return true;
      }
      case 'console':
        return output.free > 0;
      case 'memory':
        return allocator.freePages > 0 && !budget.spent;
      case 'wfi':
        return nudged || member.hart.interruptPending();
      case 'wrs':
        return nudged || engine.wrsOver(member.vcpu.area) || clock.now() >= member.until;
    }
  }
}
