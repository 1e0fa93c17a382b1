// The JIT: hot guest code becomes WebAssembly.

export { Jit, type JitOptions, type JitStats } from './jit.js';
