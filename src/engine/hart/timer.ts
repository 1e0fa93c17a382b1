// Time and the timer comparators. Priv. ISA, "Sstc" and "Machine Timer"; Hypervisor, "vstimecmp", "htimedelta".
// `time` comes from the host's clock or, in deterministic runs, from the count of retired instructions.
import {
  HENVCFG,
  HTIMEDELTA,
  MENVCFG,
  OWN_HS,
  OWN_TIMER,
  OWNED,
  STIMECMP,
  TIMER_LINES,
  TIME_MODE,
  TIME_OFFSET,
  TIME_SHIFT,
  VSTIMECMP,
} from './layout';
import { aclintMtimecmp } from './aclint';
import { retired } from './counters';
import { ENVCFG_STCE, IP_MTI, IP_STI, IP_VSTI } from './csr-fields';
import { hostTime } from './host';

/** `time` as HS-mode and M-mode read it. */
export function now(x: usize): u64 {
  const ticks: u64 =
    load<u32>(x, TIME_MODE) == 1 ? retired(x) >> (load<u32>(x, TIME_SHIFT) & 63) : <u64>Math.floor(hostTime());
  return ticks + atomic.load<u64>(x, TIME_OFFSET);
}

/** True while stimecmp drives STIP. */
export function stimecmpOn(x: usize): bool {
  return (load<u64>(x, MENVCFG) & ENVCFG_STCE) != 0 || (load<u32>(x, OWNED) & OWN_TIMER) != 0;
}

/** True while vstimecmp drives VSTIP (henvcfg.STCE is zero whenever menvcfg.STCE is). */
export function vstimecmpOn(x: usize): bool {
  const owners = OWN_HS | OWN_TIMER;
  return (load<u64>(x, HENVCFG) & ENVCFG_STCE) != 0 || (load<u32>(x, OWNED) & owners) == owners;
}

/** Recomputes which comparators have fired at `time`. */
export function updateTimers(x: usize, time: u64): void {
  let fired: u64 = time >= aclintMtimecmp(x) ? IP_MTI : 0;
  if (stimecmpOn(x)) {
    if (time >= load<u64>(x, STIMECMP)) fired |= IP_STI;
    if (vstimecmpOn(x) && time + load<u64>(x, HTIMEDELTA) >= load<u64>(x, VSTIMECMP)) fired |= IP_VSTI;
  }
  store<u32>(x, <u32>fired, TIMER_LINES);
}

/** The earliest host-side `time` after `time` at which a comparator fires, u64.MAX_VALUE if none will. */
export function deadlineAfter(x: usize, time: u64): u64 {
  let deadline: u64 = u64.MAX_VALUE;
  const mtimecmp = aclintMtimecmp(x);
  if (mtimecmp > time) deadline = mtimecmp;
  if (stimecmpOn(x)) {
    const stimecmp = load<u64>(x, STIMECMP);
    if (stimecmp > time) deadline = min<u64>(deadline, stimecmp);
    if (vstimecmpOn(x)) {
      // Compared as the guest's time; a distance that wraps past the end of host time never comes.
      const guest = time + load<u64>(x, HTIMEDELTA);
      const vstimecmp = load<u64>(x, VSTIMECMP);
      if (vstimecmp > guest && vstimecmp - guest <= u64.MAX_VALUE - time) {
        deadline = min<u64>(deadline, time + (vstimecmp - guest));
      }
    }
  }
  return deadline;
}

/** The earliest `time` from now on at which TIMER_LINES changes, u64.MAX_VALUE if it will not. */
export function nextDeadline(x: usize): u64 {
  return deadlineAfter(x, now(x));
}
