#!/usr/bin/env node
// The `hypercraft` program, which the build bundles from cli/program.ts.
import { createRequire } from 'node:module';

createRequire(import.meta.url)('./platform/node/program.cjs');
