// The CSR instructions: CSRRW, CSRRS, CSRRC and their immediate forms. Unpriv. ISA, "Zicsr".
import { HTIMEDELTA, MSTATUS, PRIV, SSCRATCH, VIRT, VSSCRATCH, VSSTATUS, X_SINK } from './layout';
import { csrAccess, CSR_ALLOWED, CSR_ILLEGAL, csrSubstitute } from './csr-access';
import * as N from './csr-numbers';
import { csrRead } from './csr-read';
import { csrStore, legalPc } from './csr-write';
import { OP_CSRRC, OP_CSRRCI, OP_CSRRS, OP_CSRRSI, OP_CSRRW, OP_CSRRWI } from './generated/isa';
import { R_LEAVE, R_OK } from './results';
import { fpDirty, sstatusRead, sstatusWrite, vsstatusRead, vsstatusWrite } from './status';
import { illegalInstruction, virtualInstruction } from './trap';

export { csrRead };

/** Writes any CSR from outside: no permission checks, WARL fields stay legal, read-only ones are ignored. */
export function csrWrite(x: usize, csr: u32, value: u64): void {
  csrStore(x, csr, value, ~0, 0);
}

function register(x: usize, index: u32): u64 {
  return load<u64>(x + ((<usize>index) << 3));
}

function setRegister(x: usize, index: u32, value: u64): void {
  store<u64>(x + ((<usize>index) << 3), value);
}

/** `old` as the operation changes it by `operand`. */
function combine(op: u32, old: u64, operand: u64): u64 {
  if (op == OP_CSRRW || op == OP_CSRRWI) return operand;
  return op == OP_CSRRS || op == OP_CSRRSI ? old | operand : old & ~operand;
}

/** The same as {@link csrInstruction} for sstatus, if nothing follows from it but the values: R_OK. Anything else has had no effect. */
export function csrInPlace(x: usize, op: u32, rd: u32, rs1: u32, csr: u32): u32 {
  if (!load<u32>(x, PRIV) || csr != N.CSR_SSTATUS) return R_LEAVE;
  const slot: usize = x + (load<u32>(x, VIRT) ? VSSTATUS : MSTATUS);
  const before = load<u64>(slot);
  const kept = register(x, rd);
  const outcome = csrInstruction(x, op, rd, rs1, csr);
  if (outcome != R_OK) {
    store<u64>(slot, before);
    setRegister(x, rd, kept);
  }
  return outcome;
}

// @ts-ignore: decorator
@inline function isImmediate(op: u32): bool { return op == OP_CSRRWI || op == OP_CSRRSI || op == OP_CSRRCI; }

/**
 * Executes a CSR instruction. `rs1` is a register index, or the immediate itself; `rd` is 32 if the result is not wanted.
 * Returns one of R_*.
 */
export function csrInstruction(x: usize, op: u32, rd: u32, rs1: u32, csr: u32): u32 {
  const replaces = op == OP_CSRRW || op == OP_CSRRWI;
  const operand = isImmediate(op) ? <u64>rs1 : register(x, rs1);
  const write = replaces || rs1 != 0;

  // Every trap handler of a kernel saves and restores these four; they are plain storage, side by side.
  if ((csr & ~3) == N.CSR_SSCRATCH && load<u32>(x, PRIV)) {
    const slot = x + ((<usize>(csr & 3)) << 3) + (load<u32>(x, VIRT) ? VSSCRATCH : SSCRATCH);
    const old = load<u64>(slot);
    if (write) {
      const value = combine(op, old, operand);
      store<u64>(slot, csr == N.CSR_SEPC ? legalPc(x, value) : value);
    }
    setRegister(x, rd, old);
    return R_OK;
  }
  // And this is how it turns interrupts off and on.
  if (csr == N.CSR_SSTATUS && load<u32>(x, PRIV)) {
    const guest = load<u32>(x, VIRT) != 0;
    const old = guest ? vsstatusRead(x) : sstatusRead(x);
    setRegister(x, rd, old);
    if (!write) return R_OK;
    const value = combine(op, old, operand);
    return guest ? vsstatusWrite(x, value) : sstatusWrite(x, value);
  }

  const access = csrAccess(x, csr, write);
  if (access != CSR_ALLOWED) return access == CSR_ILLEGAL ? illegalInstruction(x) : virtualInstruction(x);

  const target = csrSubstitute(x, csr);
  let old: u64 = 0;
  if (!replaces || rd != X_SINK) {
    old = csrRead(x, target);
    if (csr == N.CSR_TIME && load<u32>(x, VIRT)) old += load<u64>(x, HTIMEDELTA);
  }
  let result = R_OK;
  if (write) {
    result = csrStore(x, target, combine(op, old, operand), replaces ? ~0 : operand, 1);
    if (csr <= N.CSR_FCSR) fpDirty(x);
  }
  setRegister(x, rd, old);
  return result;
}
