// Whether the floating-point unit may be used, as derived from mstatus.FS and vsstatus.FS.

import { FP_STATE } from './layout';
import { fpDirty } from './status';

/** FP_STATE: the unit is off. */
export const FP_OFF: u32 = 0;
/** FP_STATE: on, and already marked dirty. */
export const FP_DIRTY: u32 = 2;

/** Makes the floating-point state writable; false if the unit is off. */
export function fpReady(x: usize): bool {
  const state = load<u32>(x, FP_STATE);
  if (state == FP_OFF) return false;
  if (state != FP_DIRTY) fpDirty(x);
  return true;
}
