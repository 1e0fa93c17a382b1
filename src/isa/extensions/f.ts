// F: single-precision floating point. Unpriv. ISA, '"F" Extension for Single-Precision Floating-Point'.
import { extension } from '../instruction.js';

export const f = extension(
  'F',
  `
  flw                 fd,imm(rs1)       ............ ..... 010 ..... 0000111
  fsw                 fs2,store(rs1)    ....... ..... ..... 010 ..... 0100111
  fmadd.s             fd,fs1,fs2,fs3,rm ..... 00 ..... ..... ... ..... 1000011
  fmsub.s             fd,fs1,fs2,fs3,rm ..... 00 ..... ..... ... ..... 1000111
  fnmsub.s            fd,fs1,fs2,fs3,rm ..... 00 ..... ..... ... ..... 1001011
  fnmadd.s            fd,fs1,fs2,fs3,rm ..... 00 ..... ..... ... ..... 1001111
  fadd.s              fd,fs1,fs2,rm     0000000 ..... ..... ... ..... 1010011
  fsub.s              fd,fs1,fs2,rm     0000100 ..... ..... ... ..... 1010011
  fmul.s              fd,fs1,fs2,rm     0001000 ..... ..... ... ..... 1010011
  fdiv.s              fd,fs1,fs2,rm     0001100 ..... ..... ... ..... 1010011
  fsqrt.s             fd,fs1,rm         0101100 00000 ..... ... ..... 1010011
  fsgnj.s             fd,fs1,fs2        0010000 ..... ..... 000 ..... 1010011
  fsgnjn.s            fd,fs1,fs2        0010000 ..... ..... 001 ..... 1010011
  fsgnjx.s            fd,fs1,fs2        0010000 ..... ..... 010 ..... 1010011
  fmin.s              fd,fs1,fs2        0010100 ..... ..... 000 ..... 1010011
  fmax.s              fd,fs1,fs2        0010100 ..... ..... 001 ..... 1010011
  feq.s               rd,fs1,fs2        1010000 ..... ..... 010 ..... 1010011
  flt.s               rd,fs1,fs2        1010000 ..... ..... 001 ..... 1010011
  fle.s               rd,fs1,fs2        1010000 ..... ..... 000 ..... 1010011
  fclass.s            rd,fs1            1110000 00000 ..... 001 ..... 1010011
  fcvt.w.s            rd,fs1,rm         1100000 00000 ..... ... ..... 1010011
  fcvt.wu.s           rd,fs1,rm         1100000 00001 ..... ... ..... 1010011
  fcvt.l.s            rd,fs1,rm         1100000 00010 ..... ... ..... 1010011
  fcvt.lu.s           rd,fs1,rm         1100000 00011 ..... ... ..... 1010011
  fcvt.s.w            fd,rs1,rm         1101000 00000 ..... ... ..... 1010011
  fcvt.s.wu           fd,rs1,rm         1101000 00001 ..... ... ..... 1010011
  fcvt.s.l            fd,rs1,rm         1101000 00010 ..... ... ..... 1010011
  fcvt.s.lu           fd,rs1,rm         1101000 00011 ..... ... ..... 1010011
  fmv.x.w             rd,fs1            1110000 00000 ..... 000 ..... 1010011
  fmv.w.x             fd,rs1            1111000 00000 ..... 000 ..... 1010011
`,
);
