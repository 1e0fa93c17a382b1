#!/usr/bin/env node
// The `hypercraft` program, which the build bundles from cli/start.ts and cli/program.ts. Nothing is imported here but this: as ES modules Node's own
// would be loaded with all that they export.
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./platform/node/start.cjs');
