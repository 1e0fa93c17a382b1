// The policies there are, by name.
import { HypercraftError } from '../../isa/error.js';
import type { Policy } from './policy.js';
import { RoundRobin } from './round-robin.js';
import { WeightedFair } from './weighted-fair.js';

export const POLICY_NAMES = ['weighted-fair', 'round-robin'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

/** A policy with turns of `slice` milliseconds. @throws HypercraftError `INVALID_ARGUMENT` */
export function makePolicy(name: PolicyName, slice: number): Policy {
  switch (name) {
    case 'weighted-fair':
      return new WeightedFair(slice);
    case 'round-robin':
      return new RoundRobin(slice);
    default:
      throw new HypercraftError('INVALID_ARGUMENT', `there is no scheduling policy '${name}'`);
  }
}
