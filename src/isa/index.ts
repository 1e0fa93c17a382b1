// RISC-V as data: the public face of the instruction, register and CSR tables, and of the tools that read them.

export { type Assembled, type AssembleOptions, assemble } from './assemble.js';
export { cpuExtensions, cpuFeatures, MAX_CPU } from './cpu/cpu.js';
export { canonicalExtensions, isaString } from './cpu/isa-string.js';
export { isPromise } from './cpu/names.js';
export { type CsrName, csrByName, isCsrName } from './csr.js';
export {
  type CsrField,
  csrField,
  csrFields,
  describeCsr,
  type FieldedCsr,
  getField,
  withField,
} from './csr-fields.js';
export { type Csr, type CsrPrivilege, csrByNumber, csrTable } from './csr-table.js';
export { type Decoded, decode } from './decode.js';
export { type DisassembleOptions, disassemble } from './disassemble.js';
export { encode } from './encode.js';
export { type ErrorCode, HypercraftError } from './error.js';
export { expandCompressed } from './expansion.js';
export { closeExtensions, featureBits, featureSet, features, instructions, operations } from './extensions/index.js';
export type { Instruction } from './instruction.js';
export { type Fpr, fprNames, fprNumber, type Gpr, gprNames, registerNumber } from './registers.js';
