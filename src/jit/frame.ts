// What a function works with: what its blocks do with registers, and the local that everything gets.

import * as S from '../engine/generated/slots.js';
import { BlockWriter } from './block-writer.js';
import * as E from './endings.js';
import { pressing } from './flow.js';
import { MOST_GROUPS } from './groups.js';
import { F64_TEMPORARIES, GUEST, I32_LOCALS, I64_LOCALS } from './locals.js';
import { writesWord } from './operations.js';
import { isSingle } from './single.js';
import * as W from './wasm.js';

/** Guest registers and locals of windows in a region that has these in locals everywhere. */
const MOST_WITH_WINDOWS = 18;
/** Guest registers beside which the TLB's bank has a local. */
const MOST_BESIDE_BANK = 16;

/** Surveys a region and declares the locals of its function. */
export class FrameWriter extends BlockWriter {
  /** Gives everything its local; `words` are the registers that word operations write. */
  protected declare(words: number): void {
    const { out } = this;
    this.words = words;
    let used = 0;
    let floatUsed = 0;
    for (let i = 0; i < this.region.blocks; i++) {
      const b = this.region.order[i]!;
      used |= this.integers.reads[b]! | this.integers.writes[b]!;
      floatUsed |= this.floats.reads[b]! | this.floats.writes[b]!;
    }
    let next = GUEST;
    this.local.fill(0);
    this.float.fill(0);
    this.singleLocal.fill(0);
    for (let r = 1; r < 32; r++) if ((used & (1 << r)) !== 0) this.local[r] = next++;
    const integers = next - GUEST;
    // Where registers are short, they are the guest's.
    this.bankInLocal = integers <= MOST_BESIDE_BANK;
    let floats = 0;
    if (this.usesFloat) {
      this.temporaries = next;
      floats = F64_TEMPORARIES;
      for (let r = 0; r < 32; r++) if ((floatUsed & (1 << r)) !== 0) this.float[r] = next + floats++;
      next += floats;
    }
    const keptLocals = next;
    if (this.linear) {
      this.windows.choose(
        (locals) => this.#stays() && integers + locals <= MOST_WITH_WINDOWS,
        (head, locals) => this.#hasRoom(head, locals),
      );
    }
    if (!this.linear) this.tables.choose(this.region, this.integers.writes);
    this.pages.place(
      (head, pages) => this.#hasRoom(head, 2 * pages),
      keptLocals,
      (offset) => this.tables.has(offset),
    );
    const kept = this.pages.locals;
    next += 2 * kept;
    let halves = 0;
    for (let r = 1; r < 32; r++) this.halfLocal[r] = (words & (1 << r)) !== 0 ? next + halves++ : 0;
    this.groupLocals = next + halves;
    this.tableLocals = this.groupLocals + MOST_GROUPS;
    const runs: [number, number][] = [
      [I32_LOCALS, W.TYPE_I32],
      [I64_LOCALS + integers, W.TYPE_I64],
      [floats, W.TYPE_F64],
      [kept, W.TYPE_I64],
      [kept + halves + MOST_GROUPS + this.tables.locals, W.TYPE_I32],
    ];
    if (this.usesSingle) {
      let single = this.tableLocals + this.tables.locals;
      this.singleResult = single++;
      for (let r = 0; r < 32; r++) if ((floatUsed & (1 << r)) !== 0) this.singleLocal[r] = single++;
      runs.push([single - this.singleResult, W.TYPE_F32]);
    }
    out.u32(runs.filter(([count]) => count > 0).length);
    for (const [count, type] of runs) {
      if (count === 0) continue;
      out.u32(count);
      out.u8(type);
    }
  }

  /** Has an innermost loop machine registers to spare for so many locals? One that a table leads to has no way in on which they could be loaded. */
  #hasRoom(head: number, locals: number): boolean {
    return (
      this.region.innermost[head] === 1 &&
      !this.region.cases.includes(head) &&
      !pressing(this.integers.used(head), locals)
    );
  }

  /** Has the region loops, and no calls of what lies elsewhere? */
  #stays(): boolean {
    const { region } = this;
    let loops = false;
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      if (region.ending[b] === E.ENDS_OUT) return false;
      loops ||= region.isLoop[b] === 1;
    }
    return loops;
  }

  /** Finds what each block does with registers, and which of them word operations write. */
  protected survey(): number {
    const region = this.region;
    this.usesFloat = false;
    this.usesSingle = false;
    this.pages.clear();
    this.windows.clear();
    this.groups.clear();
    this.tables.clear();
    let words = 0;
    let moves = 0;
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      this.block = b;
      this.integers.reads[b] = 0;
      this.integers.writes[b] = 0;
      this.floats.reads[b] = 0;
      this.floats.writes[b] = 0;
      this.signs.begin(b);
      this.pages.begin(region.loop[b]!);
      if (!this.linear) this.tables.begin(b);
      this.each(b, () => {
        this.#note();
        const { op, a, b: from } = this.operands;
        if (writesWord(op) && a < 32) words |= 1 << a;
        if (E.plain(op) === S.S_MV && (words & (1 << from)) !== 0 && a < 32) moves |= 1 << a;
      });
      if (region.ending[b] !== E.ENDS_NEXT && region.ending[b] !== E.ENDS_SLOW && b !== region.dispatch) {
        this.read(region.end[b]!);
        this.#note();
      }
    }
    this.integers.solve(region);
    this.floats.solve(region);
    this.signs.solve(region);
    return (words | moves) & ~1;
  }

  #note(): void {
    const { op, a, b, imm } = this.operands;
    const block = this.block;
    const effects = this.effects;
    effects.of(op, a, b, imm);
    this.pages.note(this.current, op, b, imm, effects);
    this.windows.note(this.region.loop[block]!, op);
    if (!this.linear) this.tables.note(this.current, op, b, imm, effects.writes);
    if (effects.float) this.usesFloat = true;
    if (op === S.S_FP && isSingle(imm >>> 16)) this.usesSingle = true;
    if (effects.writes !== 0) this.signs.note(block, op, 31 - Math.clz32(effects.writes), b, imm);
    this.integers.reads[block]! |= effects.reads & ~this.integers.writes[block]!;
    this.integers.writes[block]! |= effects.writes;
    this.floats.reads[block]! |= effects.floatReads & ~this.floats.writes[block]!;
    this.floats.writes[block]! |= effects.floatWrites;
  }
}
