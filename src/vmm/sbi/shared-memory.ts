// Memory that SBI calls pass by physical address. SBI specification, "Shared memory physical address range parameter".
import type { Access, SbiPlatform } from './context.js';

/**
 * The address of a range given as two registers, or undefined if it is not all memory the supervisor may access so.
 * Physical addresses have fewer than 64 bits here, so the high half must be zero.
 */
export function sharedRange(
  platform: SbiPlatform,
  low: bigint,
  high: bigint,
  length: bigint,
  access: Access,
): bigint | undefined {
  if (high !== 0n || low + length > 1n << 64n) return undefined;
  return length === 0n || platform.accessible(low, length, access) ? low : undefined;
}

/** Little-endian 64-bit words as bytes. */
export function wordsToBytes(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setBigUint64(index * 8, word, true);
  });
  return bytes;
}

/** Bytes as little-endian 64-bit words. */
export function bytesToWords(bytes: Uint8Array): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 3 }, (_, index) => view.getBigUint64(index * 8, true));
}
