// The scripts that the build makes, and what V8 has compiled of them, which is kept for the next start.
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';
import { type Kept, runKept } from './kept-script.js';

/** Where the program keeps it. */
export function codeDirectory(): string {
  return join(cacheDirectory(), 'code');
}

/** Where what V8 compiles is kept, if anywhere. */
let keep: string | undefined;

/**
 * Loads a script that lies beside the one that asks, which calls `keep` once most of what is needed of it has been compiled.
 * @param way keeps apart what runs of different kinds need of it
 */
export function requireScript(name: string, way?: string): Kept {
  const require = createRequire(import.meta.url);
  const path = `./${name}`;
  return keep === undefined ? { exports: require(path), keep: () => {} } : runKept(require.resolve(path), keep, way);
}

/** Keeps it below `directory`, from here on and for this thread; does without where that cannot be. */
export function keepCompiledCode(directory: string): void {
  try {
    // Step by step: where a folder cannot be made, as in /proc, Node.js would try for ever to make it with all that are above.
    for (const folder of [dirname(directory), directory]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    keep = directory;
  } catch {
    // Nowhere to keep it.
  }
}
