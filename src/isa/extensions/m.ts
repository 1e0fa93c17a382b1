// M: multiplication and division. Unpriv. ISA, '"M" Extension for Integer Multiplication and Division'.
import { extension } from '../instruction.js';

export const m = extension(
  'M',
  `
  mul         rd,rs1,rs2        0000001 ..... ..... 000 ..... 0110011
  mulh        rd,rs1,rs2        0000001 ..... ..... 001 ..... 0110011
  mulhsu      rd,rs1,rs2        0000001 ..... ..... 010 ..... 0110011
  mulhu       rd,rs1,rs2        0000001 ..... ..... 011 ..... 0110011
  div         rd,rs1,rs2        0000001 ..... ..... 100 ..... 0110011
  divu        rd,rs1,rs2        0000001 ..... ..... 101 ..... 0110011
  rem         rd,rs1,rs2        0000001 ..... ..... 110 ..... 0110011
  remu        rd,rs1,rs2        0000001 ..... ..... 111 ..... 0110011
  mulw        rd,rs1,rs2        0000001 ..... ..... 000 ..... 0111011
  divw        rd,rs1,rs2        0000001 ..... ..... 100 ..... 0111011
  divuw       rd,rs1,rs2        0000001 ..... ..... 101 ..... 0111011
  remw        rd,rs1,rs2        0000001 ..... ..... 110 ..... 0111011
  remuw       rd,rs1,rs2        0000001 ..... ..... 111 ..... 0111011
`,
);
