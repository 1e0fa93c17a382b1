// Power off and reboot. SBI specification, "System Reset Extension" (EID "SRST").
import type { ResetReason, ResetType } from './context.js';
import type { SbiExtension } from './extension.js';
import { failure, placed, SbiError } from './result.js';

const TYPES: readonly ResetType[] = ['shutdown', 'cold-reboot', 'warm-reboot'];
const REASONS: readonly ResetReason[] = ['none', 'system-failure'];

export const srst: SbiExtension = {
  id: 0x5352_5354,
  name: 'SRST',
  functions: [
    (call) => {
      const type = TYPES[call.u32(0)];
      const reason = REASONS[call.u32(1)];
      if (!type || !reason) return failure(SbiError.invalidParam);
      return call.platform.reset(type, reason) ? placed('reset') : failure(SbiError.notSupported);
    },
  ],
};
