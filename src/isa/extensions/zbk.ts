// Zbkb and Zbkx: bit manipulation for cryptography. Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy Source
// Instructions". What Zbkb shares with Zbb is in zbb.ts.
import { extension } from '../instruction.js';

export const zbkb = extension(
  'Zbkb',
  `
  pack        rd,rs1,rs2        0000100 ..... ..... 100 ..... 0110011
  packh       rd,rs1,rs2        0000100 ..... ..... 111 ..... 0110011
  packw       rd,rs1,rs2        0000100 ..... ..... 100 ..... 0111011
  brev8       rd,rs1            011010000111 ..... 101 ..... 0010011
`,
);

export const zbkx = extension(
  'Zbkx',
  `
  xperm4      rd,rs1,rs2        0010100 ..... ..... 010 ..... 0110011
  xperm8      rd,rs1,rs2        0010100 ..... ..... 100 ..... 0110011
`,
);
