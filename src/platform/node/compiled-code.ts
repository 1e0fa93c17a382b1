// The scripts that the build makes, and what V8 has compiled of them, which is kept for the next start. Node.js checks that it belongs to these
// files; before 22.1 it keeps nothing, and kept-script.ts does.
import { existsSync, mkdirSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';
import { runKept } from './kept-script.js';

const { enableCompileCache } = modules as typeof modules & {
  enableCompileCache?: typeof modules.enableCompileCache;
};

/** Where the program keeps it. */
export function codeDirectory(): string {
  return join(cacheDirectory(), 'code');
}

/** Where what V8 compiles is kept, if this version of Node.js does not do so by itself. */
let keep: string | undefined;

/** Loads a script that lies beside the one that asks. */
export function requireScript(name: string): unknown {
  const require = modules.createRequire(import.meta.url);
  const path = `./${name}`;
  return keep === undefined ? require(path) : runKept(require.resolve(path), keep);
}

/** Keeps it below `directory`, from here on and for this thread; does without where that cannot be. */
export function keepCompiledCode(directory: string): void {
  try {
    // Made here and step by step: where a folder cannot be made, as in /proc, Node.js itself would try for ever.
    for (const folder of [dirname(directory), directory]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    if (enableCompileCache === undefined) keep = directory;
    else enableCompileCache(directory);
  } catch {
    // Nowhere to keep it.
  }
}
