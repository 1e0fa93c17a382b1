// Svinval: fine-grained invalidation of address-translation caches. Priv. ISA, '"Svinval" Extension'.
import { extension } from '../instruction.js';

export const svinval = extension(
  'Svinval',
  `
  sinval.vma      rs1,rs2       0001011 ..... ..... 000 00000 1110011
  sfence.w.inval  -             000110000000 00000 000 00000 1110011
  sfence.inval.ir -             000110000001 00000 000 00000 1110011
`,
);

export const svinvalH = extension(
  'Svinval&H',
  `
  hinval.vvma     rs1,rs2       0010011 ..... ..... 000 00000 1110011
  hinval.gvma     rs1,rs2       0110011 ..... ..... 000 00000 1110011
`,
);
