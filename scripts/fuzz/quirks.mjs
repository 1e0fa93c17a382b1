// Where QEMU and the specification part. What is listed here is either not drawn or not compared; our own tests cover it
// from the text.

/** Instructions that a version of QEMU gets wrong, with what it does. */
const WRONG_BEFORE_8 = {
  ctzw: 'CTZW counts in the whole register where its low half is zero',
};

/** Names of instructions that are not to be drawn for this version. */
export function wrongIn(version) {
  return Number.parseInt(version, 10) < 8 ? Object.keys(WRONG_BEFORE_8) : [];
}

/** CSRs likewise: QEMU 7 lets a read-only one be set and cleared by a register that holds zero. */
export function wrongCsrsIn(version) {
  return Number.parseInt(version, 10) < 8 ? [0xf14] : [];
}

const LOAD_MISALIGNED = 4n;
const STORE_MISALIGNED = 6n;
const BREAKPOINT = 3n;
const FS = 3n << 13n;
const SD = 1n << 63n;

/** A trap as { cause, tval }: QEMU's as the specification would have it, where ours shows that it is this case. */
export function asSpecified(ours, theirs) {
  let { cause, tval } = theirs;
  // Misaligned atomics load first in QEMU; the Priv. ISA says that AMOs raise store/AMO exceptions.
  if (ours.cause === STORE_MISALIGNED && cause === LOAD_MISALIGNED) cause = STORE_MISALIGNED;
  // mtval of EBREAK is zero or the address; QEMU chose the one, then the other.
  if (ours.cause === BREAKPOINT && cause === BREAKPOINT) tval = ours.tval;
  return { cause, tval };
}

/** Floating-point state may be called dirty when it is not: then so is the other's. */
export function asDirty(ours, theirs) {
  return (ours & FS) === FS ? theirs | FS | SD : theirs;
}
