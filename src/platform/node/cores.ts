// How many threads can run at once.
import { availableParallelism } from 'node:os';

/** Cores that this process may use. */
export function cores(): number {
  return availableParallelism();
}
