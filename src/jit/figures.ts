// How translation went so far, on all threads of a host together: words of its control block that every realm adds to.

import * as L from '../engine/hart/layout.js';

/** The figures, by the order of their words. */
const NAMES = [
  'regions',
  'instructions',
  'bytes',
  'translating',
  'compiling',
  'refused',
  'evicted',
  'fromCache',
  'stale',
  'modules',
] as const;

/** How translation went so far. */
export interface JitFigures {
  /** Regions installed, pushed out for lack of room, refused because they are for the interpreter, and too late because the code had changed. */
  readonly regions: number;
  readonly evicted: number;
  readonly refused: number;
  readonly stale: number;
  /** Regions that the persistent cache had. */
  readonly fromCache: number;
  /** Guest instructions translated, and bytes of WebAssembly made of them. */
  readonly instructions: number;
  readonly bytes: number;
  /** Modules compiled. */
  readonly modules: number;
  /** Microseconds spent in the translator and in WebAssembly's compiler, on any thread that waits for it. */
  readonly translating: number;
  readonly compiling: number;
}

/** Adds to the figures of a host. */
export function count(words: Uint32Array, name: keyof JitFigures, more: number): void {
  if (more !== 0)
    Atomics.add(words, ((L.HOST_CONTROL + L.HOST_JIT_STATS) >>> 2) + NAMES.indexOf(name), Math.round(more));
}

/** The figures of a host. */
export function figuresOf(words: Uint32Array): JitFigures {
  const at = (L.HOST_CONTROL + L.HOST_JIT_STATS) >>> 2;
  return Object.fromEntries(NAMES.map((name, i) => [name, Atomics.load(words, at + i)])) as unknown as JitFigures;
}
