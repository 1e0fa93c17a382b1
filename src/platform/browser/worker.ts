// The script of a worker that runs one machine in a page: `new Worker(new URL('hypercraft/worker', ...))`.
import { serveMachine } from '../../vmm/index.js';
import { webPlatform } from './platform.js';

const { clock } = webPlatform();

serveMachine(
  {
    post: (message) => self.postMessage(message),
    onMessage: (listener) => {
      self.onmessage = (event) => listener(event.data);
    },
  },
  clock,
);
