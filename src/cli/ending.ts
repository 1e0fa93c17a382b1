// How a run ended, as an exit status and as the last line on stderr (a guest's own code may collide with one of ours).
import type { VmEnd } from '../vmm/index.js';

export type Ending =
  | { readonly cause: 'power-off' | 'reboot' | 'migrated' | 'escape' | 'timeout' | 'usage' | 'error' | 'output-closed' }
  | { readonly cause: 'failure'; readonly code: number }
  | { readonly cause: 'signal'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' }
  /** The guest can never run again: no hart is started, or an engine state that cannot be. */
  | { readonly cause: 'guest-dead'; readonly reason: string };

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The program's exit status. */
export function statusOf(ending: Ending): number {
  switch (ending.cause) {
    case 'power-off':
    case 'reboot':
    case 'migrated':
    case 'escape':
      return 0;
    case 'failure':
      return ending.code % 256 || 1;
    case 'timeout':
      return 124;
    case 'usage':
      return 2;
    case 'signal':
      return 128 + SIGNAL_NUMBERS[ending.signal];
    default:
      return 1;
  }
}

/** The last line of a run. */
export function lastLine(ending: Ending): string {
  switch (ending.cause) {
    case 'failure':
      return `hypercraft: exit failure ${ending.code}`;
    case 'signal':
      return `hypercraft: exit signal ${ending.signal}`;
    case 'guest-dead':
      return `hypercraft: exit guest-dead ${ending.reason}`;
    default:
      return `hypercraft: exit ${ending.cause}`;
  }
}

/** A guest's own end. */
export function endingOf(end: VmEnd): Ending {
  switch (end.kind) {
    case 'failure':
      return { cause: 'failure', code: end.code };
    case 'guest-dead':
      return { cause: 'guest-dead', reason: end.reason };
    default:
      return { cause: end.kind };
  }
}
