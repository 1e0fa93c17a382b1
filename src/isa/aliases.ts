// The names by which assembly programs know special cases of instructions ("RISC-V Assembly Programmer's Manual",
// "Pseudoinstructions"): alias, its operands, and the instruction it is. The assembler takes all of them; the disassembler takes
// the first that fits, unless the line is marked `read` (for the assembler only).

import { type Piece, parseOperands } from './instruction.js';

export interface Alias {
  readonly name: string;
  readonly operands: readonly Piece[];
  readonly base: string;
  readonly baseOperands: readonly Piece[];
  readonly readOnly: boolean;
}

const table = `
  nop           -               addi zero,zero,0
  li            rd,imm          addi rd,zero,imm
  mv            rd,rs1          addi rd,rs1,0
  mv            rd,rs2          add rd,zero,rs2
  move          rd,rs1          addi rd,rs1,0             read
  not           rd,rs1          xori rd,rs1,-1
  neg           rd,rs2          sub rd,zero,rs2
  negw          rd,rs2          subw rd,zero,rs2
  sext.w        rd,rs1          addiw rd,rs1,0
  zext.b        rd,rs1          andi rd,rs1,255
  zext.w        rd,rs1          add.uw rd,rs1,zero
  seqz          rd,rs1          sltiu rd,rs1,1
  snez          rd,rs2          sltu rd,zero,rs2
  sltz          rd,rs1          slt rd,rs1,zero
  sgtz          rd,rs2          slt rd,zero,rs2
  sgt           rd,rs2,rs1      slt rd,rs1,rs2            read
  sgtu          rd,rs2,rs1      sltu rd,rs1,rs2           read
  add           rd,rs1,imm      addi rd,rs1,imm           read
  addw          rd,rs1,imm      addiw rd,rs1,imm          read
  and           rd,rs1,imm      andi rd,rs1,imm           read
  or            rd,rs1,imm      ori rd,rs1,imm            read
  xor           rd,rs1,imm      xori rd,rs1,imm           read
  slt           rd,rs1,imm      slti rd,rs1,imm           read
  sltu          rd,rs1,imm      sltiu rd,rs1,imm          read
  sll           rd,rs1,shamt    slli rd,rs1,shamt         read
  srl           rd,rs1,shamt    srli rd,rs1,shamt         read
  sra           rd,rs1,shamt    srai rd,rs1,shamt         read
  sllw          rd,rs1,shamtw   slliw rd,rs1,shamtw       read
  srlw          rd,rs1,shamtw   srliw rd,rs1,shamtw       read
  sraw          rd,rs1,shamtw   sraiw rd,rs1,shamtw       read
  beqz          rs1,branch      beq rs1,zero,branch
  bnez          rs1,branch      bne rs1,zero,branch
  blez          rs2,branch      bge zero,rs2,branch
  bgez          rs1,branch      bge rs1,zero,branch
  bltz          rs1,branch      blt rs1,zero,branch
  bgtz          rs2,branch      blt zero,rs2,branch
  bgt           rs2,rs1,branch  blt rs1,rs2,branch        read
  ble           rs2,rs1,branch  bge rs1,rs2,branch        read
  bgtu          rs2,rs1,branch  bltu rs1,rs2,branch       read
  bleu          rs2,rs1,branch  bgeu rs1,rs2,branch       read
  j             jump            jal zero,jump
  jal           jump            jal ra,jump
  ret           -               jalr zero,0(ra)
  jr            rs1             jalr zero,0(rs1)
  jr            imm(rs1)        jalr zero,imm(rs1)
  jr            rs1,imm         jalr zero,imm(rs1)        read
  jalr          rs1             jalr ra,0(rs1)
  jalr          imm(rs1)        jalr ra,imm(rs1)
  jalr          rd,rs1          jalr rd,0(rs1)
  jalr          rs1,imm         jalr ra,imm(rs1)          read
  jalr          rd,rs1,imm      jalr rd,imm(rs1)          read
  rdcycle       rd              csrrs rd,cycle,zero
  rdtime        rd              csrrs rd,time,zero
  rdinstret     rd              csrrs rd,instret,zero
  frflags       rd              csrrs rd,fflags,zero
  fsflags       rs1             csrrw zero,fflags,rs1
  fsflags       rd,rs1          csrrw rd,fflags,rs1
  fsflagsi      zimm            csrrwi zero,fflags,zimm
  fsflagsi      rd,zimm         csrrwi rd,fflags,zimm
  frrm          rd              csrrs rd,frm,zero
  fsrm          rs1             csrrw zero,frm,rs1
  fsrm          rd,rs1          csrrw rd,frm,rs1
  fsrmi         zimm            csrrwi zero,frm,zimm
  fsrmi         rd,zimm         csrrwi rd,frm,zimm
  frcsr         rd              csrrs rd,fcsr,zero
  fscsr         rs1             csrrw zero,fcsr,rs1
  fscsr         rd,rs1          csrrw rd,fcsr,rs1
  unimp         -               csrrw zero,cycle,zero
  csrr          rd,csr          csrrs rd,csr,zero
  csrw          csr,rs1         csrrw zero,csr,rs1
  csrs          csr,rs1         csrrs zero,csr,rs1
  csrc          csr,rs1         csrrc zero,csr,rs1
  csrwi         csr,zimm        csrrwi zero,csr,zimm
  csrsi         csr,zimm        csrrsi zero,csr,zimm
  csrci         csr,zimm        csrrci zero,csr,zimm
  csrw          csr,zimm        csrrwi zero,csr,zimm      read
  csrs          csr,zimm        csrrsi zero,csr,zimm      read
  csrc          csr,zimm        csrrci zero,csr,zimm      read
  csrrw         rd,csr,zimm     csrrwi rd,csr,zimm        read
  csrrs         rd,csr,zimm     csrrsi rd,csr,zimm        read
  csrrc         rd,csr,zimm     csrrci rd,csr,zimm        read
  fmv.s         fd,fs1          fsgnj.s fd,fs1,fs1
  fneg.s        fd,fs1          fsgnjn.s fd,fs1,fs1
  fabs.s        fd,fs1          fsgnjx.s fd,fs1,fs1
  fmv.d         fd,fs1          fsgnj.d fd,fs1,fs1
  fneg.d        fd,fs1          fsgnjn.d fd,fs1,fs1
  fabs.d        fd,fs1          fsgnjx.d fd,fs1,fs1
  fmv.h         fd,fs1          fsgnj.h fd,fs1,fs1
  fneg.h        fd,fs1          fsgnjn.h fd,fs1,fs1
  fabs.h        fd,fs1          fsgnjx.h fd,fs1,fs1
  fgt.s         rd,fs2,fs1      flt.s rd,fs1,fs2          read
  fge.s         rd,fs2,fs1      fle.s rd,fs1,fs2          read
  fgt.d         rd,fs2,fs1      flt.d rd,fs1,fs2          read
  fge.d         rd,fs2,fs1      fle.d rd,fs1,fs2          read
  fgt.h         rd,fs2,fs1      flt.h rd,fs1,fs2          read
  fge.h         rd,fs2,fs1      fle.h rd,fs1,fs2          read
  fmv.x.s       rd,fs1          fmv.x.w rd,fs1            read
  fmv.s.x       fd,rs1          fmv.w.x fd,rs1            read
  fence         -               fence iorw,iorw
  sfence.vma    -               sfence.vma zero,zero
  sfence.vma    rs1             sfence.vma rs1,zero
  sinval.vma    -               sinval.vma zero,zero      read
  hfence.vvma   -               hfence.vvma zero,zero
  hfence.vvma   rs1             hfence.vvma rs1,zero
  hfence.gvma   -               hfence.gvma zero,zero
  hfence.gvma   rs1             hfence.gvma rs1,zero
`;

function parseAlias(line: string): Alias {
  const [name, operands, base, baseOperands, mark] = line.trim().split(/ +/);
  return {
    name: name!,
    operands: parseOperands(operands!),
    base: base!,
    baseOperands: parseOperands(baseOperands!),
    readOnly: mark === 'read',
  };
}

let parsed: readonly Alias[] | undefined;

/** Every alias, in the order in which the disassembler prefers them. */
export function aliases(): readonly Alias[] {
  parsed ??= table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseAlias);
  return parsed;
}
