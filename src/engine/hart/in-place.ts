// What translated code has the engine do in place: LR and SC, and the instructions by which kernels turn interrupts off and on. The code names the slot its instruction was decoded into.

import { access } from './atomic';
import { csrInPlace } from './csr';
import { S_CSR, S_JIT } from './generated/slots';
import * as I from './generated/isa';
import { REGION_AREA, REGION_BYTES, REGION_ORIGINAL } from './layout';
import { comesHome, FOR_STORES } from './places';
import { R_TRAP } from './results';
import { dataEntry } from './tlb';

/** Executes the instruction of `slot`; anything but R_OK asks that the interpreter do it, with no effect so far. */
export function accessInPlace(x: usize, slot: usize): u32 {
  // A region may begin at the instruction by now: its record keeps what the slot was.
  let at = slot;
  if (load<u16>(slot) == <u16>S_JIT) at = REGION_AREA + <usize>load<u32>(slot, 4) * REGION_BYTES + REGION_ORIGINAL;
  const packed = load<u32>(at, 4);
  const op = packed >> 16;
  if (load<u16>(at) == <u16>S_CSR) return csrInPlace(x, op, load<u8>(at, 2), load<u8>(at, 3), packed & 0xfff);
  if (op == I.OP_SC_W || op == I.OP_SC_D) {
    // Only where nothing was decoded from, for else it might change the very code that calls.
    const va = load<u64>(x + (<usize>load<u8>(at, 3) << 3));
    if (load<u64>(dataEntry(x, va), 8) != va >> 12 && !comesHome(x, va, FOR_STORES)) return R_TRAP;
  }
  return access(x, at);
}
