// When V8 compiles translated code a second time, optimized. It does so on threads of its own, once a function has run for a while: roughly so many
// bytes of its code. A guest that boots runs a thousand regions that often and hardly more, so where its harts have all cores they wait for what gains nothing.
import { availableParallelism } from 'node:os';

/** With no core to spare: of the processor time of Debian's boot, optimizing takes a fifth in place of a third. */
const SCARCE = 150_000_000;
/** V8 of Node.js 20 begins at 1.8 million, which makes a boot a sixth longer; since then it is 13 million. */
const OLD = 30_000_000;
const OLD_V8 = 12;

/** Milliseconds from a guest's first instruction until then: nothing has been translated yet, and to load V8's module delays nobody. */
const DELAY = 20;

/**
 * Has V8 wait, if that is better for a guest on so many threads, before it optimizes WebAssembly that is compiled from a little later on. It is a setting of the
 * process, so it is for a program that is nothing but a monitor to make, and not for the library.
 */
export function optimizeLate(threads: number): void {
  const scarce = threads >= availableParallelism();
  if (!scarce && Number.parseInt(process.versions.v8, 10) >= OLD_V8) return;
  setTimeout(() => {
    const v8 = process.getBuiltinModule('node:v8');
    v8.setFlagsFromString(`--wasm-tiering-budget=${scarce ? SCARCE : OLD}`);
  }, DELAY).unref();
}
