// The script of a worker that runs a hart in a page: `new Worker(new URL('hypercraft/worker', ...))`.
import { serveHart } from '../../vmm/index.js';
import { webPlatform } from './platform.js';

serveHart(
  {
    post: (message) => self.postMessage(message),
    onMessage: (listener) => {
      self.onmessage = (event) => listener(event.data);
    },
  },
  webPlatform(),
);
