// What the archive client and the image store need of the world around them: a place to keep files, a way to fetch them, a
// clock. The platform implements it (platform/node); tests do so in memory.

/** Files by key, `/` between parts. Nothing half-written is ever seen under a key that {@link Store.write} or `move` set. */
export interface Store {
  /** Size of a file, or undefined where there is none. */
  size(key: string): Promise<number | undefined>;
  /** @throws HypercraftError `STORE_MISSING` */
  read(key: string): Promise<Uint8Array>;
  stream(key: string): AsyncIterable<Uint8Array>;
  /** Writes a whole file at once, replacing any other. */
  write(key: string, bytes: Uint8Array): Promise<void>;
  /** Opens a file to add to its end, creating it; `empty` drops what was there. */
  append(key: string, options: { readonly empty: boolean }): Promise<StoreWriter>;
  move(from: string, to: string): Promise<void>;
  /** Removes a file, or all files under `key/`. Missing ones are no error. */
  remove(key: string): Promise<void>;
  /** Where a file is, as the platform's user would name it. */
  locate(key: string): string;
  /** Holds off other users of the same store. @throws HypercraftError `STORE_BUSY` */
  lock(key: string): Promise<() => Promise<void>>;
}

export interface StoreWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface FetchRequest {
  readonly url: string;
  /** First byte wanted; the answer may start at 0 all the same. */
  readonly from?: number;
  readonly signal?: AbortSignal;
}

export interface FetchAnswer {
  /** HTTP status: 200, 206 or an error. */
  readonly status: number;
  /** Where `body` starts in the file. */
  readonly from: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Gets a file over the network; throws any error where no answer comes. Redirects and proxies are its own business. */
export type Fetcher = (request: FetchRequest) => Promise<FetchAnswer>;

/** An incremental SHA-256. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  hex(): string;
}

export interface ImagePlatform {
  readonly store: Store;
  readonly fetch: Fetcher;
  readonly sha256: () => Hasher;
  now(): Date;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Mirrors of the Debian archive this system knows, best first, without a trailing slash. */
  mirrors(): Promise<readonly string[]>;
  /** OpenPGP keyrings this system trusts for the Debian archive; empty where it has none. */
  keyrings(): Promise<readonly Uint8Array[]>;
}

/** What is going on during a long operation. `total` is missing while it is not known. */
export interface Progress {
  readonly phase: 'index' | 'download' | 'unpack' | 'build';
  readonly what: string;
  readonly done: number;
  readonly total?: number;
}

export type OnProgress = (progress: Progress) => void;

/** The options every operation over the network takes. */
export interface TransferOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}
