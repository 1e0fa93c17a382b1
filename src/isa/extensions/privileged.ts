// The privileged instructions of M and S, and resumable NMIs. Priv. ISA, "Machine-Level ISA", "Supervisor-Level ISA",
// '"Smrnmi" Extension'.
import { extension } from '../instruction.js';

export const machine = extension(
  'Machine',
  `
  mret        -                 001100000010 00000 000 00000 1110011
  wfi         -                 000100000101 00000 000 00000 1110011
`,
);

export const supervisor = extension(
  'S',
  `
  sret        -                 000100000010 00000 000 00000 1110011
  sfence.vma  rs1,rs2           0001001 ..... ..... 000 00000 1110011
`,
);

export const smrnmi = extension(
  'Smrnmi',
  `
  mnret       -                 011100000010 00000 000 00000 1110011
`,
);
