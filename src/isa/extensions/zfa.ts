// Zfa: additional floating point (constants, minimum and maximum that pass NaNs on, rounding to integers, quiet comparisons,
// modular conversion). Unpriv. ISA, '"Zfa" Extension for Additional Floating-Point Instructions'.
import { extension } from '../instruction.js';

export const zfa = extension(
  'F&Zfa',
  `
  fli.s               fd,fli            1111000 00001 ..... 000 ..... 1010011
  fminm.s             fd,fs1,fs2        0010100 ..... ..... 010 ..... 1010011
  fmaxm.s             fd,fs1,fs2        0010100 ..... ..... 011 ..... 1010011
  fround.s            fd,fs1,rm         0100000 00100 ..... ... ..... 1010011
  froundnx.s          fd,fs1,rm         0100000 00101 ..... ... ..... 1010011
  fleq.s              rd,fs1,fs2        1010000 ..... ..... 100 ..... 1010011
  fltq.s              rd,fs1,fs2        1010000 ..... ..... 101 ..... 1010011
`,
);

export const zfaD = extension(
  'D&Zfa',
  `
  fli.d               fd,fli            1111001 00001 ..... 000 ..... 1010011
  fminm.d             fd,fs1,fs2        0010101 ..... ..... 010 ..... 1010011
  fmaxm.d             fd,fs1,fs2        0010101 ..... ..... 011 ..... 1010011
  fround.d            fd,fs1,rm         0100001 00100 ..... ... ..... 1010011
  froundnx.d          fd,fs1,rm         0100001 00101 ..... ... ..... 1010011
  fleq.d              rd,fs1,fs2        1010001 ..... ..... 100 ..... 1010011
  fltq.d              rd,fs1,fs2        1010001 ..... ..... 101 ..... 1010011
  fcvtmod.w.d         rd,fs1,rtz        1100001 01000 ..... 001 ..... 1010011
`,
);

export const zfaZfh = extension(
  'Zfh&Zfa',
  `
  fli.h               fd,fli            1111010 00001 ..... 000 ..... 1010011
  fminm.h             fd,fs1,fs2        0010110 ..... ..... 010 ..... 1010011
  fmaxm.h             fd,fs1,fs2        0010110 ..... ..... 011 ..... 1010011
  fround.h            fd,fs1,rm         0100010 00100 ..... ... ..... 1010011
  froundnx.h          fd,fs1,rm         0100010 00101 ..... ... ..... 1010011
  fleq.h              rd,fs1,fs2        1010010 ..... ..... 100 ..... 1010011
  fltq.h              rd,fs1,fs2        1010010 ..... ..... 101 ..... 1010011
`,
);
