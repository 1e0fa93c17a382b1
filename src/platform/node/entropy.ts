// Randomness from the operating system, for guests that ask their boot loader for a seed or their hart for bits.
import { closeSync, openSync, readSync } from 'node:fs';
import type { EntropySource } from '../../host/index.js';

export function entropy(bytes: number): Uint8Array {
  return fromDevice(bytes) ?? new Uint8Array(process.getBuiltinModule('node:crypto').randomBytes(bytes));
}

/** Where there is such a device: loading all of node:crypto for a few bytes takes longer than all else that a start does. */
function fromDevice(bytes: number): Uint8Array | undefined {
  const random = new Uint8Array(bytes);
  try {
    const device = openSync('/dev/urandom', 'r');
    const count = readSync(device, random);
    closeSync(device);
    return count === bytes ? random : undefined;
  } catch {
    return undefined;
  }
}

/** Random words for guests that ask their hart, fetched by the hundred. */
export function entropySource(): EntropySource {
  let words: Uint16Array = new Uint16Array();
  let left = 0;
  return () => {
    if (left === 0) {
      words = new Uint16Array(entropy(256).buffer);
      left = words.length;
    }
    return words[--left]!;
  };
}
