// How V8 compiles translated code: at once when its module is compiled, which the translator's thread does, not function by function when a hart first
// calls it; and optimized, on threads of its own, once a function has run for a while: roughly so many bytes of its code. A guest that boots runs a
// thousand regions that often and hardly more, so where its harts have all cores they wait for what gains nothing.
import { availableParallelism } from 'node:os';
import { keepYoungGenerationSmall } from './memory.js';
import { keepCode, putCompilersBehindHarts } from './worker.js';

/** With no core to spare: of the processor time of Debian's boot, optimizing takes a fifth in place of a third. */
const SCARCE = 150_000_000;
/** V8 of Node.js 20 begins at 1.8 million, which makes a boot a sixth longer; since then it is 13 million. */
const OLD = 30_000_000;
const OLD_V8 = 12;

/**
 * Milliseconds from a guest's first instruction until then: the engine is compiled, of which most functions are never called, nothing has been
 * translated yet, and to load V8's module delays nobody.
 */
const DELAY = 20;

/**
 * Has V8 compile WebAssembly from a little later on as is best for a guest on so many threads. These are settings of the process, so they are for a
 * program that is nothing but a monitor to make, and not for the library.
 */
export function tuneCompilation(threads: number): void {
  setTimeout(() => {
    const v8 = process.getBuiltinModule('node:v8');
    // What is kept later would be for a V8 with these settings, and refused at the next start.
    keepCode();
    putCompilersBehindHarts();
    keepYoungGenerationSmall();
    v8.setFlagsFromString('--no-wasm-lazy-compilation');
    const scarce = threads >= availableParallelism();
    const old = Number.parseInt(process.versions.v8, 10) < OLD_V8;
    if (scarce || old) v8.setFlagsFromString(`--wasm-tiering-budget=${scarce ? SCARCE : OLD}`);
  }, DELAY).unref();
}
