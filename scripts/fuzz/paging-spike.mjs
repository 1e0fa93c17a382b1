// Where Spike and our hart part about paging. All of it is left open by the specification but the address of CBO.ZERO.

export { specialIn } from './paging-quirks.mjs';

/** Of a misaligned atomic, an access fault may be raised in place of the misaligned address. */
const MISALIGNED = new Map([
  [4n, 5n],
  [6n, 7n],
]);
const STORE_FAULTS = [7n, 15n, 23n];

/** A store across pages of which the second is not there: its first half may have been made. */
export function isTorn({ kind = '' }, { mcause, mtval }) {
  return kind.endsWith('store') && STORE_FAULTS.includes(mcause) && (mtval & 0xfffn) === 0n;
}

/** Whether what follows an access is not comparable. */
export function partsWays(access, ours, theirs) {
  return isTorn(access, ours) && ours.mcause === theirs.mcause;
}

/** Spike's end of an access as ours may be another. */
export function asSpecified({ kind }, ours, theirs) {
  // The transformed instruction may be left out, not the pseudoinstruction.
  if (theirs.mtinst === 0n && (ours.mtinst & 3n) !== 0n) theirs = { ...theirs, mtinst: ours.mtinst };
  if (MISALIGNED.get(ours.mcause) === theirs.mcause) theirs = { ...theirs, mcause: ours.mcause, mtval: ours.mtval };
  // The faulting address is the value in rs1 (CMO, "Cache-Block Management Instructions"), not the block's.
  if (kind === 'block' && ours.mtval - (ours.mtval & 63n) === theirs.mtval) {
    theirs = { ...theirs, mtval: ours.mtval, mtval2: theirs.mtval2 | (ours.mtval2 & 15n) };
  }
  return theirs;
}

/** An entry that Spike left. */
export const entryAsSpecified = (_ours, theirs) => theirs;
