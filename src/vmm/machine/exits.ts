// What a machine does about each kind of exit of its vCPUs.
import { Cause, type VmEnd, type VmExit } from '../exit.js';
import type { Sbi, SbiOutcome } from '../sbi/index.js';
import type { Accesses } from './accesses.js';
import type { Member } from './member.js';
import { answerSeed } from './seed.js';

/** Milliseconds that a hart waits in WRS at most before it looks again. */
export const WRS_PATIENCE = 0.1;

export interface ExitsParts {
  /** Absent in `bare`. */
  readonly sbi: Sbi | undefined;
  readonly accesses: Accesses;
  /** Milliseconds. */
  now(): number;
  /** Whether the machine has ended. */
  ended(): boolean;
  onFinish(end: VmEnd): void;
}

export class Exits {
  readonly #sbi: Sbi | undefined;
  readonly #accesses: Accesses;
  readonly #now: () => number;
  readonly #ended: () => boolean;
  readonly #finish: (end: VmEnd) => void;

  constructor(parts: ExitsParts) {
    this.#sbi = parts.sbi;
    this.#accesses = parts.accesses;
    this.#now = () => parts.now();
    this.#ended = () => parts.ended();
    this.#finish = (end) => parts.onFinish(end);
  }

  /** Handles an exit; true if the hart goes straight on. */
  dispatch(member: Member, exit: VmExit): boolean {
    const { vcpu } = member;
    switch (exit.kind) {
      case 'sbi-call':
        vcpu.retry();
        return this.#afterSbi(member, this.#sbi!.call(member.hart));
      case 'guest-page-fault':
        this.#accesses.fault(member, exit);
        return member.hold === 'none' && !this.#ended();
      case 'virtual-instruction':
        // HS-level CSRs, HLV and fences are not this guest's: it has no hypervisor extension.
        if (!answerSeed(vcpu, exit.instruction)) {
          vcpu.injectException(Cause.IllegalInstruction, BigInt(exit.instruction));
        }
        return true;
      case 'exception':
        if (exit.cause === Cause.DoubleTrap) return this.#doubleTrap(member);
        vcpu.injectException(exit.cause, exit.tval);
        return true;
      case 'debug':
        vcpu.injectException(Cause.Breakpoint, exit.pc);
        return true;
      case 'wfi':
        member.hold = 'wfi';
        return false;
      case 'wrs':
        member.hold = 'wrs';
        member.until = this.#now() + WRS_PATIENCE;
        return false;
      case 'timer':
      case 'external-interrupt':
      case 'host-interrupt':
        // The monitor has no use for interrupts of its levels; masked, they do not come back.
        vcpu.write('mie', vcpu.read('mie') & ~(1n << BigInt(exit.interrupt)));
        return true;
      case 'budget':
      case 'kicked':
        return false;
      case 'shutdown':
        return false;
      case 'critical-error':
        this.#finish({ kind: 'guest-dead', reason: `hart ${vcpu.id} took a trap when machine mode could take none` });
        return false;
      case 'internal':
        this.#finish({ kind: 'guest-dead', reason: `the engine stopped with reason ${exit.reason}` });
        return false;
    }
  }

  /** A trap inside the supervisor's own trap handler: a software event tells it, if it asked for that. */
  #doubleTrap({ vcpu, hart }: Member): boolean {
    vcpu.retry();
    if (this.#sbi?.doubleTrap(hart)) return true;
    this.#finish({ kind: 'guest-dead', reason: `hart ${vcpu.id} took a trap when its supervisor could take none` });
    return false;
  }

  #afterSbi(member: Member, outcome: SbiOutcome): boolean {
    switch (outcome) {
      case 'resume':
        return true;
      case 'retry':
        member.hold = 'console';
        return false;
      default:
        return false;
    }
  }
}
