// Ways to break a file, for fuzzing its reader: whatever is done to it, only a HypercraftError may come out.

import fc from 'fast-check';
import { HypercraftError } from '../isa/error.js';

/** Files made from `whole` by cutting it, overwriting bytes and flipping bits. */
export function brokenCopies(whole: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({ at: fc.nat(Math.max(0, whole.length - 1)), value: fc.integer({ min: 0, max: 255 }) });
  return fc
    .record({
      length: fc.option(fc.nat(whole.length), { freq: 3 }),
      edits: fc.array(edit, { maxLength: 8 }),
      flip: fc.boolean(),
    })
    .map(({ length, edits, flip }) => {
      const copy = whole.slice(0, length ?? whole.length);
      for (const { at, value } of edits) {
        if (at < copy.length) copy[at] = flip ? copy[at]! ^ (1 << (value & 7)) : value;
      }
      return copy;
    });
}

/** Runs `action`; a HypercraftError is an answer, anything else thrown is the bug the test looks for. */
export async function onlyTypedErrors(action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof HypercraftError)) throw error;
  }
}

/** Expects the HypercraftError with `code`. */
export function withCode(code: string): unknown {
  return {
    asymmetricMatch: (error: unknown) => error instanceof HypercraftError && error.code === code,
    toString: () => code,
  };
}
