// Decoding ahead of execution: guest halfwords become slots (see slots.ts), once per host page and shared by every
// vCPU; what a hart's features leave out is decoded as illegal, or as the more general instruction it is without them.
// Unprivileged ISA, "Base Instruction Formats", "C Extension".

import { endPage, headOf, noteFilled } from './decoded-heads';
import { codeEpoch, knownPage, sameCodeEpoch, settled } from './decoded-pages';
import { instructionFeatures } from './features';
import { immB, immI, immJ, immS, immU, rd, rs1, rs2 } from './fields';
import * as I from './generated/isa';
import {
  CROSS_SLOTS,
  DESK_FEATURES,
  DESK_SLOTS,
  HEAD_FEATURES,
  SLOT_BYTES,
  STAT_DECODES,
  STEP_SLOTS,
  X_SINK,
} from './layout';
import * as S from './generated/slots';

/** Instructions decoded in one go: enough for a basic block, few enough that data behind code costs nothing. */
const RUN: i32 = 48;
/** In the sets of a FENCE: W and O, R and I. */
const STORES: u32 = 5;
const LOADS: u32 = 10;

// @ts-ignore: decorator
@inline function sink(r: u32): u32 { return r == 0 ? X_SINK : r; }
// @ts-ignore: decorator
@inline function isOn(features: u64, feature: u32): bool { return ((features >> <u64>feature) & 1) != 0; }

// The operation goes last, so that a hart on another thread never sees it with stale operands.
// @ts-ignore: decorator
@inline function put(slot: usize, op: u32, a: u32, b: u32, imm: i32): void {
  store<i32>(slot, imm, 4);
  store<u32>(slot, op | (a << 16) | (b << 24));
}

// ---- decoding -------------------------------------------------------------------------------------------------------

/**
 * Decodes a run of instructions into the undecoded slots from `slot` on. `page` is the host page that `base` belongs to. False, with nothing
 * decoded: code of the page was changed meanwhile.
 */
export function decodeRun(x: usize, base: usize, slot: usize, page: u32): bool {
  store<u64>(x, load<u64>(x, STAT_DECODES) + 1, STAT_DECODES);
  return decodeUnlessChanged(base, slot, page);
}

function decodeUnlessChanged(base: usize, slot: usize, page: u32): bool {
  if (slot >= base + 2048 * SLOT_BYTES) {
    endPage(base, slot);
    return true;
  }
  const epoch = codeEpoch(page);
  let end = decodeSlots(base, slot, <usize>page << 12, load<u64>(headOf(base), HEAD_FEATURES));
  noteFilled(base, slot, end);
  if (sameCodeEpoch(page, epoch)) return true;
  while (end > slot) {
    end -= SLOT_BYTES;
    store<u16>(end, <u16>S.S_UNDECODED);
  }
  return false;
}

/** The same for a copy of the page, and for slots that no hart runs: how the translator reads code. */
export function decodeAt(base: usize, offset: u32, bytes: usize): void {
  decodeSlots(base, base + (<usize>offset << 2), bytes, load<u64>(base - DESK_SLOTS, DESK_FEATURES));
}

/** The same for the instruction that crosses the end of the page, if its second half is `half`. */
export function decodeAcross(base: usize, half: u32, bytes: usize): void {
  const word = <u32>load<u16>(bytes + 4094) | (half << 16);
  decodeWord(base + (4094 << 2), word, 4094, load<u64>(base - DESK_SLOTS, DESK_FEATURES));
}

/**
 * Decodes what is not yet of the instructions in [from, to), host addresses in one page: from then on a store to them is noticed. One
 * that comes at the same time is noticed by whoever compares the bytes afterwards.
 */
export function decodeRange(from: u32, to: u32): void {
  const base = knownPage(from >> 12);
  if (base == 0 || !settled(0, base, from >> 12)) return;
  const page: usize = from & ~0xfff;
  for (let at: usize = from; at < <usize>to; ) {
    const slot = base + ((at - page) << 2);
    if (load<u16>(slot) == <u16>S.S_UNDECODED) decodeUnlessChanged(base, slot, from >> 12);
    at += (load<u16>(at) & 3) == 3 ? 4 : 2;
  }
}

/** Returns the end of what was filled. */
function decodeSlots(base: usize, from: usize, bytes: usize, features: u64): usize {
  let slot = from;
  const end: usize = base + 2048 * SLOT_BYTES;
  for (let i = 0; i < RUN && slot < end; i++) {
    if (load<u16>(slot) != <u16>S.S_UNDECODED) return slot;
    const offset: usize = (slot - base) >> 2;
    const half = <u32>load<u16>(bytes + offset);
    if ((half & 3) != 3) {
      if (decodeHalf(slot, half, <i32>offset, features)) return slot + SLOT_BYTES;
      slot += SLOT_BYTES;
    } else {
      if (offset == 4094) {
        put(slot, S.S_CROSS, 0, 0, 0);
        return slot + SLOT_BYTES;
      }
      const word = half | (<u32>load<u16>(bytes + offset + 2) << 16);
      if (decodeWord(slot, word, <i32>offset, features)) return slot + SLOT_BYTES;
      slot += 2 * SLOT_BYTES;
    }
  }
  return slot;
}

/** An instruction that crosses a page, or is executed beside its slot, has no page to be near to: its branches are the far kind. */
export function decodeCrossing(slots: usize, word: u32): void {
  const features = instructionFeatures(slots - CROSS_SLOTS);
  if ((word & 3) == 3) decodeWord(slots, word, i32.MIN_VALUE, features);
  else decodeHalf(slots, word, i32.MIN_VALUE, features);
  store<u16>(slots + ((word & 3) == 3 ? 2 : 1) * SLOT_BYTES, <u16>S.S_PAGE_END);
}

/** Decodes an instruction into STEP_SLOTS, to be executed by itself: what follows it in its page may not be. */
export function decodeAlone(x: usize, bits: u32): void {
  const slots = x + STEP_SLOTS;
  const features = instructionFeatures(x);
  if ((bits & 3) == 3) {
    decodeWord(slots, bits, i32.MIN_VALUE, features);
    store<u16>(slots + 2 * SLOT_BYTES, <u16>S.S_PAGE_END);
  } else {
    decodeHalf(slots, bits, i32.MIN_VALUE, features);
    store<u16>(slots + SLOT_BYTES, <u16>S.S_PAGE_END);
  }
}

/** The operation of `decodeUnfetched`, which no instruction has. */
export const OP_UNFETCHED: u32 = 0xffff;

/** An instruction whose second half faults when it is fetched. */
export function decodeUnfetched(x: usize): void {
  put(x + STEP_SLOTS, S.S_SYSTEM, X_SINK, 0, <i32>(OP_UNFETCHED << 16));
}

/** Decodes a compressed instruction through its 32-bit equivalent. True when nothing follows it in line. */
function decodeHalf(slot: usize, half: u32, offset: i32, features: u64): bool {
  const w = I.expandCompressed(half);
  const extension = I.compressedExtension(half);
  if (w == 0 || !isOn(features, extension)) {
    put(slot, S.S_ILLEGAL, 0, 0, 0);
    return true;
  }
  if (extension == I.FEATURE_ZCMOP && !isOn(features, I.FEATURE_ZICFISS)) {
    put(slot, S.S_NOP_C, 0, 0, 0); // c.mop.n, also those that shadow stacks give a meaning to
    return false;
  }
  const ends = decodeWord(slot, w, offset, features);
  const op = <u32>load<u16>(slot);
  // Only these have no 2-byte number of their own: they never reach the next instruction.
  if (op >= S.S_FIRST_PAIR && op < S.S_FIRST_SINGLE) store<u16>(slot, <u16>(op + 1));
  else if (op != S.S_SYSTEM) put(slot, S.S_ILLEGAL, 0, 0, 0); // c.ebreak, and what landing pads and shadow stacks have
  return ends;
}

// @ts-ignore: decorator
@inline function near(offset: i32, delta: i32): bool {
  return <u32>(offset + delta) < 4096 && offset >= 0;
}

function branch(slot: usize, op: u32, farOp: u32, w: u32, offset: i32): bool {
  const delta = immB(w);
  if (near(offset, delta)) put(slot, op, rs1(w), rs2(w), delta << 2);
  else put(slot, farOp, rs1(w), rs2(w), delta);
  return false;
}

function jal(slot: usize, w: u32, offset: i32): bool {
  const delta = immJ(w);
  const isNear = near(offset, delta);
  if (rd(w) == 0) put(slot, isNear ? S.S_J : S.S_J_FAR, 0, 0, isNear ? delta << 2 : delta);
  else put(slot, isNear ? S.S_JAL : S.S_JAL_FAR, rd(w), 0, isNear ? delta << 2 : delta);
  return true;
}

// @ts-ignore: decorator
@inline function r3(slot: usize, op: u32, w: u32): bool {
  put(slot, op, sink(rd(w)), rs1(w), <i32>rs2(w));
  return false;
}
// @ts-ignore: decorator
@inline function ri(slot: usize, op: u32, w: u32, imm: i32): bool {
  put(slot, op, sink(rd(w)), rs1(w), imm);
  return false;
}
// @ts-ignore: decorator
@inline function st(slot: usize, op: u32, w: u32): bool {
  put(slot, op, rs2(w), rs1(w), immS(w));
  return false;
}

/** Packs what the out-of-line instructions need: rs2 | rs3 << 5 | rm << 10 | aq, rl << 13 | op << 16. */
// @ts-ignore: decorator
@inline function packed(op: u32, w: u32): i32 {
  return <i32>(rs2(w) | ((w >> 27) << 5) | (((w >> 12) & 7) << 10) | (op << 16));
}
// @ts-ignore: decorator
@inline function outOfLine(slot: usize, s: u32, op: u32, w: u32): bool {
  put(slot, s, sink(rd(w)), rs1(w), packed(op, w));
  return false;
}

/** The operation of `w` as a hart with these features has it; 0: illegal. */
function operation(w: u32, features: u64): u32 {
  let op = I.decodeOp(w);
  while (op != 0 && !isOn(features, I.opExtension(op))) op = I.opFallback(op);
  return op;
}

/** Without compressed instructions a jump's target must be a multiple of 4: this one needs a look out of line. */
function misalignable(op: u32, w: u32): bool {
  if (op == I.OP_JALR) return true;
  if (op == I.OP_JAL) return (immJ(w) & 2) != 0;
  return (w & 0x7f) == 0x63 && (immB(w) & 2) != 0;
}

/** Decodes a 32-bit instruction at `offset` of its page into `slot`. True when nothing follows it in line. */
function decodeWord(slot: usize, w: u32, offset: i32, features: u64): bool {
  const op = operation(w, features);
  if (!isOn(features, I.FEATURE_C) && misalignable(op, w) && (op != I.OP_JALR || !isOn(features, I.FEATURE_ZICFILP))) return outOfLine(slot, S.S_RARE, op, w);
  switch (op) {
    case 0: {
      put(slot, S.S_ILLEGAL, 0, 0, 0);
      return true;
    }
    case I.OP_LUI: { put(slot, S.S_LI, sink(rd(w)), 0, immU(w)); return false; }
    case I.OP_AUIPC: { put(slot, S.S_AUIPC, sink(rd(w)), 0, immU(w)); return false; }
    case I.OP_JAL: return jal(slot, w, offset);
    case I.OP_JALR: {
      if (isOn(features, I.FEATURE_ZICFILP) && rs1(w) != 1 && rs1(w) != 5 && rs1(w) != 7) {
        outOfLine(slot, S.S_SYSTEM, op, w);
        return true;
      }
      const beside = offset < 0;
      if (rd(w) == 0) put(slot, beside ? S.S_JR_FAR : S.S_JR, 0, rs1(w), immI(w));
      else put(slot, beside ? S.S_JALR_FAR : S.S_JALR, rd(w), rs1(w), immI(w));
      return true;
    }
    case I.OP_BEQ: return branch(slot, S.S_BEQ, S.S_BEQ_FAR, w, offset);
    case I.OP_BNE: return branch(slot, S.S_BNE, S.S_BNE_FAR, w, offset);
    case I.OP_BLT: return branch(slot, S.S_BLT, S.S_BLT_FAR, w, offset);
    case I.OP_BGE: return branch(slot, S.S_BGE, S.S_BGE_FAR, w, offset);
    case I.OP_BLTU: return branch(slot, S.S_BLTU, S.S_BLTU_FAR, w, offset);
    case I.OP_BGEU: return branch(slot, S.S_BGEU, S.S_BGEU_FAR, w, offset);
    case I.OP_LB: return ri(slot, S.S_LB, w, immI(w));
    case I.OP_LH: return ri(slot, S.S_LH, w, immI(w));
    case I.OP_LW: return ri(slot, S.S_LW, w, immI(w));
    case I.OP_LD: return ri(slot, S.S_LD, w, immI(w));
    case I.OP_LBU: return ri(slot, S.S_LBU, w, immI(w));
    case I.OP_LHU: return ri(slot, S.S_LHU, w, immI(w));
    case I.OP_LWU: return ri(slot, S.S_LWU, w, immI(w));
    case I.OP_SB: return st(slot, S.S_SB, w);
    case I.OP_SH: return st(slot, S.S_SH, w);
    case I.OP_SW: return st(slot, S.S_SW, w);
    case I.OP_SD: return st(slot, S.S_SD, w);
    case I.OP_FLW: { put(slot, S.S_FLW, rd(w), rs1(w), immI(w)); return false; }
    case I.OP_FLD: { put(slot, S.S_FLD, rd(w), rs1(w), immI(w)); return false; }
    case I.OP_FSW: return st(slot, S.S_FSW, w);
    case I.OP_FSD: return st(slot, S.S_FSD, w);
    case I.OP_FLH: { put(slot, S.S_FLH, rd(w), rs1(w), immI(w)); return false; }
    case I.OP_FSH: return st(slot, S.S_FSH, w);
    case I.OP_ADDI: {
      if (rd(w) == 0) { put(slot, S.S_NOP, 0, 0, 0); return false; }
      if (rs1(w) == 0) { put(slot, S.S_LI, rd(w), 0, immI(w)); return false; }
      if (immI(w) == 0) { put(slot, S.S_MV, rd(w), rs1(w), 0); return false; }
      return ri(slot, S.S_ADDI, w, immI(w));
    }
    case I.OP_SLTI: return ri(slot, S.S_SLTI, w, immI(w));
    case I.OP_SLTIU: return ri(slot, S.S_SLTIU, w, immI(w));
    case I.OP_XORI: return ri(slot, S.S_XORI, w, immI(w));
    case I.OP_ORI: return ri(slot, S.S_ORI, w, immI(w));
    case I.OP_ANDI: return ri(slot, S.S_ANDI, w, immI(w));
    case I.OP_ADDIW: return ri(slot, S.S_ADDIW, w, immI(w));
    case I.OP_SLLI: return ri(slot, S.S_SLLI, w, immI(w) & 63);
    case I.OP_SRLI: return ri(slot, S.S_SRLI, w, immI(w) & 63);
    case I.OP_SRAI: return ri(slot, S.S_SRAI, w, immI(w) & 63);
    case I.OP_SLLIW: return ri(slot, S.S_SLLIW, w, immI(w) & 31);
    case I.OP_SRLIW: return ri(slot, S.S_SRLIW, w, immI(w) & 31);
    case I.OP_SRAIW: return ri(slot, S.S_SRAIW, w, immI(w) & 31);
    case I.OP_ADD: {
      if (rd(w) == 0) { put(slot, S.S_NOP, 0, 0, 0); return false; }
      if (rs1(w) == 0) { put(slot, S.S_MV, rd(w), rs2(w), 0); return false; }
      if (rs2(w) == 0) { put(slot, S.S_MV, rd(w), rs1(w), 0); return false; }
      return r3(slot, S.S_ADD, w);
    }
    case I.OP_SUB: return r3(slot, S.S_SUB, w);
    case I.OP_SLL: return r3(slot, S.S_SLL, w);
    case I.OP_SLT: return r3(slot, S.S_SLT, w);
    case I.OP_SLTU: return r3(slot, S.S_SLTU, w);
    case I.OP_XOR: return r3(slot, S.S_XOR, w);
    case I.OP_SRL: return r3(slot, S.S_SRL, w);
    case I.OP_SRA: return r3(slot, S.S_SRA, w);
    case I.OP_OR: return r3(slot, S.S_OR, w);
    case I.OP_AND: return r3(slot, S.S_AND, w);
    case I.OP_ADDW: return r3(slot, S.S_ADDW, w);
    case I.OP_SUBW: return r3(slot, S.S_SUBW, w);
    case I.OP_SLLW: return r3(slot, S.S_SLLW, w);
    case I.OP_SRLW: return r3(slot, S.S_SRLW, w);
    case I.OP_SRAW: return r3(slot, S.S_SRAW, w);
    case I.OP_MUL: return r3(slot, S.S_MUL, w);
    case I.OP_MULH: return r3(slot, S.S_MULH, w);
    case I.OP_MULHSU: return r3(slot, S.S_MULHSU, w);
    case I.OP_MULHU: return r3(slot, S.S_MULHU, w);
    case I.OP_DIV: return r3(slot, S.S_DIV, w);
    case I.OP_DIVU: return r3(slot, S.S_DIVU, w);
    case I.OP_REM: return r3(slot, S.S_REM, w);
    case I.OP_REMU: return r3(slot, S.S_REMU, w);
    case I.OP_MULW: return r3(slot, S.S_MULW, w);
    case I.OP_DIVW: return r3(slot, S.S_DIVW, w);
    case I.OP_DIVUW: return r3(slot, S.S_DIVUW, w);
    case I.OP_REMW: return r3(slot, S.S_REMW, w);
    case I.OP_REMUW: return r3(slot, S.S_REMUW, w);
    case I.OP_ADD_UW: return r3(slot, S.S_ADD_UW, w);
    case I.OP_SH1ADD: return r3(slot, S.S_SH1ADD, w);
    case I.OP_SH2ADD: return r3(slot, S.S_SH2ADD, w);
    case I.OP_SH3ADD: return r3(slot, S.S_SH3ADD, w);
    case I.OP_SH1ADD_UW: return r3(slot, S.S_SH1ADD_UW, w);
    case I.OP_SH2ADD_UW: return r3(slot, S.S_SH2ADD_UW, w);
    case I.OP_SH3ADD_UW: return r3(slot, S.S_SH3ADD_UW, w);
    case I.OP_SLLI_UW: return ri(slot, S.S_SLLI_UW, w, immI(w) & 63);
    case I.OP_ANDN: return r3(slot, S.S_ANDN, w);
    case I.OP_ORN: return r3(slot, S.S_ORN, w);
    case I.OP_XNOR: return r3(slot, S.S_XNOR, w);
    case I.OP_CLZ: return r3(slot, S.S_CLZ, w);
    case I.OP_CTZ: return r3(slot, S.S_CTZ, w);
    case I.OP_CPOP: return r3(slot, S.S_CPOP, w);
    case I.OP_CLZW: return r3(slot, S.S_CLZW, w);
    case I.OP_CTZW: return r3(slot, S.S_CTZW, w);
    case I.OP_CPOPW: return r3(slot, S.S_CPOPW, w);
    case I.OP_MAX: return r3(slot, S.S_MAX, w);
    case I.OP_MAXU: return r3(slot, S.S_MAXU, w);
    case I.OP_MIN: return r3(slot, S.S_MIN, w);
    case I.OP_MINU: return r3(slot, S.S_MINU, w);
    case I.OP_SEXT_B: return r3(slot, S.S_SEXT_B, w);
    case I.OP_SEXT_H: return r3(slot, S.S_SEXT_H, w);
    case I.OP_ZEXT_H: return r3(slot, S.S_ZEXT_H, w);
    case I.OP_ROL: return r3(slot, S.S_ROL, w);
    case I.OP_ROR: return r3(slot, S.S_ROR, w);
    case I.OP_RORI: return ri(slot, S.S_RORI, w, immI(w) & 63);
    case I.OP_ROLW: return r3(slot, S.S_ROLW, w);
    case I.OP_RORW: return r3(slot, S.S_RORW, w);
    case I.OP_RORIW: return ri(slot, S.S_RORIW, w, immI(w) & 31);
    case I.OP_REV8: return r3(slot, S.S_REV8, w);
    case I.OP_ORC_B: return r3(slot, S.S_ORC_B, w);
    case I.OP_BCLR: return r3(slot, S.S_BCLR, w);
    case I.OP_BCLRI: return ri(slot, S.S_BCLRI, w, immI(w) & 63);
    case I.OP_BEXT: return r3(slot, S.S_BEXT, w);
    case I.OP_BEXTI: return ri(slot, S.S_BEXTI, w, immI(w) & 63);
    case I.OP_BINV: return r3(slot, S.S_BINV, w);
    case I.OP_BINVI: return ri(slot, S.S_BINVI, w, immI(w) & 63);
    case I.OP_BSET: return r3(slot, S.S_BSET, w);
    case I.OP_BSETI: return ri(slot, S.S_BSETI, w, immI(w) & 63);
    case I.OP_CZERO_EQZ: return r3(slot, S.S_CZERO_EQZ, w);
    case I.OP_CZERO_NEZ: return r3(slot, S.S_CZERO_NEZ, w);
    case I.OP_FENCE: case I.OP_FENCE_TSO: {
      // PAUSE and other fences with an empty set order nothing.
      const before = (w >> 24) & 15;
      const after = (w >> 20) & 15;
      // Are stores before it kept before loads behind it? FENCE.TSO, which names all, does not keep these.
      const full = op == I.OP_FENCE && (before & STORES) != 0 && (after & LOADS) != 0;
      put(slot, before == 0 || after == 0 ? S.S_NOP : S.S_FENCE, 0, 0, full ? 1 : 0);
      return false;
    }
    case I.OP_FENCE_I: return outOfLine(slot, S.S_SYSTEM, op, w); // what is translated may be older than memory: it is left
    case I.OP_PAUSE: case I.OP_LPAD: { put(slot, S.S_NOP, 0, 0, 0); return false; }
    case I.OP_FADD_D: { put(slot, S.S_FADD_D, rd(w), rs1(w), packed(op, w)); return false; }
    case I.OP_FSUB_D: { put(slot, S.S_FSUB_D, rd(w), rs1(w), packed(op, w)); return false; }
    case I.OP_FMUL_D: { put(slot, S.S_FMUL_D, rd(w), rs1(w), packed(op, w)); return false; }
    case I.OP_CSRRW: case I.OP_CSRRS: case I.OP_CSRRC: case I.OP_CSRRWI: case I.OP_CSRRSI: case I.OP_CSRRCI: {
      put(slot, S.S_CSR, sink(rd(w)), rs1(w), <i32>((w >> 20) | (op << 16)));
      return false;
    }
  }
  return decodeRare(slot, op, w);
}

/** The instructions that leave the loop: their slot carries the operation of `isa`. */
function decodeRare(slot: usize, op: u32, w: u32): bool {
  const major = w & 0x7f;
  if (major == 0x73) {
    // Hypervisor loads and stores share SYSTEM with the privileged instructions (funct3 = 100).
    if (((w >> 12) & 7) == 4 && !isMayBeOperation(w)) return outOfLine(slot, S.S_ATOMIC, op, w);
    if (op == I.OP_SSPUSH || op == I.OP_SSPOPCHK || op == I.OP_SSRDP) return outOfLine(slot, S.S_SYSTEM, op, w);
    if (((w >> 12) & 7) == 4) return outOfLine(slot, S.S_RARE, op, w);
    outOfLine(slot, S.S_SYSTEM, op, w);
    return op == I.OP_ECALL || op == I.OP_EBREAK || op == I.OP_MRET || op == I.OP_SRET;
  }
  if (major == 0x2f) return outOfLine(slot, S.S_ATOMIC, op, w);
  if (major == 0x53 || major == 0x43 || major == 0x47 || major == 0x4b || major == 0x4f) {
    // Comparisons, conversions to integers, moves and classification write an integer register.
    const group = w >> 27;
    const integer = major == 0x53 && (group == 0x14 || group == 0x18 || group == 0x1c);
    put(slot, S.S_FP, integer ? sink(rd(w)) : rd(w), rs1(w), packed(op, w));
    return false;
  }
  return outOfLine(slot, S.S_RARE, op, w);
}

/** MOP.R.n and MOP.RR.n: bit 31 set with bits 29..28 clear in the same funct3 as the hypervisor accesses. */
// @ts-ignore: decorator
@inline function isMayBeOperation(w: u32): bool { return (w >> 31) == 1; }
