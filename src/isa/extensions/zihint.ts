// Zihintpause and Zihintntl: named hints. Unpriv. ISA, '"Zihintpause" Extension for Pause Hint', '"Zihintntl" Extension
// for Non-Temporal Locality Hints'. PAUSE is a FENCE with predecessor W and no successor; it has a number of its own so that a hart can yield.
import { extension } from '../instruction.js';

export const zihintpause = extension(
  'Zihintpause',
  `
  pause       -                 0000 0001 0000 00000 000 00000 0001111
`,
);

export const zihintntl = extension(
  'Zihintntl',
  `
  ntl.p1      -                 0000000 00010 00000 000 00000 0110011  hint
  ntl.pall    -                 0000000 00011 00000 000 00000 0110011  hint
  ntl.s1      -                 0000000 00100 00000 000 00000 0110011  hint
  ntl.all     -                 0000000 00101 00000 000 00000 0110011  hint
  c.ntl.p1    -                 100 1 00000 00010 10  hint  => add zero,zero,sp
  c.ntl.pall  -                 100 1 00000 00011 10  hint  => add zero,zero,gp
  c.ntl.s1    -                 100 1 00000 00100 10  hint  => add zero,zero,tp
  c.ntl.all   -                 100 1 00000 00101 10  hint  => add zero,zero,t0
`,
);
