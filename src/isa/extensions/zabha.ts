// Zabha: byte and halfword atomic memory operations. Unpriv. ISA, '"Zabha" Extension for Byte and Halfword Atomic Memory
// Operations'.
import { extension } from '../instruction.js';

export const zabha = extension(
  'Zabha',
  `
  amoswap.b{aqrl}     rd,rs2,(rs1)      00001 .. ..... ..... 000 ..... 0101111
  amoadd.b{aqrl}      rd,rs2,(rs1)      00000 .. ..... ..... 000 ..... 0101111
  amoxor.b{aqrl}      rd,rs2,(rs1)      00100 .. ..... ..... 000 ..... 0101111
  amoand.b{aqrl}      rd,rs2,(rs1)      01100 .. ..... ..... 000 ..... 0101111
  amoor.b{aqrl}       rd,rs2,(rs1)      01000 .. ..... ..... 000 ..... 0101111
  amomin.b{aqrl}      rd,rs2,(rs1)      10000 .. ..... ..... 000 ..... 0101111
  amomax.b{aqrl}      rd,rs2,(rs1)      10100 .. ..... ..... 000 ..... 0101111
  amominu.b{aqrl}     rd,rs2,(rs1)      11000 .. ..... ..... 000 ..... 0101111
  amomaxu.b{aqrl}     rd,rs2,(rs1)      11100 .. ..... ..... 000 ..... 0101111
  amoswap.h{aqrl}     rd,rs2,(rs1)      00001 .. ..... ..... 001 ..... 0101111
  amoadd.h{aqrl}      rd,rs2,(rs1)      00000 .. ..... ..... 001 ..... 0101111
  amoxor.h{aqrl}      rd,rs2,(rs1)      00100 .. ..... ..... 001 ..... 0101111
  amoand.h{aqrl}      rd,rs2,(rs1)      01100 .. ..... ..... 001 ..... 0101111
  amoor.h{aqrl}       rd,rs2,(rs1)      01000 .. ..... ..... 001 ..... 0101111
  amomin.h{aqrl}      rd,rs2,(rs1)      10000 .. ..... ..... 001 ..... 0101111
  amomax.h{aqrl}      rd,rs2,(rs1)      10100 .. ..... ..... 001 ..... 0101111
  amominu.h{aqrl}     rd,rs2,(rs1)      11000 .. ..... ..... 001 ..... 0101111
  amomaxu.h{aqrl}     rd,rs2,(rs1)      11100 .. ..... ..... 001 ..... 0101111
`,
);

export const zabhaZacas = extension(
  'Zabha&Zacas',
  `
  amocas.b{aqrl}      rd,rs2,(rs1)      00101 .. ..... ..... 000 ..... 0101111
  amocas.h{aqrl}      rd,rs2,(rs1)      00101 .. ..... ..... 001 ..... 0101111
`,
);
