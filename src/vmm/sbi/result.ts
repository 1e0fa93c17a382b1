// What an SBI function returns to its caller, and what a call means for whoever runs the hart.
// SBI specification, "Binary Encoding": error codes and struct sbiret.

/** Standard error codes. */
export const SbiError = {
  success: 0n,
  failed: -1n,
  notSupported: -2n,
  invalidParam: -3n,
  denied: -4n,
  invalidAddress: -5n,
  alreadyAvailable: -6n,
  alreadyStarted: -7n,
  alreadyStopped: -8n,
  noShmem: -9n,
  invalidState: -10n,
  badRange: -11n,
  timeout: -12n,
  io: -13n,
  deniedLocked: -14n,
} as const;
export type SbiError = (typeof SbiError)[keyof typeof SbiError];

/**
 * What the run loop does next with the hart that made the call.
 * - `resume`: run it on.
 * - `retry`: the call could not be served yet (a full console); pc is still at the ecall. Let others run first.
 * - `stopped`, `suspended`: not before `Sbi.ready` says so again.
 * - `reset`: the machine ends or restarts, as told to `SbiPlatform.reset`; run none of its harts.
 */
export type SbiOutcome = 'resume' | 'retry' | 'stopped' | 'suspended' | 'reset';

/**
 * What a function returns: either a pair for a0 and a1, after which pc moves past the ecall; or `placed`, when the
 * function has put the hart's pc and registers where they belong by itself.
 */
export type SbiReturn =
  | { readonly kind: 'returned'; readonly error: bigint; readonly value: bigint; readonly outcome: SbiOutcome }
  | { readonly kind: 'placed'; readonly outcome: SbiOutcome };

/** SBI_SUCCESS, with a value for a1. */
export function success(value = 0n): SbiReturn {
  return { kind: 'returned', error: SbiError.success, value, outcome: 'resume' };
}

/** An error code; a1 is zero. */
export function failure(error: SbiError): SbiReturn {
  return { kind: 'returned', error, value: 0n, outcome: 'resume' };
}

/** A value for a0 alone, as functions of the legacy extensions return. */
export function legacy(value: bigint): SbiReturn {
  return { kind: 'returned', error: value, value: 0n, outcome: 'resume' };
}

/** pc and registers are as they should be. */
export function placed(outcome: SbiOutcome): SbiReturn {
  return { kind: 'placed', outcome };
}
