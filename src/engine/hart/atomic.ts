// Accesses that are rare enough to be made out of the interpreter's loop: LR, SC, and the hypervisor's HLV, HLVX, HSV; AMOs are in
// amo.ts. All atomics act on the shared memory by WebAssembly atomics, so they hold against harts on other threads.
// Unprivileged ISA, "A Extension"; Privileged ISA, "Hypervisor Virtual-Machine Load and Store Instructions".

import { amo } from './amo';
import * as I from './generated/isa';
import { ACCESS_HLVX, ACCESS_NONE, hlvAccess } from './access';
import {
  RESERVE_ADDR,
  RESERVE_BYTES,
  RESERVE_VALUE,
  XLATE_GPA,
} from './layout';
import { raiseMisaligned } from './mmu';
import { loadIn, loadTarget, M_DEVICE, M_TRAP, storeIn, storeTarget } from './memory';
import { hasCode, invalidateCode } from './decoded-pages';
import { shadowSwap } from './shadow-stack';
import { R_LEAVE, R_OK, R_TRAP } from './results';

const LOAD_MISALIGNED: u64 = 4;
const STORE_MISALIGNED: u64 = 6;

// @ts-ignore: decorator
@inline function gpr(x: usize, r: u32): u64 { return load<u64>(x + (<usize>r << 3)); }
// @ts-ignore: decorator
@inline function setGpr(x: usize, r: u32, v: u64): void { store<u64>(x + (<usize>r << 3), v); }
// @ts-ignore: decorator
@inline function sext32(v: u32): u64 { return <u64>(<i64>(<i32>v)); }

/** Executes the decoded access in `slot`; PC is stored. */
export function access(x: usize, slot: usize): u32 {
  const packed = load<u32>(slot, 4);
  const op = packed >> 16;
  const rd = <u32>load<u8>(slot, 2);
  const rs1 = <u32>load<u8>(slot, 3);
  const rs2 = packed & 31;
  switch (op) {
    case I.OP_LR_W: return loadReserved(x, rd, gpr(x, rs1), 4);
    case I.OP_LR_D: return loadReserved(x, rd, gpr(x, rs1), 8);
    case I.OP_SC_W: return storeConditional(x, rd, gpr(x, rs1), gpr(x, rs2), 4);
    case I.OP_SC_D: return storeConditional(x, rd, gpr(x, rs1), gpr(x, rs2), 8);
    case I.OP_HLV_B: return hypervisorLoad(x, rd, gpr(x, rs1), 1, true, false);
    case I.OP_HLV_BU: return hypervisorLoad(x, rd, gpr(x, rs1), 1, false, false);
    case I.OP_HLV_H: return hypervisorLoad(x, rd, gpr(x, rs1), 2, true, false);
    case I.OP_HLV_HU: return hypervisorLoad(x, rd, gpr(x, rs1), 2, false, false);
    case I.OP_HLV_W: return hypervisorLoad(x, rd, gpr(x, rs1), 4, true, false);
    case I.OP_HLV_WU: return hypervisorLoad(x, rd, gpr(x, rs1), 4, false, false);
    case I.OP_HLV_D: return hypervisorLoad(x, rd, gpr(x, rs1), 8, false, false);
    case I.OP_HLVX_HU: return hypervisorLoad(x, rd, gpr(x, rs1), 2, false, true);
    case I.OP_HLVX_WU: return hypervisorLoad(x, rd, gpr(x, rs1), 4, false, true);
    case I.OP_HSV_B: return hypervisorStore(x, gpr(x, rs1), 1, gpr(x, rs2));
    case I.OP_HSV_H: return hypervisorStore(x, gpr(x, rs1), 2, gpr(x, rs2));
    case I.OP_HSV_W: return hypervisorStore(x, gpr(x, rs1), 4, gpr(x, rs2));
    case I.OP_HSV_D: return hypervisorStore(x, gpr(x, rs1), 8, gpr(x, rs2));
  }
  if (op == I.OP_SSAMOSWAP_W) return shadowSwap(x, rd, gpr(x, rs1), gpr(x, rs2), 4);
  if (op == I.OP_SSAMOSWAP_D) return shadowSwap(x, rd, gpr(x, rs1), gpr(x, rs2), 8);
  return amo(x, (packed >> 5) & 31, (packed >> 10) & 7, rd, rs2, gpr(x, rs1));
}

// ---- LR and SC ------------------------------------------------------------------------------------------------------

function loadReserved(x: usize, rd: u32, va: u64, bytes: u32): u32 {
  if (va & (bytes - 1)) {
    raiseMisaligned(x, LOAD_MISALIGNED, va);
    return R_TRAP;
  }
  const host = loadTarget(x, va, bytes);
  if (host == 0) return R_TRAP;
  const value = bytes == 4 ? sext32(atomic.load<u32>(host)) : atomic.load<u64>(host);
  store<u32>(x, <u32>host, RESERVE_ADDR);
  store<u64>(x, value, RESERVE_VALUE);
  store<u64>(x, bytes, RESERVE_BYTES);
  setGpr(x, rd, value);
  return R_OK;
}

/** Succeeds when memory still holds what LR saw, by a real compare-and-swap. */
function storeConditional(x: usize, rd: u32, va: u64, value: u64, bytes: u32): u32 {
  if (va & (bytes - 1)) {
    raiseMisaligned(x, STORE_MISALIGNED, va);
    return R_TRAP;
  }
  const host = storeTarget(x, va, bytes);
  if (host == 0) return R_TRAP;
  const held = <usize>load<u32>(x, RESERVE_ADDR) == host && load<u64>(x, RESERVE_BYTES) == bytes;
  const seen = load<u64>(x, RESERVE_VALUE);
  store<u32>(x, 0, RESERVE_ADDR);
  let failed: u64 = 1;
  if (held) {
    if (bytes == 4) failed = atomic.cmpxchg<u32>(host, <u32>seen, <u32>value) == <u32>seen ? 0 : 1;
    else failed = atomic.cmpxchg<u64>(host, seen, value) == seen ? 0 : 1;
    if (failed == 0) wrote(host, bytes);
  }
  setGpr(x, rd, failed);
  return R_OK;
}

// @ts-ignore: decorator
@inline function wrote(host: usize, bytes: u32): void {
  if (hasCode(host)) invalidateCode(host, bytes);
}

// ---- HLV, HLVX, HSV -------------------------------------------------------------------------------------------------

function hypervisorLoad(x: usize, rd: u32, va: u64, bytes: u32, signed: bool, executable: bool): u32 {
  const ctx = hlvAccess(x);
  if (ctx == ACCESS_NONE) return R_TRAP;
  const outcome = loadIn(x, va, bytes, executable ? ctx | ACCESS_HLVX : ctx);
  if (outcome == M_TRAP) return R_TRAP;
  let value = load<u64>(x, XLATE_GPA);
  if (signed) {
    const unused = 64 - (bytes << 3);
    value = <u64>(<i64>(value << unused) >> unused);
  }
  setGpr(x, rd, value);
  return outcome == M_DEVICE ? R_LEAVE : R_OK;
}

function hypervisorStore(x: usize, va: u64, bytes: u32, value: u64): u32 {
  const ctx = hlvAccess(x);
  if (ctx == ACCESS_NONE) return R_TRAP;
  const outcome = storeIn(x, va, bytes, value, ctx);
  if (outcome == M_TRAP) return R_TRAP;
  return outcome == M_DEVICE ? R_LEAVE : R_OK;
}
