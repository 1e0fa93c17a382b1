// Zknd, Zkne, Zknh, Zksed, Zksh: AES, SHA-2, SM4 and SM3. Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy Source
// Instructions". The entropy source (Zkr) is a CSR.
import { extension } from '../instruction.js';

export const zknd = extension(
  'Zknd',
  `
  aes64ds     rd,rs1,rs2        0011101 ..... ..... 000 ..... 0110011
  aes64dsm    rd,rs1,rs2        0011111 ..... ..... 000 ..... 0110011
  aes64im     rd,rs1            001100000000 ..... 001 ..... 0010011
`,
);

export const zkne = extension(
  'Zkne',
  `
  aes64es     rd,rs1,rs2        0011001 ..... ..... 000 ..... 0110011
  aes64esm    rd,rs1,rs2        0011011 ..... ..... 000 ..... 0110011
`,
);

export const zkndZkne = extension(
  'Zknd|Zkne',
  `
  aes64ks1i   rd,rs1,rnum       00110001 .... ..... 001 ..... 0010011  if rnum!=11 and rnum!=12 and rnum!=13 and rnum!=14 and rnum!=15
  aes64ks2    rd,rs1,rs2        0111111 ..... ..... 000 ..... 0110011
`,
);

export const zknh = extension(
  'Zknh',
  `
  sha256sum0  rd,rs1            000100000000 ..... 001 ..... 0010011
  sha256sum1  rd,rs1            000100000001 ..... 001 ..... 0010011
  sha256sig0  rd,rs1            000100000010 ..... 001 ..... 0010011
  sha256sig1  rd,rs1            000100000011 ..... 001 ..... 0010011
  sha512sum0  rd,rs1            000100000100 ..... 001 ..... 0010011
  sha512sum1  rd,rs1            000100000101 ..... 001 ..... 0010011
  sha512sig0  rd,rs1            000100000110 ..... 001 ..... 0010011
  sha512sig1  rd,rs1            000100000111 ..... 001 ..... 0010011
`,
);

export const zksed = extension(
  'Zksed',
  `
  sm4ed       rd,rs1,rs2,bs     .. 11000 ..... ..... 000 ..... 0110011
  sm4ks       rd,rs1,rs2,bs     .. 11010 ..... ..... 000 ..... 0110011
`,
);

export const zksh = extension(
  'Zksh',
  `
  sm3p0       rd,rs1            000100001000 ..... 001 ..... 0010011
  sm3p1       rd,rs1            000100001001 ..... 001 ..... 0010011
`,
);
