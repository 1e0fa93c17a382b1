// The state of a hart's CSRs after reset. Priv. ISA, "Reset". What the specification leaves open is zero.
import {
  CSR_BASE,
  CSR_END,
  FEATURES,
  FEATURES2,
  HGEI_LINES,
  IRQ_LINES,
  MHARTID,
  MIDELEG,
  MISA,
  MSTATUS,
  PRIV,
  TIMER_LINES,
  VIRT,
} from './layout';
import { STATUS_MDT } from './csr-fields';
import { FEATURE_SMDBLTRP, hasFeature, misaLetters } from './features';
import { resetCounters } from './counters';
import { hypervisorBits } from './interrupt';
import { deriveFpState } from './status';

const MISA_RV64: u64 = (<u64>2) << 62;

/** Puts every CSR into its reset state; the hart id stays. FEATURES must say what the hart has; nothing said means all. */
export function resetCsrs(x: usize): void {
  const hartid = load<u64>(x, MHARTID);
  memory.fill(x + CSR_BASE, 0, CSR_END - CSR_BASE);
  store<u64>(x, hartid, MHARTID);
  if (load<u64>(x, FEATURES) == 0) {
    store<u64>(x, ~0, FEATURES);
    store<u64>(x, ~0, FEATURES2);
  }
  store<u32>(x, 3, PRIV);
  store<u32>(x, 0, VIRT);
  store<u64>(x, MISA_RV64 | misaLetters(x), MISA);
  store<u64>(x, hypervisorBits(x), MIDELEG);
  if (hasFeature(x, FEATURE_SMDBLTRP)) store<u64>(x, STATUS_MDT, MSTATUS);
  atomic.store<u32>(x, 0, IRQ_LINES);
  atomic.store<u32>(x, 0, HGEI_LINES);
  store<u32>(x, 0, TIMER_LINES);
  resetCounters(x);
  deriveFpState(x);
}
