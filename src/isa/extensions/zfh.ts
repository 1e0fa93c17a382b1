// Zfh and Zfhmin: half-precision floating point; Zfhmin is loads, stores, moves and conversions only. Unpriv. ISA,
// '"Zfh" and "Zfhmin" Extensions for Half-Precision Floating-Point'.
import { extension } from '../instruction.js';

export const zfhmin = extension(
  'Zfhmin',
  `
  flh                 fd,imm(rs1)       ............ ..... 001 ..... 0000111
  fsh                 fs2,store(rs1)    ....... ..... ..... 001 ..... 0100111
  fcvt.s.h            fd,fs1,rmexact    0100000 00010 ..... ... ..... 1010011
  fcvt.h.s            fd,fs1,rm         0100010 00000 ..... ... ..... 1010011
  fmv.x.h             rd,fs1            1110010 00000 ..... 000 ..... 1010011
  fmv.h.x             fd,rs1            1111010 00000 ..... 000 ..... 1010011
`,
);

export const zfhminD = extension(
  'Zfhmin&D',
  `
  fcvt.d.h            fd,fs1,rmexact    0100001 00010 ..... ... ..... 1010011
  fcvt.h.d            fd,fs1,rm         0100010 00001 ..... ... ..... 1010011
`,
);

export const zfh = extension(
  'Zfh',
  `
  fmadd.h             fd,fs1,fs2,fs3,rm ..... 10 ..... ..... ... ..... 1000011
  fmsub.h             fd,fs1,fs2,fs3,rm ..... 10 ..... ..... ... ..... 1000111
  fnmsub.h            fd,fs1,fs2,fs3,rm ..... 10 ..... ..... ... ..... 1001011
  fnmadd.h            fd,fs1,fs2,fs3,rm ..... 10 ..... ..... ... ..... 1001111
  fadd.h              fd,fs1,fs2,rm     0000010 ..... ..... ... ..... 1010011
  fsub.h              fd,fs1,fs2,rm     0000110 ..... ..... ... ..... 1010011
  fmul.h              fd,fs1,fs2,rm     0001010 ..... ..... ... ..... 1010011
  fdiv.h              fd,fs1,fs2,rm     0001110 ..... ..... ... ..... 1010011
  fsqrt.h             fd,fs1,rm         0101110 00000 ..... ... ..... 1010011
  fsgnj.h             fd,fs1,fs2        0010010 ..... ..... 000 ..... 1010011
  fsgnjn.h            fd,fs1,fs2        0010010 ..... ..... 001 ..... 1010011
  fsgnjx.h            fd,fs1,fs2        0010010 ..... ..... 010 ..... 1010011
  fmin.h              fd,fs1,fs2        0010110 ..... ..... 000 ..... 1010011
  fmax.h              fd,fs1,fs2        0010110 ..... ..... 001 ..... 1010011
  feq.h               rd,fs1,fs2        1010010 ..... ..... 010 ..... 1010011
  flt.h               rd,fs1,fs2        1010010 ..... ..... 001 ..... 1010011
  fle.h               rd,fs1,fs2        1010010 ..... ..... 000 ..... 1010011
  fclass.h            rd,fs1            1110010 00000 ..... 001 ..... 1010011
  fcvt.w.h            rd,fs1,rm         1100010 00000 ..... ... ..... 1010011
  fcvt.wu.h           rd,fs1,rm         1100010 00001 ..... ... ..... 1010011
  fcvt.l.h            rd,fs1,rm         1100010 00010 ..... ... ..... 1010011
  fcvt.lu.h           rd,fs1,rm         1100010 00011 ..... ... ..... 1010011
  fcvt.h.w            fd,rs1,rm         1101010 00000 ..... ... ..... 1010011
  fcvt.h.wu           fd,rs1,rm         1101010 00001 ..... ... ..... 1010011
  fcvt.h.l            fd,rs1,rm         1101010 00010 ..... ... ..... 1010011
  fcvt.h.lu           fd,rs1,rm         1101010 00011 ..... ... ..... 1010011
`,
);
