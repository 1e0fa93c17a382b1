// The supervisor's timer. SBI specification, "Timer Extension" (EID "TIME"). The comparator is stimecmp or vstimecmp, so
// a deadline in the future clears the pending interrupt by itself (Priv. ISA, "Sstc").
import type { SbiExtension } from './extension.js';
import { countFirmwareEvent } from './pmu-counters.js';
import { FirmwareEvent } from './pmu-events.js';
import { success } from './result.js';

export const time: SbiExtension = {
  id: 0x5449_4d45,
  name: 'TIME',
  functions: [
    (call) => {
      call.platform.setTimer(call.hart, call.arg(0));
      countFirmwareEvent(call.hart, FirmwareEvent.setTimer);
      return success();
    },
  ],
};
