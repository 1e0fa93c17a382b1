// The JIT: hot guest code becomes WebAssembly. What explains it to people (explain.ts) is not here, for it brings the disassembler, nor what
// others need before it is loaded (link.ts, figures.ts).

export type { JitFile } from './archive.js';
export type { JitStore } from './archive-store.js';
export type { JitFigures } from './figures.js';
export { Jit, type JitOptions } from './jit.js';
export { type ServiceOptions, TranslatorService } from './service.js';
