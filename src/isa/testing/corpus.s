# A program with every pseudo-instruction, directive and operand form, for the comparison with GNU as.
.option norvc
.text
start:
  li a0, 0
  li a0, -1
  li a0, 2047
  li a0, 2048
  li a0, -2049
  li a1, 0x12345678
  li a1, 0x7ffff800
  li a1, 0x7fffffff
  li a1, 0x80000000
  li a1, -0x80000000
  li a1, 0xffffffff
  li t0, 0x123456789abcdef0
  li t0, 0x8000000000000000
  li t0, 0xffffffff00000000
  li t0, 0xfffffffffffff000
  li t0, 0x00000001fffff800
  li t0, 'A'
  li t0, '\n'
  li t0, (1 << 31) | 5
  li t0, 3*4+5-2
  mv a0, a1
  not a0, a1
  neg a0, a1
  negw a0, a1
  sext.w a0, a1
  seqz a0, a1
  snez a0, a1
  sltz a0, a1
  sgtz a0, a1
  sgt a0, a1, a2
  add a0, a1, 5
  addw a0, a1, 5
  and a0, a1, -5
  sll a0, a1, 7
1: beqz a0, 1b
  bnez a0, 1f
  blez a0, 1f
  bgez a0, 1f
  bltz a0, start
  bgtz a0, start
  bgt a0, a1, 1f
  ble a0, a1, 1f
  bgtu a0, a1, 1f
  bleu a0, a1, 1f
1: j start
  jal start
  jal t0, start
  jalr a0
  jalr t0, a0
  jalr t0, 4(a0)
  jalr t0, a0, 4
  jr a0
  jr 8(a0)
  ret
  csrr a0, mstatus
  csrw mtvec, a0
  csrs mie, a0
  csrc mip, a0
  csrwi fcsr, 3
  csrsi mstatus, 8
  csrci 0x800, 31
  csrw mscratch, 5
  csrrw a0, hgatp, a1
  csrrw a0, vsatp, 3
  csrrc a0, pmpaddr63, zero
  rdtime a0
  rdcycle a1
  rdinstret a2
  frcsr a0
  fscsr a0
  fsrm a0, a1
  fsflagsi 3
  fmv.d fa0, fa1
  fneg.s fa0, fa1
  fabs.d ft0, ft1
  fadd.s fa0, fa1, fa2
  fadd.d fa0, fa1, fa2, rtz
  fcvt.d.w fa0, a0
  fcvt.w.d a0, fa0, rtz
  fcvt.l.s a0, fa0
  fcvt.d.s fa0, fa1
  fmadd.d fa0, fa1, fa2, fa3
  fmadd.d fa0, fa1, fa2, fa3, rup
  fgt.d a0, fa0, fa1
  fmv.x.d a0, fa0
  fmv.w.x fa0, a0
  lw a0, (a1)
  lw a0, -4(sp)
  sd a0, 8(sp)
  fld fa0, 16(sp)
  fsw fa0, 0(a0)
  lr.w a0, (a1)
  lr.d.aq a0, (a1)
  sc.w.rl a0, a2, (a1)
  amoadd.w.aqrl a0, a2, 0(a1)
  amomaxu.d a0, a2, (a1)
  fence
  fence rw, w
  fence.i
  fence.tso
  pause
  ecall
  ebreak
  mret
  sret
  wfi
  sfence.vma
  sfence.vma a0
  sfence.vma a0, a1
  hfence.vvma
  hfence.gvma a0, a1
  hlv.wu a0, (a1)
  hlvx.hu a0, (a1)
  hsv.d a0, (a1)
  sinval.vma a0, a1
  hinval.gvma a0, a1
  sfence.w.inval
  sfence.inval.ir
  add.uw a0, a1, a2
  zext.w a0, a1
  zext.h a0, a1
  zext.b a0, a1
  sh3add.uw a0, a1, a2
  slli.uw a0, a1, 63
  rori a0, a1, 63
  roriw a0, a1, 31
  bseti a0, a1, 62
  clz a0, a1
  cpopw a0, a1
  orc.b a0, a1
  rev8 a0, a1
  clmul a0, a1, a2
  brev8 a0, a1
  aes64ks1i a0, a1, 10
  sm4ed a0, a1, a2, 3
  sha512sum0 a0, a1
  cbo.zero (a0)
  cbo.clean 0(a1)
  prefetch.r 32(a0)
  wrs.nto
  flh fa0, 2(a0)
  fadd.h fa0, fa1, fa2
  fcvt.h.s fa0, fa1
  lui a0, 0xfffff
  lui a0, %hi(0x12345678)
  addi a0, a0, %lo(0x12345fff)
  auipc a0, 1
  la a0, end
  lla a1, start
  call start
  call t0, end
  tail end
  jump end, t1
  lw a0, end
  sd a0, end, t0
  fld fa0, end, t0
2: auipc a0, %pcrel_hi(end)
  addi a0, a0, %pcrel_lo(2b)
  lla a0, . + 8
.option rvc
  c.addi a0, -1
  c.li a0, 31
  c.lui a1, 0xfffe0
  c.lui a1, 1
  c.addi16sp sp, -64
  c.addi4spn a0, sp, 16
  c.lw a0, 4(a1)
  c.sd a0, 8(a1)
  c.ldsp ra, 8(sp)
  c.sdsp ra, 8(sp)
  c.fldsp fa0, 8(sp)
  c.mv a0, a1
  c.add a0, a1
  c.jr ra
  c.jalr a0
  c.nop
  c.ebreak
  c.slli a0, 63
  c.andi a0, -1
  c.subw a0, a1
  .balign 4
  .byte 1, 2, 0xff, -1
  .half 0x1234
  .2byte 1
  .word 0xdeadbeef
  .dword 0x123456789abcdef0, -1
  .ascii "ab\n\t\0\x41\101\"\\"
  .asciz "hi", "there; # not a comment"
  .string "x"
  .zero 3
  .space 2, 0xaa
  .byte 5
  .dword end-start
  .equ SIZE, 24
  .set OTHER, SIZE * 2
  THIRD = OTHER + 1
  .word SIZE, OTHER, THIRD
  .float 1.5, -0.25
  .double 3.25
  .fill 2, 4, 0x11223344

end:
