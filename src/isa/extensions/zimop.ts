// Zimop and Zcmop: may-be-operations, which write 0 (c.mop.n: nothing) until an extension gives them a meaning. Unpriv.
// ISA, '"Zimop" and "Zcmop" Extensions for May-Be-Operations'.
import { extension } from '../instruction.js';

export const zimop = extension(
  'Zimop',
  `
  mop.r{mopr}    rd,rs1         1 . 00 .. 0111 .. ..... 100 ..... 1110011
  mop.rr{moprr}  rd,rs1,rs2     1 . 00 .. 1 ..... ..... 100 ..... 1110011
`,
);

export const zcmop = extension(
  'Zcmop',
  `
  c.mop{cmop}    -              011 0 0 ... 1 00000 01   => addi zero,zero,0
`,
);
