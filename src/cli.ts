#!/usr/bin/env node
// The `hypercraft` program, which the build bundles from cli/program.ts.
import { existsSync, mkdirSync } from 'node:fs';
import * as modules from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './platform/node/cache-directory.js';

// What V8 has compiled of it is kept for the next start. Node.js checks that it belongs to these files; not before 22.1.
const { createRequire, enableCompileCache } = modules as typeof modules & {
  enableCompileCache?: typeof modules.enableCompileCache;
};
const kept = join(cacheDirectory(), 'code');
try {
  // Made here and step by step: where a folder cannot be made, as in /proc, Node.js itself would try for ever.
  for (const folder of [dirname(kept), kept]) if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  enableCompileCache?.(kept);
} catch {
  // Nowhere to keep it.
}

createRequire(import.meta.url)('./platform/node/program.cjs');
