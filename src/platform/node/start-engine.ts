// What the program begins of its host before the rest is loaded: the engine's module, from a file that the build lays beside its scripts, which is
// compiled on V8's own threads meanwhile; and memory.
import { readFileSync } from 'node:fs';
import { MEMORY_PAGES } from '../../engine/hart/layout.js';

const FILE = new URL('./engine.wasm', import.meta.url);

/**
 * A host's memory before it has its size: given to a thread now, it is no 4 GiB there that V8 would collect garbage for. Undefined if there is no
 * room: whoever needs it says so.
 */
export function startMemory(): WebAssembly.Memory | undefined {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: MEMORY_PAGES, shared: true });
  } catch {
    return undefined;
  }
}

export function startEngine(): Promise<WebAssembly.Module> {
  const module = WebAssembly.compile(readFileSync(FILE));
  // Nobody may come to need it.
  module.catch(() => {});
  return module;
}
