// The script of a worker thread of Node.js: loads serve.ts, with what V8 has compiled of it before if the program keeps that.
import { workerData } from 'node:worker_threads';
import { keepCompiledCode, requireScript } from './compiled-code.js';
import type { ThreadData } from './start-thread.js';

const { codeDirectory } = (workerData ?? {}) as ThreadData;
if (codeDirectory !== undefined) keepCompiledCode(codeDirectory);
requireScript('serve.cjs');
