// The bits of the instruction at pc, and its transformed form for mtinst and htinst.
// Privileged ISA, Hypervisor, "Transformed Instruction or Pseudoinstruction for mtinst or htinst".

import { expandCompressed } from './generated/isa';
import { PC, STEP_BITS, STEP_PC } from './layout';
import { fetchEntry } from './tlb';

/**
 * The instruction at PC as it stands in memory: 16 or 32 bits, 0 if it cannot be told. Looks only where execution has just been (the
 * fetch TLB, or the instruction fetched last from a page that is not cached), so it has no effects.
 */
export function fetchBits(x: usize): u32 {
  const pc = load<u64>(x, PC);
  if (load<u64>(x, STEP_PC) == pc && load<u64>(fetchEntry(x, pc)) != pc >> 12) return load<u32>(x, STEP_BITS);
  const low = halfAt(x, pc);
  if (low == 0xffff_ffff) return 0;
  if ((low & 3) != 3) return low;
  const high = halfAt(x, pc + 2);
  return high == 0xffff_ffff ? 0 : low | (high << 16);
}

function halfAt(x: usize, va: u64): u32 {
  const entry = fetchEntry(x, va);
  if (load<u64>(entry) != va >> 12) return load<u64>(x, STEP_PC) == va ? load<u32>(x, STEP_BITS) & 0xffff : 0xffff_ffff;
  return <u32>load<u16>((<usize>load<u32>(entry, 12) << 12) + (<usize>va & 0xffe));
}

/** The transformed instruction of the load, store, atomic, cache-block or hypervisor access at PC; 0 for anything else. */
export function transformed(x: usize): u64 {
  const bits = fetchBits(x);
  if (bits == 0) return 0;
  let w = bits;
  let length: u32 = 2;
  if ((bits & 3) != 3) {
    w = expandCompressed(bits);
    length = 0; // bit 1 clear says that the instruction was compressed
  }
  const major = w & 0x7c;
  let kept: u32;
  if (major == 0x00 || major == 0x04) kept = w & 0x0000_7f80; // loads: rd, funct3
  else if (major == 0x20 || major == 0x24) kept = w & 0x01f0_7000; // stores: rs2, funct3
  else if (major == 0x2c) kept = w & 0xfff0_7f80; // atomics: all but rs1
  else if (major == 0x0c) kept = w & 0xfff0_7000; // cache blocks: the operation
  else if (major == 0x70 && (w & 0x7000) == 0x4000 && !(w >> 31)) kept = w & 0xfff0_7f80; // hypervisor accesses
  else return 0;
  return <u64>(kept | major | 1 | length);
}
