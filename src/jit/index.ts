// The JIT: hot guest code becomes WebAssembly. What explains it to people (explain.ts) is not here, for it brings the disassembler.

export { figuresOf, type JitFigures } from './figures.js';
export { Jit, type JitOptions } from './jit.js';
export { PORT_BYTES, ringTranslator } from './port.js';
export { ENDING, type JitStore, type ServiceOptions, TranslatorService } from './service.js';
