// D: double-precision floating point. Unpriv. ISA, '"D" Extension for Double-Precision Floating-Point'.
import { extension } from '../instruction.js';

export const d = extension(
  'D',
  `
  fld                 fd,imm(rs1)       ............ ..... 011 ..... 0000111
  fsd                 fs2,store(rs1)    ....... ..... ..... 011 ..... 0100111
  fmadd.d             fd,fs1,fs2,fs3,rm ..... 01 ..... ..... ... ..... 1000011
  fmsub.d             fd,fs1,fs2,fs3,rm ..... 01 ..... ..... ... ..... 1000111
  fnmsub.d            fd,fs1,fs2,fs3,rm ..... 01 ..... ..... ... ..... 1001011
  fnmadd.d            fd,fs1,fs2,fs3,rm ..... 01 ..... ..... ... ..... 1001111
  fadd.d              fd,fs1,fs2,rm     0000001 ..... ..... ... ..... 1010011
  fsub.d              fd,fs1,fs2,rm     0000101 ..... ..... ... ..... 1010011
  fmul.d              fd,fs1,fs2,rm     0001001 ..... ..... ... ..... 1010011
  fdiv.d              fd,fs1,fs2,rm     0001101 ..... ..... ... ..... 1010011
  fsqrt.d             fd,fs1,rm         0101101 00000 ..... ... ..... 1010011
  fsgnj.d             fd,fs1,fs2        0010001 ..... ..... 000 ..... 1010011
  fsgnjn.d            fd,fs1,fs2        0010001 ..... ..... 001 ..... 1010011
  fsgnjx.d            fd,fs1,fs2        0010001 ..... ..... 010 ..... 1010011
  fmin.d              fd,fs1,fs2        0010101 ..... ..... 000 ..... 1010011
  fmax.d              fd,fs1,fs2        0010101 ..... ..... 001 ..... 1010011
  feq.d               rd,fs1,fs2        1010001 ..... ..... 010 ..... 1010011
  flt.d               rd,fs1,fs2        1010001 ..... ..... 001 ..... 1010011
  fle.d               rd,fs1,fs2        1010001 ..... ..... 000 ..... 1010011
  fclass.d            rd,fs1            1110001 00000 ..... 001 ..... 1010011
  fcvt.w.d            rd,fs1,rm         1100001 00000 ..... ... ..... 1010011
  fcvt.wu.d           rd,fs1,rm         1100001 00001 ..... ... ..... 1010011
  fcvt.l.d            rd,fs1,rm         1100001 00010 ..... ... ..... 1010011
  fcvt.lu.d           rd,fs1,rm         1100001 00011 ..... ... ..... 1010011
  fcvt.d.w            fd,rs1,rmexact    1101001 00000 ..... ... ..... 1010011
  fcvt.d.wu           fd,rs1,rmexact    1101001 00001 ..... ... ..... 1010011
  fcvt.d.l            fd,rs1,rm         1101001 00010 ..... ... ..... 1010011
  fcvt.d.lu           fd,rs1,rm         1101001 00011 ..... ... ..... 1010011
  fcvt.s.d            fd,fs1,rm         0100000 00001 ..... ... ..... 1010011
  fcvt.d.s            fd,fs1,rmexact    0100001 00000 ..... ... ..... 1010011
  fmv.x.d             rd,fs1            1110001 00000 ..... 000 ..... 1010011
  fmv.d.x             fd,rs1            1111001 00000 ..... 000 ..... 1010011
`,
);
