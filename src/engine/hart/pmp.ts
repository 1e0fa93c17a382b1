// The registers of physical memory protection: 16 entries of 4-byte granularity, locks included.
// Priv. ISA, "Physical Memory Protection CSRs".
import { PMPADDR, PMPCFG } from './layout';

const PMP_ENTRIES: u32 = 16;
const PMP_R: u32 = 1;
const PMP_W: u32 = 2;
const PMP_A: u32 = 0x18;
const PMP_TOR: u32 = 0x08;
const PMP_L: u32 = 0x80;
const PMP_FIELDS: u32 = 0x9f;
const PMPADDR_BITS: u64 = ((<u64>1) << 54) - 1;

function config(x: usize, entry: u32): u32 {
  return load<u8>(x + <usize>entry, PMPCFG);
}

/** pmpcfg0 (entries 0 to 7) or pmpcfg2 (entries 8 to 15). */
export function pmpcfgRead(x: usize, firstEntry: u32): u64 {
  return load<u64>(x + <usize>firstEntry, PMPCFG);
}

export function pmpcfgWrite(x: usize, firstEntry: u32, value: u64): void {
  for (let i: u32 = 0; i < 8; i++) {
    const entry = firstEntry + i;
    if (config(x, entry) & PMP_L) continue;
    let byte = <u32>(value >> (i << 3)) & PMP_FIELDS;
    if (!(byte & PMP_R)) byte &= ~PMP_W; // write without read is reserved
    store<u8>(x + <usize>entry, <u8>byte, PMPCFG);
  }
}

export function pmpaddrRead(x: usize, entry: u32): u64 {
  return load<u64>(x + ((<usize>entry) << 3), PMPADDR);
}

export function pmpaddrWrite(x: usize, entry: u32, value: u64): void {
  if (config(x, entry) & PMP_L) return;
  // The address below a locked top-of-range entry is that range's bottom.
  if (entry + 1 < PMP_ENTRIES && (config(x, entry + 1) & (PMP_L | PMP_A)) == (PMP_L | PMP_TOR)) return;
  store<u64>(x + ((<usize>entry) << 3), value & PMPADDR_BITS, PMPADDR);
}
