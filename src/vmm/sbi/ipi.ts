// Interrupts from hart to hart. SBI specification, "IPI Extension" (EID "sPI").
import { HartState, type SbiHart, type SbiPlatform } from './context.js';
import type { SbiExtension } from './extension.js';
import { selectHarts } from './hart-mask.js';
import { countFirmwareEvent } from './pmu-counters.js';
import { FirmwareEvent } from './pmu-events.js';
import { failure, SbiError, success } from './result.js';

/** Raises the software interrupt of each hart; one that is stopped has no use for it. */
export function sendIpi(platform: SbiPlatform, caller: SbiHart, harts: readonly SbiHart[]): void {
  for (const hart of harts) {
    if (hart.hsm === HartState.stopped) continue;
    platform.raiseIpi(hart);
    if (hart === caller) continue;
    countFirmwareEvent(caller, FirmwareEvent.ipiSent);
    countFirmwareEvent(hart, FirmwareEvent.ipiReceived);
  }
}

export const ipi: SbiExtension = {
  id: 0x73_5049,
  name: 'IPI',
  functions: [
    (call) => {
      const harts = selectHarts(call.platform, call.arg(0), call.arg(1));
      if (!harts) return failure(SbiError.invalidParam);
      sendIpi(call.platform, call.hart, harts);
      return success();
    },
  ],
};
