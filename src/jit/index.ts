// The JIT: hot guest code becomes WebAssembly.

export { type Explanation, explainRegion } from './explain.js';
export { Jit, type JitOptions, type JitStats } from './jit.js';
