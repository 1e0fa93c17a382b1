// Several hot blocks become one WebAssembly module: a module costs memory and time of its own, a function little.

import type { Engine } from '../engine/index.js';
import type { Entry } from './code-cache.js';
import { count } from './figures.js';
import { assembleModule, type Body } from './module.js';
import { type Features, featuresOf, type Translation, type Translator } from './translator.js';

/** A module, absent if nothing could be translated, and what its functions are. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly module: Uint8Array<ArrayBuffer> | undefined;
}

/** Translates the regions that begin at host addresses `hot`; those that are for the interpreter are left out. For `linear` see linear.ts. */
export function translateBatch(engine: Engine, translator: Translator, hot: Iterable<number>, linear = false): Batch {
  const bodies: Body[] = [];
  const entries: Entry[] = [];
  if (!translator.take()) return { entries, module: undefined };
  for (const hpa of hot) {
    const features = featuresOf(engine, hpa);
    if (features === undefined) continue;
    translator.lay(hpa, features);
    const translation = translator.translate(hpa & 0xffe, linear);
    if (translation === undefined) continue;
    count(engine.u32, 'instructions', translator.region.instructions);
    entries.push(entryOf(hpa, features, translation, bodies));
  }
  translator.leave();
  return { entries, module: bodies.length > 0 ? assembleModule(bodies) : undefined };
}

/** A translation of the block at `hpa` as an entry; its body goes to `bodies`. */
export function entryOf(hpa: number, features: Features, translation: Translation, bodies: Body[]): Entry {
  const { longest, covered, source, body } = translation;
  bodies.push(body);
  return { hpa, features, longest, covered, source, bytes: body.code.length };
}
