// Instructions too rare for a place in the interpreter's loop.
// Unprivileged ISA, "Cache-Block Management Instructions", "May-Be-Operations".

import { illegalInstruction } from './trap';

/** Executes the decoded instruction in `slot`; PC is stored. */
export function rare(x: usize, slot: usize): u32 {
  return illegalInstruction(x);
}
