// How much memory V8 takes for the JavaScript of the main thread. Other threads are told when they start (start-thread.ts).
import { collectGarbage } from '../../jit/garbage.js';

/**
 * Has the young generation stay as small as it begins, of two times 2 MiB: what is made while translating is gone a moment later, and it would grow to 8 and more. A
 * setting of the process, for a program that is nothing but a monitor. Not before its first thread has started: what Node.js has compiled of its own modules, and
 * what is kept of scripts, is for a V8 with other settings, and a thread that has to compile them begins 4 ms later.
 */
export function keepYoungGenerationSmall(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
  // It has grown while the program was loaded, and shrinks when all is collected: what was read to load it goes, too. 5 ms of a thread that has nothing to do yet.
  collectGarbage();
}
