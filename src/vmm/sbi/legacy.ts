// SBI 0.1, kept for the kernels that still speak it. SBI specification, "Legacy Extensions" (EIDs 0x00 to 0x08): the
// function id is ignored, a1 preserved, and hart masks are bit vectors at a virtual address of the caller; a page fault
// on the way to one is the caller's own, taken at the ecall.
import type { RemoteFence, SbiHart } from './context.js';
import type { SbiCall, SbiExtension, SbiFunction } from './extension.js';
import { sendIpi } from './ipi.js';
import { countFirmwareEvent } from './pmu-counters.js';
import { FirmwareEvent } from './pmu-events.js';
import { legacy, placed, SbiError, type SbiReturn } from './result.js';
import { fenceRange, sendFence } from './rfence.js';
import { bytesToWords } from './shared-memory.js';

const ASID_MAX = 0xffffn;

/**
 * Calls `act` with the harts of the mask a0 points to. A null pointer means all harts, as the first implementation had
 * it; bits of harts that do not exist are ignored.
 */
function withHarts(call: SbiCall, act: (harts: readonly SbiHart[]) => bigint): SbiReturn {
  const { platform, hart } = call;
  const address = call.arg(0);
  if (address === 0n) return legacy(act(platform.harts));
  const words = Math.floor(Math.max(...platform.harts.map(({ id }) => id)) / 64) + 1;
  const bytes = platform.readVirtual(hart, address, words * 8);
  if (!(bytes instanceof Uint8Array)) {
    hart.injectException(bytes);
    return placed('resume');
  }
  const mask = bytesToWords(bytes);
  return legacy(act(platform.harts.filter(({ id }) => ((mask[id >> 6] ?? 0n) >> BigInt(id & 63)) & 1n)));
}

function remoteSfence(call: SbiCall, ids: Pick<RemoteFence, 'asid'>, sent: FirmwareEvent): SbiReturn {
  const range = fenceRange(call.arg(1), call.arg(2));
  if (range === undefined) return legacy(SbiError.invalidAddress);
  return withHarts(call, (harts) => {
    if (range === 'nothing') return SbiError.success;
    const fence: RemoteFence = { kind: 'sfence.vma', range: range === 'everything' ? undefined : range, ...ids };
    sendFence(call.platform, call.hart, harts, fence, sent);
    return SbiError.success;
  });
}

const functions: Record<string, SbiFunction> = {
  set_timer: (call) => {
    call.platform.setTimer(call.hart, call.arg(0));
    countFirmwareEvent(call.hart, FirmwareEvent.setTimer);
    return legacy(SbiError.success);
  },
  console_putchar: (call) =>
    call.platform.consoleWrite(Uint8Array.of(call.u32(0))) === 1 ? legacy(SbiError.success) : placed('retry'),
  console_getchar: (call) => legacy(BigInt(call.platform.consoleRead(1)[0] ?? -1)),
  clear_ipi: (call) => legacy(call.platform.clearIpi(call.hart) ? 1n : 0n),
  send_ipi: (call) =>
    withHarts(call, (harts) => {
      sendIpi(call.platform, call.hart, harts);
      return SbiError.success;
    }),
  remote_fence_i: (call) =>
    withHarts(call, (harts) => {
      sendFence(call.platform, call.hart, harts, { kind: 'fence.i' }, FirmwareEvent.fenceISent);
      return SbiError.success;
    }),
  remote_sfence_vma: (call) => remoteSfence(call, {}, FirmwareEvent.sfenceVmaSent),
  remote_sfence_vma_asid: (call) =>
    call.arg(3) > ASID_MAX
      ? legacy(SbiError.invalidParam)
      : remoteSfence(call, { asid: Number(call.arg(3)) }, FirmwareEvent.sfenceVmaAsidSent),
  shutdown: (call) => {
    call.platform.reset('shutdown', 'none');
    return placed('reset');
  },
};

/** One extension per function: in SBI 0.1 the extension id is all there is. */
export const legacyExtensions: readonly SbiExtension[] = Object.entries(functions).map(([name, handle], id) => ({
  id,
  name: `legacy ${name}`,
  functions: [handle],
  legacy: true,
}));
