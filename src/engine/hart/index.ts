// What the engine exports to TypeScript. A vCPU is named by the offset of its area in linear memory.

import { FEATURE_SMDBLTRP, SUPPORTED, SUPPORTED2 } from './features';
import { FEATURES, FEATURES2, LS_HEADERS, TLB_AREA } from './layout';
import { dataContext, enterContext, fetchContext, flushTlb } from './mmu';
import { resetCsrs } from './reset';
import { FETCH, translate } from './walk';

export { accessInPlace as access } from './in-place';
export { f64Fma } from './fpu/fma';
export { fpExecute } from './fpu/execute';
export { findCall } from './calls';
export { csrRead } from './csr-read';
export { csrWrite } from './csr';
export { lineSet, plicSetLevel, plicUpdate } from './irqchip';
export { fenceGstage, fenceVma, flushTlb } from './mmu';
export { invalidateCode, layDesk } from './decoded-pages';
export { decodeAcross, decodeAt, decodeRange } from './predecode';
export { installRegion, removeRegion } from './regions';
export { fenceHart, requestFence } from './remote-fence';
export { run } from './run';
export { nextDeadline, now, updateTimers } from './timer';
export { holdPages, shareTable } from './share';
export { dropHostPage, sweepHostPage } from './tlb';
export { injectTrap } from './trap';
export { pendingInterrupt, wakePending } from './interrupt';
export { wrsOver } from './wrs';

/** Puts a vCPU area into its reset state: registers zero, CSRs as after reset, M-mode, nothing cached. */
export function vcpuInit(x: usize): void {
  memory.fill(x, 0, TLB_AREA);
  memory.fill(x + LS_HEADERS, 0, 0x1000);
  store<u64>(x, u64.MAX_VALUE, FEATURES);
  // All but the one that firmware must know of: with it, the first trap after reset is fatal unless mstatus.MDT was cleared.
  store<u64>(x, ~((<u64>1) << (FEATURE_SMDBLTRP & 63)), FEATURES2);
  resetCsrs(x);
  enterContext(x);
}

/** Gives the vCPU exactly these features, as far as the engine supports them, and resets its CSRs. */
export function setFeatures(x: usize, first: u64, second: u64): void {
  store<u64>(x, first | 1, FEATURES); // the base instructions are always there
  store<u64>(x, second, FEATURES2);
  resetCsrs(x);
  flushTlb(x);
}

/** What the engine supports: word 0 or 1 of a feature set. */
export function supportedFeatures(word: u32): u64 {
  return word == 0 ? SUPPORTED : SUPPORTED2;
}

/**
 * Translates a guest virtual address as an access (0 fetch, 1 load, 2 store) of the vCPU would be, for debuggers: the host address in
 * XLATE_HPA, the machine-physical one in XLATE_GPA. Zero: the exception it would raise is in TRAP_*.
 */
export function translateFor(x: usize, va: u64, access: u32): u32 {
  return translate(x, va, access, access == FETCH ? fetchContext(x) : dataContext(x), 1) ? 1 : 0;
}

export { interpret, interpretExactly } from './generated/interpret'; // exported so that the optimiser does not inline them
