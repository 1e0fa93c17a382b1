// A: atomic instructions, which are Zalrsc (load-reserved/store-conditional) and Zaamo (atomic memory operations).
// Unpriv. ISA, '"A" Extension for Atomic Instructions'.
import { extension } from '../instruction.js';

export const zalrsc = extension(
  'Zalrsc',
  `
  lr.w{aqrl}          rd,(rs1)          00010 .. 00000 ..... 010 ..... 0101111
  sc.w{aqrl}          rd,rs2,(rs1)      00011 .. ..... ..... 010 ..... 0101111
  lr.d{aqrl}          rd,(rs1)          00010 .. 00000 ..... 011 ..... 0101111
  sc.d{aqrl}          rd,rs2,(rs1)      00011 .. ..... ..... 011 ..... 0101111
`,
);

export const zaamo = extension(
  'Zaamo',
  `
  amoswap.w{aqrl}     rd,rs2,(rs1)      00001 .. ..... ..... 010 ..... 0101111
  amoadd.w{aqrl}      rd,rs2,(rs1)      00000 .. ..... ..... 010 ..... 0101111
  amoxor.w{aqrl}      rd,rs2,(rs1)      00100 .. ..... ..... 010 ..... 0101111
  amoand.w{aqrl}      rd,rs2,(rs1)      01100 .. ..... ..... 010 ..... 0101111
  amoor.w{aqrl}       rd,rs2,(rs1)      01000 .. ..... ..... 010 ..... 0101111
  amomin.w{aqrl}      rd,rs2,(rs1)      10000 .. ..... ..... 010 ..... 0101111
  amomax.w{aqrl}      rd,rs2,(rs1)      10100 .. ..... ..... 010 ..... 0101111
  amominu.w{aqrl}     rd,rs2,(rs1)      11000 .. ..... ..... 010 ..... 0101111
  amomaxu.w{aqrl}     rd,rs2,(rs1)      11100 .. ..... ..... 010 ..... 0101111
  amoswap.d{aqrl}     rd,rs2,(rs1)      00001 .. ..... ..... 011 ..... 0101111
  amoadd.d{aqrl}      rd,rs2,(rs1)      00000 .. ..... ..... 011 ..... 0101111
  amoxor.d{aqrl}      rd,rs2,(rs1)      00100 .. ..... ..... 011 ..... 0101111
  amoand.d{aqrl}      rd,rs2,(rs1)      01100 .. ..... ..... 011 ..... 0101111
  amoor.d{aqrl}       rd,rs2,(rs1)      01000 .. ..... ..... 011 ..... 0101111
  amomin.d{aqrl}      rd,rs2,(rs1)      10000 .. ..... ..... 011 ..... 0101111
  amomax.d{aqrl}      rd,rs2,(rs1)      10100 .. ..... ..... 011 ..... 0101111
  amominu.d{aqrl}     rd,rs2,(rs1)      11000 .. ..... ..... 011 ..... 0101111
  amomaxu.d{aqrl}     rd,rs2,(rs1)      11100 .. ..... ..... 011 ..... 0101111
`,
);
