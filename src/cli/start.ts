// The program's first script, small so that what takes longest is begun before the rest is loaded: the thread of the guest's harts starts and the
// engine is compiled on other cores meanwhile.
import { codeDirectory, keepCompiledCode, requireScript } from '../platform/node/compiled-code.js';
import { otherThreads } from '../platform/node/priority.js';
import { startEngine, startMemory } from '../platform/node/start-engine.js';
import { startThread } from '../platform/node/start-thread.js';

/** What takes a `run` in which the guest has no thread of its own, or not at once. */
const THREADLESS = ['--from', '--incoming', '--deterministic', '--help'];

const [command, ...rest] = process.argv.slice(2);
const directory = codeDirectory();
const wanted = command === 'run' && !rest.some((word) => THREADLESS.includes(word));
// Before there is any other.
const compilers = command === 'run' || command === 'up' ? otherThreads() : [];
const memory = wanted ? startMemory() : undefined;
const thread = wanted ? startThread({ codeDirectory: directory, memory }) : undefined;
const engine = command === 'run' && !rest.includes('--help') ? startEngine() : undefined;
// What the first run has compiled is what is kept: that of a command that does little would be of little use.
if (command === 'run') keepCompiledCode(directory);

const { exports, keep } = requireScript('program.cjs', wanted ? '' : '-threadless');
// At the latest: see compilation.ts.
process.once('exit', keep);
(exports as typeof import('./program.js')).program({
  codeDirectory: directory,
  memory,
  engine,
  thread,
  compilers,
  translatesHere: true,
  keep,
});
