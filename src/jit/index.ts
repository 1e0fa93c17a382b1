// The JIT: hot guest code becomes WebAssembly.

export { type Explanation, explainRegion, translatedRegions } from './explain.js';
export { figuresOf, type JitFigures } from './figures.js';
export { Jit, type JitOptions } from './jit.js';
export { PORT_BYTES, ringTranslator } from './port.js';
export { ENDING, type JitStore, type ServiceOptions, TranslatorService } from './service.js';
