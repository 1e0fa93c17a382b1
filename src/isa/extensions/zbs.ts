// Zbs: single-bit instructions. Unpriv. ISA, '"B" Extension for Bit Manipulation', Zbs.
import { extension } from '../instruction.js';

export const zbs = extension(
  'Zbs',
  `
  bclr        rd,rs1,rs2        0100100 ..... ..... 001 ..... 0110011
  bclri       rd,rs1,shamt      010010 ...... ..... 001 ..... 0010011
  bext        rd,rs1,rs2        0100100 ..... ..... 101 ..... 0110011
  bexti       rd,rs1,shamt      010010 ...... ..... 101 ..... 0010011
  binv        rd,rs1,rs2        0110100 ..... ..... 001 ..... 0110011
  binvi       rd,rs1,shamt      011010 ...... ..... 001 ..... 0010011
  bset        rd,rs1,rs2        0010100 ..... ..... 001 ..... 0110011
  bseti       rd,rs1,shamt      001010 ...... ..... 001 ..... 0010011
`,
);
