// Modules that nobody uses any more, given back to the system. An engine knows what objects take in its heap, which is little for a module; what it has
// compiled lies elsewhere, and a thread that makes few objects would not collect for hours. Each module has two mappings of its own, of which a
// process may have some 65000 on Linux.

/** So large that an engine collects before it gives it, if it gives it at all. Nothing of it is ever touched. */
const TOO_MUCH = 2 ** 32 - 8;

/** Makes this thread's engine collect what nobody uses: 3 to 8 ms. */
export function collectGarbage(): void {
  try {
    new ArrayBuffer(TOO_MUCH);
  } catch {
    // It has collected, and found no room: all the same.
  }
}

/**
 * Does a module stay for good? V8 before version 13 (Node.js 20 and 22) keeps every instance that was given a table for as long as the table is there,
 * and ours are all given the engine's. Other engines do not say what they are.
 */
export const MODULES_STAY: boolean = v8Version() < 13;

function v8Version(): number {
  const { process } = globalThis as { process?: { versions?: { v8?: string } } };
  const version = Number.parseInt(process?.versions?.v8 ?? '', 10);
  return Number.isNaN(version) ? Number.POSITIVE_INFINITY : version;
}
