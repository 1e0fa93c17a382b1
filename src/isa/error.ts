// The one error type of the library: misuse by the host throws it, a guest never does.

/** A stable, machine-readable reason in SCREAMING_SNAKE_CASE, e.g. `ELF_TRUNCATED`. Codes never change their meaning. */
export type ErrorCode = string;

/** What the host did wrong. Guests cannot cause it: guest faults are values (a {@link VmExit} or an injected trap). */
export class HypercraftError extends Error {
  /** Always `HypercraftError`. */
  override readonly name = 'HypercraftError';
  /** Which mistake it was. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
