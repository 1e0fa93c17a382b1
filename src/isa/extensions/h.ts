// H: hypervisor loads, stores and fences. Priv. ISA, '"H" Extension for Hypervisor Support', "Hypervisor Instructions".
import { extension } from '../instruction.js';

export const h = extension(
  'H',
  `
  hfence.vvma rs1,rs2           0010001 ..... ..... 000 00000 1110011
  hfence.gvma rs1,rs2           0110001 ..... ..... 000 00000 1110011
  hlv.b       rd,(rs1)          0110000 00000 ..... 100 ..... 1110011
  hlv.bu      rd,(rs1)          0110000 00001 ..... 100 ..... 1110011
  hlv.h       rd,(rs1)          0110010 00000 ..... 100 ..... 1110011
  hlv.hu      rd,(rs1)          0110010 00001 ..... 100 ..... 1110011
  hlvx.hu     rd,(rs1)          0110010 00011 ..... 100 ..... 1110011
  hlv.w       rd,(rs1)          0110100 00000 ..... 100 ..... 1110011
  hlv.wu      rd,(rs1)          0110100 00001 ..... 100 ..... 1110011
  hlvx.wu     rd,(rs1)          0110100 00011 ..... 100 ..... 1110011
  hlv.d       rd,(rs1)          0110110 00000 ..... 100 ..... 1110011
  hsv.b       rs2,(rs1)         0110001 ..... ..... 100 00000 1110011
  hsv.h       rs2,(rs1)         0110011 ..... ..... 100 00000 1110011
  hsv.w       rs2,(rs1)         0110101 ..... ..... 100 00000 1110011
  hsv.d       rs2,(rs1)         0110111 ..... ..... 100 00000 1110011
`,
);
