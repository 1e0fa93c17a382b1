// Which registers matter where in a region: liveness, and which are newer in their locals than in memory, as bit sets over one register file.
//
// A register is loaded on entry only if it may be read before it is written, and written back where the region is left. What no block reads
// any more goes to memory at the latest where a loop begins anew, so that loops carry in locals only what they live on.
// Appel, "Modern Compiler Implementation in C", chapter 10 (liveness analysis).

import { ENDS_OUT, MAX_BLOCKS, NO_MORE } from './endings.js';
import type { Region } from './region.js';

/** The registers of one file in the blocks of a region. */
export class Flow {
  /** Per block: read before written in it, and written in it. */
  readonly reads = new Int32Array(MAX_BLOCKS);
  readonly writes = new Int32Array(MAX_BLOCKS);
  /** Per block: what is read in it or behind it before being written. */
  readonly live = new Int32Array(MAX_BLOCKS);
  /** Per block: what may be newer in its local than in memory where it begins. All of them have their values in locals there. */
  readonly dirty = new Int32Array(MAX_BLOCKS);
  /** Per block: which may be in locals where it begins, on an innermost loop those that the loop uses; the others are in memory. */
  readonly resident = new Int32Array(MAX_BLOCKS);
  /** Per head of an innermost loop that is short of no locals: those that it uses, which stay in them from turn to turn, live or not. */
  readonly #carried = new Int32Array(MAX_BLOCKS);
  readonly #some = new Int32Array(MAX_BLOCKS);
  readonly #every = new Int32Array(MAX_BLOCKS);

  /** Solves for a region whose `reads` and `writes` are filled in. */
  solve(region: Region): void {
    this.#solveLive(region);
    this.#choose(region);
    this.#narrow(region);
    this.#solveDirty(region);
  }

  /** Registers that have their values in locals where a block that is reached in several ways begins. */
  valid(b: number): number {
    return (this.live[b]! | this.dirty[b]!) & this.resident[b]!;
  }

  /** Registers that go to memory at the end of a block, wherever it leads or back to where a loop begins. */
  leaving(region: Region, b: number): number {
    if (region.ending[b] === ENDS_OUT) return -1;
    let leaving = 0;
    let only = true;
    for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
      if (e > 0 && to >= 0) only = false;
    }
    for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
      if (!region.stays(b, to)) continue;
      if (region.isLoop[to] === 1 || (only && region.joins[to]! >= 2)) leaving |= ~this.dirty[to]!;
    }
    const on = this.#goesOn(region, b);
    return on < 0 ? leaving : leaving | (this.leaving(region, on) & ~this.writes[on]!);
  }

  /** The block that a loop goes on with behind this one, if there is one only and it is reached from here alone; -1 if not. */
  #goesOn(region: Region, b: number): number {
    let on = -1;
    const head = region.loop[b]!;
    if (head < 0) return -1;
    for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
      if (!region.stays(b, to) || region.loop[to] !== head) continue;
      if (on >= 0 || to === head || region.isLoop[to] === 1 || region.joins[to]! >= 2) return -1;
      on = to;
    }
    return on;
  }

  /** Registers that an innermost loop has in locals because it uses them. */
  used(head: number): number {
    return this.#carried[head] || this.resident[head]!;
  }

  // Compilers to machine code have few registers, and spend them on what lives through a loop as well.
  #choose(region: Region): void {
    const { resident } = this;
    const carried = this.#carried.fill(0);
    resident.fill(0);
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      const head = region.loop[b]!;
      if (head >= 0) resident[head]! |= this.reads[b]! | this.writes[b]!;
    }
    for (let i = region.blocks - 1; i >= 0; i--) {
      const b = region.order[i]!;
      const head = region.loop[b]!;
      const inner = head >= 0 && region.innermost[head] === 1;
      const presses = inner && pressing(resident[head]! | this.live[head]!);
      if (b === head && inner && !presses) carried[b] = resident[b]!;
      resident[b] = presses ? resident[head]! : -1;
    }
  }

  // Where many registers are live, a block that is reached in several ways has in locals what all ways there have, and what is read behind it in any case;
  // the rest is loaded where it is wanted. Innermost loops have what they use.
  #narrow(region: Region): void {
    const { reads, writes, resident } = this;
    const surely = this.#some.fill(0);
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = region.blocks - 1; i >= 0; i--) {
        const b = region.order[i]!;
        let after = region.ending[b] === ENDS_OUT || region.successor(b, 0) === NO_MORE ? 0 : -1;
        for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
          after &= region.stays(b, to) ? surely[to]! : 0;
        }
        const now = reads[b]! | (after & ~writes[b]!);
        if (now === surely[b]) continue;
        surely[b] = now;
        changed = true;
      }
    }
    const there = this.#every.fill(-1);
    there[region.order[0]!] = 0;
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = 0; i < region.blocks; i++) {
        const b = region.order[i]!;
        const out = region.ending[b] === ENDS_OUT ? 0 : this.#begins(region, b) | reads[b]! | writes[b]!;
        for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
          if (!region.stays(b, to) || (there[to]! & ~out) === 0) continue;
          there[to]! &= out;
          changed = true;
        }
      }
    }
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      if (this.#selects(region, b)) resident[b]! &= there[b]! | surely[b]!;
    }
  }

  /** Is it a block that has in locals only some of what is live? */
  #selects(region: Region, b: number): boolean {
    const head = region.loop[b]!;
    if (region.joins[b]! < 2 && region.isLoop[b] === 0 && region.rank[b] !== 0) return false;
    return pressing(this.live[b]!) && !(head >= 0 && region.innermost[head] === 1);
  }

  /** What is in locals where a block begins, by what is so far taken to be there on all ways. */
  #begins(region: Region, b: number): number {
    const there = this.#every[b]!;
    if (this.#selects(region, b)) return this.live[b]! & this.resident[b]! & (there | this.#some[b]!);
    const one = region.joins[b]! < 2 && region.isLoop[b] === 0 && region.rank[b] !== 0;
    return one ? there : this.live[b]! & this.resident[b]!;
  }

  #solveLive(region: Region): void {
    const { live, reads, writes } = this;
    live.fill(0);
    for (let changed = true; changed; ) {
      changed = false;
      for (let i = region.blocks - 1; i >= 0; i--) {
        const b = region.order[i]!;
        let after = 0;
        for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
          // What calls out has its registers in memory, and loads them again.
          if (region.stays(b, to) && region.ending[b] !== ENDS_OUT) after |= live[to]!;
        }
        const now = reads[b]! | (after & ~writes[b]!);
        if (now === live[b]) continue;
        live[b] = now;
        changed = true;
      }
    }
  }

  // At a loop's head only what is live, or carried, may be dirty; elsewhere also what is dirty on all ways there. In reverse postorder everything but loops is
  // known when it is needed, so that the loop below ends after a few passes.
  #solveDirty(region: Region): void {
    const { dirty, live, resident, writes } = this;
    const some = this.#some.fill(0);
    const every = this.#every;
    dirty.fill(0);
    for (let changed = true; changed; ) {
      changed = false;
      every.fill(-1);
      every[region.order[0]!] = 0;
      for (let i = 0; i < region.blocks; i++) {
        const b = region.order[i]!;
        const allowed = live[b]! | (region.isLoop[b] === 1 ? this.#carried[b]! : every[b]!);
        const now = some[b]! & allowed & resident[b]!;
        if (now !== dirty[b]) {
          dirty[b] = now;
          changed = true;
        }
        const out = region.ending[b] === ENDS_OUT ? 0 : now | writes[b]!;
        for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
          if (!region.stays(b, to)) continue;
          some[to]! |= out;
          every[to]! &= out;
        }
      }
    }
  }
}

/** More registers than machines give to code, beside so many other values? */
export function pressing(registers: number, others = 0): boolean {
  let count = others;
  for (let rest = registers; rest !== 0; rest &= rest - 1) count++;
  return count > 9;
}
