// Downloads into a store: tried again with growing pauses, resumed where it stopped, checked by size and SHA-256 before the
// file gets its name.

import { HypercraftError } from '../../isa/error.js';
import type { ImagePlatform, TransferOptions } from './ports.js';

const ATTEMPTS = 5;
/** Of the first, small file: a person without a network should soon be told so. */
const FIRST_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** This much more than ever before makes a broken connection worth any number of attempts. */
const PROGRESS_BYTES = 1024 * 1024;

export interface WantedFile {
  /** For messages and progress. */
  readonly what: string;
  /** Tried in this order; the next is for a file that is not there. */
  readonly urls: readonly string[];
  readonly sha256: string;
  readonly size: number;
}

/**
 * Makes sure that `key` holds the wanted file.
 *
 * @throws HypercraftError `DOWNLOAD_FAILED`, `DOWNLOAD_CORRUPT`, `ABORTED`.
 */
export async function download(
  platform: ImagePlatform,
  key: string,
  wanted: WantedFile,
  options: TransferOptions = {},
): Promise<void> {
  if (await holds(platform, key, wanted)) return;
  const part = `${key}.part`;
  let corrupt = 0;
  const reached = async () => (await platform.store.size(part)) ?? 0;
  await withRetries(platform, { what: wanted.what, attempts: ATTEMPTS, reached }, options, async (attempt) => {
    const missing: string[] = [];
    for (const url of wanted.urls) {
      const outcome = await transfer(platform, url, part, wanted, options);
      if (outcome === 'missing') {
        missing.push(url);
        continue;
      }
      if (outcome === 'complete') {
        await platform.store.move(part, key);
        return;
      }
      await platform.store.remove(part);
      if (++corrupt > 1 || attempt === ATTEMPTS) {
        throw new HypercraftError('DOWNLOAD_CORRUPT', `${wanted.what}: what the mirror sent has the wrong SHA-256`);
      }
      throw new Error('wrong SHA-256');
    }
    throw new HypercraftError('DOWNLOAD_FAILED', `${wanted.what}: not on the mirror (${missing.join(', ')})`);
  });
}

/** Fetches a small file whose hash is not known beforehand. */
export async function fetchSmall(
  platform: ImagePlatform,
  url: string,
  limit: number,
  options: TransferOptions = {},
): Promise<Uint8Array> {
  const what = url.slice(url.lastIndexOf('/') + 1);
  return withRetries(platform, { what, attempts: FIRST_ATTEMPTS, reached: async () => 0 }, options, async () => {
    const answer = await platform.fetch({ url, ...(options.signal && { signal: options.signal }) });
    if (answer.status === 404) throw new HypercraftError('DOWNLOAD_FAILED', `${url}: not on the mirror`);
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const piece of answer.body) {
      size += piece.length;
      if (size > limit) throw new HypercraftError('DOWNLOAD_FAILED', `${url}: larger than ${limit} bytes`);
      parts.push(piece.slice());
    }
    const whole = new Uint8Array(size);
    let at = 0;
    for (const piece of parts) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  });
}

/** Whether `key` already holds exactly this file. */
export async function holds(
  platform: ImagePlatform,
  key: string,
  wanted: { readonly size: number; readonly sha256: string },
): Promise<boolean> {
  if ((await platform.store.size(key)) !== wanted.size) return false;
  const hasher = platform.sha256();
  const { store } = platform;
  for await (const piece of store.passing?.(key) ?? store.stream(key)) hasher.update(piece);
  return hasher.hex() === wanted.sha256;
}

interface Transfer {
  readonly what: string;
  readonly attempts: number;
  /** How much of the file is there. */
  readonly reached: () => Promise<number>;
}

/** Tries again after failures of the network. A connection that breaks off now and then but brings the file on is patient. */
async function withRetries<T>(
  platform: ImagePlatform,
  { what, attempts, reached }: Transfer,
  { signal }: TransferOptions,
  action: (attempt: number) => Promise<T>,
): Promise<T> {
  let furthest = await reached();
  for (let attempt = 1; ; attempt++) {
    try {
      if (signal?.aborted) throw new HypercraftError('ABORTED', `${what}: cancelled`);
      return await action(attempt);
    } catch (error) {
      if (error instanceof HypercraftError) throw error;
      if (signal?.aborted) throw new HypercraftError('ABORTED', `${what}: cancelled`, { cause: error });
      const position = await reached();
      if (position >= furthest + PROGRESS_BYTES) attempt = 1;
      furthest = Math.max(furthest, position);
      if (attempt === attempts) {
        const why = error instanceof Error ? error.message : String(error);
        throw new HypercraftError('DOWNLOAD_FAILED', `${what}: ${why}`, { cause: error });
      }
    }
    await platform.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
  }
}

async function transfer(
  platform: ImagePlatform,
  url: string,
  part: string,
  wanted: WantedFile,
  { onProgress, signal }: TransferOptions,
): Promise<'complete' | 'corrupt' | 'missing'> {
  const { store } = platform;
  let have = (await store.size(part)) ?? 0;
  if (have > wanted.size) have = 0;
  let hasher = platform.sha256();
  if (have > 0) for await (const piece of store.stream(part)) hasher.update(piece);
  if (have === wanted.size) return hasher.hex() === wanted.sha256 ? 'complete' : 'corrupt';

  const answer = await platform.fetch({ url, from: have, ...(signal && { signal }) });
  if (answer.status === 404) return 'missing';
  if (answer.status !== 200 && answer.status !== 206) throw new Error(`status ${answer.status}`);
  if (answer.from !== have) {
    if (answer.from !== 0) throw new Error('the mirror answered with another part of the file');
    have = 0;
    hasher = platform.sha256();
  }
  const writer = await store.append(part, { empty: have === 0 });
  try {
    for await (const piece of answer.body) {
      have += piece.length;
      if (have > wanted.size) return 'corrupt';
      hasher.update(piece);
      await writer.write(piece);
      onProgress?.({ phase: 'download', what: wanted.what, done: have, total: wanted.size });
    }
  } finally {
    await writer.close();
  }
  if (have < wanted.size) throw new Error(`connection ended after ${have} of ${wanted.size} bytes`);
  return hasher.hex() === wanted.sha256 ? 'complete' : 'corrupt';
}
