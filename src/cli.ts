#!/usr/bin/env node
// The `hypercraft` program, which the build bundles from cli/program.ts.
import * as modules from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from './platform/node/cache-directory.js';

// What V8 has compiled of it is kept for the next start. Node.js checks that it belongs to these files; not before 22.1.
const { createRequire, enableCompileCache } = modules as typeof modules & {
  enableCompileCache?: typeof modules.enableCompileCache;
};
enableCompileCache?.(join(cacheDirectory(), 'code'));

createRequire(import.meta.url)('./platform/node/program.cjs');
