// What others have to do with the translator before it is there, or from another thread. Apart from the translator itself, which takes longer to load than a
// guest to be put together.

import * as L from '../engine/hart/layout.js';

/** The translator's thread is there, or is to end. */
export const SERVED = 1;
export const ENDING = 2;

/** Where the ring of modules begins in a port. */
export const RING = 4096;
/** A power of two, for the counts of bytes wrap around. */
export const RING_BYTES = 0x4_0000;

/** Bytes of a port. */
export const PORT_BYTES = RING + RING_BYTES;

/** Wakes the translator of a host, if it sleeps: waking is a call to the system. */
export function ringTranslator(host: Int32Array): void {
  Atomics.add(host, L.HOST_JIT_BELL >> 2, 1);
  if (Atomics.load(host, L.HOST_JIT_SLEEPS >> 2) !== 0) Atomics.notify(host, L.HOST_JIT_BELL >> 2);
}
