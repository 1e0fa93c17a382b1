// The kinds of exit in a fixed order, for counters in shared memory.
import type { VmExit } from '../exit.js';

/** Every kind of exit; at most 16. */
export const EXIT_KINDS = [
  'sbi-call',
  'guest-page-fault',
  'virtual-instruction',
  'exception',
  'debug',
  'wfi',
  'timer',
  'external-interrupt',
  'host-interrupt',
  'budget',
  'kicked',
  'internal',
  'shutdown',
  'critical-error',
  'wrs',
] as const satisfies readonly VmExit['kind'][];

const INDEX = new Map<VmExit['kind'], number>(EXIT_KINDS.map((kind, index) => [kind, index]));

export function exitIndex(kind: VmExit['kind']): number {
  return INDEX.get(kind)!;
}
