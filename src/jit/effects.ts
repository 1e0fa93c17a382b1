// What a decoded instruction reads and writes, as bit sets over the two register files.

import * as S from '../engine/generated/slots.js';
import { plain } from './endings.js';
import { floatRegisters, readsInteger, writesInteger } from './float-operands.js';
import { atomicOf, csrReadsRegister, isFloatStatus, readsSecond } from './operands.js';

/** What one instruction reads and writes. */
export class Effects {
  reads = 0;
  writes = 0;
  floatReads = 0;
  floatWrites = 0;
  /** Does it need the floating-point unit? */
  float = false;

  /** Finds the effects of a decoded instruction. */
  of(op: number, a: number, b: number, imm: number): void {
    const p = plain(op);
    this.reads = 0;
    this.writes = 0;
    this.floatReads = 0;
    this.floatWrites = 0;
    this.float = false;
    if (p >= S.S_SB && p <= S.S_SD) this.reads = bit(a) | bit(b);
    else if (p >= S.S_FLW && p <= S.S_FSD) {
      this.#floats(op, a, b, imm);
      this.reads = bit(b);
    } else if (op === S.S_FADD_D || op === S.S_FSUB_D || op === S.S_FMUL_D || op === S.S_FP) {
      this.#floats(op, a, b, imm);
      if (readsInteger(imm)) this.reads = bit(b);
      if (writesInteger(imm)) this.writes = bit(a);
    } else if (op === S.S_ATOMIC) {
      this.reads = bit(b) | bit(imm & 31);
      if (atomicOf(imm)?.kind === 'amocas') this.reads |= bit(a);
      this.writes = bit(a);
    } else if (op === S.S_CSR) {
      this.float = isFloatStatus(imm);
      this.reads = csrReadsRegister(imm) ? bit(b) : 0;
      this.writes = bit(a);
    } else if (isBranch(p)) this.reads = bit(a) | bit(b);
    else {
      this.writes = bit(a);
      this.reads = readsSecond(p) ? bit(b) | bit(imm & 31) : bit(b);
    }
  }

  #floats(op: number, a: number, b: number, imm: number): void {
    this.float = true;
    floatRegisters(op, a, b, imm, this.#read, this.#write);
  }
  readonly #read = (f: number): void => {
    this.floatReads |= 1 << f;
  };
  readonly #write = (f: number): void => {
    this.floatWrites |= 1 << f;
  };
}

/** x0 and the slot that swallows what is written to it are no registers. */
function bit(r: number): number {
  return r === 0 || r > 31 ? 0 : 1 << r;
}

/** Is the operation a conditional branch? */
export function isBranch(p: number): boolean {
  return (p >= S.S_BEQ && p <= S.S_BNE_FAR) || (p >= S.S_BLT && p <= S.S_BGEU_FAR);
}
