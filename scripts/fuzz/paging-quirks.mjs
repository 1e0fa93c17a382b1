// Where QEMU 10 and the specification part about paging. What is listed here is not compared; our own tests cover it from the text.
import { DONE } from './paging-program.mjs';

/** What is compared of mstatus after a trap: MPP and MPV. QEMU 10 sets GVA by V alone, whosever address it was. */
export const STATUS = (3n << 11n) | (1n << 39n);
export const GVA = 1n << 38n;

const FETCH_ACCESS = 1n;
const FETCH_FAULTS = [FETCH_ACCESS, 12n, 20n];
const LOAD_MISALIGNED = 4n;
const LOAD_ACCESS = 5n;
const LOAD_GUEST = 21n;
const LOAD_FAULTS = [LOAD_ACCESS, 13n, 21n];
const STORE_MISALIGNED = 6n;
const STORE_ACCESS = 7n;
const STORE_PAGE = 15n;
const STORE_GUEST = 23n;
const GUEST_FAULTS = [20n, 21n, STORE_GUEST];
const ACCESS_FAULTS = new Map([
  [FETCH_ACCESS, [12n, 20n]],
  [LOAD_ACCESS, [13n, 21n]],
  [STORE_ACCESS, [15n, 23n]],
]);

/** Made: in M mode, or followed by the call that ends a routine. */
const isDone = ({ mcause }) => mcause === DONE || (mcause >= 8n && mcause <= 10n);
const isRefusedStore = ({ mcause }) => [STORE_ACCESS, STORE_PAGE, STORE_GUEST].includes(mcause);
const isOfBlock = (address, block) => address - (address & 63n) === block;

/** The pseudoinstructions of reading and writing an entry of the first stage. */
const PSEUDO_READ = 0x3000n;
const PSEUDO_WRITE = 0x3020n;

/**
 * Whether what follows an access is not comparable: QEMU sets A and D bits of the first stage in pages that the second stage does not let
 * be written; HLVX is an instruction fetch
 * to it, for which SUM does nothing and PMP asks for X; and MXR lets it read tables that are only executable.
 */
export function partsWays({ name = '', mxr }, ours, theirs) {
  if (name.startsWith('hlvx')) {
    if (FETCH_FAULTS.includes(theirs.mcause) && (isDone(ours) || ours.mcause === LOAD_GUEST)) return true;
    if (isDone(theirs) && ours.mcause === LOAD_ACCESS) return true;
  }
  if (mxr && ours.mtinst === PSEUDO_READ && theirs.mtval2 !== ours.mtval2) return true;
  return ours.mtinst === PSEUDO_WRITE && theirs.mtinst !== PSEUDO_WRITE;
}

/**
 * QEMU's end of an access as the specification would have it, where ours shows that it is such a case: { mcause, mtval, ... }. `access`
 * is what was made: its `name` and `kind`, and `astray` if some entry names memory that is not there, `shadow` if there are shadow stacks, `napot` if some entry has N.
 */
export function asSpecified(access, ours, theirs) {
  const { kind = '', name = '', astray, shadow, napot } = access;
  // Where no guest page is at fault it leaves the address of one that was.
  if (!GUEST_FAULTS.includes(theirs.mcause)) theirs = { ...theirs, mtval2: 0n, mtinst: 0n };
  // CBO to where nothing is: QEMU asks only whether the translation allows it.
  if (kind === 'block' && ours.mcause === STORE_ACCESS && isDone(theirs)) return ours;
  // What is permitted to load or to store may be flushed: which of them is refused, and so what for, is for the hart to say.
  if (kind === 'block' && [STORE_ACCESS, STORE_GUEST].includes(ours.mcause)) {
    if ([STORE_PAGE, STORE_GUEST].includes(theirs.mcause) && theirs.mcause !== ours.mcause) return ours;
  }
  // The faulting address is the value in rs1 (CMO, "Cache-Block Management Instructions"), not the block's; and the transformed
  // instruction may be left out.
  if (kind === 'block' && isOfBlock(ours.mtval, theirs.mtval)) {
    theirs = { ...theirs, mtval: ours.mtval };
    if (isOfBlock(ours.mtval2 << 2n, theirs.mtval2 << 2n)) theirs.mtval2 = ours.mtval2;
    if (theirs.mtinst === 0n) theirs.mtinst = ours.mtinst;
  }
  // HLVX is a load, and what refuses it may be the second stage whatever V is.
  if (name.startsWith('hlvx') && LOAD_FAULTS.includes(ours.mcause) && FETCH_FAULTS.includes(theirs.mcause)) return ours;
  // AMOs load first in QEMU, but raise the exceptions of stores; and where no page is at fault there is no guest-physical address.
  if (theirs.mcause === LOAD_MISALIGNED) {
    const mcause = kind === 'atomic' ? STORE_MISALIGNED : LOAD_MISALIGNED;
    return { ...theirs, mcause, mtval2: 0n, mtinst: 0n };
  }
  // It is a store that a stage refuses, whatever comes of the load that QEMU tries.
  if (kind === 'atomic' && [STORE_PAGE, STORE_GUEST].includes(ours.mcause)) {
    if ([STORE_ACCESS, STORE_GUEST].includes(theirs.mcause) && theirs.mcause !== ours.mcause) return ours;
  }
  // A page of a shadow stack is refused to CBO and AMOs before or after all else that is wrong is looked at; and QEMU knows one before it has
  // seen that N is wrong.
  if (shadow && ['atomic', 'block'].includes(kind) && isRefusedStore(ours) && isRefusedStore(theirs)) return ours;
  if (shadow && napot && FETCH_FAULTS.includes(ours.mcause) && theirs.mcause === FETCH_ACCESS) return ours;
  // Where protection refuses a table of the second stage that is read for one of the first.
  if (theirs.mtinst === PSEUDO_READ && ACCESS_FAULTS.get(ours.mcause)?.includes(theirs.mcause)) return ours;
  // A table where there is no memory is an access fault.
  if (astray && ACCESS_FAULTS.get(ours.mcause)?.includes(theirs.mcause)) return ours;
  return theirs;
}

const A = 0x40n;
const D = 0x80n;

/** N with a size that there is not: QEMU finds out after it has set A and D. */
const isReservedNapot = (pte) => pte >> 63n !== 0n && ((pte >> 10n) & 15n) !== 8n;

/**
 * An entry that QEMU left, as the specification would have it. `hasAtomic`: atomics are among the accesses, which read first in QEMU, so
 * that a page that may not be written has been accessed. `hasBlock`: cache-block instructions are, which QEMU tries as
 * stores, and which touch a page before they find that it is a shadow stack's. A page of the second stage is not dirty in QEMU where what was written
 * are A and D bits of the first.
 */
export function entryAsSpecified(ours, theirs, { hasAtomic, hasBlock }) {
  if (hasBlock && (theirs === (ours | D) || ours === (theirs | A))) return ours;
  if (theirs === (ours | A) && (hasAtomic || isReservedNapot(ours))) return ours;
  if (theirs === (ours | A | D) && isReservedNapot(ours)) return ours;
  return ours === (theirs | D) ? ours : theirs;
}
