// Cache-block management and zeroing: CBO.INVAL, CBO.CLEAN, CBO.FLUSH, CBO.ZERO. Memory here is always coherent, so the first
// three have nothing to do but to ask for permission and to look at the address.
// Unpriv. ISA, "CMO Extensions for Base Cache Management Operation ISA".

import { ENVCFG_CBCFE, ENVCFG_CBIE, ENVCFG_CBZE } from './csr-fields';
import * as I from './generated/isa';
import { HENVCFG, MENVCFG, PRIV, SENVCFG, TRAP_CAUSE, TRAP_TVAL, VIRT } from './layout';
import { storeTarget } from './memory';
import { dataContext, effectiveAddress } from './mmu';
import { hasCode, invalidateCode } from './decoded-pages';
import { R_OK, R_TRAP } from './results';
import { illegalInstruction, virtualInstruction } from './trap';
import { CTX_BLOCK, LOAD, translate } from './walk';

/** Bytes of a cache block, for management and for zeroing; the device tree tells guests. */
export const CACHE_BLOCK: usize = 64;

/** What a load may raise, and by how much the number of the same exception of a store is larger. */
const LOAD_FAULTS: u64 = (1 << 5) | (1 << 13) | (1 << 21);
const STORE_AFTER_LOAD: u64 = 2;

/** Executes a cache-block operation on the block that holds `va`. */
export function cacheBlock(x: usize, op: u32, va: u64): u32 {
  const zero = op == I.OP_CBO_ZERO;
  const refused = withheld(x, zero ? ENVCFG_CBZE : op == I.OP_CBO_INVAL ? ENVCFG_CBIE : ENVCFG_CBCFE);
  if (refused != R_OK) return refused;
  return zero ? zeroBlock(x, va) : manage(x, va);
}

/** Raises the exception for an operation that the levels above do not grant. `field` of each xenvcfg grants it when it is not 0. */
function withheld(x: usize, field: u64): u32 {
  const priv = load<u32>(x, PRIV);
  if (priv == 3) return R_OK;
  if (!(load<u64>(x, MENVCFG) & field)) return illegalInstruction(x);
  const user = priv == 0 && !(load<u64>(x, SENVCFG) & field);
  if (!load<u32>(x, VIRT)) return user ? illegalInstruction(x) : R_OK;
  return user || !(load<u64>(x, HENVCFG) & field) ? virtualInstruction(x) : R_OK;
}

/** Whatever may be loaded from, to its last byte, may be managed, but shadow stacks; where not, the exception is that of a store. */
function manage(x: usize, va: u64): u32 {
  const ctx = dataContext(x) | CTX_BLOCK;
  const block = va & ~(<u64>CACHE_BLOCK - 1);
  if (translate(x, va, LOAD, ctx, 1) && translate(x, block, LOAD, ctx, <u32>CACHE_BLOCK)) return R_OK;
  const cause = load<u64>(x, TRAP_CAUSE);
  store<u64>(x, effectiveAddress(x, va), TRAP_TVAL); // not the block's own, if physical memory protection divides it
  if ((LOAD_FAULTS >> (cause & 63)) & 1) store<u64>(x, cause + STORE_AFTER_LOAD, TRAP_CAUSE);
  return R_TRAP;
}

function zeroBlock(x: usize, va: u64): u32 {
  if (storeTarget(x, va, 1) == 0) return R_TRAP;
  const block = storeTarget(x, va & ~(<u64>CACHE_BLOCK - 1), <u32>CACHE_BLOCK);
  if (block == 0) {
    store<u64>(x, effectiveAddress(x, va), TRAP_TVAL); // physical memory protection divides the block
    return R_TRAP;
  }
  memory.fill(block, 0, CACHE_BLOCK);
  if (hasCode(block)) invalidateCode(block, CACHE_BLOCK);
  return R_OK;
}
