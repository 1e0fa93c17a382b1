// The cache of guest images as files below one directory. Files appear under their names by rename only, so a reader never
// sees half of one.

import { createReadStream, fstatSync, openSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { BootFile, Store, StoreWriter } from '../../boot/index.js';
import { HypercraftError } from '../../isa/error.js';
import { pieceReader } from './piece-reader.js';
import { passingPieces, readWhole } from './whole-file.js';

/** Milliseconds after which a file is said to be the same as before if it has the same time. */
const SETTLED_MS = 2000;

/** A cache of images in a directory. */
export class FileStore implements Store {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  locate(key: string): string {
    const path = join(this.#root, key);
    if (!path.startsWith(this.#root + sep)) throw new HypercraftError('STORE_KEY', `'${key}' leads out of the cache`);
    return path;
  }

  async size(key: string): Promise<number | undefined> {
    const found = await stat(this.locate(key)).catch(absent);
    return found?.isFile() ? found.size : undefined;
  }

  async identity(key: string): Promise<string | undefined> {
    const found = await stat(this.locate(key), { bigint: true }).catch(() => undefined);
    if (found === undefined) return undefined;
    const { ino, size, mtimeNs, ctimeNs } = found;
    // What is written within one tick of the system's clock has the same time.
    const settled = BigInt(Date.now() - SETTLED_MS) * 1_000_000n;
    return mtimeNs < settled && ctimeNs < settled ? `${ino} ${size} ${mtimeNs} ${ctimeNs}` : undefined;
  }

  /**
   * The whole file.
   * @throws HypercraftError `STORE_MISSING`
   */
  async read(key: string): Promise<Uint8Array> {
    const bytes = await readWhole(this.locate(key)).catch(absent);
    if (!bytes) throw new HypercraftError('STORE_MISSING', `${this.locate(key)}: no such file`);
    return bytes;
  }

  async open(key: string): Promise<BootFile> {
    const path = this.locate(key);
    try {
      const descriptor = openSync(path, 'r');
      return pieceReader(descriptor, fstatSync(descriptor).size);
    } catch (error) {
      absent(error as NodeJS.ErrnoException);
      throw new HypercraftError('STORE_MISSING', `${path}: no such file`);
    }
  }

  /** The file, piece by piece. */
  async *stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    for await (const piece of createReadStream(this.locate(key), { highWaterMark: 1024 * 1024 })) {
      yield piece as Uint8Array;
    }
  }

  async *passing(key: string): AsyncGenerator<Uint8Array, void, void> {
    yield* passingPieces(this.locate(key));
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    const path = this.locate(key);
    const temporary = `${path}.${process.pid}.new`;
    await wrapped(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(temporary, bytes, { flush: true } as object);
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    });
  }

  async append(key: string, { empty }: { readonly empty: boolean }): Promise<StoreWriter> {
    const path = this.locate(key);
    return wrapped(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, empty ? 'w' : 'a');
      return {
        write: (bytes) => wrapped(path, () => file.writeFile(bytes)),
        close: () => wrapped(path, () => file.close()),
      };
    });
  }

  /** Gives a file another name, replacing what had it. */
  async move(from: string, to: string): Promise<void> {
    const path = this.locate(to);
    await wrapped(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      await rename(this.locate(from), path);
    });
  }

  async remove(key: string): Promise<void> {
    const path = this.locate(key);
    await wrapped(path, () => rm(path, { recursive: true, force: true }));
  }

  /** A file with our process id; one whose process is gone is nobody's. */
  async lock(key: string): Promise<() => Promise<void>> {
    const path = `${this.locate(key)}.lock`;
    await wrapped(path, () => mkdir(dirname(path), { recursive: true }));
    for (let attempt = 0; ; attempt++) {
      try {
        await writeFile(path, String(process.pid), { flag: 'wx' });
        return () => rm(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storeError(path, error);
        const holder = Number(await readFile(path, 'utf8').catch(() => '0'));
        if (attempt === 2 || (holder > 0 && isAlive(holder))) {
          throw new HypercraftError('STORE_BUSY', `process ${holder} is already working on ${key} (${path})`);
        }
        await rm(path, { force: true });
      }
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw storeError('cache', error);
}

function storeError(path: string, error: unknown): HypercraftError {
  const why = error instanceof Error ? error.message : String(error);
  return new HypercraftError('STORE_FAILED', `${path}: ${why}`, { cause: error });
}

async function wrapped<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof HypercraftError ? error : storeError(path, error);
  }
}
