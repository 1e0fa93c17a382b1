// Lockstep: two configurations run the same guest, and their harts must agree at every exit and every so many instructions. The first point
// at which they do not is narrowed down by running again with shorter steps, and reported with the code that ran there.
//
// The guests must be deterministic (`VmConfig.deterministic`) and run on this thread (`threads: false`). One runs after the other: of
// the first only a trail of hashes is kept, so that hundreds of millions of instructions fit.
import {
  EXIT_BUDGET,
  EXIT_OUTER_FAULT,
  EXIT_PRIV,
  EXIT_TRAP,
  FP_STATE,
  INSTRET,
  IRQ_LINES,
  PC,
  STAT_TRAPS,
  X_SINK,
} from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { csrTable, disassemble, fprNames, gprNames } from '../isa/index.js';
import type { Host, Register, VCpu, Vm } from '../vmm/index.js';
import { StateHash } from '../vmm/snapshot/hash.js';
import { hashMemory } from '../vmm/snapshot/memory.js';

/** A guest about to start. */
export interface LockstepGuest {
  /** Its host, used by nobody else. */
  readonly host: Host;
  /** The guest, not yet started. */
  readonly vm: Vm;
}

/** One of two configurations. */
export interface LockstepSide {
  /** For reports. */
  readonly name: string;
  /** Makes the guest anew, each time the same. */
  start(): Promise<LockstepGuest>;
}

/** How two configurations are compared: how often, how far, and what they differ in. */
export interface LockstepOptions {
  /** How far to go, over all harts; to the guest's end by default. */
  readonly instructions?: number;
  /** Instructions between two comparisons, at most; 65,536 by default. */
  readonly every?: number;
  /** Told now and then how many instructions agree so far. */
  readonly onProgress?: (instructions: number) => void;
}

/** How the two sides compare. */
export interface LockstepResult {
  /** Instructions and traps that both did alike. */
  readonly instructions: number;
  /** Points at which they were compared. */
  readonly points: number;
  /** Where they first differ; undefined if they never do. */
  readonly divergence: Divergence | undefined;
}

/** The first difference. */
export interface Divergence {
  /** The hart they differ on. */
  readonly hart: number;
  /** They agree after so many instructions and traps, and do not after so many. */
  readonly agree: number;
  /** See `agree`. */
  readonly differ: number;
  /** What differs, and what each side has. */
  readonly differences: readonly { readonly what: string; readonly values: readonly [string, string] }[];
  /** What the first side ran in between, disassembled; the last ones if they are many. */
  readonly code: readonly string[];
}

const EVERY = 65_536;
/** Instructions shown of a stretch that cannot be made shorter. */
const SHOWN = 400;
/** Each time it is run again, steps are so many times shorter. */
const FINER = 16;

/**
 * Runs the guest of `a`, then that of `b`, and compares them.
 *
 * @example
 * ```ts
 * const side = (jit: 'off' | 'on') => ({ name: `jit ${jit}`, start: () => debianGuest({ jit }) });
 * const { divergence } = await lockstep(side('off'), side('on'), { instructions: 200e6 });
 * if (divergence !== undefined) console.log(divergenceText(divergence));
 * ```
 */
export async function lockstep(
  a: LockstepSide,
  b: LockstepSide,
  options: LockstepOptions = {},
): Promise<LockstepResult> {
  const { instructions = Number.POSITIVE_INFINITY, onProgress } = options;
  const grid: Grid = { every: options.every ?? EVERY, from: Number.POSITIVE_INFINITY, step: 1, until: instructions };
  let found = await compare(a, b, grid, onProgress);
  const { agree, points } = found;
  if (found.differ === undefined) return { instructions: agree, points, divergence: undefined };
  for (let step = Math.ceil(grid.every / FINER); found.differ! - found.agree > 1; step = Math.ceil(step / FINER)) {
    const finer = await compare(a, b, { ...grid, from: found.agree, step, until: found.differ! + grid.every });
    // Shorter steps are other code paths: where the difference goes away, the longer ones have to do.
    if (finer.differ === undefined || finer.differ > found.differ!) break;
    found = finer;
    if (step === 1) break;
  }
  return { instructions: agree, points, divergence: await examine(a, b, found) };
}

/** A divergence for people. */
export function divergenceText({ hart, agree, differ, differences, code }: Divergence): string {
  const lines = [`hart ${hart}: alike after ${agree} instructions and traps, not after ${differ}`];
  for (const { what, values } of differences) lines.push(`  ${what}: ${values[0]} and ${values[1]}`);
  return [...lines, 'code:', ...code.map((line) => `  ${line}`)].join('\n');
}

/** Where comparisons are made: every `every`, and behind `from` every `step`. */
interface Grid {
  readonly every: number;
  readonly from: number;
  readonly step: number;
  readonly until: number;
}

interface Found {
  readonly grid: Grid;
  readonly agree: number;
  readonly differ: number | undefined;
  readonly points: number;
}

/** Goes along with a guest; called at every point. Returns whether to go on. */
type Watch = (point: { readonly vcpu: VCpu; readonly total: number; readonly hash: number }) => boolean;

async function compare(a: LockstepSide, b: LockstepSide, grid: Grid, onProgress?: (n: number) => void): Promise<Found> {
  const totals: number[] = [];
  const hashes: number[] = [];
  const last = await follow(a, grid, ({ total, hash }) => {
    totals.push(total);
    hashes.push(hash);
    return true;
  });
  let at = 0;
  let differ: number | undefined;
  const end = await follow(b, grid, ({ total, hash }) => {
    if (totals[at] !== total || hashes[at] !== hash) {
      differ = Math.min(total, totals[at] ?? total);
      return false;
    }
    if ((at++ & 1023) === 0) onProgress?.(total);
    return true;
  });
  const agree = at === 0 ? 0 : totals[at - 1]!;
  if (differ === undefined && at < totals.length) differ = totals[at]!;
  if (differ === undefined && grid.from === Number.POSITIVE_INFINITY && last !== end) {
    throw new Error(`the harts agree in ${agree} instructions, but memory does not`);
  }
  return { grid, agree, differ, points: at };
}

/** Runs a guest along a grid; a hash of its memory at the end. */
async function follow(
  side: LockstepSide,
  grid: Grid,
  watch: Watch,
  before?: (vcpu: VCpu, total: number) => void,
): Promise<string> {
  const { host, vm } = await side.start();
  let over!: () => void;
  const stopped = new Promise<void>((resolve) => {
    over = resolve;
  });
  const byArea = new Map(vm.vcpus.map((vcpu) => [vcpu.area, vcpu]));
  const { engine } = host;
  const run = engine.run.bind(engine);
  const words = new Int32Array(engine.memory.buffer);
  let total = 0;
  let stop = false;
  let memory: string | undefined;
  engine.run = (x, budget) => {
    for (let left = budget; ; ) {
      if (stop) return EXIT_BUDGET;
      const fine = total >= grid.from;
      const most = fine ? grid.step : Math.min(grid.every, grid.from - total);
      const vcpu = byArea.get(x)!;
      before?.(vcpu, total);
      const began = progress(engine, x);
      const reason = run(x, Math.min(most, left || most));
      const did = progress(engine, x) - began;
      total += did;
      if (!watch({ vcpu, total, hash: hashOf(words, x, reason) }) || total >= grid.until) {
        stop = true;
        memory = memoryHash(host, vm);
        over();
      }
      if (reason !== EXIT_BUDGET) return reason;
      if (budget > 0 && (left -= did) <= 0) return reason;
    }
  };
  try {
    await Promise.race([vm.run(), stopped]);
    stop = true;
    return memory ?? memoryHash(host, vm);
  } finally {
    await vm[Symbol.asyncDispose]();
  }
}

function memoryHash(host: Host, vm: Vm): string {
  const hash = new StateHash();
  hashMemory(hash, host, vm.nestedPageTable);
  return hash.hex();
}

/** What a budget counts: instructions retired and traps taken. */
function progress({ view }: Engine, x: number): number {
  return Number(view.getBigUint64(x + INSTRET, true)) + Number(view.getBigUint64(x + STAT_TRAPS, true));
}

/** A hash of a hart's registers and CSRs, and of its exit record if there is one. */
function hashOf(words: Int32Array, x: number, reason: number): number {
  let hash = reason;
  const take = (from: number, to: number) => {
    for (let i = (x + from) >>> 2; i < (x + to) >>> 2; i++)
      hash = Math.imul(hash ^ words[i]! ^ (hash >>> 15), 0x01000193);
  };
  take(0, 8 * X_SINK);
  take(PC, IRQ_LINES);
  if (reason === EXIT_TRAP || reason === EXIT_OUTER_FAULT) take(EXIT_PRIV, FP_STATE);
  return hash;
}

/** Both sides once more: what differs, and what the first one ran. */
async function examine(a: LockstepSide, b: LockstepSide, { grid, agree, differ }: Found): Promise<Divergence> {
  const states: Map<string, string>[] = [];
  let hart = 0;
  for (const side of [a, b]) {
    await follow(side, grid, ({ vcpu, total }) => {
      if (total < differ!) return true;
      hart = vcpu.id;
      states.push(stateOf(vcpu));
      return false;
    });
  }
  const [first, second] = states;
  const differences = [...(first ?? [])]
    .filter(([what, value]) => second !== undefined && second.get(what) !== value)
    .map(([what, value]) => ({ what, values: [value, second!.get(what)!] as const }));
  if (second === undefined) differences.push({ what: 'the second guest', values: ['went on', 'ended'] });
  const code: string[] = [];
  const steps = { ...grid, from: agree, step: 1, until: differ! };
  await follow(
    a,
    steps,
    () => true,
    (vcpu, total) => {
      if (total < agree || total >= differ!) return;
      const pc = vcpu.read('pc');
      const bits = vcpu.fetchInstruction();
      code.push(`${pc.toString(16)}: ${bits === undefined ? '?' : disassemble(bits, pc, { aliases: true })}`);
      if (code.length > SHOWN) code.shift();
    },
  );
  return { hart, agree, differ: differ!, differences, code };
}

function stateOf(vcpu: VCpu): Map<string, string> {
  const names: Register[] = ['pc', ...gprNames, ...fprNames, ...csrTable.map(({ name }) => name)];
  return new Map(names.map((name) => [name, `0x${vcpu.read(name).toString(16)}`]));
}
