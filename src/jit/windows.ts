// Accesses where memory is linear (linear.ts): an address is compared with the bounds of a window (engine/hart/windows.ts), and only one that lies
// outside is looked for in the TLB. Such an address is noted, for the engine to open the window on it.
//
// The bounds and the base are in the vCPU's area; innermost loops that have locals to spare have them there while they run. A window changes between two entries
// of the engine into translated code only, but for what another hart takes from it, which waits for this one's next safepoint.

import * as L from '../engine/hart/layout.js';
import type { Code } from './code.js';
import { MAX_BLOCKS } from './endings.js';
import { LOAD_BASE, LOAD_LOW, LOAD_SPAN, STORE_BASE, STORE_LOW, STORE_SPAN, TAG, VA, WITHIN, X } from './locals.js';
import { accessOf } from './operands.js';
import * as W from './wasm.js';

/** Locals that a window takes. */
const LOCALS = 3;
const LOADS = 1;
const STORES = 2;

/** A window: bit of its kind, where it is in the vCPU's area, its locals. */
interface Window {
  readonly kind: number;
  readonly area: number;
  readonly low: number;
  readonly span: number;
  readonly base: number;
}

const FOR_LOADS: Window = { kind: LOADS, area: L.WINDOWS, low: LOAD_LOW, span: LOAD_SPAN, base: LOAD_BASE };
const FOR_STORES: Window = {
  kind: STORES,
  area: L.WINDOWS + L.WINDOW_BYTES,
  low: STORE_LOW,
  span: STORE_SPAN,
  base: STORE_BASE,
};

const BOTH = [FOR_LOADS, FOR_STORES];

/** Which loops of a region have windows in locals. */
export class LoopWindows {
  /** Per head of a loop: does the loop load, does it store; once chosen, which windows it has in locals. */
  readonly #kinds = new Uint8Array(MAX_BLOCKS);
  /** The windows that all of the region has in locals. */
  #everywhere = 0;
  #all = 0;

  clear(): void {
    this.#kinds.fill(0);
    this.#everywhere = 0;
    this.#all = 0;
  }

  /** Notes an operation of the loop with this head, -1 for none. */
  note(head: number, op: number): void {
    const access = accessOf(op);
    if (access === 0) return;
    const kind = access > 15 ? STORES : LOADS;
    this.#all |= kind;
    if (head >= 0) this.#kinds[head]! |= kind;
  }

  /**
   * Chooses them by who has so many locals to spare.
   * @param everywhere all of the region
   * @param inLoop the loop with a head
   */
  choose(everywhere: (locals: number) => boolean, inLoop: (head: number, locals: number) => boolean): void {
    const kinds = this.#kinds;
    if (everywhere(localsOf(this.#all))) this.#everywhere = this.#all;
    for (let head = 0; head < MAX_BLOCKS; head++) {
      if (kinds[head] !== 0 && (this.#everywhere !== 0 || !inLoop(head, localsOf(kinds[head]!)))) kinds[head] = 0;
    }
  }

  /** Has the loop with this head, -1 for none, a window in locals? */
  inLocals(head: number, stores: boolean): boolean {
    const kinds = head >= 0 ? this.#everywhere | this.#kinds[head]! : this.#everywhere;
    return (kinds & (stores ? STORES : LOADS)) !== 0;
  }

  /** The kinds of the windows whose locals are loaded on a way into this loop, or where the region is entered. */
  loaded(head: number, entry: boolean): number {
    return (head >= 0 ? this.#kinds[head]! : 0) | (entry ? this.#everywhere : 0);
  }
}

function localsOf(kinds: number): number {
  return kinds === (LOADS | STORES) ? 2 * LOCALS : kinds === 0 ? 0 : LOCALS;
}

/** Loads the locals of the windows of these kinds. */
export function loadWindows(c: Code, kinds: number): void {
  for (const { kind, area, low, span, base } of BOTH) {
    if ((kinds & kind) === 0) continue;
    field(c, W.I64_LOAD, area + L.WINDOW_LOW);
    c.set(low);
    field(c, W.I64_LOAD, area + L.WINDOW_LONG);
    c.set(span);
    field(c, W.I32_LOAD, area + L.WINDOW_BASE);
    c.set(base);
  }
}

function field(c: Code, load: number, offset: number): void {
  c.get(X);
  c.memory(load, offset);
}

/**
 * Takes an address from the stack, and opens the arm of those that lie outside of the window, where VA holds it. Of an access, or for `long` of a group.
 * In the other arm {@link inWindow} pushes its host address.
 */
export function outsideWindow(c: Code, stores: boolean, long: boolean): void {
  const { area, low, span } = stores ? FOR_STORES : FOR_LOADS;
  const inLocals = c.windowInLocals(stores);
  if (inLocals) c.get(low);
  else {
    field(c, W.I64_LOAD, area + L.WINDOW_LOW);
    c.tee(VA);
  }
  c.op(W.I64_SUB);
  c.tee(WITHIN);
  if (inLocals) c.get(span);
  else {
    field(c, W.I64_LOAD, area + (long ? L.WINDOW_LONG : L.WINDOW_SPAN));
    c.tee(TAG);
  }
  c.op(W.I64_GE_U);
  c.beginUnlikely();
  if (!inLocals) useTag(c);
  c.get(X);
  c.get(WITHIN);
  c.get(inLocals ? low : VA);
  c.op(W.I64_ADD);
  c.tee(VA);
  c.memory(W.I64_STORE, area + L.WINDOW_MISSED);
}

/**
 * Stores the tag that was compared, where nobody reads it: V8 compares a value that is used once with memory in place, and loads it beforehand as
 * well. For arms only.
 */
export function useTag(c: Code): void {
  c.get(X);
  c.get(TAG);
  c.memory(W.I64_STORE, L.JIT_SCRATCH);
}

/** Pushes the host address of what lies in the window. */
export function inWindow(c: Code, stores: boolean): void {
  const { area, base } = stores ? FOR_STORES : FOR_LOADS;
  c.get(WITHIN);
  c.op(W.I32_WRAP_I64);
  if (c.windowInLocals(stores)) c.get(base);
  else field(c, W.I32_LOAD, area + L.WINDOW_BASE);
  c.op(W.I32_ADD);
}
