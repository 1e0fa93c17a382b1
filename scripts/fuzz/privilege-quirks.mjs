// Where QEMU 10 and the specification part about privilege. What is listed here is not compared, or not held against a hart;
// our own tests cover it from the text.
import { csrByName } from '../../dist/isa/index.js';

/** What the harness writes down of a trap, eight bytes each. */
export const TRAP_FIELDS = ['mcause', 'mtval', 'mepc', 'mtval2', 'mtinst', 'mstatus'];
const ONES = (1n << 64n) - 1n;

/** FS, VS, XS and SD: dirt may be imprecise, and there is no other state. UBE: we have no big-endian data. */
const UNDECIDED = (0xfn << 13n) | (3n << 9n) | (1n << 63n) | (1n << 6n);
/** What is defined of the status registers here, without lengths of registers and without what belongs to extensions that are off. */
export const SSTATUS = 0x10d_e762n;
/** Without GVA, which QEMU also sets for traps that write no address. */
const MSTATUS = SSTATUS | (1n << 39n) | 0x72_1888n;
/** Without VGEIN: QEMU has guest external interrupts. */
const HSTATUS = 0x70_0380n | (3n << 48n);
/** The reserved value of CBIE, which QEMU keeps. */
export const CBIE = 3n << 4n;

/**
 * Bits in which a hart may differ from QEMU, or QEMU from the specification: it lets undefined bits of the status registers
 * be written, and takes those of vsstatus to mstatus when a guest is entered.
 */
export const MASKS = {
  mstatus: UNDECIDED | ~MSTATUS,
  sstatus: UNDECIDED | ~SSTATUS,
  vsstatus: UNDECIDED | ~SSTATUS,
  hstatus: ~HSTATUS,
  // CDE belongs to Smcdeleg, which is off.
  menvcfg: CBIE | (1n << 60n),
  henvcfg: CBIE,
  senvcfg: CBIE,
  // P1P13 is about hedelegh, which 64 bits do not have.
  mstateen0: 1n << 56n,
  // What hstateen has there is about sstateen itself, which has nothing of the kind.
  sstateen0: 3n << 62n,
  sstateen1: 1n << 63n,
  sstateen2: 1n << 63n,
  sstateen3: 1n << 63n,
  // B, which QEMU wants to be asked for by itself.
  misa: 2n,
  // Environment calls from M mode cannot be delegated; software checks belong to Zicfilp and Zicfiss, which are off; QEMU 10 has no
  // hardware errors.
  medeleg: (1n << 11n) | (3n << 18n),
  hedeleg: 3n << 18n,
  // Guest external interrupts: QEMU has 63, we have none.
  mideleg: 3n << 12n,
  // Interrupts of Sscofpmf, which is off, and of the advanced interrupt architecture.
  mip: 1n << 13n,
  sip: 1n << 13n,
  vsip: 1n << 13n,
  hvip: ~0x444n,
  mie: ~0xeeen,
  sie: ~0x222n,
  vsie: ~0x222n,
  hie: ~0x444n,
  hideleg: ~0x444n,
  hgeie: ONES,
};

/** Whether a trap, whose mtval lies at an offset, is about the instruction itself. */
export function isInstruction(view, at) {
  const cause = view.getBigUint64(at - 8, true);
  return cause === 2n || cause === 22n;
}

const STORE_ACCESS = 7n;

const SSP = BigInt(csrByName.ssp);

/** SSAMOSWAP, which like ssp is only ever an illegal instruction in QEMU. */
const isSwap = (word) => (word & 0x7fn) === 0x2fn && word >> 27n === 9n;

/**
 * Whether nothing that follows is comparable: the trap whose mcause lies at an offset is a shadow-stack instruction's without page tables,
 * which QEMU lets have any memory.
 */
export function partsWays(ours, theirs, at) {
  if (ours.getBigUint64(at, true) !== STORE_ACCESS) return false;
  return [0, 16].some((more) => ours.getBigUint64(at + more, true) !== theirs.getBigUint64(at + more, true));
}

/** What QEMU writes down of such a trap where it has one: no address in M mode, and an instruction that there is not. */
export function isRefusal(ours, causeAt, name) {
  return ours.getBigUint64(causeAt, true) === STORE_ACCESS && (name === 'mtval' || name === 'mtinst');
}

/** hstateen0 and henvcfg, which a bit of mstateen0 takes from HS mode. */
const GATED = new Set(
  ['henvcfg', 'hstateen0', 'hstateen1', 'hstateen2', 'hstateen3'].map((name) => BigInt(csrByName[name])),
);

/**
 * Whether QEMU 10 chose the wrong one of illegal and virtual instruction for the trap whose mcause lies at an offset. Virtual is
 * right where HS mode could do it (Priv. ISA, "Virtual-instruction exception"): so in VU mode for a supervisor CSR, and not for a
 * hypervisor CSR that mstateen0 denies to HS mode.
 */
export function isMischosen(ours, theirs, at) {
  const causes = [ours, theirs].map((view) => view.getBigUint64(at, true));
  const word = ours.getBigUint64(at + 8, true);
  const mpp = (ours.getBigUint64(at + 8 * TRAP_FIELDS.indexOf('mstatus'), true) >> 11n) & 3n;
  if (isSwap(word)) return causes[0] === 22n && causes[1] === 2n;
  if ((word & 0x7fn) !== 0x73n) return false;
  const number = (word >> 20n) & 0xfffn;
  if (number === SSP) return causes[0] === 22n && causes[1] === 2n;
  if (causes[0] === 22n && causes[1] === 2n) return ((number >> 8n) & 3n) === 1n && mpp === 0n;
  return causes[0] === 2n && causes[1] === 22n && GATED.has(number);
}
