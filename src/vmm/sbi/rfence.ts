// Fences on other harts. SBI specification, "RFENCE Extension" (EID "RFNC"). The hfence functions are for callers that see
// the hypervisor extension: an operating system in S, never a guest in VS.
import type { RemoteFence, SbiHart, SbiPlatform } from './context.js';
import type { SbiCall, SbiExtension, SbiFunction } from './extension.js';
import { ALL_ONES, selectHarts } from './hart-mask.js';
import { countFirmwareEvent } from './pmu-counters.js';
import { FirmwareEvent } from './pmu-events.js';
import { failure, SbiError, success } from './result.js';
import { seesHypervisor } from './supervisor.js';

const PAGE = 4096n;
/** A larger range is fenced as a whole: a fence may always do more, and nobody downstream counts pages for ever. */
const RANGE_MAX = 512n * PAGE;
const ASID_MAX = 0xffffn;
const VMID_MAX = 0x3fffn;
const HGATP_VMID_SHIFT = 44n;

/** `everything`, `nothing`, or the pages that [start, start + size) touches; undefined if it runs past the end. */
export function fenceRange(start: bigint, size: bigint): RemoteFence['range'] | 'everything' | 'nothing' {
  if ((start === 0n && size === 0n) || size === ALL_ONES) return 'everything';
  if (start + size > 1n << 64n) return undefined;
  if (size === 0n) return 'nothing';
  const first = start & ~(PAGE - 1n);
  const end = (start + size + PAGE - 1n) & ~(PAGE - 1n);
  return end - first > RANGE_MAX ? 'everything' : { start: first, size: end - first };
}

/** Has `harts` perform the fence and counts it: `sent` is the firmware event of sending, the next one that of receiving. */
export function sendFence(
  platform: SbiPlatform,
  caller: SbiHart,
  harts: readonly SbiHart[],
  fence: RemoteFence,
  sent: FirmwareEvent,
): void {
  if (harts.length > 0) platform.remoteFence(caller, harts, fence);
  for (const hart of harts) {
    if (hart === caller) continue;
    countFirmwareEvent(caller, sent);
    countFirmwareEvent(hart, (sent + 1) as FirmwareEvent);
  }
}

interface FenceKind {
  readonly kind: 'sfence.vma' | 'hfence.gvma' | 'hfence.vvma';
  readonly sent: FirmwareEvent;
  /** What a4 holds. */
  readonly id?: 'asid' | 'vmid';
}

/** The id in a4, undefined if it is out of range. */
function readId(call: SbiCall, id: FenceKind['id']): Pick<RemoteFence, 'asid' | 'vmid'> | undefined {
  if (id === undefined) return {};
  const value = call.arg(4);
  return value <= (id === 'asid' ? ASID_MAX : VMID_MAX) ? { [id]: Number(value) } : undefined;
}

function rangeFence({ kind, sent, id }: FenceKind): SbiFunction {
  return (call) => {
    const { platform, hart } = call;
    const guest = kind !== 'sfence.vma';
    if (guest && !seesHypervisor(platform, hart)) return failure(SbiError.notSupported);
    const harts = selectHarts(platform, call.arg(0), call.arg(1));
    const ids = readId(call, id);
    if (!harts || !ids) return failure(SbiError.invalidParam);
    if (guest && !harts.every((target) => seesHypervisor(platform, target))) return failure(SbiError.notSupported);
    const range = fenceRange(call.arg(2), call.arg(3));
    if (range === undefined) return failure(SbiError.invalidAddress);
    if (range === 'nothing') return success();

    const fence: RemoteFence = { kind, range: range === 'everything' ? undefined : range, ...ids };
    const current = kind === 'hfence.vvma' ? { vmid: currentVmid(hart) } : {};
    sendFence(platform, hart, harts, { ...fence, ...current }, sent);
    return success();
  };
}

function currentVmid(hart: SbiHart): number {
  return Number((hart.readCsr('hgatp') >> HGATP_VMID_SHIFT) & VMID_MAX);
}

function remoteFenceI(call: SbiCall) {
  const harts = selectHarts(call.platform, call.arg(0), call.arg(1));
  if (!harts) return failure(SbiError.invalidParam);
  sendFence(call.platform, call.hart, harts, { kind: 'fence.i' }, FirmwareEvent.fenceISent);
  return success();
}

export const rfence: SbiExtension = {
  id: 0x5246_4e43,
  name: 'RFENCE',
  functions: [
    remoteFenceI,
    rangeFence({ kind: 'sfence.vma', sent: FirmwareEvent.sfenceVmaSent }),
    rangeFence({ kind: 'sfence.vma', sent: FirmwareEvent.sfenceVmaAsidSent, id: 'asid' }),
    rangeFence({ kind: 'hfence.gvma', sent: FirmwareEvent.hfenceGvmaVmidSent, id: 'vmid' }),
    rangeFence({ kind: 'hfence.gvma', sent: FirmwareEvent.hfenceGvmaSent }),
    rangeFence({ kind: 'hfence.vvma', sent: FirmwareEvent.hfenceVvmaAsidSent, id: 'asid' }),
    rangeFence({ kind: 'hfence.vvma', sent: FirmwareEvent.hfenceVvmaSent }),
  ],
};
