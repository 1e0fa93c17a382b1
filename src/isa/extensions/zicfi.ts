// Zicfilp and Zicfiss: landing pads and shadow stacks. Unpriv. ISA, "Control-flow Integrity (CFI)". A landing pad is an
// AUIPC with rd=x0, the shadow-stack instructions are may-be-operations: where the extension is off they are still those.
import { extension } from '../instruction.js';

export const zicfilp = extension(
  'Zicfilp',
  `
  lpad        upper             .................... 00000 0010111
`,
);

export const zicfiss = extension(
  'Zicfiss',
  `
  sspush      ra                1100111 00001 00000 100 00000 1110011
  sspush      t0                1100111 00101 00000 100 00000 1110011
  sspopchk    ra                110011011100 00001 100 00000 1110011
  sspopchk    t0                110011011100 00101 100 00000 1110011
  ssrdp       rd                110011011100 00000 100 ..... 1110011    if rd!=0
  ssamoswap.w{aqrl}  rd,rs2,(rs1)  01001 .. ..... ..... 010 ..... 0101111
  ssamoswap.d{aqrl}  rd,rs2,(rs1)  01001 .. ..... ..... 011 ..... 0101111
`,
);

export const zicfissZcmop = extension(
  'Zcmop',
  `
  c.sspush    ra                011 0 00001 00000 01   => sspush ra
  c.sspopchk  t0                011 0 00101 00000 01   => sspopchk t0
`,
);
