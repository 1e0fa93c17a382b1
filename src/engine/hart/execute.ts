// Executing from a slot on: the interpreter's fast loop, and around it everything an instruction may need that is slower.

import { access } from './atomic';
import { freshenCalls, noteRegion } from './calls';
import { forgetKept } from './kept';
import { csrInstruction } from './csr';
import { fpReady } from './fp-state';
import { fpExecute } from './fpu/execute';
import { interpret, interpretExactly, LEFT_BUDGET, LEFT_PAGE, LEFT_TURN, LEFT_UNDECODED } from './generated/interpret';
import * as S from './generated/slots';
import { fetchBits } from './insn';
import { CHUNK_LEFT, CROSS_KNOWN, CROSS_SLOTS, DECODED_SLOTS, FETCH_BASE, FETCH_IP, FETCH_PAGE, JIT_NEEDS, JIT_RETIRED, JIT_SEAT, PC, REGION_AREA, REGION_BYTES, REGION_SEATS, REGION_SIZE, REGION_USED, SAMPLE_LEFT, STAT_REGIONS_ENTERED, STAT_REGIONS_MISSED } from './layout';
import { afterContext, fetch, fetchPage } from './mmu';
import { decodeCrossing, decodeRun } from './predecode';
import { systemInstruction } from './privileged';
import { rare } from './rare';
import { jitOn, meetBlockAt, removeRegion } from './regions';
import { R_EXIT, R_JUMP, R_OK, R_TRAP } from './results';
import { slowAccess } from './slow';
import { illegalInstruction } from './trap';

/** Translated code asks that the instruction at PC be interpreted: it missed the TLB, has no translation, or too little of the budget is left. */
const REGION_STEP: u32 = 0;
/** Translated code has been left for code that is not. */
const REGION_LEFT: u32 = 1;
/** PC cannot be fetched from; the exception is raised. */
const REGION_FAULT: u32 = 2;
/** Too little is left for the next region, and the chunk may end here as well. */
const REGION_SHORT: u32 = 3;

/** A soft chunk of which so few instructions are left is over. */
const SHORT: i32 = 512;

/** Where nobody waits for a return. */
const NOWHERE: u64 = u64.MAX_VALUE;

/** One in so many times that translated code is left for interpreted code, the block there is counted: it may be worth translating. A prime, so that no loop avoids it. */
const COUNTED_LEAVES: u64 = 31;

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

// @ts-ignore: decorator
@inline function leave(x: usize, pc: u64, left: i32, why: u32): u32 {
  store<u64>(x, pc, PC);
  store<i32>(x, left, CHUNK_LEFT);
  return why;
}

/**
 * Runs at most `n` instructions from the slot FETCH_IP at PC; CHUNK_LEFT tells how many were left over, PC where it stopped. A `soft` chunk may
 * end sooner, where too little of it is left for translated code: interpreting up to its very end would cost more than it is worth. Any chunk ends where a
 * sample is due (SAMPLE_LEFT).
 */
export function execute(x: usize, n: i32, soft: bool): u32 {
  let ip: usize = load<u32>(x, FETCH_IP);
  let base: usize = load<u32>(x, FETCH_BASE);
  let page: u64 = load<u64>(x, PC) & ~0xfff;
  let cold = load<i32>(x, SAMPLE_LEFT);
  while (true) {
    const most = min(n, max(cold, 0) + DECODED_SLOTS);
    const why = most < DECODED_SLOTS ? interpretExactly(x, ip, base, page, most) : interpret(x, ip, base, page, most);
    const done = most - load<i32>(x, CHUNK_LEFT);
    cold -= done;
    n -= done;
    store<i32>(x, cold, SAMPLE_LEFT);
    // Instructions that read the clock or count themselves go by it.
    store<i32>(x, n, CHUNK_LEFT);
    if (why == LEFT_PAGE || why == LEFT_TURN) {
      // PC is where the jump lands, so a fault there belongs to the target.
      const target = load<u64>(x, PC);
      if (!fetch(x, target)) return L_TRAP;
      ip = load<u32>(x, FETCH_IP);
      base = load<u32>(x, FETCH_BASE);
      if (why == LEFT_TURN && (target & 0xfff) <= 2 && jitOn()) meetBlockAt(x, target);
      page = target & ~0xfff;
      continue;
    }
    ip = load<u32>(x, FETCH_IP);
    base = load<u32>(x, FETCH_BASE);
    page = load<u64>(x, FETCH_PAGE);
    const pc = page + <u64>((ip - base) >> 2);
    if (why == LEFT_BUDGET) {
      if (n > 0 && cold > 0) continue;
      return leave(x, pc, n, L_CHUNK);
    }
    const op = <u32>load<u16>(ip);
    if (why == LEFT_UNDECODED || op == S.S_UNDECODED) {
      // Another hart that writes to the page just now gets its turn, and so does whoever wants this one to stop.
      if (!decodeRun(x, base, ip, fetchPage(x, page))) return leave(x, pc, n, L_CONTEXT);
      continue;
    }
    store<u64>(x, pc, PC);
    if (op == S.S_JIT) {
      const outcome = runRegions(x, pc, ip, base, n, soft);
      n = load<i32>(x, CHUNK_LEFT);
      const at = load<u64>(x, PC);
      if (outcome == REGION_FAULT) return leave(x, at, n, L_TRAP);
      if (outcome == REGION_SHORT) return leave(x, at, n, L_CHUNK);
      ip = load<u32>(x, FETCH_IP);
      base = load<u32>(x, FETCH_BASE);
      page = at & ~0xfff;
      if (outcome == REGION_LEFT || load<u16>(ip) != <u16>S.S_JIT) continue;
      // The instruction is the first of a region and wants the interpreter: it is executed beside its slot.
      decodeCrossing(x + CROSS_SLOTS, fetchBits(x));
      base = x + CROSS_SLOTS - ((<usize>at & 0xffe) << 2);
      ip = x + CROSS_SLOTS;
      continue;
    }
    if (op == S.S_CROSS) {
      // The second half is fetched each time, for it depends on where the next page is mapped now. Decoded as a page of its own, whose
      // slots lie so that pc comes out right.
      if (!fetch(x, page + 0x1000)) return leave(x, pc, n, L_TRAP);
      const bits = fetchBits(x);
      decodeCrossing(x + CROSS_SLOTS, bits);
      noteSecondHalf(ip, bits >> 16);
      ip = x + CROSS_SLOTS;
      base = ip - (0xffe << 2);
      continue;
    }
    const outcome = slowSlot(x, ip, op);
    const next: usize = op < S.S_FIRST_SINGLE && (op & 1) != 0 ? ip + 8 : ip + 16;
    n--;
    if (outcome == R_OK) {
      ip = next;
      continue;
    }
    if (outcome == R_TRAP) return leave(x, pc, n + 1, L_TRAP);
    if (outcome == R_JUMP) return leave(x, load<u64>(x, PC), n, L_JUMP);
    if (outcome == R_EXIT) return leave(x, page + <u64>((next - base) >> 2), n, L_EXIT);
    // R_LEAVE: most often only the data context moved, and execution can go on in place.
    ip = next;
    if (!afterContext(x, page, base)) return leave(x, page + <u64>((ip - base) >> 2), n, L_CONTEXT);
  }
  return unreachable();
}

/** The slot of an instruction that crosses its page says what its second half was last: a guess, for the translator. */
function noteSecondHalf(slot: usize, half: u32): void {
  if (load<u32>(slot, 4) != (CROSS_KNOWN | half)) store<u32>(slot, CROSS_KNOWN | half, 4);
}

/**
 * Runs translated regions one after the other, from the one whose entry is at `ip`, until code that has none is reached. PC, FETCH_IP, FETCH_BASE and
 * CHUNK_LEFT tell where that is.
 */
function runRegions(x: usize, pc: u64, ip: usize, base: usize, n: i32, soft: bool): u32 {
  const before = n;
  freshenCalls(x);
  let entered: u64 = 0;
  let outcome = REGION_STEP;
  while (true) {
    const region = REGION_AREA + <usize>load<u32>(ip, 4) * REGION_BYTES;
    if (!(load<u32>(region, REGION_SEATS) & load<u32>(x, JIT_SEAT))) {
      // Translated by another realm, whose functions are not in the table of this one.
      removeRegion(load<u32>(ip, 4));
      break;
    }
    store<u32>(region, 1, REGION_USED);
    const size = load<i32>(region, REGION_SIZE);
    if (n < size) {
      if (soft) outcome = REGION_SHORT;
      break;
    }
    entered++;
    // What has been left for this one goes on in it at once the next time.
    if (entered > 1) noteRegion(x, pc, region);
    forgetKept(x);
    n = ~call_indirect<i32>(load<u32>(region), x, pc & ~0xfff, n, NOWHERE, 0);
    const at = load<u64>(x, PC);
    if (at >> 12 == pc >> 12) ip = base + ((<usize>at & 0xffe) << 2);
    else {
      // The fetch may be for this one instruction only, and leave no entry behind.
      if (!fetch(x, at)) {
        pc = at;
        outcome = REGION_FAULT;
        break;
      }
      base = load<u32>(x, FETCH_BASE);
      ip = load<u32>(x, FETCH_IP);
    }
    pc = at;
    if (load<u32>(x, JIT_NEEDS) != 0) {
      if (soft && n < SHORT) {
        outcome = REGION_SHORT;
        break;
      }
      store<u64>(x, load<u64>(x, STAT_REGIONS_MISSED) + 1, STAT_REGIONS_MISSED);
      break;
    }
    if (load<u16>(ip) != <u16>S.S_JIT) {
      outcome = REGION_LEFT;
      if ((load<u64>(x, STAT_REGIONS_ENTERED) + entered) % COUNTED_LEAVES == 0) meetBlockAt(x, at);
      break;
    }
  }
  store<u64>(x, pc, PC);
  store<u32>(x, <u32>ip, FETCH_IP);
  store<u32>(x, <u32>base, FETCH_BASE);
  store<i32>(x, n, CHUNK_LEFT);
  store<u64>(x, load<u64>(x, JIT_RETIRED) + <u64>(before - n), JIT_RETIRED);
  store<u64>(x, load<u64>(x, STAT_REGIONS_ENTERED) + entered, STAT_REGIONS_ENTERED);
  return outcome;
}

/** Executes one instruction that the fast loop has left; PC and CHUNK_LEFT are stored, and count it not yet. */
function slowSlot(x: usize, ip: usize, op: u32): u32 {
  const packed = load<u32>(ip, 4);
  switch (op) {
    case S.S_ILLEGAL: return illegalInstruction(x);
    case S.S_CSR: return csrInstruction(x, packed >> 16, load<u8>(ip, 2), load<u8>(ip, 3), packed & 0xfff);
    case S.S_SYSTEM: return systemInstruction(x, packed >> 16, load<u8>(ip, 2), load<u8>(ip, 3), packed & 31);
    case S.S_ATOMIC: return access(x, ip);
    case S.S_RARE: return rare(x, ip);
    case S.S_FADD_D:
    case S.S_FSUB_D:
    case S.S_FMUL_D:
    case S.S_FP: {
      if (!fpReady(x)) return illegalInstruction(x);
      const done = fpExecute(x, packed >> 16, load<u8>(ip, 2), load<u8>(ip, 3), packed & 31, (packed >> 5) & 31, (packed >> 10) & 7);
      return done ? R_OK : illegalInstruction(x);
    }
  }
  return slowAccess(x, ip);
}
