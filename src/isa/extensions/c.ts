// C: compressed instructions of RV64 with D. Unpriv. ISA, '"C" Extension for Compressed Instructions'. A line says what
// the instruction stands for; encodings that no line allows are reserved, the all-zero one among them.
import { extension } from '../instruction.js';

export const c = extension(
  'C',
  `
  c.addi4spn  cd,sp,caddi4spn   000 ........ ... 00           => addi cd,sp,caddi4spn   if caddi4spn!=0
  c.fld       cfd3,cld(cs1)     001 ... ... .. ... 00         => fld cfd3,cld(cs1)
  c.lw        cd,clw(cs1)       010 ... ... .. ... 00         => lw cd,clw(cs1)
  c.ld        cd,cld(cs1)       011 ... ... .. ... 00         => ld cd,cld(cs1)
  c.fsd       cfs23,cld(cs1)    101 ... ... .. ... 00         => fsd cfs23,cld(cs1)
  c.sw        cs2,clw(cs1)      110 ... ... .. ... 00         => sw cs2,clw(cs1)
  c.sd        cs2,cld(cs1)      111 ... ... .. ... 00         => sd cs2,cld(cs1)

  c.nop       -                 000 0 00000 00000 01          => addi zero,zero,0
  c.nop       cimm              000 . 00000 ..... 01          => addi zero,zero,cimm    if cimm!=0
  c.addi      crd,cimm          000 . ..... ..... 01          => addi crd,crd,cimm      if crd!=0
  c.addiw     crd,cimm          001 . ..... ..... 01          => addiw crd,crd,cimm     if crd!=0
  c.li        crd,cimm          010 . ..... ..... 01          => addi crd,zero,cimm
  c.addi16sp  sp,caddi16sp      011 . 00010 ..... 01          => addi sp,sp,caddi16sp   if caddi16sp!=0
  c.lui       crd,cupper        011 . ..... ..... 01          => lui crd,cupper         if crd!=2 and cupper!=0
  c.srli      cs1,cshamt        100 . 00 ... ..... 01         => srli cs1,cs1,cshamt
  c.srai      cs1,cshamt        100 . 01 ... ..... 01         => srai cs1,cs1,cshamt
  c.andi      cs1,cimm          100 . 10 ... ..... 01         => andi cs1,cs1,cimm
  c.sub       cs1,cs2           100 0 11 ... 00 ... 01        => sub cs1,cs1,cs2
  c.xor       cs1,cs2           100 0 11 ... 01 ... 01        => xor cs1,cs1,cs2
  c.or        cs1,cs2           100 0 11 ... 10 ... 01        => or cs1,cs1,cs2
  c.and       cs1,cs2           100 0 11 ... 11 ... 01        => and cs1,cs1,cs2
  c.subw      cs1,cs2           100 1 11 ... 00 ... 01        => subw cs1,cs1,cs2
  c.addw      cs1,cs2           100 1 11 ... 01 ... 01        => addw cs1,cs1,cs2
  c.j         cjump             101 ........... 01            => jal zero,cjump
  c.beqz      cs1,cbranch       110 ... ... ..... 01          => beq cs1,zero,cbranch
  c.bnez      cs1,cbranch       111 ... ... ..... 01          => bne cs1,zero,cbranch

  c.slli      crd,cshamt        000 . ..... ..... 10          => slli crd,crd,cshamt
  c.fldsp     cfd,cldsp(sp)     001 . ..... ..... 10          => fld cfd,cldsp(sp)
  c.lwsp      crd,clwsp(sp)     010 . ..... ..... 10          => lw crd,clwsp(sp)       if crd!=0
  c.ldsp      crd,cldsp(sp)     011 . ..... ..... 10          => ld crd,cldsp(sp)       if crd!=0
  c.jr        crd               100 0 ..... 00000 10          => jalr zero,0(crd)       if crd!=0
  c.mv        crd,crs2          100 0 ..... ..... 10          => add crd,zero,crs2      if crs2!=0
  c.ebreak    -                 100 1 00000 00000 10          => ebreak
  c.jalr      crd               100 1 ..... 00000 10          => jalr ra,0(crd)         if crd!=0
  c.add       crd,crs2          100 1 ..... ..... 10          => add crd,crd,crs2       if crs2!=0
  c.fsdsp     cfs2,csdsp(sp)    101 ...... ..... 10           => fsd cfs2,csdsp(sp)
  c.swsp      crs2,cswsp(sp)    110 ...... ..... 10           => sw crs2,cswsp(sp)
  c.sdsp      crs2,csdsp(sp)    111 ...... ..... 10           => sd crs2,csdsp(sp)
`,
);
