// The public face of the Node.js platform: guest images in a cache on disk.

export { cacheDirectory } from './cache-directory.js';
export { systemKeyrings, systemMirrors } from './debian-system.js';
export { FileStore } from './file-store.js';
export { httpFetcher } from './http-fetcher.js';
export { type NodeImagesOptions, nodeImagePlatform, openImageStore } from './images.js';
export { nodePlatform } from './worker.js';
