// Randomness from the operating system, for guests that ask their boot loader for a seed.
import { randomBytes } from 'node:crypto';

export function entropy(bytes: number): Uint8Array {
  return new Uint8Array(randomBytes(bytes));
}
