// Tools that look into running guests.
export {
  type Divergence,
  divergenceText,
  type LockstepGuest,
  type LockstepOptions,
  type LockstepResult,
  type LockstepSide,
  lockstep,
} from './lockstep.js';
