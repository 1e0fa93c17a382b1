// Zicsr: reading and writing control and status registers. Unpriv. ISA, '"Zicsr" Extension'.
import { extension } from '../instruction.js';

export const zicsr = extension(
  'Zicsr',
  `
  csrrw       rd,csr,rs1        ............ ..... 001 ..... 1110011
  csrrs       rd,csr,rs1        ............ ..... 010 ..... 1110011
  csrrc       rd,csr,rs1        ............ ..... 011 ..... 1110011
  csrrwi      rd,csr,zimm       ............ ..... 101 ..... 1110011
  csrrsi      rd,csr,zimm       ............ ..... 110 ..... 1110011
  csrrci      rd,csr,zimm       ............ ..... 111 ..... 1110011
`,
);
