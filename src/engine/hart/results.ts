// What an instruction that was executed out of line tells the interpreter's loop to do next.

/** Go on with the next instruction. */
export const R_OK: u32 = 0;
/** An exception was raised (`raise` filled TRAP_*): take the trap. */
export const R_TRAP: u32 = 1;
/** Done, but translation, privilege or what may interrupt has changed: leave the loop, pc is the next instruction. */
export const R_LEAVE: u32 = 2;
/** Done and PC is already set: leave the loop. */
export const R_JUMP: u32 = 3;
/** Done; advance pc and leave the engine with EXIT_REASON. */
export const R_EXIT: u32 = 4;

// Whether an instruction may access a CSR.

export const CSR_ALLOWED: u32 = 0;
export const CSR_ILLEGAL: u32 = 1;
export const CSR_VIRTUAL: u32 = 2;
