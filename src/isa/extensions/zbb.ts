// Zbb: basic bit manipulation, part of which Zbkb has too. Unpriv. ISA, '"B" Extension for Bit Manipulation', Zbb.
import { extension } from '../instruction.js';

export const zbb = extension(
  'Zbb',
  `
  clz         rd,rs1            011000000000 ..... 001 ..... 0010011
  ctz         rd,rs1            011000000001 ..... 001 ..... 0010011
  cpop        rd,rs1            011000000010 ..... 001 ..... 0010011
  clzw        rd,rs1            011000000000 ..... 001 ..... 0011011
  ctzw        rd,rs1            011000000001 ..... 001 ..... 0011011
  cpopw       rd,rs1            011000000010 ..... 001 ..... 0011011
  max         rd,rs1,rs2        0000101 ..... ..... 110 ..... 0110011
  maxu        rd,rs1,rs2        0000101 ..... ..... 111 ..... 0110011
  min         rd,rs1,rs2        0000101 ..... ..... 100 ..... 0110011
  minu        rd,rs1,rs2        0000101 ..... ..... 101 ..... 0110011
  sext.b      rd,rs1            011000000100 ..... 001 ..... 0010011
  sext.h      rd,rs1            011000000101 ..... 001 ..... 0010011
  zext.h      rd,rs1            0000100 00000 ..... 100 ..... 0111011
  orc.b       rd,rs1            001010000111 ..... 101 ..... 0010011
`,
);

export const zbbZbkb = extension(
  'Zbb|Zbkb',
  `
  andn        rd,rs1,rs2        0100000 ..... ..... 111 ..... 0110011
  orn         rd,rs1,rs2        0100000 ..... ..... 110 ..... 0110011
  xnor        rd,rs1,rs2        0100000 ..... ..... 100 ..... 0110011
  rol         rd,rs1,rs2        0110000 ..... ..... 001 ..... 0110011
  rolw        rd,rs1,rs2        0110000 ..... ..... 001 ..... 0111011
  ror         rd,rs1,rs2        0110000 ..... ..... 101 ..... 0110011
  rorw        rd,rs1,rs2        0110000 ..... ..... 101 ..... 0111011
  rori        rd,rs1,shamt      011000 ...... ..... 101 ..... 0010011
  roriw       rd,rs1,shamtw     0110000 ..... ..... 101 ..... 0011011
  rev8        rd,rs1            011010111000 ..... 101 ..... 0010011
`,
);
