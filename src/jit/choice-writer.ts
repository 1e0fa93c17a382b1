// Writes what a short branch may skip without the branch (choices.ts): both values are at hand, and the condition selects one.

import { isChoice } from './choices.js';
import { emitCondition } from './conditions.js';
import * as E from './endings.js';
import { FrameWriter } from './frame.js';
import { CHOICE, LEFT, N, T3 } from './locals.js';
import { emitOperation } from './operations.js';
import * as W from './wasm.js';

/** Writes the choices of blocks. */
export class ChoiceWriter extends FrameWriter {
  /** Is what a block's branch may skip one instruction that is better done and then chosen (choices.ts)? */
  protected skips(b: number): boolean {
    const region = this.region;
    if (region.loop[b]! < 0) return false;
    const [skipped, to] = [region.next[b]!, region.taken[b]!];
    if (!region.stays(b, skipped) || !region.stays(b, to) || region.joins[skipped] !== 1) return false;
    if (region.isLoop[skipped] === 1 || region.ending[skipped] !== E.ENDS_NEXT || region.next[skipped] !== to)
      return false;
    if (region.size[skipped] !== 1 || !region.stays(skipped, to)) return false;
    const slot = region.slot(region.start[skipped]!);
    const word = this.slots.i32[slot >>> 2]!;
    const imm = this.slots.i32[(slot + 4) >>> 2]!;
    const instruction = { op: E.plain(word & 0xffff), a: (word >>> 16) & 0xff, b: word >>> 24, imm };
    return isChoice({ ...this.operands, op: E.plain(this.operands.op) }, instruction);
  }

  /** Computes what the branch at hand may skip, and chooses by its condition; N is lowered by 1 if it is not skipped. */
  protected choose(skipped: number): void {
    emitCondition(this);
    this.set(CHOICE);
    this.read(this.region.start[skipped]!);
    this.trace?.(this.current, this.out.length);
    const rd = this.operands.a;
    const signed = this.isSigned(rd);
    const word = signed && this.mayNarrow(rd);
    if (word) {
      this.regW(rd);
      this.set(LEFT);
    }
    this.reg(rd);
    this.set(T3);
    emitOperation(this);
    if (word && this.isSigned(rd)) {
      this.get(LEFT);
      this.regW(rd);
      this.get(CHOICE);
      this.op(W.SELECT);
      this.setRegW(rd);
    } else {
      const both = signed && this.isSigned(rd);
      this.get(T3);
      this.reg(rd);
      this.get(CHOICE);
      this.op(W.SELECT);
      this.setReg(rd, both);
    }
    this.get(N);
    this.get(CHOICE);
    this.op(W.I32_EQZ);
    this.op(W.I32_SUB);
    this.set(N);
  }
}
