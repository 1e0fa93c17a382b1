// How V8 compiles translated code: at once when its module is compiled, which the translator's thread does, not function by function when a hart first
// calls it; and optimized, on threads of its own, once a function has run for a while: roughly so many bytes of its code. A guest that boots runs a
// thousand regions that often and hardly more, so where its harts have all cores they wait for what gains nothing.
import { availableParallelism } from 'node:os';
import { keepYoungGenerationSmall } from './memory.js';
import { keepCode, putCompilersBehindHarts } from './worker.js';

/** With no core to spare: of the processor time of Debian's boot, optimizing takes a fifth in place of a third. */
const SCARCE = 150_000_000;
/** V8's own since version 12. */
const USUAL = 13_000_000;
/**
 * While a system boots: a boot takes 5 % less of time, and what it runs later is as fast; at 50 million processes are made 10 % slower afterwards, at 150
 * million 20 %.
 */
const RELAXED = 30_000_000;
/** V8 of Node.js 20 begins at 1.8 million, which makes a boot a sixth longer. */
const OLD_V8 = 12;

/**
 * Milliseconds from a guest's first instruction until then: the engine is compiled, of which most functions are never called, nothing has been
 * translated yet, and to load V8's module delays nobody.
 */
const DELAY = 20;

/** Milliseconds between two looks at how many regions there are, */
const LOOK = 50;
/** how many more of them in that time are those of a system that boots, */
const BOOTING = 8;
/** how many there must be at all: a program has less, and is over sooner if they are optimized at once, */
const SYSTEM = 64;
/** and when it has booted, whoever it is: nobody need be woken for this any more. */
const BOOTED = 20_000;

/**
 * Has V8 compile WebAssembly from a little later on as is best for a guest on so many threads. These are settings of the process, so they are for a
 * program that is nothing but a monitor to make, and not for the library.
 *
 * @param regions how many were translated so far
 */
export function tuneCompilation(threads: number, regions: () => number): void {
  setTimeout(() => {
    const v8 = process.getBuiltinModule('node:v8');
    // What is kept later would be for a V8 with these settings, and refused at the next start.
    keepCode();
    putCompilersBehindHarts();
    keepYoungGenerationSmall();
    v8.setFlagsFromString('--no-wasm-lazy-compilation');
    const budget = (bytes: number): void => v8.setFlagsFromString(`--wasm-tiering-budget=${bytes}`);
    const cores = availableParallelism();
    const old = Number.parseInt(process.versions.v8, 10) < OLD_V8;
    if (threads >= cores) budget(SCARCE);
    else if (old) budget(RELAXED);
    // Beside harts there are a translator, and compilers for as much as one core, while a system boots.
    else if (threads + 2 > cores) whileBooting(regions, (booting) => budget(booting ? RELAXED : USUAL));
  }, DELAY).unref();
}

/** Tells whenever a system begins to boot, or has: new regions come all the time, and each of them runs for a short time. */
function whileBooting(regions: () => number, tell: (booting: boolean) => void): void {
  let before = 0;
  let told = false;
  const until = performance.now() + BOOTED;
  const looking = setInterval(() => {
    const now = regions();
    const late = performance.now() > until;
    const booting = !late && now >= SYSTEM && now - before >= BOOTING;
    before = now;
    if (late) clearInterval(looking);
    if (booting === told) return;
    told = booting;
    tell(booting);
  }, LOOK).unref();
}
