// Zbc and Zbkc: carry-less multiplication. Unpriv. ISA, '"B" Extension for Bit Manipulation', Zbc; scalar cryptography, Zbkc.
import { extension } from '../instruction.js';

export const zbcZbkc = extension(
  'Zbc|Zbkc',
  `
  clmul       rd,rs1,rs2        0000101 ..... ..... 001 ..... 0110011
  clmulh      rd,rs1,rs2        0000101 ..... ..... 011 ..... 0110011
`,
);

export const zbc = extension(
  'Zbc',
  `
  clmulr      rd,rs1,rs2        0000101 ..... ..... 010 ..... 0110011
`,
);
