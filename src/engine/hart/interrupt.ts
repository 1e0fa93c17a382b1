// Interrupts: what is pending, what is enabled, which is taken first. Priv. ISA, "Machine Interrupt (mip and mie)
// Registers"; Hypervisor, "Hypervisor Interrupt (hvip, hip, and hie) Registers", "Virtual Supervisor Interrupt".
//
// Pending bits come from four places: MIP and HVIP (written by software), IRQ_LINES (controllers and other harts) and
// TIMER_LINES (comparators). SSIP and VSSIP in IRQ_LINES are edges from other harts: software clears them there too.
import {
  HGEI_LINES,
  HGEIE,
  HIDELEG,
  HSTATUS,
  HVIP,
  IRQ_LINES,
  MIDELEG,
  MIE,
  MIP,
  MSTATUS,
  PRIV,
  TIMER_LINES,
  VIRT,
  VSSTATUS,
} from './layout';
import {
  GEILEN,
  HSTATUS_VGEIN_SHIFT,
  IP_LCOFI,
  IP_M,
  IP_S,
  IP_SEI,
  IP_SGEI,
  IP_SSI,
  IP_STI,
  IP_VS,
  IP_VSEI,
  IP_VSSI,
  STATUS_MIE,
  STATUS_SIE,
} from './csr-fields';
import { FEATURE_H, FEATURE_SHLCOFIDELEG, FEATURE_SSCOFPMF, hasFeature } from './features';
import { stimecmpOn } from './timer';

/** Interrupts of HS-level that can exist: S-level ones, and overflow with Sscofpmf. */
export function supervisorBits(x: usize): u64 {
  return hasFeature(x, FEATURE_SSCOFPMF) ? IP_S | IP_LCOFI : IP_S;
}

/** Interrupts the hypervisor extension adds to mip and mie. */
export function hypervisorBits(x: usize): u64 {
  if (!hasFeature(x, FEATURE_H)) return 0;
  return GEILEN > 0 ? IP_VS | IP_SGEI : IP_VS;
}

/** Everything pending at this hart: mip as it reads. */
export function pendingBits(x: usize): u64 {
  let bits = load<u64>(x, MIP) | load<u64>(x, HVIP);
  bits |= <u64>atomic.load<u32>(x, IRQ_LINES) | <u64>load<u32>(x, TIMER_LINES);
  if (GEILEN > 0) {
    const lines = <u64>atomic.load<u32>(x, HGEI_LINES);
    if (lines & load<u64>(x, HGEIE)) bits |= IP_SGEI;
    const vgein = (load<u64>(x, HSTATUS) >> HSTATUS_VGEIN_SHIFT) & 63;
    if (vgein != 0 && (lines >> vgein) & 1) bits |= IP_VSEI;
  }
  return bits & (IP_M | supervisorBits(x) | hypervisorBits(x));
}

/** Sets the bits of `mask` in the software-written part of mip and hvip to those of `value`. */
export function pendingWrite(x: usize, value: u64, mask: u64): void {
  const own = mask & (IP_SSI | IP_STI | IP_SEI | IP_LCOFI);
  const virtual = mask & IP_VS;
  store<u64>(x, (load<u64>(x, MIP) & ~own) | (value & own), MIP);
  store<u64>(x, (load<u64>(x, HVIP) & ~virtual) | (value & virtual), HVIP);
  const edges = mask & ~value & (IP_SSI | IP_VSSI);
  if (edges) atomic.and<u32>(x, <u32>~edges, IRQ_LINES);
}

/** Bits of mip that machine mode may write. */
export function mipWritable(x: usize): u64 {
  let bits = supervisorBits(x) | (hypervisorBits(x) & IP_VSSI);
  if (stimecmpOn(x)) bits &= ~IP_STI; // STIP belongs to the comparator
  return bits;
}

/** Bits of sip and sie that exist: the S-level interrupts delegated to HS-mode. */
export function sipBits(x: usize): u64 {
  return load<u64>(x, MIDELEG) & supervisorBits(x);
}

/** Bits of hideleg that exist: VS-level interrupts, and with Shlcofideleg overflow. */
export function hidelegBits(x: usize): u64 {
  return hasFeature(x, FEATURE_SHLCOFIDELEG) && hasFeature(x, FEATURE_SSCOFPMF) ? IP_VS | IP_LCOFI : IP_VS;
}

/** Bits of vsip and vsie that exist, in their positions in mip. */
export function vsipBits(x: usize): u64 {
  return load<u64>(x, HIDELEG) & load<u64>(x, MIDELEG) & (IP_VS | IP_LCOFI);
}

/** Bits of mip or mie where a guest sees them: VS-level interrupts at the places of S-level ones, overflow at its own. */
export function toGuest(bits: u64): u64 {
  return ((bits & IP_VS) >> 1) | (bits & IP_LCOFI);
}

/** The other way round. */
export function fromGuest(bits: u64): u64 {
  return ((bits << 1) & IP_VS) | (bits & IP_LCOFI);
}

/** Bits of sip that supervisor mode may write. */
export function sipWritable(x: usize): u64 {
  return sipBits(x) & (IP_SSI | IP_LCOFI);
}

/** hvip as it reads: VSSIP is the same bit as in hip, whoever set it. */
export function hvipRead(x: usize): u64 {
  return (load<u64>(x, HVIP) | (<u64>atomic.load<u32>(x, IRQ_LINES) & IP_VSSI)) & IP_VS;
}

/** The first of `bits` in priority order: MEI MSI MTI SEI SSI STI SGEI VSEI VSSI VSTI LCOFI. */
function first(bits: u64): i32 {
  if (bits & IP_M) return bits & ((<u64>1) << 11) ? 11 : bits & ((<u64>1) << 3) ? 3 : 7;
  if (bits & IP_S) return bits & IP_SEI ? 9 : bits & IP_SSI ? 1 : 5;
  if (bits & IP_SGEI) return 12;
  if (bits & IP_VS) return bits & IP_VSEI ? 10 : bits & IP_VSSI ? 2 : 6;
  return 13;
}

/** The interrupt to take now, -1 if none. One whose level TypeScript owns counts: taking it is an exit. */
export function pendingInterrupt(x: usize): i32 {
  const bits = pendingBits(x) & load<u64>(x, MIE);
  if (bits == 0) return -1;
  const priv = load<u32>(x, PRIV);
  const virt = load<u32>(x, VIRT) != 0;
  const mideleg = load<u64>(x, MIDELEG);

  const toM = bits & ~mideleg;
  if (toM && (priv != 3 || load<u64>(x, MSTATUS) & STATUS_MIE)) return first(toM);
  if (priv == 3) return -1;

  const hideleg = load<u64>(x, HIDELEG);
  const toHs = bits & mideleg & ~hideleg;
  if (toHs && (virt || priv == 0 || load<u64>(x, MSTATUS) & STATUS_SIE)) return first(toHs);

  const toVs = bits & mideleg & hideleg;
  if (toVs && virt && (priv == 0 || load<u64>(x, VSSTATUS) & STATUS_SIE)) return first(toVs);
  return -1;
}

/** True if WFI has a reason to resume: an interrupt pending and locally enabled, at whatever level. */
export function wakePending(x: usize): bool {
  return (pendingBits(x) & load<u64>(x, MIE)) != 0;
}
