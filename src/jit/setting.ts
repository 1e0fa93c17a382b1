// What a region depends on beside its code, as far as harts know it when they ask: guesses, which cost speed where they are wrong.

/** Where code runs. */
export interface Setting {
  /** Whether memory is linear there: linear.ts. */
  readonly linear: boolean;
  /**
   * Whether it is a program's, run in user mode: its loops are worth larger regions than a system's, of which a boot runs a hundred times as much code, each for a
   * moment.
   */
  readonly program: boolean;
}

/** Code of a system whose pages lie anywhere. */
export const ANYWHERE: Setting = { linear: false, program: false };
