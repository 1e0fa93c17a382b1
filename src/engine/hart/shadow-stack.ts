// The shadow stack: SSPUSH, SSPOPCHK, SSRDP and SSAMOSWAP, and who may use them. Unpriv. ISA, "Zicfiss for Shadow Stack"; Priv. ISA,
// "Shadow Stack (Zicfiss)". Where it is not active its instructions are may-be-operations.
import { CAUSE_SOFTWARE_CHECK, ENVCFG_SSE } from './csr-fields';
import * as I from './generated/isa';
import { fetchBits } from './insn';
import { HENVCFG, MENVCFG, PAGE_FLAGS, PAGE_HAS_CODE, PC, PRIV, SENVCFG, SSP, VIRT, XLATE_HPA } from './layout';
import { storeHost } from './memory';
import { invalidateCode } from './decoded-pages';
import { dataContext, effectiveAddress, raiseMisaligned } from './mmu';
import { CSR_ALLOWED, CSR_ILLEGAL, CSR_VIRTUAL, R_JUMP, R_OK, R_TRAP } from './results';
import { illegalInstruction, raiseAccess, virtualInstruction, raise } from './trap';
import { CTX_SHADOW, CTX_VIRT, LOAD, STORE, translate } from './walk';

const STORE_MISALIGNED: u64 = 6;
const STORE_ACCESS: u64 = 7;
/** xtval of a software check: the return address is not the one that was pushed. */
const SHADOW_STACK_FAULT: u64 = 3;

/** May the hart's mode use the shadow stack? With what exception not: ssp and SSAMOSWAP have these rules. */
export function shadowStackAccess(x: usize): u32 {
  const priv = load<u32>(x, PRIV);
  if (priv == 3) return CSR_ALLOWED;
  if (!(load<u64>(x, MENVCFG) & ENVCFG_SSE)) return CSR_ILLEGAL;
  const user = priv != 0 || (load<u64>(x, SENVCFG) & ENVCFG_SSE) != 0;
  if (!load<u32>(x, VIRT)) return user ? CSR_ALLOWED : CSR_ILLEGAL;
  return user && load<u64>(x, HENVCFG) & ENVCFG_SSE ? CSR_ALLOWED : CSR_VIRTUAL;
}

/** Is it active? In M-mode it never is. */
function active(x: usize): bool {
  return load<u32>(x, PRIV) != 3 && shadowStackAccess(x) == CSR_ALLOWED;
}

/** Executes SSPUSH, SSPOPCHK or SSRDP; the first two also in their compressed forms. */
export function shadowStack(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32): u32 {
  const on = active(x);
  if (op == I.OP_SSRDP) {
    store<u64>(x + (<usize>rd << 3), on ? load<u64>(x, SSP) : 0);
    return R_OK;
  }
  if (on && !(op == I.OP_SSPUSH ? push(x, rs2) : popAndCheck(x, rs1))) return R_TRAP;
  if ((fetchBits(x) & 3) == 3) return R_OK;
  store<u64>(x, load<u64>(x, PC) + 2, PC); // what has a slot of its own kind counts as four bytes
  return R_JUMP;
}

function push(x: usize, link: u32): bool {
  const top = load<u64>(x, SSP) - 8;
  if (!reach(x, top, STORE, 8)) return false;
  storeHost(<usize>load<u32>(x, XLATE_HPA), 8, load<u64>(x + (<usize>link << 3)));
  store<u64>(x, top, SSP);
  return true;
}

function popAndCheck(x: usize, link: u32): bool {
  const top = load<u64>(x, SSP);
  if (!reach(x, top, LOAD, 8)) return false;
  if (load<u64>(<usize>load<u32>(x, XLATE_HPA)) != load<u64>(x + (<usize>link << 3))) {
    raise(x, CAUSE_SOFTWARE_CHECK, SHADOW_STACK_FAULT);
    return false;
  }
  store<u64>(x, top + 8, SSP);
  return true;
}

/** Finds shadow-stack memory: XLATE_HPA. False: the exception is raised, always as that of a store. */
function reach(x: usize, va: u64, access: u32, bytes: u32): bool {
  const ctx = dataContext(x);
  if (va & 7 && bytes == 8) {
    raiseAccess(x, STORE_ACCESS, effectiveAddress(x, va), 0, (ctx & CTX_VIRT) != 0);
    return false;
  }
  return translate(x, va, access, ctx | CTX_SHADOW, bytes);
}

/** Executes SSAMOSWAP.W or SSAMOSWAP.D. */
export function shadowSwap(x: usize, rd: u32, va: u64, value: u64, bytes: u32): u32 {
  const verdict = shadowStackAccess(x);
  if (verdict != CSR_ALLOWED) return verdict == CSR_ILLEGAL ? illegalInstruction(x) : virtualInstruction(x);
  if (va & (bytes - 1)) {
    raiseMisaligned(x, STORE_MISALIGNED, va);
    return R_TRAP;
  }
  if (!reach(x, va, STORE, bytes)) return R_TRAP;
  const host = <usize>load<u32>(x, XLATE_HPA);
  const old = bytes == 4 ? <u64>(<i64>(<i32>atomic.xchg<u32>(host, <u32>value))) : atomic.xchg<u64>(host, value);
  if (load<u8>(PAGE_FLAGS + (host >> 12)) & PAGE_HAS_CODE) invalidateCode(host, bytes);
  store<u64>(x + (<usize>rd << 3), old);
  return R_OK;
}
