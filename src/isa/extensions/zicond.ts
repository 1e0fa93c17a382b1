// Zicond: integer conditional operations. Unpriv. ISA, '"Zicond" Extension for Integer Conditional Operations'.
import { extension } from '../instruction.js';

export const zicond = extension(
  'Zicond',
  `
  czero.eqz   rd,rs1,rs2        0000111 ..... ..... 101 ..... 0110011
  czero.nez   rd,rs1,rs2        0000111 ..... ..... 111 ..... 0110011
`,
);
