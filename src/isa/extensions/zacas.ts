// Zacas: atomic compare-and-swap. Unpriv. ISA, '"Zacas" Extension for Atomic Compare-and-Swap'. The quadword form works
// on pairs of registers and needs even ones.
import { extension } from '../instruction.js';

export const zacas = extension(
  'Zacas',
  `
  amocas.w{aqrl}      rd,rs2,(rs1)      00101 .. ..... ..... 010 ..... 0101111
  amocas.d{aqrl}      rd,rs2,(rs1)      00101 .. ..... ..... 011 ..... 0101111
  amocas.q{aqrl}      rd,rs2,(rs1)      00101 .. ..... ..... 100 ..... 0101111
`,
);
