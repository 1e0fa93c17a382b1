// Zawrs: waiting on a reservation set. Unpriv. ISA, '"Zawrs" Extension for Wait-on-Reservation-Set Instructions'.
import { extension } from '../instruction.js';

export const zawrs = extension(
  'Zawrs',
  `
  wrs.nto     -                 000000001101 00000 000 00000 1110011
  wrs.sto     -                 000000011101 00000 000 00000 1110011
`,
);
