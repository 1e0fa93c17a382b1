// Where QEMU 10 and the specification part about paging. What is listed here is not compared; our own tests cover it from the text.
import { BASE, MEMORY } from './image.mjs';
import { ACTION, ACTIONS, BLOCK_BYTES, DONE, MOST_ACTIONS, POKES, SEQUENCE_CSRS } from './paging-program.mjs';

/** What is compared of mstatus after a trap: MPP and MPV. QEMU 10 sets GVA by V alone, whosever address it was. */
export const STATUS = (3n << 11n) | (1n << 39n);
export const GVA = 1n << 38n;

const FETCH_ACCESS = 1n;
const ILLEGAL = 2n;
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

const SSE = 8n;

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
 * to it, for which SUM does nothing and PMP asks for X; MXR lets it read tables that are only executable; and shadow
 * stacks are wherever may be written, without page tables everywhere.
 */
export function partsWays({ name = '', kind = '', mxr }, ours, theirs) {
  if (kind === 'shadow' && ours.mcause === STORE_ACCESS) return theirs.mcause !== STORE_ACCESS;
  // SSPOPCHK asks the second stage for reading only.
  if (name === 'sspopchk' && ours.mcause === STORE_GUEST) return theirs.mcause !== STORE_GUEST;
  if (name.startsWith('hlvx')) {
    if (FETCH_FAULTS.includes(theirs.mcause) && (isDone(ours) || ours.mcause === LOAD_GUEST)) return true;
    if (FETCH_FAULTS.includes(theirs.mcause) && ours.mtval !== theirs.mtval) return true;
    if (isDone(theirs) && ours.mcause === LOAD_ACCESS) return true;
  }
  if (mxr && ours.mtinst === PSEUDO_READ && ['mtval2', 'mcause'].some((name) => theirs[name] !== ours[name]))
    return true;
  return ours.mtinst === PSEUDO_WRITE && theirs.mtinst !== PSEUDO_WRITE;
}

/** A store across pages of which the second is not there: QEMU may have made the first half. */
export function isTorn({ kind = '' }, { mcause, mtval }) {
  return kind.endsWith('store') && mcause === STORE_ACCESS && (mtval & 0xfffn) === 0n;
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
  // Either will do for an SSAMOSWAP that is not aligned.
  if (kind === 'shadow' && ours.mcause === STORE_MISALIGNED && theirs.mcause === STORE_ACCESS) return ours;
  // It is a store that a stage refuses, whatever comes of the load that QEMU tries.
  if (kind === 'atomic' && [STORE_PAGE, STORE_GUEST].includes(ours.mcause)) {
    if ([STORE_ACCESS, STORE_GUEST].includes(theirs.mcause) && theirs.mcause !== ours.mcause) return ours;
  }
  // A page of a shadow stack is refused to CBO and AMOs before or after all else that is wrong is looked at; and QEMU knows one before it has
  // seen that N is wrong.
  if (shadow && ['atomic', 'block'].includes(kind) && isRefusedStore(ours) && isRefusedStore(theirs)) return ours;
  if (shadow && napot && FETCH_FAULTS.includes(ours.mcause) && theirs.mcause === FETCH_ACCESS) return ours;
  if (shadow && napot && ours.mcause === STORE_PAGE && theirs.mcause === STORE_ACCESS) return ours;
  // The instruction of a shadow stack is none that could be transformed.
  if (kind === 'shadow' && ours.mtinst === 0n) theirs = { ...theirs, mtinst: 0n };
  // Where protection refuses a table of the second stage that is read for one of the first.
  if (theirs.mtinst === PSEUDO_READ && ACCESS_FAULTS.get(ours.mcause)?.includes(theirs.mcause)) return ours;
  // Near the beginning QEMU's board has a ROM.
  if (astray && ours.mcause === FETCH_ACCESS && ours.mepc === theirs.mepc && theirs.mcause === ILLEGAL) return ours;
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
 * stores, and which touch a page before they find that it is a shadow stack's; `hasShadow`: shadow-stack instructions are, which touch
 * pages that are none. `astray`: an access across pages may look at the second one before it finds that the first one is not there. A page of the second stage is not dirty in QEMU where what was written
 * are A and D bits of the first.
 */
export function entryAsSpecified(ours, theirs, { hasAtomic, hasBlock, hasShadow, astray }) {
  if ((hasShadow || astray) && [A, D, A | D].some((bits) => theirs === (ours | bits))) return ours;
  if (hasBlock && (theirs === (ours | D) || ours === (theirs | A))) return ours;
  if (theirs === (ours | A) && (hasAtomic || isReservedNapot(ours))) return ours;
  if (theirs === (ours | A | D) && isReservedNapot(ours)) return ours;
  return ours === (theirs | D) ? ours : theirs;
}

/** What is special in a block: entries that name memory that is not there, shadow stacks, entries with N. */
export function specialIn(view) {
  const menvcfg = view.getBigUint64(SEQUENCE_CSRS.indexOf('menvcfg') * 8, true);
  const special = { astray: false, napot: false, shadow: (menvcfg & SSE) !== 0n };
  const entries = [];
  for (let at = POKES; at + 16 <= BLOCK_BYTES; at += 16) entries.push(view.getBigUint64(at + 8, true));
  for (let i = 0; i < MOST_ACTIONS; i++) {
    entries.push(view.getBigUint64(ACTIONS + i * ACTION.bytes + ACTION.pokeValue, true));
  }
  for (const entry of entries) {
    const page = ((entry >> 10n) & ((1n << 44n) - 1n)) << 12n;
    special.astray ||= page >= BASE + BigInt(MEMORY) || ((entry & 0xfn) === 1n && page < BASE);
    special.napot ||= entry >> 63n !== 0n;
  }
  return special;
}
