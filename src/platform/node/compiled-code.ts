// What V8 has compiled of our scripts is kept for the next start. Node.js checks that it belongs to these files; it cannot do so before 22.1.
import { existsSync, mkdirSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname } from 'node:path';

const { enableCompileCache } = modules as typeof modules & {
  enableCompileCache?: typeof modules.enableCompileCache;
};

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
