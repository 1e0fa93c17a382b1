// Tools that look into running guests.

export type { Explanation } from '../jit/explain.js';
export { explainCode } from './explain.js';
export {
  type Divergence,
  divergenceText,
  type LockstepGuest,
  type LockstepOptions,
  type LockstepResult,
  type LockstepSide,
  lockstep,
} from './lockstep.js';
