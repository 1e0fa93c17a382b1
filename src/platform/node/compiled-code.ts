// The scripts that the build makes, and what V8 has compiled of them, which is kept for the next start. Node.js checks that it belongs to these
// files; it cannot do so before 22.1.
import { existsSync, mkdirSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.js';

const { enableCompileCache } = modules as typeof modules & {
  enableCompileCache?: typeof modules.enableCompileCache;
};

/** Where the program keeps it. */
export function codeDirectory(): string {
  return join(cacheDirectory(), 'code');
}

/** Loads a script that lies beside the one that asks. */
export function requireScript(name: string): unknown {
  return modules.createRequire(import.meta.url)(`./${name}`);
}

/** Keeps it below `directory`, from here on and for this thread; does without where that cannot be. */
export function keepCompiledCode(directory: string): void {
  try {
    // Made here and step by step: where a folder cannot be made, as in /proc, Node.js itself would try for ever.
    for (const folder of [dirname(directory), directory]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
    enableCompileCache?.(directory);
  } catch {
    // Nowhere to keep it.
  }
}
