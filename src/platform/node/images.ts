// Guest images on this computer: the image store with Node's files, network and clock behind it.

import { type ImagePlatform, ImageStore } from '../../boot/index.js';
import { cacheDirectory } from './cache-directory.js';
import { systemKeyrings, systemMirrors } from './debian-system.js';
import { FileStore } from './file-store.js';
import { httpFetcher } from './http-fetcher.js';

/** Where images are kept and found. */
export interface NodeImagesOptions {
  /** Instead of the user's cache directory. */
  readonly cache?: string;
  /** The environment; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * The image store of this user.
 *
 * @example
 * ```ts
 * const image = await openImageStore().pull('debian', { onProgress: ({ what, done }) => console.error(what, done) });
 * const kernel = await image.readKernel();
 * ```
 */
export function openImageStore(options: NodeImagesOptions = {}): ImageStore {
  return new ImageStore(nodeImagePlatform(options));
}

/** What an `ImageStore` needs, in Node.js: a directory, the network and the system's apt configuration. */
export function nodeImagePlatform({ cache, env = process.env }: NodeImagesOptions = {}): ImagePlatform {
  return {
    store: new FileStore(cache ?? cacheDirectory(env)),
    fetch: httpFetcher(env),
    // Loaded when something is fetched.
    sha256: () => {
      const hash = process.getBuiltinModule('node:crypto').createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
    },
    now: () => new Date(),
    sleep: (milliseconds, signal) => {
      const { setTimeout: pause } = process.getBuiltinModule('node:timers/promises');
      return pause(milliseconds, undefined, signal && { signal }).catch(() => {});
    },
    mirrors: () => systemMirrors(env),
    keyrings: systemKeyrings,
  };
}
