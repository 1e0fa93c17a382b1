// Zifencei: the instruction-fetch fence, which ignores its reserved fields. Unpriv. ISA, '"Zifencei" Extension'.
import { extension } from '../instruction.js';

export const zifencei = extension(
  'Zifencei',
  `
  fence.i     -                 ------------ ----- 001 ----- 0001111
`,
);
