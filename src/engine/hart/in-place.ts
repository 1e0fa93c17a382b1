// What translated code has the engine do in place: the instructions by which kernels turn interrupts off and on. The code shows a copy of the slot
// that its instruction was decoded into.

import { csrInPlace } from './csr';

/** Executes the S_CSR in `slot`; anything but R_OK asks that the interpreter do it, with no effect so far. */
export function accessInPlace(x: usize, slot: usize): u32 {
  const packed = load<u32>(slot, 4);
  return csrInPlace(x, packed >> 16, load<u8>(slot, 2), load<u8>(slot, 3), packed & 0xfff);
}
