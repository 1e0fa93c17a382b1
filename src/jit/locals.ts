// The locals of a translated function, before those that hold guest registers.

export const X = 0; // parameter: the vCPU area
export const PAGE = 1; // parameter: virtual address of the region's page
export const N = 2; // parameter: instructions left
export const BACK = 3; // parameter: where the function that called wants the guest to return to, all ones if none did
export const DEPTH = 4; // parameter: how many functions wait for one another
export const ENTRY = 5; // a TLB entry, a cell
export const OFFSET = 6; // where in the page a static exit goes
export const CHOICE = 7; // the condition of a choice
export const FP_READY = 8; // the floating-point unit is on, and marked dirty
export const FP_NATIVE = 9; // and the mode is round-to-nearest-even
export const FP_NX = 10; // NX is set: whether a result is inexact does not matter
export const HOST = 11; // what an access adds to its guest address
export const LEFT = 12; // a word to choose
export const BANK = 13; // the TLB's bank for loads and stores
export const LOAD_BASE = 14; // host address of the first byte of a window (windows.ts), in loops that have it in locals
export const STORE_BASE = 15;
export const VA = 16;
export const TAG = 17; // what a lookup compares with
export const T0 = 18;
export const T1 = 19;
export const T2 = 20;
export const T3 = 21;
export const TARGET = 22; // pc at a dynamic exit
export const WITHIN = 23; // how far an address lies above the first one of a window
export const LOAD_LOW = 24; // that one, and how far an access may lie above it, like LOAD_BASE
export const LOAD_SPAN = 25;
export const STORE_LOW = 26;
export const STORE_SPAN = 27;

/** Locals of each type that are not parameters. */
export const I32_LOCALS = 11; // ENTRY .. STORE_BASE
export const I64_LOCALS = 12; // VA .. STORE_SPAN
/** First local for a guest register: the integer ones in use; then, of type f64, temporaries and the floating-point ones. */
export const GUEST = 28;
/** Temporaries of type f64. */
export const F64_TEMPORARIES = 4;
