// The loops of a region: natural loops by their heads, and nests that share a head.
//
// Hot code is often met in its innermost loop first, whose head then is the head of the loops around it as well: the jumps back of all of them lead
// there. A block of no instructions before the head takes those of the outer ones, and the nest is what it was.
// Aho, Lam, Sethi, Ullman, "Compilers", 2nd ed., 9.6.6 (natural loops).

import {
  ENDS_BRANCH,
  ENDS_BRANCH_FAR,
  ENDS_CALL,
  ENDS_INDIRECT,
  ENDS_JUMP,
  ENDS_NEXT,
  MAX_BLOCKS,
  NO_MORE,
} from './endings.js';

/** The blocks of a region and their edges. */
export interface Graph {
  readonly order: Int32Array;
  readonly rank: Int32Array;
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly size: Int32Array;
  readonly ending: Uint8Array;
  readonly taken: Int32Array;
  readonly next: Int32Array;
  readonly loop: Int32Array;
  readonly innermost: Uint8Array;
  readonly returns: readonly number[];
  readonly cases: readonly number[];
  readonly blocks: number;
  count: number;
  entry: number;
  longest: number;
  successor(b: number, i: number): number;
  stays(from: number, to: number): boolean;
  streams(b: number): boolean;
  moves(b: number): number;
}

export class Loops {
  readonly #firstPredecessor = new Int32Array(MAX_BLOCKS + 1);
  #predecessors = new Int32Array(4 * MAX_BLOCKS);
  readonly #body = new Uint8Array(MAX_BLOCKS);
  /** Per head: that of the loop around. */
  readonly #around = new Int32Array(MAX_BLOCKS);
  readonly #sources: number[] = [];
  readonly #stack: number[] = [];

  /** Fills in `loop` and `innermost` of a region whose blocks are ranked and dominated. */
  find(region: Graph): void {
    const { loop, innermost, order, rank } = region;
    loop.fill(-1);
    innermost.fill(1);
    this.#link(region);
    // In reverse postorder a loop's head comes after those of the loops around it, so that the innermost one is noted last.
    for (let i = 0; i < region.blocks; i++) {
      const head = order[i]!;
      this.#findSources(region, head);
      if (this.#sources.length === 0) continue;
      this.#findBody(head, this.#sources);
      const around = loop[head]!;
      this.#around[head] = around;
      if (around >= 0) innermost[around] = 0;
      for (let k = rank[head]!; k < region.blocks; k++) if (this.#body[order[k]!] === 1) loop[order[k]!] = head;
    }
  }

  /** The head of the loop around the one with this head, -1 if there is none. Of the region that loops were last found in. */
  around(head: number): number {
    return this.#around[head]!;
  }

  /** Is block `b` in the loop with this head? Likewise. */
  has({ loop }: { readonly loop: Int32Array }, head: number, b: number): boolean {
    for (let at = loop[b]!; at >= 0; at = this.#around[at]!) if (at === head) return true;
    return false;
  }

  /** Takes nests that share a head apart; whether there were any, and blocks must be ranked again. */
  split(region: Graph): boolean {
    this.#link(region);
    let any = false;
    const { blocks } = region;
    for (let i = 0; i < blocks; i++) {
      const head = region.order[i]!;
      if (region.count === MAX_BLOCKS || region.returns.includes(head) || region.cases.includes(head)) continue;
      this.#findSources(region, head);
      if (this.#sources.length < 2) continue;
      const inner = this.#innerOf(head);
      if (inner < 0) continue;
      this.#divide(region, head, inner);
      any = true;
    }
    return any;
  }

  /**
   * Writes the bodies of short innermost loops several times, one after the other: what is done once a turn (the look at the budget, V8's own at its
   * stack, the registers that go to memory or to others) is done once for all of them. Only of loops that the region was met in, for those run long, or that step
   * through memory, since what is written has to be compiled. Whether there were any, and blocks must be ranked again.
   */
  unroll(region: Graph): boolean {
    this.#link(region);
    let any = false;
    const { blocks } = region;
    for (let i = 0; i < blocks; i++) {
      const head = region.order[i]!;
      if (region.innermost[head] !== 1) continue;
      this.#findSources(region, head);
      if (this.#sources.length !== 1) continue;
      this.#findBody(head, this.#sources);
      const body: number[] = [];
      let size = 0;
      for (let k = region.rank[head]!; k < blocks; k++) {
        const b = region.order[k]!;
        if (this.#body[b] !== 1) continue;
        body.push(b);
        size += region.size[b]!;
      }
      const turns = turnsOf(size, () => body.reduce((sum, b) => sum + region.moves(b), 0) >= HANDS_ON);
      const met = body.some((b) => region.start[b] === region.start[region.entry]);
      if (turns < 2 || !(met || body.some((b) => region.streams(b)))) continue;
      if (region.count + (turns - 1) * body.length > MAX_BLOCKS) continue;
      if (body.some((b) => !repeats(region.ending[b]!) || region.returns.includes(b) || region.cases.includes(b)))
        continue;
      this.#repeat(region, head, body, turns);
      region.longest += (turns - 1) * size;
      any = true;
    }
    return any;
  }

  #repeat(region: Graph, head: number, body: readonly number[], turns: number): void {
    const first = region.count;
    const copy = (turn: number, b: number): number => {
      const at = body.indexOf(b);
      return at < 0 ? b : first + (turn - 1) * body.length + at;
    };
    for (let turn = 1; turn < turns; turn++) {
      const goOn = (to: number): number => {
        if (to !== head) return copy(turn, to);
        return turn === turns - 1 ? head : copy(turn + 1, head);
      };
      for (const b of body) {
        const c = region.count++;
        region.start[c] = region.start[b]!;
        region.end[c] = region.end[b]!;
        region.size[c] = region.size[b]!;
        region.ending[c] = region.ending[b]!;
        region.taken[c] = goOn(region.taken[b]!);
        region.next[c] = goOn(region.next[b]!);
      }
    }
    for (const b of body) {
      if (region.taken[b] === head) region.taken[b] = copy(1, head);
      if (region.next[b] === head) region.next[b] = copy(1, head);
    }
  }

  /** The jump back of the inner loop: one that lies on all of the others, -1 if there is none. */
  #innerOf(head: number): number {
    const sources = [...this.#sources];
    for (const inner of sources) {
      const inside = sources.every((source) => {
        if (source === inner) return true;
        this.#findBody(head, [source]);
        return this.#body[inner] === 1;
      });
      if (inside) return inner;
    }
    return -1;
  }

  #divide(region: Graph, head: number, inner: number): void {
    const outer = region.count++;
    region.start[outer] = region.start[head]!;
    region.end[outer] = region.start[head]!;
    region.size[outer] = 0;
    region.ending[outer] = ENDS_NEXT;
    region.taken[outer] = -1;
    for (let b = 0; b < outer; b++) {
      if (b === inner) continue;
      if (region.taken[b] === head) region.taken[b] = outer;
      if (region.next[b] === head) region.next[b] = outer;
    }
    region.next[outer] = head;
    if (region.entry === head) region.entry = outer;
  }

  #link(region: Graph): void {
    const first = this.#firstPredecessor.fill(0);
    let edges = 0;
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
        if (to < 0 || !region.stays(b, to)) continue;
        first[to]!++;
        edges++;
      }
    }
    if (edges > this.#predecessors.length) this.#predecessors = new Int32Array(2 * edges);
    for (let b = 0, at = 0; b <= MAX_BLOCKS; b++) {
      at += first[b]!;
      first[b] = at;
    }
    for (let i = 0; i < region.blocks; i++) {
      const b = region.order[i]!;
      for (let e = 0, to = region.successor(b, 0); to !== NO_MORE; to = region.successor(b, ++e)) {
        if (to >= 0 && region.stays(b, to)) this.#predecessors[--first[to]!] = b;
      }
    }
  }

  /** The blocks that jump back to `head`, other than by a call or return. */
  #findSources(region: Graph, head: number): void {
    this.#sources.length = 0;
    for (let p = this.#firstPredecessor[head]!; p < this.#firstPredecessor[head + 1]!; p++) {
      const b = this.#predecessors[p]!;
      const ending = region.ending[b]!;
      if (region.rank[b]! < region.rank[head]! || ending === ENDS_CALL || ending === ENDS_INDIRECT) continue;
      if (!this.#sources.includes(b)) this.#sources.push(b);
    }
  }

  /** What reaches one of the sources without passing the head. */
  #findBody(head: number, sources: readonly number[]): void {
    const body = this.#body.fill(0);
    const stack = this.#stack;
    body[head] = 1;
    stack.length = 0;
    for (const source of sources) {
      if (body[source] === 1) continue;
      body[source] = 1;
      stack.push(source);
    }
    for (let b = stack.pop(); b !== undefined; b = stack.pop()) {
      for (let p = this.#firstPredecessor[b]!; p < this.#firstPredecessor[b + 1]!; p++) {
        const from = this.#predecessors[p]!;
        if (body[from] === 1) continue;
        body[from] = 1;
        stack.push(from);
      }
    }
  }
}

/** From so many moves between registers on a loop hands on what it has from one register to the next, as rounds of SHA-2 do. */
const HANDS_ON = 4;
/** Instructions of such a loop at most, for it to be written several times. */
const MOST_HANDED = 96;

/**
 * How often the body of a loop of so many instructions is written: longer ones gain less, and V8 runs out of registers for them. But what is handed on
 * from register to register V8, which has fewer of them than a guest, copies about on its stack at the end of each turn; inside of a longer body it has a new name only.
 */
function turnsOf(size: number, handsOn: () => boolean): number {
  if (size <= 8) return 4;
  if (size <= MOST_HANDED && handsOn()) return 4;
  return size <= 24 ? 2 : 1;
}

/** May a block that ends so be written again? Jumps through tables and calls name their targets once. */
function repeats(ending: number): boolean {
  return ending === ENDS_NEXT || ending === ENDS_BRANCH || ending === ENDS_BRANCH_FAR || ending === ENDS_JUMP;
}
