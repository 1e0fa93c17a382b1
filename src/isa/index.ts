// RISC-V as data: the public face of the instruction, register and CSR tables.

export { type Csr, type CsrName, type CsrPrivilege, csrByName, csrByNumber, csrTable, isCsrName } from './csr.js';
export { type ErrorCode, HypercraftError } from './error.js';
export { closeExtensions, featureBits, features, featureWord, instructions, operations } from './extensions/index.js';
export type { Instruction } from './instruction.js';
export { type Fpr, fprNames, fprNumber, type Gpr, gprNames, registerNumber } from './registers.js';
