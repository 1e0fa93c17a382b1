// The interpreter: one loop over decoded slots, one dense switch, no JavaScript and no calls on the paths that hit the TLB.
//
// Built by scripts/generate-interpreter.mjs, which puts the operations of its table where the marker stands. In the loop, `ip` points
// at the slot, `base` at the decoded page, `page` is the page's virtual address; pc is derived from them only when needed. An operation
// ends with `continue`; `break` leaves the fast path or, with `target` set, jumps out of the page.
//
// The loop is written twice. `interpret` looks at what is left of the budget only where it jumps, for a branch per instruction, though never
// taken, fills the history by which the host predicts the switch. Until the next jump it executes a page of instructions at most, and so it stops
// at one when less than that is left; `interpretExactly`, which looks before each instruction, runs the rest.

import * as alu from '../alu';
import {
  BANK_LS,
  BANK_X,
  CHUNK_LEFT,
  DECODED_SLOTS,
  F,
  FETCH_BASE,
  FETCH_IP,
  FETCH_PAGE,
  FFLAGS,
  FP_STATE,
  FRM,
  LS_ENTRIES,
  LS_ENTRY_BYTES,
  PAGE_TURNS,
  PAUSE,
  PC,
  X_ENTRIES,
  X_ENTRY_BYTES,
} from '../layout';
import { FP_DIRTY, FP_OFF } from '../fp-state';
import * as S from './slots';

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
@inline function fpr(x: usize, r: u32): f64 { return load<f64>(x + (<usize>r << 3), F); }
// @ts-ignore: decorator
@inline function sext32(v: u32): u64 { return <u64>(<i64>(<i32>v)); }
// @ts-ignore: decorator
@inline function pcOf(ip: usize, base: usize, page: u64): u64 { return page + <u64>((ip - base) >> 2); }

// ---- the TLB's fast path --------------------------------------------------------------------------------------------
// The tag is compared with the page of the access's last byte: an access that crosses a page misses by itself.

// @ts-ignore: decorator
@inline function address(x: usize, ip: usize): u64 { return rs1(x, ip) + <u64>(<i64>imm(ip)); }
// @ts-ignore: decorator
@inline function entryOf(tlb: usize, va: u64): usize { return tlb + (<usize>(va >> 7) & ((LS_ENTRIES - 1) * LS_ENTRY_BYTES)); }
// @ts-ignore: decorator
@inline function hostOf(entry: usize, va: u64): usize { return <usize>(load<u32>(entry, 24) + <u32>va); }

// ---- double arithmetic that WebAssembly does itself -------------------------------------------------------------------
// Exact as long as the mode is round-to-nearest-even, NX is already set and the result is well inside the normal range, where no other flag
// can arise. Everything else is done in integers by fpu/.

// @ts-ignore: decorator
@inline function roundsNatively(x: usize, ip: usize): bool {
  const rm = (load<u32>(ip, 4) >> 10) & 7;
  return load<u32>(x, FP_STATE) == FP_DIRTY && (load<u32>(x, FFLAGS) & 1) != 0 && (rm == 7 ? load<u32>(x, FRM) : rm) == 0;
}
// @ts-ignore: decorator
@inline function isPlain(value: u64): bool { return (<u32>(value >> 52) & 0x7ff) - 2 < 0x7fd; }

// ---- why the loop was left ------------------------------------------------------------------------------------------

/** `n` is used up, or from `interpret` not much of it is left: FETCH_IP is the next instruction. */
export const LEFT_BUDGET: u32 = 0;
/** A jump to a page that the fetch TLB does not hold: PC is the target. */
export const LEFT_PAGE: u32 = 1;
/** The slot at FETCH_IP wants more than the fast path: it is not counted yet. */
export const LEFT_SLOT: u32 = 2;
/** The slot at FETCH_IP is not decoded yet, nor counted. */
export const LEFT_UNDECODED: u32 = 3;
/** PC lies behind the end of its page, or behind an instruction that was executed beside its slot. */
export const LEFT_TURN: u32 = 4;

/**
 * One in so many times that code runs on into the next page, LEFT_TURN tells: what begins there may be worth translating. Regions end with their page, and
 * samples are taken after jumps, of which code that a compiler has unrolled has none for pages. A prime, so that all pages of a loop have their turn.
 */
const COUNTED_TURNS: u32 = 61;

// Jump targets are even.
const NO_TARGET: u64 = 1;
const NEAR_TARGET: u64 = 3; // ip is the target, and the budget wants care

// @loop
/**
 * Runs at most `n` instructions from the slot `ip`, all on the fast path; CHUNK_LEFT, FETCH_IP, FETCH_BASE and FETCH_PAGE tell where it
 * stopped. It calls nothing: a call anywhere in it would cost every operation its registers.
 */
export function interpret(x: usize, ip: usize, base: usize, page: u64, n: i32): u32 {
  const tlb: usize = load<u32>(x, BANK_LS);
  while (true) {
    let target: u64 = NO_TARGET;
    // Operations go on with the loop that is never repeated: one loop only, and V8 looks at its stack limit but once per instruction.
    do {
      n--;
      if (n < 0) { // @exactly
        leave(x, ip, base, page, 0); // @exactly
        return LEFT_BUDGET; // @exactly
      } // @exactly
      switch (<u32>load<u16>(ip)) {
        // Leaves by itself, for V8 would take the first case out of the table if it were like the default.
        case S.S_UNDECODED: {
          leave(x, ip, base, page, n + 1);
          return LEFT_UNDECODED;
        }
        case S.S_PAGE_END: {
          n++;
          target = pcOf(ip, base, page);
          const turns = load<u32>(x, PAGE_TURNS) + 1;
          store<u32>(x, turns, PAGE_TURNS);
          if (turns < COUNTED_TURNS) break;
          store<u32>(x, 0, PAGE_TURNS);
          store<u64>(x, target, PC);
          store<i32>(x, n, CHUNK_LEFT);
          return LEFT_TURN;
        }
// @operations
        case S.S_FENCE: {
          // A dummy read-modify-write: the optimiser drops atomic.fence, this it may not.
          atomic.add<u32>(x, 0, PAUSE);
          ip += 16;
          continue;
        }
        case S.S_FADD_D: {
          if (!roundsNatively(x, ip)) break;
          const value = reinterpret<u64>(fpr(x, load<u8>(ip, 3)) + fpr(x, load<u32>(ip, 4) & 31));
          if (!isPlain(value)) break;
          store<u64>(x + fa(ip), value, F);
          ip += 16;
          continue;
        }
        case S.S_FSUB_D: {
          if (!roundsNatively(x, ip)) break;
          const value = reinterpret<u64>(fpr(x, load<u8>(ip, 3)) - fpr(x, load<u32>(ip, 4) & 31));
          if (!isPlain(value)) break;
          store<u64>(x + fa(ip), value, F);
          ip += 16;
          continue;
        }
        case S.S_FMUL_D: {
          if (!roundsNatively(x, ip)) break;
          const value = reinterpret<u64>(fpr(x, load<u8>(ip, 3)) * fpr(x, load<u32>(ip, 4) & 31));
          if (!isPlain(value)) break;
          store<u64>(x + fa(ip), value, F);
          ip += 16;
          continue;
        }
      }
      if (target & 1) {
        const jumped = target == NEAR_TARGET; // that instruction is counted
        leave(x, ip, base, page, jumped ? n : n + 1);
        return jumped ? LEFT_BUDGET : LEFT_SLOT;
      }
      const entry = <usize>load<u32>(x, BANK_X) + ((<usize>(target >> 12) & (X_ENTRIES - 1)) * X_ENTRY_BYTES);
      if (load<u64>(entry) != target >> 12) {
        store<u64>(x, target, PC);
        store<i32>(x, n, CHUNK_LEFT);
        return LEFT_PAGE;
      }
      base = load<u32>(entry, 8);
      page = target & ~0xfff;
      ip = base + ((<usize>target & 0xffe) << 2);
      if (n < DECODED_SLOTS) { // @ahead
        leave(x, ip, base, page, n); // @ahead
        return LEFT_BUDGET; // @ahead
      } // @ahead
    } while (false);
  }
}
// @end

// @ts-ignore: decorator
@inline function leave(x: usize, ip: usize, base: usize, page: u64, left: i32): void {
  store<u32>(x, <u32>ip, FETCH_IP);
  store<u32>(x, <u32>base, FETCH_BASE);
  store<u64>(x, page, FETCH_PAGE);
  store<i32>(x, left, CHUNK_LEFT);
}
