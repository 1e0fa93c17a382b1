// Physical memory protection: 16 entries of 4-byte granularity, locks, and the machine-mode lockdown of Smepmp.
// Priv. ISA, "Physical Memory Protection"; "Smepmp", "Smepmp Physical Memory Protection Rules".
//
// Checks are made when a translation is looked up, not at every access: most pages have one answer for all their bytes, and it goes
// into the TLB with the translation. A page that several entries divide has none; it is never cached and every access is checked.
import { MSECCFG, OWN_M, OWNED, PMPADDR, PMPCFG } from './layout';
import { MSECCFG_MML, MSECCFG_MMWP, MSECCFG_RLB } from './csr-fields';

const PMP_ENTRIES: u32 = 16;
const CFG_R: u32 = 1;
const CFG_W: u32 = 2;
const CFG_X: u32 = 4;
const CFG_RWX: u32 = 7;
const CFG_A: u32 = 0x18;
const CFG_TOR: u32 = 0x08;
const CFG_NA4: u32 = 0x10;
const CFG_L: u32 = 0x80;
const CFG_FIELDS: u32 = 0x9f;
const PMPADDR_BITS: u64 = ((<u64>1) << 54) - 1;
/** No entry reaches beyond this address. */
const PMP_END: u64 = (<u64>1) << 57;

/** What a range of addresses permits. */
export const PMP_R: u32 = CFG_R;
export const PMP_W: u32 = CFG_W;
export const PMP_X: u32 = CFG_X;
const ALL: u32 = CFG_RWX;
/** The range is divided: an entry matches some of its bytes and not others. */
export const PMP_DIVIDED: u32 = 8;

const MACHINE: u32 = 3;

function config(x: usize, entry: u32): u32 {
  return load<u8>(x + <usize>entry, PMPCFG);
}

function address(x: usize, entry: u32): u64 {
  return load<u64>(x + ((<usize>entry) << 3), PMPADDR);
}

// ---- registers ------------------------------------------------------------------------------------------------------

function locked(x: usize, entry: u32): bool {
  return (config(x, entry) & CFG_L) != 0 && !(load<u64>(x, MSECCFG) & MSECCFG_RLB);
}

/** With machine-mode lockdown, rules that make memory executable for M-mode cannot be added. */
function refused(x: usize, byte: u32): bool {
  if ((load<u64>(x, MSECCFG) & (MSECCFG_MML | MSECCFG_RLB)) != MSECCFG_MML || !(byte & CFG_L)) return false;
  const rights = byte & CFG_RWX;
  return rights == CFG_X || rights == (CFG_R | CFG_X) || rights == CFG_W || rights == (CFG_W | CFG_X);
}

/** pmpcfg0 (entries 0 to 7) or pmpcfg2 (entries 8 to 15). */
export function pmpcfgRead(x: usize, firstEntry: u32): u64 {
  return load<u64>(x + <usize>firstEntry, PMPCFG);
}

export function pmpcfgWrite(x: usize, firstEntry: u32, value: u64): void {
  for (let i: u32 = 0; i < 8; i++) {
    const entry = firstEntry + i;
    let byte = <u32>(value >> (i << 3)) & CFG_FIELDS;
    if (locked(x, entry) || refused(x, byte)) continue;
    // Write without read is reserved, but for lockdown, which gives it a meaning.
    if (!(load<u64>(x, MSECCFG) & MSECCFG_MML) && !(byte & CFG_R)) byte &= ~CFG_W;
    store<u8>(x + <usize>entry, <u8>byte, PMPCFG);
  }
}

export function pmpaddrRead(x: usize, entry: u32): u64 {
  return address(x, entry);
}

export function pmpaddrWrite(x: usize, entry: u32, value: u64): void {
  if (locked(x, entry)) return;
  // The address below a locked top-of-range entry is that range's bottom.
  if (entry + 1 < PMP_ENTRIES && locked(x, entry + 1) && (config(x, entry + 1) & CFG_A) == CFG_TOR) return;
  store<u64>(x + ((<usize>entry) << 3), value & PMPADDR_BITS, PMPADDR);
}

/** Is any entry locked, switched on or not? */
export function pmpAnyLocked(x: usize): bool {
  return ((load<u64>(x, PMPCFG) | load<u64>(x, PMPCFG + 8)) & 0x8080_8080_8080_8080) != 0;
}

// ---- checks ---------------------------------------------------------------------------------------------------------

/** Are accesses checked? Not where machine mode belongs to the monitor, which sets up no entries. */
// @ts-ignore: decorator
@inline export function pmpOn(x: usize): bool {
  return !(load<u32>(x, OWNED) & OWN_M);
}

/** The table of Smepmp: what a rule means while machine-mode lockdown is on. */
function lockdownRights(cfg: u32, machine: bool): u32 {
  const own = cfg & CFG_RWX;
  const lockedRule = (cfg & CFG_L) != 0;
  if ((own & (CFG_R | CFG_W)) == CFG_W) {
    // Shared regions: data without L, code with it.
    if (!lockedRule) return machine || own & CFG_X ? CFG_R | CFG_W : CFG_R;
    return machine && own & CFG_X ? CFG_R | CFG_X : CFG_X;
  }
  if (lockedRule && own == ALL) return CFG_R;
  return lockedRule == machine ? own : 0;
}

function rights(x: usize, cfg: u32, priv: u32): u32 {
  if (load<u64>(x, MSECCFG) & MSECCFG_MML) return lockdownRights(cfg, priv == MACHINE);
  return priv == MACHINE && !(cfg & CFG_L) ? ALL : cfg & CFG_RWX;
}

/** Rights where no entry matches. */
function unmatched(x: usize, priv: u32): u32 {
  if (priv != MACHINE) return 0;
  const seccfg = load<u64>(x, MSECCFG);
  if (seccfg & MSECCFG_MMWP) return 0;
  return seccfg & MSECCFG_MML ? CFG_R | CFG_W : ALL;
}

/** Rights of `priv` to the `bytes` from `pa` on, all of which lie in one page; PMP_DIVIDED if there is no one answer. */
export function pmpRights(x: usize, pa: u64, bytes: u64, priv: u32): u32 {
  if (pa >= PMP_END) return unmatched(x, priv);
  const end = pa + bytes;
  for (let first: u32 = 0; first < PMP_ENTRIES; first += 8) {
    let cfgs = pmpcfgRead(x, first);
    for (let entry = first; cfgs != 0; entry++) {
      const cfg = <u32>cfgs & 0xff;
      cfgs >>= 8;
      if (!(cfg & CFG_A)) continue;
      const word = address(x, entry);
      let low = word << 2;
      let high = low;
      if ((cfg & CFG_A) == CFG_TOR) low = entry == 0 ? 0 : address(x, entry - 1) << 2;
      else if ((cfg & CFG_A) == CFG_NA4) high = low + 4;
      else {
        const within = word ^ (word + 1);
        low = (word & ~within) << 2;
        high = low + ((within + 1) << 2);
      }
      if (high <= pa || low >= end || low >= high) continue;
      return low <= pa && high >= end ? rights(x, cfg, priv) : PMP_DIVIDED;
    }
  }
  return unmatched(x, priv);
}
