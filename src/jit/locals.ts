// The locals of a translated function, before those that hold guest registers.

export const X = 0; // parameter: the vCPU area
export const PAGE = 1; // parameter: virtual address of the region's page
export const N = 2; // parameter: instructions left
export const TLB = 3;
export const ENTRY = 4; // a TLB entry, a slot
export const OFFSET = 5; // where in the page a static exit goes
export const NEEDS = 6; // the interpreter must do the instruction there
export const FP_READY = 7; // the floating-point unit is on, and marked dirty
export const FP_NATIVE = 8; // and the mode is round-to-nearest-even
export const FP_NX = 9; // NX is set: whether a result is inexact does not matter
export const VA = 10;
export const T0 = 11;
export const T1 = 12;
export const T2 = 13;
export const T3 = 14;
export const TARGET = 15; // pc at a dynamic exit
export const SHARED = 16; // NO_PAGE if other harts run, else 0

/** Locals of each type that are not parameters. */
export const I32_LOCALS = 7; // TLB .. FP_NX
export const I64_LOCALS = 7; // VA .. SHARED
/** First local for a guest register: the integer ones in use; then, of type f64, temporaries and the floating-point ones. */
export const GUEST = 17;
/** Temporaries of type f64. */
export const F64_TEMPORARIES = 4;
