// The engine's module for the program, from a file that the build lays beside its scripts: what takes longest to be compiled is begun before the rest
// is loaded, and done on V8's own threads meanwhile.
import { readFileSync } from 'node:fs';

const FILE = new URL('./engine.wasm', import.meta.url);

export function startEngine(): Promise<WebAssembly.Module> {
  const module = WebAssembly.compile(readFileSync(FILE));
  // Nobody may come to need it.
  module.catch(() => {});
  return module;
}
