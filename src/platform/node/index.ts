// The public face of the Node.js platform: guest images in a cache on disk.

export { systemKeyrings, systemMirrors } from './debian-system.js';
export { cacheDirectory, FileStore } from './file-store.js';
export { httpFetcher } from './http-fetcher.js';
export { type NodeImagesOptions, nodeImagePlatform, openImageStore } from './images.js';
export { nodePlatform } from './worker.js';
