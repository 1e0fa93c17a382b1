// What the archive client and the image store need of the world around them: a place to keep files, a way to fetch them, a
// clock. The platform implements it (platform/node); tests do so in memory.

import type { BootFile } from '../boot-file.js';

/** Files by key, `/` between parts. Nothing half-written is ever seen under a key that {@link Store.write} or `move` set. */
export interface Store {
  /** Size of a file, or undefined where there is none. */
  size(key: string): Promise<number | undefined>;
  /**
   * What is another as soon as the file has been written to, or is another file; undefined where that cannot be told, as of a file that has been written a
   * moment ago.
   */
  identity?(key: string): Promise<string | undefined>;
  /**
   * The whole file.
   * @throws HypercraftError `STORE_MISSING`
   */
  read(key: string): Promise<Uint8Array>;
  /**
   * The file, to be read where it is.
   * @throws HypercraftError `STORE_MISSING`
   */
  open?(key: string): Promise<BootFile>;
  /** The file, piece by piece. */
  stream(key: string): AsyncIterable<Uint8Array>;
  /** The same for who keeps nothing of a piece: it may be overwritten when the next one is asked for. */
  passing?(key: string): AsyncIterable<Uint8Array>;
  /** Writes a whole file at once, replacing any other. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file to add to its end, creating it; `empty` drops what was there. */
  append(key: string, options: { readonly empty: boolean }): Promise<StoreWriter>;
  /** Gives a file another name, replacing what had it. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file, or all files under `key/`. Missing ones are no error. */
  remove(key: string): Promise<void>;
  /** Where a file is, as the platform's user would name it. */
  locate(key: string): string;
  /** Holds off other users of the same store. @throws HypercraftError `STORE_BUSY` */
  lock(key: string): Promise<() => Promise<void>>;
}

/** A file being written. */
export interface StoreWriter {
  /** Adds to its end. */
  write(bytes: Uint8Array): Promise<void>;
  /** Ends it; what was written is there from then on. */
  close(): Promise<void>;
}

/** A file wanted from the network. */
export interface FetchRequest {
  /** Where it is. */
  readonly url: string;
  /** First byte wanted; the answer may start at 0 all the same. */
  readonly from?: number;
  /** Gives up when aborted. */
  readonly signal?: AbortSignal;
}

/** What a server answered. */
export interface FetchAnswer {
  /** HTTP status: 200, 206 or an error. */
  readonly status: number;
  /** Where `body` starts in the file. */
  readonly from: number;
  /** The bytes, as they come. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Gets a file over the network; throws any error where no answer comes. Redirects and proxies are its own business. */
export type Fetcher = (request: FetchRequest) => Promise<FetchAnswer>;

/** An incremental SHA-256. */
export interface Hasher {
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The digest in lower-case hexadecimal; nothing can be added after that. */
  hex(): string;
}

/** What the image store needs of where it runs. */
export interface ImagePlatform {
  /** Where files are kept. */
  readonly store: Store;
  /** The network. */
  readonly fetch: Fetcher;
  /** A fresh digest. */
  readonly sha256: () => Hasher;
  /** The date, which signatures are checked against. */
  now(): Date;
  /** Comes back after so many milliseconds, or throws when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Mirrors of the Debian archive this system knows, best first, without a trailing slash. */
  mirrors(): Promise<readonly string[]>;
  /** OpenPGP keyrings this system trusts for the Debian archive; empty where it has none. */
  keyrings(): Promise<readonly Uint8Array[]>;
}

/** What is going on during a long operation. `total` is missing while it is not known. */
export interface Progress {
  /** What is being done. */
  readonly phase: 'index' | 'download' | 'unpack' | 'build';
  /** To which file. */
  readonly what: string;
  /** Bytes, or files, so far. */
  readonly done: number;
  /** Of so many. */
  readonly total?: number;
}

/** Is told now and then how far an operation is. */
export type OnProgress = (progress: Progress) => void;

/** The options every operation over the network takes. */
export interface TransferOptions {
  /** Is told how far it is. */
  readonly onProgress?: OnProgress;
  /** Stops it when aborted. */
  readonly signal?: AbortSignal;
}
