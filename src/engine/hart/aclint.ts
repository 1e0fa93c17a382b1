// The core-local interruptor: MSWI (machine software interrupts), MTIMER (mtime and mtimecmp) and SSWI (supervisor
// software interrupts). RISC-V ACLINT Specification 1.0-rc4; MSWI and MTIMER lie in one block as in the SiFive CLINT.
import { IRQ_LINES, MHARTID, TIME_OFFSET, VM_BASE } from './layout';
import { ACLINT_MTIMECMP, VM_ACLINT_SIZE, VM_MAX_VCPUS, VM_VCPU_COUNT, VM_VCPUS } from './vmlayout';
import { lineSet, ringHart } from './lines';
import { now, updateTimers } from './timer';

const MTIMECMP: u32 = 0x4000; // u64 a hart; below it msip, u32 a hart
const MTIME: u32 = 0xbff8;
const SSIP: u32 = 1 << 1;
const MSIP: u32 = 1 << 3;
const MAX_HARTS: u32 = VM_MAX_VCPUS;

/** The vCPU area of hart `hart`, 0 if there is none. */
function hartAt(vm: usize, hart: u32): usize {
  return hart < min<u32>(load<u32>(vm + VM_VCPU_COUNT), MAX_HARTS) ? <usize>load<u32>(vm + VM_VCPUS + (hart << 2)) : 0;
}

/** The index of a vCPU in its machine: its hart id, unless the machine numbers its harts otherwise; -1 if a stranger. */
function hartIndex(vm: usize, x: usize): i32 {
  const id = <u32>min<u64>(load<u64>(x + MHARTID), MAX_HARTS);
  if (hartAt(vm, id) == x) return id;
  for (let hart: u32 = 0; hart < MAX_HARTS; hart++) if (hartAt(vm, hart) == x) return hart;
  return -1;
}

/** When the vCPU's machine timer fires: MTIP is up from this `time` on; u64.MAX_VALUE without an ACLINT. */
export function aclintMtimecmp(x: usize): u64 {
  const vm = <usize>load<u32>(x + VM_BASE);
  if (vm == 0 || load<u64>(vm + VM_ACLINT_SIZE) == 0) return u64.MAX_VALUE;
  const hart = hartIndex(vm, x);
  return hart < 0 ? u64.MAX_VALUE : atomic.load<u64>(vm + (hart << 3), ACLINT_MTIMECMP);
}

/** Gives `value` the bytes `offset & 7 .. + size` from `part`. */
function merge(value: u64, offset: u32, size: u32, part: u64): u64 {
  if (size == 8) return part;
  const shift = (<u64>(offset & 4)) << 3;
  return (value & ~((<u64>0xffff_ffff) << shift)) | ((part & 0xffff_ffff) << shift);
}

/** Sets mtime. `time` is its shadow, so every hart's clock moves by the same distance. */
function setMtime(vm: usize, x: usize, value: u64): void {
  const distance = value - now(x);
  for (let hart: u32 = 0; hart < MAX_HARTS; hart++) {
    const vcpu = hartAt(vm, hart);
    if (vcpu == 0) continue;
    atomic.add<u64>(vcpu, distance, TIME_OFFSET);
    ringHart(vcpu);
  }
  updateTimers(x, now(x));
}

/** Reads 4 or 8 aligned bytes of MSWI or MTIMER. */
export function aclintLoad(vm: usize, x: usize, offset: u32, size: u32): u64 {
  if (offset < MTIMECMP) {
    const vcpu = hartAt(vm, offset >> 2);
    let value: u64 = vcpu != 0 && atomic.load<u32>(vcpu, IRQ_LINES) & MSIP ? 1 : 0;
    if (size == 8) value |= aclintLoad(vm, x, offset + 4, 4) << 32;
    return value;
  }
  const hart = (offset - MTIMECMP) >> 3;
  let value: u64 = 0;
  if ((offset & ~7) == MTIME) value = now(x);
  else if (hartAt(vm, hart) != 0) value = atomic.load<u64>(vm + (hart << 3), ACLINT_MTIMECMP);
  return size == 8 ? value : (value >> ((<u64>(offset & 4)) << 3)) & 0xffff_ffff;
}

/** Writes 4 or 8 aligned bytes of MSWI or MTIMER. */
export function aclintStore(vm: usize, x: usize, offset: u32, size: u32, value: u64): void {
  if (offset < MTIMECMP) {
    const vcpu = hartAt(vm, offset >> 2);
    if (vcpu != 0) lineSet(vcpu, MSIP, <bool>(value & 1));
    if (size == 8) aclintStore(vm, x, offset + 4, 4, value >> 32);
    return;
  }
  if ((offset & ~7) == MTIME) {
    setMtime(vm, x, merge(now(x), offset, size, value));
    return;
  }
  const hart = (offset - MTIMECMP) >> 3;
  const vcpu = hartAt(vm, hart);
  if (vcpu == 0) return;
  const old = atomic.load<u64>(vm + (hart << 3), ACLINT_MTIMECMP);
  atomic.store<u64>(vm + (hart << 3), merge(old, offset, size, value), ACLINT_MTIMECMP);
  if (vcpu == x) updateTimers(x, now(x));
  else ringHart(vcpu); // it may sleep until its old deadline
}

/** SETSSIP: writing 1 is an edge that sets the hart's mip.SSIP, which the hart itself clears; it reads as 0. */
export function sswiStore(vm: usize, offset: u32, size: u32, value: u64): void {
  const vcpu = hartAt(vm, offset >> 2);
  if (vcpu != 0 && value & 1) lineSet(vcpu, SSIP, true);
  if (size == 8) sswiStore(vm, offset + 4, 4, value >> 32);
}
