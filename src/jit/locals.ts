// The locals of a translated function, before those that hold guest registers.

export const X = 0; // parameter: the vCPU area
export const PAGE = 1; // parameter: virtual address of the region's page
export const N = 2; // parameter: instructions left
export const ENTRY = 3; // a TLB entry, a slot
export const OFFSET = 4; // where in the page a static exit goes
export const NEEDS = 5; // the interpreter must do the instruction there
export const FP_READY = 6; // the floating-point unit is on, and marked dirty
export const FP_NATIVE = 7; // and the mode is round-to-nearest-even
export const FP_NX = 8; // NX is set: whether a result is inexact does not matter
export const HOST = 9; // what an access adds to its guest address
export const LEFT = 10; // what callRegion gives
export const BANK = 11; // the TLB's bank for loads and stores
export const VA = 12;
export const TAG = 13; // what a lookup compares with
export const T0 = 14;
export const T1 = 15;
export const T2 = 16;
export const T3 = 17;
export const TARGET = 18; // pc at a dynamic exit

/** Locals of each type that are not parameters. */
export const I32_LOCALS = 9; // ENTRY .. BANK
export const I64_LOCALS = 7; // VA .. TARGET
/** First local for a guest register: the integer ones in use; then, of type f64, temporaries and the floating-point ones. */
export const GUEST = 19;
/** Temporaries of type f64. */
export const F64_TEMPORARIES = 4;
