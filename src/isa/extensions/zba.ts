// Zba: address generation. Unpriv. ISA, '"B" Extension for Bit Manipulation', Zba.
import { extension } from '../instruction.js';

export const zba = extension(
  'Zba',
  `
  add.uw      rd,rs1,rs2        0000100 ..... ..... 000 ..... 0111011
  sh1add      rd,rs1,rs2        0010000 ..... ..... 010 ..... 0110011
  sh2add      rd,rs1,rs2        0010000 ..... ..... 100 ..... 0110011
  sh3add      rd,rs1,rs2        0010000 ..... ..... 110 ..... 0110011
  sh1add.uw   rd,rs1,rs2        0010000 ..... ..... 010 ..... 0111011
  sh2add.uw   rd,rs1,rs2        0010000 ..... ..... 100 ..... 0111011
  sh3add.uw   rd,rs1,rs2        0010000 ..... ..... 110 ..... 0111011
  slli.uw     rd,rs1,shamt      000010 ...... ..... 001 ..... 0011011
`,
);
