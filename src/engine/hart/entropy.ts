// The entropy source: the seed CSR and who may poll it. The randomness comes from the host, 16 bits a poll, so that a monitor can
// keep a log of it; with virtual time it is drawn from a state of the vCPU's own, alike in every run. Unpriv. ISA, "Entropy Source", Zkr; Priv. ISA, "Machine Security Configuration (mseccfg) Register".
import { CSR_ALLOWED, CSR_ILLEGAL, CSR_VIRTUAL } from './results';
import { MSECCFG_SSEED, MSECCFG_USEED } from './csr-fields';
import { FEATURE_ZKR, hasFeature } from './features';
import { hostEntropy } from './host';
import { ENTROPY_STATE, MSECCFG, PRIV, TIME_MODE, VIRT } from './layout';

/** seed.OPST: 16 bits of entropy follow. */
const ES16: u64 = (<u64>2) << 30;
/** seed.OPST: the source is broken and stays so. */
const DEAD: u64 = (<u64>3) << 30;

/** Polls the source. A host that has none says so for good. */
export function seedRead(x: usize): u64 {
  if (!hasFeature(x, FEATURE_ZKR)) return 0;
  const bits = load<u32>(x, TIME_MODE) == 1 ? draw(x) : hostEntropy();
  return bits < 0 ? DEAD : ES16 | <u64>(bits & 0xffff);
}

/** SplitMix64 (Steele, Lea, Flood 2014). */
function draw(x: usize): i32 {
  const state = load<u64>(x, ENTROPY_STATE) + 0x9e37_79b9_7f4a_7c15;
  store<u64>(x, state, ENTROPY_STATE);
  let z = (state ^ (state >> 30)) * 0xbf58_476d_1ce4_e5b9;
  z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
  return <i32>(z >> 48);
}

/** May the instruction at hand access seed? Only one that also writes, which is what tells polling from looking. */
export function seedAccess(x: usize, write: bool): u32 {
  if (!write) return CSR_ILLEGAL;
  const priv = load<u32>(x, PRIV);
  if (priv == 3) return CSR_ALLOWED;
  const virt = load<u32>(x, VIRT) != 0;
  const grant = priv == 0 && !virt ? MSECCFG_USEED : MSECCFG_SSEED;
  if (!(load<u64>(x, MSECCFG) & grant)) return CSR_ILLEGAL;
  return virt ? CSR_VIRTUAL : CSR_ALLOWED;
}
