// The translator of a host on the thread that created it, which is to TranslatorThread like one of its own.
import { attachTranslator } from '../../host/index.js';
import type { FromTranslator, ToWorker } from '../hart/messages.js';
import type { MachineWorker, Platform } from './platform.js';

export function translatorHere(platform: Platform): MachineWorker {
  const listeners: ((message: unknown) => void)[] = [];
  const failed: ((error: unknown) => void)[] = [];
  let over = false;
  return {
    post: (message) => {
      const told = message as ToWorker;
      if (told.kind !== 'translator') return;
      const { share, cache } = told;
      void attachTranslator(share, platform.clock, cache === undefined ? undefined : platform.openJitStore?.(cache))
        .then((service) => (over ? undefined : service.serve(() => platform.yield())))
        .then(
          () => {
            for (const tell of listeners) tell({ kind: 'translator-ended' } satisfies FromTranslator);
          },
          (error: unknown) => {
            for (const tell of failed) tell(error);
          },
        );
    },
    onMessage: (listener) => listeners.push(listener),
    onError: (listener) => failed.push(listener),
    terminate: async () => {
      over = true;
    },
  };
}
