// Takes the wrappings off a boot file: gzip, zstd and xz, and the EFI "zboot" envelope that newer distributions put
// around a compressed kernel (Linux, drivers/firmware/efi/libstub/zboot-header.S).

import { HypercraftError } from '../isa/error.js';
import { type CompressionFormat, decompressBytes, detectCompression } from './decompress.js';

/** No kernel is larger, and more would not leave a guest of 4 GiB any memory. */
export const UNWRAP_LIMIT = 1024 * 1024 * 1024;
const MAX_LAYERS = 4;
const ZBOOT_MAGIC = 0x676d697a; // "zimg"

/** What was inside a compressed file. */
export interface Unwrapped {
  /** The innermost content. */
  readonly bytes: Uint8Array;
  /** What was taken off, outermost first; empty for a plain file. */
  readonly layers: readonly (CompressionFormat | 'zboot')[];
}

/**
 * Unpacks `bytes` until they are no longer compressed.
 *
 * @throws HypercraftError `COMPRESSED_CORRUPT`, `COMPRESSED_TOO_LARGE` (more than `limit` bytes, or wrapped more than
 * four times), `ZBOOT_TRUNCATED`.
 */
export async function unwrap(bytes: Uint8Array, limit: number = UNWRAP_LIMIT): Promise<Unwrapped> {
  const layers: (CompressionFormat | 'zboot')[] = [];
  let inner = bytes;
  for (;;) {
    const payload = zbootPayload(inner);
    const format = payload ? 'zboot' : detectCompression(inner);
    if (!format) return { bytes: inner, layers };
    if (layers.length === MAX_LAYERS) {
      throw new HypercraftError('COMPRESSED_TOO_LARGE', `file compressed more than ${MAX_LAYERS} times over`);
    }
    layers.push(format);
    inner = payload ?? (await decompressBytes(format as CompressionFormat, inner, limit));
  }
}

/** Does a file that begins so have something in it that {@link unwrap} takes out? */
export function isWrapped(head: Uint8Array): boolean {
  return isZboot(head) || detectCompression(head) !== undefined;
}

function isZboot(bytes: Uint8Array): boolean {
  if (bytes.length < 64 || bytes[0] !== 0x4d || bytes[1] !== 0x5a) return false;
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true) === ZBOOT_MAGIC;
}

function zbootPayload(bytes: Uint8Array): Uint8Array | undefined {
  if (!isZboot(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offset = view.getUint32(8, true);
  const size = view.getUint32(12, true);
  if (offset + size > bytes.length) throw new HypercraftError('ZBOOT_TRUNCATED', 'compressed EFI kernel cut short');
  const payload = bytes.subarray(offset, offset + size);
  if (!detectCompression(payload)) {
    throw new HypercraftError('COMPRESSED_CORRUPT', 'EFI kernel compressed in a way this version does not read');
  }
  return payload;
}
