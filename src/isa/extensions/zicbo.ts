// Zicbom, Zicboz, Zicbop: cache-block management, zeroing and prefetching. Unpriv. ISA, "CMO Extensions for Base Cache
// Management Operation ISA". A prefetch is a hint in the space of ORI with rd=x0.
import { extension } from '../instruction.js';

export const zicbom = extension(
  'Zicbom',
  `
  cbo.inval   (rs1)             000000000000 ..... 010 00000 0001111
  cbo.clean   (rs1)             000000000001 ..... 010 00000 0001111
  cbo.flush   (rs1)             000000000010 ..... 010 00000 0001111
`,
);

export const zicboz = extension(
  'Zicboz',
  `
  cbo.zero    (rs1)             000000000100 ..... 010 00000 0001111
`,
);

export const zicbop = extension(
  'Zicbop',
  `
  prefetch.i  prefetch(rs1)     ....... 00000 ..... 110 00000 0010011  hint
  prefetch.r  prefetch(rs1)     ....... 00001 ..... 110 00000 0010011  hint
  prefetch.w  prefetch(rs1)     ....... 00011 ..... 110 00000 0010011  hint
`,
);
