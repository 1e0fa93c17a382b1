// The script of a worker thread of Node.js: loads serve.ts, with what V8 has compiled of it before if the program keeps that.
import { workerData } from 'node:worker_threads';
import { keepCompiledCode, requireScript } from './compiled-code.js';
import type { ThreadData } from './start-thread.js';

const { codeDirectory } = (workerData ?? {}) as ThreadData;
if (codeDirectory !== undefined) keepCompiledCode(codeDirectory);
const { exports, keep } = requireScript('serve.cjs');
// A thread that runs guests seldom comes to its event loop, and is ended without being asked.
(exports as typeof import('./serve.js')).beforeFirstRun(keep);
