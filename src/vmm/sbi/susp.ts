// Suspend to RAM. SBI specification, "System Suspend Extension" (EID "SUSP"). Memory needs no care of ours, so the system
// sleeps when its last hart does: a non-retentive suspend that demands all other harts be stopped.
import { HartState } from './context.js';
import type { SbiExtension } from './extension.js';
import { suspendHart } from './hsm.js';
import { failure, placed, SbiError } from './result.js';
import { isEntry } from './supervisor.js';

const SUSPEND_TO_RAM = 0;

export const susp: SbiExtension = {
  id: 0x5355_5350,
  name: 'SUSP',
  functions: [
    (call) => {
      const { platform, hart } = call;
      if (call.u32(0) !== SUSPEND_TO_RAM) return failure(SbiError.invalidParam);
      if (!isEntry(platform, call.arg(1))) return failure(SbiError.invalidAddress);
      const alone = platform.harts.every((other) => other === hart || other.hsm === HartState.stopped);
      if (!alone) return failure(SbiError.denied);
      suspendHart(hart, { pc: call.arg(1), opaque: call.arg(2) });
      return placed('suspended');
    },
  ],
};
