// The interpreter: one loop over decoded slots, one dense switch, no JavaScript and no calls on the paths that hit the TLB.
//
// Built by scripts/generate-interpreter.mjs, which puts the operations of its table where the marker stands. In the loop, `ip` points
// at the slot, `base` at the decoded page, `page` is the page's virtual address; pc is derived from them only when needed. An operation
// ends with `continue`; `break` means "the access missed" or, with `target` set, "jump out of the page".

import { access } from '../atomic';
import * as alu from '../alu';
import { csrInstruction } from '../csr';
import { f64Add, f64Sub } from '../fpu/add';
import { fpExecute } from '../fpu/execute';
import { f64Mul } from '../fpu/multiply';
import {
  BANK_LS,
  CHUNK_LEFT,
  CROSS_SLOTS,
  F,
  FETCH_BASE,
  FETCH_IP,
  FP_STATE,
  FRM,
  PAUSE,
  PC,
} from '../layout';
import { afterContext, fetch, fetchPage } from '../mmu';
import { decodeCrossing, decodeRun } from '../predecode';
import { systemInstruction } from '../privileged';
import { rare } from '../rare';
import { R_EXIT, R_JUMP, R_OK, R_TRAP } from '../results';
import * as S from './slots';
import { illegalInstruction } from '../trap';
import { fetchBits } from '../insn';
import { fpReady, FP_DIRTY, FP_OFF, slowAccess } from '../slow';

// ---- operands of the slot at ip -------------------------------------------------------------------------------------

// @ts-ignore: decorator
@inline function imm(ip: usize): i32 { return load<i32>(ip, 4); }
// @ts-ignore: decorator
@inline function rs1(x: usize, ip: usize): u64 { return load<u64>(x + (<usize>load<u8>(ip, 3) << 3)); }
// @ts-ignore: decorator
@inline function rs2(x: usize, ip: usize): u64 { return load<u64>(x + (<usize>load<u32>(ip, 4) << 3)); }
// @ts-ignore: decorator
@inline function setRd(x: usize, ip: usize, v: u64): void { store<u64>(x + (<usize>load<u8>(ip, 2) << 3), v); }
// @ts-ignore: decorator
@inline function branchA(x: usize, ip: usize): u64 { return load<u64>(x + (<usize>load<u8>(ip, 2) << 3)); }
// @ts-ignore: decorator
@inline function branchB(x: usize, ip: usize): u64 { return load<u64>(x + (<usize>load<u8>(ip, 3) << 3)); }
// @ts-ignore: decorator
@inline function stored(x: usize, ip: usize): u64 { return load<u64>(x + (<usize>load<u8>(ip, 2) << 3)); }
// @ts-ignore: decorator
@inline function fa(ip: usize): usize { return <usize>load<u8>(ip, 2) << 3; }
// @ts-ignore: decorator
@inline function fpr(x: usize, r: u32): u64 { return load<u64>(x + (<usize>r << 3), F); }
// @ts-ignore: decorator
@inline function sext32(v: u32): u64 { return <u64>(<i64>(<i32>v)); }
// @ts-ignore: decorator
@inline function pcOf(ip: usize, base: usize, page: u64): u64 { return page + <u64>((ip - base) >> 2); }

// ---- the TLB's fast path --------------------------------------------------------------------------------------------
// The tag is compared with the page of the access's last byte: an access that crosses a page misses by itself.

// @ts-ignore: decorator
@inline function address(x: usize, ip: usize): u64 { return rs1(x, ip) + <u64>(<i64>imm(ip)); }
// @ts-ignore: decorator
@inline function entryOf(tlb: usize, va: u64): usize { return tlb + (<usize>(va >> 7) & 0x3fe0); }
// @ts-ignore: decorator
@inline function hostOf(entry: usize, va: u64): usize { return <usize>(load<u32>(entry, 24) + <u32>va); }

// ---- why the loop ended ---------------------------------------------------------------------------------------------

/** The chunk is used up; PC is the next instruction. */
export const L_CHUNK: u32 = 0;
/** An exception is raised; PC is the instruction that caused it. */
export const L_TRAP: u32 = 1;
/** Translation, privilege or interrupts changed; PC is the next instruction. */
export const L_CONTEXT: u32 = 2;
/** Leave the engine with EXIT_REASON; PC is the next instruction. */
export const L_EXIT: u32 = 3;
/** Privilege changed by an xRET; PC is where it goes. */
export const L_JUMP: u32 = 4;

const NO_TARGET: u64 = 1; // jump targets are even

// @ts-ignore: decorator
@inline function leave(x: usize, pc: u64, left: i32, why: u32): u32 {
  store<u64>(x, pc, PC);
  store<i32>(x, left, CHUNK_LEFT);
  return why;
}

/** Runs at most `n` instructions from the slot `ip`; CHUNK_LEFT tells how many were left over. */
export function interpret(x: usize, ip: usize, base: usize, page: u64, n: i32): u32 {
  let tlb: usize = load<u32>(x, BANK_LS);
  let target: u64 = NO_TARGET;
  while (true) {
    if (--n < 0) return leave(x, pcOf(ip, base, page), 0, L_CHUNK);
    switch (<u32>load<u16>(ip)) {
      case S.S_UNDECODED: {
        n++;
        decodeRun(x, base, ip, fetchPage(x, page));
        continue;
      }
      case S.S_PAGE_END: {
        n++;
        target = pcOf(ip, base, page);
        break;
      }
      case S.S_CROSS: {
        // The second half is fetched each time, for it depends on where the next page is mapped now.
        n++;
        const pc = page + 0xffe;
        if (!fetch(x, page + 0x1000)) return leave(x, pc, n, L_TRAP);
        store<u64>(x, pc, PC);
        decodeCrossing(x + CROSS_SLOTS, fetchBits(x));
        ip = x + CROSS_SLOTS;
        base = ip - (0xffe << 2);
        continue;
      }
      case S.S_ILLEGAL: {
        store<u64>(x, pcOf(ip, base, page), PC);
        illegalInstruction(x);
        return leave(x, load<u64>(x, PC), n + 1, L_TRAP);
      }
// @operations
      case S.S_FENCE: {
        // A dummy read-modify-write: the optimiser drops atomic.fence, this it may not.
        atomic.add<u32>(x, 0, PAUSE);
        ip += 16;
        continue;
      }
      case S.S_FADD_D: {
        const rm = (load<u32>(ip, 4) >> 10) & 7;
        if (load<u32>(x, FP_STATE) == FP_DIRTY && (rm == 7 ? load<u32>(x, FRM) : rm) == 0) {
          store<u64>(x + fa(ip), f64Add(x, fpr(x, load<u8>(ip, 3)), fpr(x, load<u32>(ip, 4) & 31), 0), F);
          ip += 16;
          continue;
        }
        break;
      }
      case S.S_FSUB_D: {
        const rm = (load<u32>(ip, 4) >> 10) & 7;
        if (load<u32>(x, FP_STATE) == FP_DIRTY && (rm == 7 ? load<u32>(x, FRM) : rm) == 0) {
          store<u64>(x + fa(ip), f64Sub(x, fpr(x, load<u8>(ip, 3)), fpr(x, load<u32>(ip, 4) & 31), 0), F);
          ip += 16;
          continue;
        }
        break;
      }
      case S.S_FMUL_D: {
        const rm = (load<u32>(ip, 4) >> 10) & 7;
        if (load<u32>(x, FP_STATE) == FP_DIRTY && (rm == 7 ? load<u32>(x, FRM) : rm) == 0) {
          store<u64>(x + fa(ip), f64Mul(x, fpr(x, load<u8>(ip, 3)), fpr(x, load<u32>(ip, 4) & 31), 0), F);
          ip += 16;
          continue;
        }
        break;
      }
    }

    if (target != NO_TARGET) {
      // A jump to another page. PC is where it lands, so a fault there belongs to the target.
      page = target & ~0xfff;
      if (!fetch(x, target)) return leave(x, target, n, L_TRAP);
      ip = load<u32>(x, FETCH_IP);
      base = load<u32>(x, FETCH_BASE);
      target = NO_TARGET;
      continue;
    }

    // Everything that leaves the fast path: misses, floating point, CSRs, atomics, privileged instructions.
    const pc = pcOf(ip, base, page);
    store<u64>(x, pc, PC);
    store<i32>(x, n + 1, CHUNK_LEFT);
    const op = <u32>load<u16>(ip);
    let outcome: u32;
    switch (op) {
      case S.S_CSR: {
        const packed = load<u32>(ip, 4);
        outcome = csrInstruction(x, packed >> 16, load<u8>(ip, 2), load<u8>(ip, 3), packed & 0xfff);
        break;
      }
      case S.S_SYSTEM: {
        const packed = load<u32>(ip, 4);
        outcome = systemInstruction(x, packed >> 16, load<u8>(ip, 2), load<u8>(ip, 3), packed & 31);
        break;
      }
      case S.S_ATOMIC: {
        outcome = access(x, ip);
        break;
      }
      case S.S_FADD_D:
      case S.S_FSUB_D:
      case S.S_FMUL_D:
      case S.S_FP: {
        if (fpReady(x)) {
          const p = load<u32>(ip, 4);
          const done = fpExecute(x, p >> 16, load<u8>(ip, 2), load<u8>(ip, 3), p & 31, (p >> 5) & 31, (p >> 10) & 7);
          outcome = done ? R_OK : illegalInstruction(x);
        } else outcome = illegalInstruction(x);
        break;
      }
      case S.S_RARE: {
        outcome = rare(x, ip);
        break;
      }
      default: {
        outcome = slowAccess(x, ip);
        break;
      }
    }
    const next: usize = op < S.S_FIRST_SINGLE && (op & 1) != 0 ? ip + 8 : ip + 16;
    if (outcome == R_OK) {
      ip = next;
      continue;
    }
    if (outcome == R_TRAP) return leave(x, pc, n + 1, L_TRAP);
    if (outcome == R_JUMP) return leave(x, load<u64>(x, PC), n, L_JUMP);
    if (outcome == R_EXIT) return leave(x, pcOf(next, base, page), n, L_EXIT);
    // R_LEAVE: most often only the data context moved, and the loop can go on in place.
    ip = next;
    if (!afterContext(x, page, base)) return leave(x, pcOf(ip, base, page), n, L_CONTEXT);
    tlb = load<u32>(x, BANK_LS);
  }
}
