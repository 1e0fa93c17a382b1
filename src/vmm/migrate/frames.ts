// What goes between the two sides of a migration: a preamble, then frames, each with its length and a checksum. The other side may be
// anybody, so a length is believed only up to what its kind can need, and nothing is taken in before its checksum was compared.
//
//   preamble   "HCMIGR\r\n", u32 version, from the source only
//   frame      u8 kind, three bytes of zero, u32 length, u32 CRC-32 of these 8 bytes and the payload, payload
import { crc32 } from '../../boot/crc32.js';
import { HypercraftError } from '../../isa/error.js';

/** Both directions of a connection: a socket, a pair of pipes, a message port with streams at its ends. */
export interface MigrationStream {
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}

/** In the order in which they come; the source's are even-handed with the destination's answers. */
export const KINDS = [
  /** Source: what the machine is made of. */
  'machine',
  /** Destination: there is room for it. */
  'accepted',
  /** Source: pages of its memory. */
  'pages',
  /** Source: all so far; destination: has it. */
  'sync',
  'synced',
  /** Source: the guest stands still, and this is all but its memory. */
  'state',
  /** Destination: the whole guest is here. */
  'ready',
  /** Source: it is yours. */
  'go',
  /** Destination: it is mine. */
  'taken',
  /** Either: it will not be, for this reason. */
  'refused',
] as const;
export type FrameKind = (typeof KINDS)[number];

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

export const MIGRATION_VERSION = 1;
const MAGIC = Uint8Array.from([...'HCMIGR\r\n'], (letter) => letter.charCodeAt(0));
const PREAMBLE_BYTES = MAGIC.length + 4;
const HEADER_BYTES = 12;
/** Pages are sent when so many bytes have come together. */
export const PAGES_BYTES = 1 << 18;
/** No frame that is on its way when a migration is refused is longer. */
const DRAINED_BYTES = 32 << 20;
const MOST_BYTES: Partial<Record<FrameKind, number>> = {
  machine: 1 << 20,
  pages: PAGES_BYTES + (1 << 14),
  state: 16 << 20,
  refused: 1 << 12,
};

const EMPTY = new Uint8Array(0);

/** How long the other side may say and take nothing. */
export interface Silence {
  readonly milliseconds: number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Milliseconds, by default. */
export const SILENCE = 30_000;

/** One side's end of the connection. */
export class Channel {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #silence: Silence | undefined;
  readonly #aborted: Promise<never>;
  #fail!: (error: unknown) => void;
  #rest: Uint8Array = EMPTY;
  /** Bytes written so far. */
  sent = 0;

  constructor({ readable, writable }: MigrationStream, silence?: Silence) {
    this.#silence = silence;
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
    // Whoever reads or writes next hears of it.
    this.#reader.closed.catch(() => {});
    this.#writer.closed.catch(() => {});
    this.#aborted = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#aborted.catch(() => {});
  }

  async sendPreamble(): Promise<void> {
    const bytes = new Uint8Array(PREAMBLE_BYTES);
    bytes.set(MAGIC);
    new DataView(bytes.buffer).setUint32(MAGIC.length, MIGRATION_VERSION, true);
    await this.#write(bytes);
  }

  /** @throws HypercraftError `MIGRATION_FORMAT`, `MIGRATION_VERSION`, `MIGRATION_BROKEN` */
  async expectPreamble(): Promise<void> {
    const bytes = await this.#read(PREAMBLE_BYTES);
    if (MAGIC.some((byte, at) => bytes[at] !== byte)) {
      throw new HypercraftError('MIGRATION_FORMAT', 'this is not the stream of a migration');
    }
    const version = viewOf(bytes).getUint32(MAGIC.length, true);
    if (version !== MIGRATION_VERSION) {
      throw new HypercraftError('MIGRATION_VERSION', `version ${version} of migrations is unknown here`);
    }
  }

  /** @throws HypercraftError `MIGRATION_BROKEN` */
  async send(kind: FrameKind, payload: Uint8Array = EMPTY): Promise<void> {
    const bytes = new Uint8Array(HEADER_BYTES + payload.length);
    const view = viewOf(bytes);
    bytes[0] = KINDS.indexOf(kind);
    view.setUint32(4, payload.length, true);
    view.setUint32(8, crc32(payload, crc32(bytes.subarray(0, 8))), true);
    bytes.set(payload, HEADER_BYTES);
    await this.#write(bytes);
  }

  /**
   * The next frame, which has to be of one of these kinds.
   * @throws HypercraftError `MIGRATION_REFUSED` if the other side said why not, `MIGRATION_CORRUPT`, `MIGRATION_BROKEN`
   */
  async next(...kinds: readonly FrameKind[]): Promise<Frame> {
    const header = await this.#read(HEADER_BYTES);
    const view = viewOf(header);
    const kind = KINDS[header[0]!];
    const length = view.getUint32(4, true);
    if (kind === undefined || length > (MOST_BYTES[kind] ?? 0)) throw corrupt();
    const payload = await this.#read(length);
    if (crc32(payload, crc32(header.subarray(0, 8))) !== view.getUint32(8, true)) throw corrupt();
    if (kind === 'refused') {
      throw new HypercraftError('MIGRATION_REFUSED', `the other side refuses: ${new TextDecoder().decode(payload)}`);
    }
    if (!kinds.includes(kind)) throw corrupt();
    return { kind, payload };
  }

  /** Tells the other side why not, if it still listens, and cuts the connection. Nobody waits for that. */
  refuse(error: unknown): void {
    const reason = error instanceof HypercraftError ? error.message : 'it failed there';
    void this.send('refused', new TextEncoder().encode(reason.slice(0, 1000)))
      .catch(() => {})
      .then(() => this.abort(error));
    void this.#drain();
  }

  /** The other side may be in the middle of a frame, and listens only when that is taken. */
  async #drain(): Promise<void> {
    try {
      for (let left = DRAINED_BYTES; left > 0; ) {
        const { done, value } = await this.#reader.read();
        if (done) return;
        left -= value.length;
      }
      await this.#reader.cancel();
    } catch {
      // It is cut already.
    }
  }

  /** Lets go of the connection. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#writer.close(), this.#reader.cancel()]);
  }

  /** Cuts the connection: whatever waits for it fails. */
  abort(error: unknown): void {
    this.#fail(error);
    void this.#reader.cancel(error).catch(() => {});
    void this.#writer.abort(error).catch(() => {});
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#heard(this.#writer.write(bytes));
    } catch (cause) {
      throw broken(cause);
    }
    this.sent += bytes.length;
  }

  /** What the other side has a part in. */
  async #heard<T>(part: Promise<T>): Promise<T> {
    if (this.#silence === undefined) return Promise.race([part, this.#aborted]);
    const { milliseconds, sleep } = this.#silence;
    const done = new AbortController();
    void sleep(milliseconds, done.signal).then(() => {
      if (!done.signal.aborted) this.abort(silent(milliseconds));
    });
    try {
      return await Promise.race([part, this.#aborted]);
    } finally {
      done.abort();
    }
  }

  /** Exactly so many bytes. */
  async #read(length: number): Promise<Uint8Array> {
    if (this.#rest.length >= length) return this.#take(length);
    const bytes = new Uint8Array(length);
    let done = this.#rest.length;
    bytes.set(this.#rest);
    this.#rest = EMPTY;
    while (done < length) {
      const { done: ended, value } = await this.#heard(this.#reader.read()).catch((cause: unknown) => {
        throw broken(cause);
      });
      if (ended) throw broken(undefined);
      const part = value.subarray(0, length - done);
      bytes.set(part, done);
      done += part.length;
      this.#rest = value.subarray(part.length);
    }
    return bytes;
  }

  #take(length: number): Uint8Array {
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function corrupt(what = 'a part of the stream'): HypercraftError {
  return new HypercraftError('MIGRATION_CORRUPT', `${what} of the migration is damaged`);
}

export function silent(milliseconds: number): HypercraftError {
  return new HypercraftError('MIGRATION_BROKEN', `the other side has been silent for ${milliseconds} ms`);
}

function broken(cause: unknown): HypercraftError {
  if (cause instanceof HypercraftError) return cause;
  return new HypercraftError('MIGRATION_BROKEN', 'the connection of the migration broke', { cause });
}
