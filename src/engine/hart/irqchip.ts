// Devices that are served without leaving the engine: PLIC and ACLINT. An outer fault asks here first; what these
// devices do not hold becomes an exit.
import { VM_BASE, XLATE_GPA } from './layout';
import { VM_ACLINT_BASE, VM_ACLINT_SIZE, VM_PLIC_BASE, VM_PLIC_SIZE, VM_SSWI_BASE, VM_SSWI_SIZE } from './vmlayout';
import { aclintLoad, aclintStore, sswiStore } from './aclint';
import { plicLoad, plicStore } from './plic';

export { lineSet, ringHart } from './lines';
export { plicSetLevel, plicUpdate } from './plic';
export { aclintMtimecmp } from './aclint';

// The registers are 32 bits wide (time registers 64). Narrower and misaligned accesses are served, as nothing: they read
// as zero and write nothing.
function whole(gpa: u64, size: u32): bool {
  return (size == 4 || size == 8) && (gpa & (size - 1)) == 0;
}

/** Serves a load if `gpa` is an in-engine device: the value, zero-extended, is left in XLATE_GPA. */
export function deviceLoad(x: usize, gpa: u64, size: u32): bool {
  const vm = <usize>load<u32>(x + VM_BASE);
  if (vm == 0) return false;
  let value: u64 = 0;
  let offset = gpa - load<u64>(vm + VM_PLIC_BASE);
  if (offset < load<u64>(vm + VM_PLIC_SIZE)) {
    if (whole(offset, size)) {
      value = plicLoad(vm, <u32>offset);
      if (size == 8) value |= (<u64>plicLoad(vm, <u32>offset + 4)) << 32;
    }
  } else if ((offset = gpa - load<u64>(vm + VM_ACLINT_BASE)) < load<u64>(vm + VM_ACLINT_SIZE)) {
    if (whole(offset, size)) value = aclintLoad(vm, x, <u32>offset, size);
  } else if (gpa - load<u64>(vm + VM_SSWI_BASE) >= load<u64>(vm + VM_SSWI_SIZE)) {
    return false;
  }
  store<u64>(x + XLATE_GPA, value);
  return true;
}

/** Serves a store if `gpa` is an in-engine device. Interrupt lines and timers of this hart may have moved afterwards. */
export function deviceStore(x: usize, gpa: u64, size: u32, value: u64): bool {
  const vm = <usize>load<u32>(x + VM_BASE);
  if (vm == 0) return false;
  let offset = gpa - load<u64>(vm + VM_PLIC_BASE);
  if (offset < load<u64>(vm + VM_PLIC_SIZE)) {
    if (!whole(offset, size)) return true;
    plicStore(vm, <u32>offset, <u32>value);
    if (size == 8) plicStore(vm, <u32>offset + 4, <u32>(value >> 32));
    return true;
  }
  offset = gpa - load<u64>(vm + VM_ACLINT_BASE);
  if (offset < load<u64>(vm + VM_ACLINT_SIZE)) {
    if (whole(offset, size)) aclintStore(vm, x, <u32>offset, size, value);
    return true;
  }
  offset = gpa - load<u64>(vm + VM_SSWI_BASE);
  if (offset < load<u64>(vm + VM_SSWI_SIZE)) {
    if (whole(offset, size)) sswiStore(vm, <u32>offset, size, value);
    return true;
  }
  return false;
}
