// Starting, stopping and suspending harts. SBI specification, "Hart State Management Extension" (EID "HSM").
//
// The state is an atomic word per hart. A starting hart's registers are written by the thread that runs it (arriveHart),
// so the starter only leaves the entry point and its argument behind, arms them, and kicks.
import { HartState, type SbiHart, type SbiPlatform } from './context.js';
import type { SbiCall, SbiExtension } from './extension.js';
import { findHart } from './hart-mask.js';
import { failure, placed, SbiError, type SbiReturn, success } from './result.js';
import { ENTRY_ARMED, ENTRY_OPAQUE, ENTRY_PC } from './state.js';
import { enterSupervisor, isEntry } from './supervisor.js';

const RETENTIVE = 0;
const NON_RETENTIVE = 0x8000_0000;

function armEntry(hart: SbiHart, pc: bigint, opaque: bigint): void {
  hart.state[ENTRY_PC] = pc;
  hart.state[ENTRY_OPAQUE] = opaque;
  Atomics.store(hart.state, ENTRY_ARMED, 1n);
}

/** STOPPED to START_PENDING, for `hart` to enter the supervisor at `pc`; false if it was not stopped. */
export function startHart(platform: SbiPlatform, hart: SbiHart, pc: bigint, opaque: bigint): boolean {
  if (!hart.exchangeHsm(HartState.stopped, HartState.startPending)) return false;
  armEntry(hart, pc, opaque);
  platform.kick(hart);
  return true;
}

/** STARTED to SUSPENDED. With `entry` the suspend is non-retentive and the hart resumes there. */
export function suspendHart(hart: SbiHart, entry?: { readonly pc: bigint; readonly opaque: bigint }): void {
  hart.exchangeHsm(HartState.started, HartState.suspendPending);
  if (entry) armEntry(hart, entry.pc, entry.opaque);
  hart.exchangeHsm(HartState.suspendPending, HartState.suspended);
}

function stopHart(hart: SbiHart): void {
  hart.exchangeHsm(HartState.started, HartState.stopPending);
  hart.exchangeHsm(HartState.stopPending, HartState.stopped);
}

/**
 * On the hart's own thread, before it runs: finishes a pending start, or a resume if something woke it.
 * True if the hart is STARTED afterwards.
 */
export function arriveHart(platform: SbiPlatform, hart: SbiHart, woken: () => boolean): boolean {
  switch (hart.hsm) {
    case HartState.started:
      return true;
    case HartState.startPending:
      return takeEntry(platform, hart) && hart.exchangeHsm(HartState.startPending, HartState.started);
    case HartState.suspended:
      if (!woken()) return false;
      hart.exchangeHsm(HartState.suspended, HartState.resumePending);
      takeEntry(platform, hart);
      return hart.exchangeHsm(HartState.resumePending, HartState.started);
    default:
      return false;
  }
}

function takeEntry(platform: SbiPlatform, hart: SbiHart): boolean {
  if (Atomics.exchange(hart.state, ENTRY_ARMED, 0n) === 0n) return false;
  enterSupervisor(platform, hart, hart.state[ENTRY_PC]!, hart.state[ENTRY_OPAQUE]!);
  return true;
}

function hartStart(call: SbiCall): SbiReturn {
  const target = findHart(call.platform, call.arg(0));
  if (!target) return failure(SbiError.invalidParam);
  if (target.hsm !== HartState.stopped) return failure(SbiError.alreadyAvailable);
  if (!isEntry(call.platform, call.arg(1))) return failure(SbiError.invalidAddress);
  return startHart(call.platform, target, call.arg(1), call.arg(2)) ? success() : failure(SbiError.alreadyAvailable);
}

function hartGetStatus(call: SbiCall): SbiReturn {
  const target = findHart(call.platform, call.arg(0));
  return target ? success(BigInt(target.hsm)) : failure(SbiError.invalidParam);
}

function hartSuspend(call: SbiCall): SbiReturn {
  switch (call.u32(0)) {
    case RETENTIVE:
      suspendHart(call.hart);
      return { kind: 'returned', error: SbiError.success, value: 0n, outcome: 'suspended' };
    case NON_RETENTIVE:
      if (!isEntry(call.platform, call.arg(1))) return failure(SbiError.invalidAddress);
      suspendHart(call.hart, { pc: call.arg(1), opaque: call.arg(2) });
      return placed('suspended');
    default: // reserved, or of a platform other than this
      return failure(SbiError.invalidParam);
  }
}

/** HSM; `resetHart` has every extension forget what it holds for a hart that stops. */
export function hsm(resetHart: (hart: SbiHart) => void): SbiExtension {
  return {
    id: 0x48_534d,
    name: 'HSM',
    functions: [
      hartStart,
      (call) => {
        resetHart(call.hart);
        stopHart(call.hart);
        return placed('stopped');
      },
      hartGetStatus,
      hartSuspend,
    ],
  };
}
