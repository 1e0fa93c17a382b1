// Instructions too rare for a place in the interpreter's loop: carry-less and cryptographic arithmetic, cache blocks,
// may-be-operations. What a feature that is off makes illegal is never decoded to here.
// Unpriv. ISA, "Cryptography Extensions: Scalar & Entropy Source Instructions", '"Zimop" Extension for May-Be-Operations'.

import { cacheBlock } from './cache-block';
import * as I from './generated/isa';
import { misalignableJump } from './jump';
import { R_OK } from './results';
import * as aes from './scalar/aes';
import * as bits from './scalar/bits';
import * as sha2 from './scalar/sha2';
import * as shangmi from './scalar/shangmi';
import { illegalInstruction } from './trap';

/** Executes the decoded instruction in `slot`; PC is stored. */
export function rare(x: usize, slot: usize): u32 {
  const packed = load<u32>(slot, 4);
  const op = packed >> 16;
  const rd = <u32>load<u8>(slot, 2);
  const a = load<u64>(x + (<usize>load<u8>(slot, 3) << 3));
  const b = load<u64>(x + (<usize>(packed & 31) << 3));
  let value: u64;
  switch (op) {
    case I.OP_CLMUL: value = bits.clmul(a, b); break;
    case I.OP_CLMULH: value = bits.clmulh(a, b); break;
    case I.OP_CLMULR: value = bits.clmulr(a, b); break;
    case I.OP_PACK: value = bits.pack(a, b); break;
    case I.OP_PACKH: value = bits.packh(a, b); break;
    case I.OP_PACKW: value = bits.packw(a, b); break;
    case I.OP_BREV8: value = bits.brev8(a); break;
    case I.OP_XPERM4: value = bits.xperm4(a, b); break;
    case I.OP_XPERM8: value = bits.xperm8(a, b); break;
    case I.OP_AES64ES: value = aes.encryptLast(a, b); break;
    case I.OP_AES64ESM: value = aes.encryptMiddle(a, b); break;
    case I.OP_AES64DS: value = aes.decryptLast(a, b); break;
    case I.OP_AES64DSM: value = aes.decryptMiddle(a, b); break;
    case I.OP_AES64IM: value = aes.inverseMixColumns(a); break;
    case I.OP_AES64KS1I: value = aes.scheduleRound(a, packed & 15); break;
    case I.OP_AES64KS2: value = aes.scheduleWords(a, b); break;
    case I.OP_SHA256SIG0: value = sha2.sha256sig0(a); break;
    case I.OP_SHA256SIG1: value = sha2.sha256sig1(a); break;
    case I.OP_SHA256SUM0: value = sha2.sha256sum0(a); break;
    case I.OP_SHA256SUM1: value = sha2.sha256sum1(a); break;
    case I.OP_SHA512SIG0: value = sha2.sha512sig0(a); break;
    case I.OP_SHA512SIG1: value = sha2.sha512sig1(a); break;
    case I.OP_SHA512SUM0: value = sha2.sha512sum0(a); break;
    case I.OP_SHA512SUM1: value = sha2.sha512sum1(a); break;
    case I.OP_SM3P0: value = shangmi.sm3p0(a); break;
    case I.OP_SM3P1: value = shangmi.sm3p1(a); break;
    // bs is in the top two bits of funct7: bits 4 and 3 of the field that other instructions have rs3 in.
    case I.OP_SM4ED: value = shangmi.sm4Round(a, b, (packed >> 8) & 3); break;
    case I.OP_SM4KS: value = shangmi.sm4Key(a, b, (packed >> 8) & 3); break;
    case I.OP_MOP_R: case I.OP_MOP_RR: value = 0; break;
    case I.OP_CBO_INVAL: case I.OP_CBO_CLEAN: case I.OP_CBO_FLUSH: case I.OP_CBO_ZERO: return cacheBlock(x, op, a);
    case I.OP_JAL: case I.OP_JALR: case I.OP_BEQ: case I.OP_BNE:
    case I.OP_BLT: case I.OP_BGE: case I.OP_BLTU: case I.OP_BGEU:
      return misalignableJump(x, op, rd, a);
    default: return illegalInstruction(x);
  }
  store<u64>(x + (<usize>rd << 3), value);
  return R_OK;
}
