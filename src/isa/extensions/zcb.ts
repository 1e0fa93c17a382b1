// Zcb: more compressed instructions for code size. Unpriv. ISA, '"Zc*" Extension for Code Size Reduction', Zcb. Those that
// stand for an instruction of another extension need that one too; the engine sees it on what they expand to.
import { extension } from '../instruction.js';

export const zcb = extension(
  'Zcb',
  `
  c.lbu       cd,clb(cs1)       100 000 ... .. ... 00         => lbu cd,clb(cs1)
  c.lhu       cd,clh(cs1)       100 001 ... 0. ... 00         => lhu cd,clh(cs1)
  c.lh        cd,clh(cs1)       100 001 ... 1. ... 00         => lh cd,clh(cs1)
  c.sb        cs2,clb(cs1)      100 010 ... .. ... 00         => sb cs2,clb(cs1)
  c.sh        cs2,clh(cs1)      100 011 ... 0. ... 00         => sh cs2,clh(cs1)
  c.zext.b    cs1               100 111 ... 11 000 01         => andi cs1,cs1,255
  c.sext.b    cs1               100 111 ... 11 001 01         => sext.b cs1,cs1
  c.zext.h    cs1               100 111 ... 11 010 01         => zext.h cs1,cs1
  c.sext.h    cs1               100 111 ... 11 011 01         => sext.h cs1,cs1
  c.zext.w    cs1               100 111 ... 11 100 01         => add.uw cs1,cs1,zero
  c.not       cs1               100 111 ... 11 101 01         => xori cs1,cs1,-1
  c.mul       cs1,cs2           100 111 ... 10 ... 01         => mul cs1,cs1,cs2
`,
);
