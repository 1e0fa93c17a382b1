// Several hot blocks become one WebAssembly module: a module costs memory and time of its own, a function little.

import type { Engine } from '../engine/index.js';
import type { Entry } from './code-cache.js';
import { Coverage } from './coverage.js';
import type { EarlyTranslations } from './early.js';
import { count } from './figures.js';
import { assembleModule, type Body } from './module.js';
import { type Features, featuresOf, type Translation, type Translator } from './translator.js';

/** A module, absent if nothing could be translated, and what its functions are. */
export interface Batch {
  readonly entries: readonly Entry[];
  readonly module: Uint8Array<ArrayBuffer> | undefined;
  /** How many of them had to be translated. */
  readonly translated: number;
}

/** A hot block: its host address, and whether it is a program's (setting.ts). */
export interface Hot {
  readonly hpa: number;
  readonly program: boolean;
}

/** How a batch is translated. */
export interface BatchOptions {
  /** See linear.ts. */
  readonly linear?: boolean;
  /** What need not be translated, and what may wait. */
  readonly early?: EarlyTranslations | undefined;
  /** The time in milliseconds, to tell what translating takes. */
  readonly now: () => number;
}

/** Translates the regions that begin with the blocks `hot`; those that are for the interpreter are left out. */
export function translateBatch(
  engine: Engine,
  translator: Translator,
  hot: Iterable<Hot>,
  { linear = false, early, now }: BatchOptions,
): Batch {
  const bodies: Body[] = [];
  const entries: Entry[] = [];
  const covered = new Coverage();
  let translated = 0;
  if (!translator.take()) return { entries, module: undefined, translated };
  for (const { hpa, program } of hot) {
    // One that is met often is queued more than once, and so are those around it: what one region has does not need another yet.
    const features = covered.has(hpa) ? undefined : featuresOf(engine, hpa);
    if (features === undefined) continue;
    const { due, dueIfKept } = early?.meet(hpa) ?? { due: true, dueIfKept: true };
    if (!dueIfKept) continue;
    translator.lay(hpa, features);
    const kept = early?.find(translator, hpa, features);
    if (kept === undefined && !due) continue;
    const started = now();
    const translation = kept ?? translator.translate(hpa & 0xffe, { linear, program });
    if (kept === undefined) count(engine.u32, 'translating', (now() - started) * 1000);
    if (translation === undefined) {
      count(engine.u32, 'refused', 1);
      continue;
    }
    if (kept !== undefined) count(engine.u32, 'fromCache', 1);
    else {
      translated++;
      count(engine.u32, 'instructions', translator.region.instructions);
    }
    early?.note({ hpa, features, linear, program });
    covered.add(hpa, translation.covered);
    entries.push(entryOf(hpa, features, translation, bodies));
  }
  translator.leave();
  return { entries, module: bodies.length > 0 ? assembleModule(bodies) : undefined, translated };
}

/** A translation of the block at `hpa` as an entry; its body goes to `bodies`. */
export function entryOf(hpa: number, features: Features, translation: Translation, bodies: Body[]): Entry {
  const { longest, covered, source, body } = translation;
  bodies.push(body);
  return { hpa, features, longest, covered, source, bytes: body.code.length };
}
