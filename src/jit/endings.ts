// How decoded slots are read, and how their operations end a block of a region.

import * as S from '../engine/generated/slots.js';

/** Most that the instructions of a region weigh, one each but for accesses to memory: where memory is linear, else of a system's, and of a program's (setting.ts). */
export const LINEAR_WEIGHT = 320;
export const SYSTEM_WEIGHT = 160;
export const PROGRAM_WEIGHT = 480;
/**
 * What an access to memory weighs where that is not linear (linear.ts), as under systems with processes: there it takes some 80 bytes of WebAssembly, where other
 * instructions take 20. V8's compilers keep what their largest function took, and of a system's thousand regions some are as large as they may be.
 */
export const SCATTERED_ACCESS = 4;
/** Most blocks in a region. */
export const MAX_BLOCKS = 480;

/** How a block ends. */
export const ENDS_NEXT = 0; // runs into the next block
export const ENDS_JUMP = 1; // near jump
export const ENDS_CALL = 2; // near jump that links
export const ENDS_BRANCH = 3; // near conditional branch
export const ENDS_BRANCH_FAR = 4; // conditional branch out of the page
export const ENDS_JUMP_FAR = 5; // jump out of the page
export const ENDS_CALL_FAR = 6;
export const ENDS_INDIRECT = 7; // JR, JALR
export const ENDS_SLOW = 8; // an instruction for the interpreter
export const ENDS_SWITCH = 9; // JR through a table: its cases are blocks of the region
export const ENDS_OUT = 10; // a call of a function that is no part of the region, which goes on at `next` when that has returned

export const ENDS_DISPATCH = 11; // no instruction: what several jumps through tables have in common, the way to their cases

/** A block's successors are numbers of blocks, or LEAVES. */
export const LEAVES = -1;
/** What {@link Region.successor} says behind the last edge. */
export const NO_MORE = -2;

/** Reads the decoded page of a region. */
export interface Slots {
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
}

/** Bytes of the instruction in a slot with operation `op`. */
export function lengthOf(op: number): number {
  return op < S.S_FIRST_SINGLE && op >= S.S_FIRST_PAIR && (op & 1) === 1 ? 2 : 4;
}

/** The operation without its form: the number of the 4-byte one. */
export function plain(op: number): number {
  return op < S.S_FIRST_SINGLE && op >= S.S_FIRST_PAIR ? op & ~1 : op;
}

const FAR_BRANCHES = new Set([S.S_BEQ_FAR, S.S_BNE_FAR, S.S_BLT_FAR, S.S_BGE_FAR, S.S_BLTU_FAR, S.S_BGEU_FAR]);
const BRANCHES = new Set([S.S_BEQ, S.S_BNE, S.S_BLT, S.S_BGE, S.S_BLTU, S.S_BGEU]);
const SLOW = new Set([
  S.S_UNDECODED,
  S.S_PAGE_END,
  S.S_CROSS,
  S.S_ILLEGAL,
  S.S_CSR,
  S.S_SYSTEM,
  S.S_ATOMIC,
  S.S_RARE,
  S.S_FLH,
  S.S_FSH,
  S.S_JIT,
  S.S_JR_FAR,
  S.S_JALR_FAR,
]); // prettier-ignore

/** How each operation ends a block; ENDS_NEXT for those that do not. */
export const ENDING = new Uint8Array(S.S_JIT + 1);
for (let op = 0; op <= S.S_JIT; op++) {
  const p = plain(op);
  if (p === S.S_J) ENDING[op] = ENDS_JUMP;
  else if (p === S.S_J_FAR) ENDING[op] = ENDS_JUMP_FAR;
  else if (p === S.S_JAL) ENDING[op] = ENDS_CALL;
  else if (p === S.S_JAL_FAR) ENDING[op] = ENDS_CALL_FAR;
  else if (p === S.S_JR || p === S.S_JALR) ENDING[op] = ENDS_INDIRECT;
  else if (BRANCHES.has(p)) ENDING[op] = ENDS_BRANCH;
  else if (FAR_BRANCHES.has(p)) ENDING[op] = ENDS_BRANCH_FAR;
  else if (SLOW.has(p)) ENDING[op] = ENDS_SLOW;
}
