// The locals of a translated function, before those that hold guest registers.

export const X = 0; // parameter: the vCPU area
export const PAGE = 1; // parameter: virtual address of the region's page
export const N = 2; // parameter: instructions left
export const TLB = 3;
export const ENTRY = 4; // a TLB entry, a slot
export const OFFSET = 5; // where in the page a static exit goes
export const NEEDS = 6; // the interpreter must do the instruction there
export const FP_READY = 7; // the floating-point unit is on, and marked dirty
export const FP_NATIVE = 8; // and WebAssembly's arithmetic is exact: NX is set and the mode is round-to-nearest-even
export const VA = 9;
export const T0 = 10;
export const T1 = 11;
export const T2 = 12;
export const T3 = 13;
export const TARGET = 14; // pc at a dynamic exit

/** Locals of each type that are not parameters. */
export const I32_LOCALS = 6; // TLB .. FP_NATIVE
export const I64_LOCALS = 6; // VA .. TARGET
/** First local for a guest register. */
export const GUEST = 15;
