// Decompression of gzip (RFC 1952), zstd (RFC 8878) and xz, as streams with a limit on what may come out. Works the same
// in Node.js and in a browser. Broken input ends in a HypercraftError, whatever the decoder below it threw. The decoders are loaded when
// first needed: most boots unpack nothing.

import { HypercraftError } from '../isa/error.js';
import { crc32 } from './crc32.js';

/** The compressions that are known. */
export type CompressionFormat = 'gzip' | 'zstd' | 'xz';
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** What one push into a decoder is cut to, so that a bomb is noticed long before it fills memory. */
const PIECE_BYTES = 16 * 1024;
/** Padding tolerated behind a gzip member, as signed kernels and flash images have it. */
const GZIP_TAIL_BYTES = 64 * 1024;
const ZSTD_MAGIC = 0xfd2fb528;
/** Decoders of untrusted data refuse larger windows (RFC 8878, 3.1.1.1.2); `zstd --ultra -22` takes 128 MiB. */
const ZSTD_MAX_WINDOW = 256 * 1024 * 1024;

type XzStream = new (source: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;

/** Recognises a compressed file by its first bytes. */
export function detectCompression(bytes: Uint8Array): CompressionFormat | undefined {
  const starts = (...magic: number[]) => bytes.length >= magic.length && magic.every((byte, i) => bytes[i] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  return undefined;
}

/**
 * Decompresses `source` piece by piece.
 *
 * @param limit the most bytes that may come out.
 * @throws HypercraftError `COMPRESSED_CORRUPT` for damaged or truncated data, `COMPRESSED_TOO_LARGE` beyond `limit`.
 */
export async function* decompress(
  format: CompressionFormat,
  source: ByteSource,
  limit: number,
): AsyncGenerator<Uint8Array, void, void> {
  const decoders = { gzip: gunzip, zstd: unzstd, xz: unxz };
  const pieces = decoders[format](pieced(source));
  let total = 0;
  try {
    for (;;) {
      let step: IteratorResult<Uint8Array, void>;
      try {
        step = await pieces.next();
      } catch (error) {
        if (error instanceof SourceFailure) throw error.cause;
        if (error instanceof HypercraftError) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new HypercraftError('COMPRESSED_CORRUPT', `damaged or truncated ${format} data (${why})`, {
          cause: error,
        });
      }
      if (step.done) return;
      total += step.value.length;
      if (total > limit) {
        throw new HypercraftError('COMPRESSED_TOO_LARGE', `${format} data unpacks to more than ${limit} bytes`);
      }
      if (step.value.length > 0) yield step.value;
    }
  } finally {
    await pieces.return(undefined).catch(() => {});
  }
}

/** All of `source` in one array. */
export async function collect(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of source) {
    parts.push(part);
    total += part.length;
  }
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Decompresses a whole file in memory; see {@link decompress}. */
export function decompressBytes(format: CompressionFormat, bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  return collect(decompress(format, [bytes], limit));
}

/** Wraps what the source itself threw, so that a network failure is not reported as damaged data. */
class SourceFailure extends Error {}

async function* pieced(source: ByteSource): AsyncGenerator<Uint8Array, void, void> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  try {
    for (;;) {
      let step: IteratorResult<Uint8Array>;
      try {
        step = await iterator.next();
      } catch (error) {
        throw new SourceFailure('source', { cause: error });
      }
      if (step.done) return;
      for (let at = 0; at < step.value.length; at += PIECE_BYTES) yield step.value.subarray(at, at + PIECE_BYTES);
    }
  } finally {
    await iterator.return?.();
  }
}

async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let out: Uint8Array[] = [];
  const { Inflate } = await import('fflate');
  const inflate = new Inflate((chunk) => out.push(chunk));
  let head: Uint8Array | undefined = new Uint8Array(0);
  let tail = new Uint8Array(0);
  let crc = 0;
  let size = 0;
  const push = function* (piece: Uint8Array, final: boolean) {
    inflate.push(piece, final);
    const ready = out;
    out = [];
    for (const chunk of ready) {
      crc = crc32(chunk, crc);
      size = (size + chunk.length) >>> 0;
      yield chunk;
    }
  };
  for await (const piece of source) {
    const both = concat(tail, piece);
    tail = both.slice(Math.max(0, both.length - GZIP_TAIL_BYTES));
    if (!head) {
      yield* push(piece, false);
      continue;
    }
    head = concat(head, piece);
    const start = gzipHeaderLength(head);
    if (start === undefined) {
      if (head.length > GZIP_TAIL_BYTES) throw new Error('header too long');
      continue;
    }
    const rest = head.subarray(start);
    head = undefined;
    yield* push(rest, false);
  }
  if (head) throw new Error('header cut short');
  yield* push(new Uint8Array(0), true);
  if (!hasGzipTrailer(tail, crc, size)) throw new Error('checksum mismatch');
}

/** Length of the gzip header at the start of `bytes`; undefined where more bytes are needed to tell. */
function gzipHeaderLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 10) return undefined;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) throw new Error('not a gzip header');
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + (bytes[at]! | (bytes[at + 1]! << 8));
  }
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    while (at < bytes.length && bytes[at] !== 0) at++;
    at++;
  }
  if (flags & 2) at += 2;
  return at < bytes.length ? at : undefined;
}

/** The member ends in CRC and size; padding may follow, so the last place where they stand counts. */
function hasGzipTrailer(tail: Uint8Array, crc: number, size: number): boolean {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - 8; at >= 0; at--) {
    if (view.getUint32(at, true) === crc && view.getUint32(at + 4, true) === size) return true;
  }
  return false;
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  let out: Uint8Array[] = [];
  const { Decompress } = await import('fzstd');
  const decoder = new Decompress((chunk) => out.push(chunk));
  let checked = false;
  for await (const piece of source) {
    if (!checked) checkZstdWindow(piece);
    checked = true;
    // The decoder reuses its window, so each chunk is copied before more is pushed.
    decoder.push(piece);
    const ready = out;
    out = [];
    for (const chunk of ready) yield chunk.slice();
  }
  decoder.push(new Uint8Array(0), true);
  for (const chunk of out) yield chunk.slice();
}

/** Refuses a frame whose header asks for more memory than any honest one, before the decoder allocates it. */
function checkZstdWindow(head: Uint8Array): void {
  if (head.length < 18) return;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0, true) !== ZSTD_MAGIC) return;
  const descriptor = head[4]!;
  let window: number;
  if (descriptor & 0x20) {
    const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
    const sizes = [head[at]!, view.getUint16(at, true) + 256, view.getUint32(at, true)];
    window = sizes[descriptor >> 6] ?? Number(view.getBigUint64(at, true));
  } else {
    const base = 2 ** (10 + (head[5]! >> 3));
    window = base + (base / 8) * (head[5]! & 7);
  }
  if (window > ZSTD_MAX_WINDOW) {
    throw new HypercraftError('COMPRESSED_TOO_LARGE', `zstd data with a window of ${window} bytes`);
  }
}

async function* unxz(source: AsyncGenerator<Uint8Array, void, void>): AsyncGenerator<Uint8Array, void, void> {
  let ended = false;
  let failure: unknown;
  const input = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const step = await source.next();
          ended = step.done === true;
          if (step.done) controller.close();
          else controller.enqueue(step.value);
        } catch (error) {
          failure = error;
          controller.error(error);
        }
      },
      async cancel() {
        await source.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  const XzReadableStream = await xzStream();
  const reader = new XzReadableStream(input).getReader();
  let idle = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      idle = value.length === 0 && ended ? idle + 1 : 0;
      if (idle > 3) throw new Error('unexpected end');
      yield value;
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    // Also frees the decoder, of which there is one at a time.
    await reader.cancel().catch(() => {});
  }
}

/** The package is CommonJS to Node.js and may be either kind of module to a bundler. */
async function xzStream(): Promise<XzStream> {
  const module = (await import('xz-decompress')) as { XzReadableStream?: XzStream; default?: unknown };
  return module.XzReadableStream ?? (module.default as { XzReadableStream: XzStream }).XzReadableStream;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
