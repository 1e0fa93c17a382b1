// The engine as TypeScript sees it: an instance of the WebAssembly module over one shared linear memory.
//
// Everything a hart is lies in that memory at the offsets of hart/layout.ts; an Engine adds nothing of its own, so any number of
// instances (one per worker) may share a memory. 64-bit values cross the boundary as bigint, which is slow: not on hot paths.

import { HypercraftError } from '../isa/error.js';
import {
  DECODED_PAGES,
  DECODED_STRIDE,
  EXIT_HOT,
  HEAD_BYTES,
  JIT_PORT,
  JIT_SEAT,
  MAX_REALMS,
  MEMORY_PAGES,
  PAGE_FLAGS,
  REALM_AREA,
  REALM_CLEARED,
  REALM_DECODED,
  REALM_DECODED_FREE,
  REALM_DECODED_OWNER,
  REALM_DECODED_USED,
  REALM_HEADS,
  REALM_HOT_COUNT,
  REALM_PAGES,
  REALM_STRIDE,
  REQUEST_FLUSH,
  REQUESTS,
  RUN_LEFT,
} from './hart/layout.js';

interface EngineExports {
  vcpuInit(x: number): void;
  setFeatures(x: number, first: bigint, second: bigint): void;
  supportedFeatures(word: number): bigint;
  run(x: number, budget: number): number;
  csrRead(x: number, csr: number): bigint;
  csrWrite(x: number, csr: number, value: bigint): void;
  flushTlb(x: number): void;
  fenceHart(x: number, kind: number, first: bigint, pages: number, asid: number, vmid: number): void;
  requestFence(x: number, kind: number, first: bigint, pages: number, asid: number, vmid: number): void;
  sweepHostPage(page: number): void;
  dropHostPage(x: number, page: number): void;
  holdPages(page: number, count: number): void;
  shareTable(from: number, to: number): void;
  invalidateCode(hpa: number, bytes: number): void;
  translateFor(x: number, va: bigint, access: number): number;
  plicSetLevel(vm: number, source: number, level: number): void;
  lineSet(x: number, mask: number, on: number): void;
  pendingInterrupt(x: number): number;
  wakePending(x: number): number;
  wrsOver(x: number): number;
  now(x: number): bigint;
  nextDeadline(x: number): bigint;
  updateTimers(x: number, time: bigint): void;
  injectTrap(x: number, cause: bigint, tval: bigint, guestAddress: number): number;
  decodeAcross(base: number, half: number, bytes: number): void;
  decodeAt(base: number, offset: number, bytes: number): void;
  decodeRange(from: number, to: number): void;
  layDesk(desk: number, page: number): void;
  installRegion(region: number, hpa: number, index: number, size: number, seat: number): number;
  removeRegion(region: number): void;
  table: WebAssembly.Table;
  fpExecute: WebAssembly.ExportValue;
  f64Fma: WebAssembly.ExportValue;
  findCall: WebAssembly.ExportValue;
  access: WebAssembly.ExportValue;
}

/** The kinds of access {@link Engine.translate} knows. */
export type AccessKind = 'fetch' | 'load' | 'store';

/** Which cached translations of a vCPU a fence is about, as {@link Engine.fence} performs it. */
export interface Fence {
  /** Those of a hart that is no guest's, of a guest's own tables, or of what lies under a guest. */
  readonly of: 'supervisor' | 'guest' | 'guest-physical';
  /** Of whole pages; the whole address space without it. */
  readonly range?: { readonly start: bigint; readonly size: bigint } | undefined;
  /** Of this address space only. */
  readonly asid?: number | undefined;
  /** Of this guest only; without it a guest's own tables are those of the one that the vCPU runs, and `guest-physical` means all. */
  readonly vmid?: number | undefined;
}

/** As hart/remote-fence.ts numbers them. */
const FENCE_KINDS = { supervisor: 0, guest: 1, 'guest-physical': 2 } as const;
const PAGE_BITS = 12n;
const ANY = 0xffff_ffff;

let compiled: Promise<WebAssembly.Module> | undefined;

/** One instance of the hart's engine. */
export class Engine {
  readonly memory: WebAssembly.Memory;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly view: DataView;
  readonly #exports: EngineExports;
  readonly #tableBase: number;

  /** This instance's number among those over the same memory: no two that run code at the same time have the same. */
  readonly realm: number;
  /** Where it keeps what it has decoded. */
  readonly realmArea: number;
  /** Bit of this realm among those that run translated code over the same memory, as in REGION_SEATS. */
  readonly seat: number;
  /** Offset of the word by which this realm hears of translations, 0 for none. */
  port = 0;

  private constructor(memory: WebAssembly.Memory, exports: EngineExports, realm: number) {
    this.realm = realm;
    this.realmArea = REALM_AREA + realm * REALM_STRIDE;
    this.seat = 1 << realm;
    this.memory = memory;
    this.#exports = exports;
    this.#tableBase = exports.table.length;
    this.u8 = new Uint8Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    this.u64 = new BigUint64Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    const { table, fpExecute, f64Fma, access, findCall } = exports;
    this.translationImports = { memory, table, fpExecute, f64Fma, access, findCall };
  }

  /**
   * A shared memory of 4 GiB; pages that are never touched cost nothing.
   * @param begun what it is to be, if there is one of a page already
   */
  static createMemory(begun?: WebAssembly.Memory): WebAssembly.Memory {
    try {
      const memory = begun ?? new WebAssembly.Memory({ initial: 1, maximum: MEMORY_PAGES, shared: true });
      // Grown to its size: V8 takes the size at birth for memory that a garbage collection could give back, and begins one.
      memory.grow(MEMORY_PAGES - 1);
      return memory;
    } catch (cause) {
      throw new HypercraftError('HOST_MEMORY', 'the runtime cannot reserve 4 GiB of address space', { cause });
    }
  }

  /**
   * A memory that this realm knew before another one gave it its size: V8 tells realms of that, but not one that is just getting to know the memory,
   * where it stays as small as it was until it is asked to grow.
   */
  static refreshed(memory: WebAssembly.Memory): WebAssembly.Memory {
    if (memory.buffer.byteLength < MEMORY_PAGES * 0x1_0000) memory.grow(0);
    return memory;
  }

  /** The engine's module, compiled once per realm; it can be posted to workers. */
  static compile(): Promise<WebAssembly.Module> {
    // Loaded only where it is compiled: other realms get the module.
    compiled ??= import('./generated/wasm.js').then(({ engineWasmBase64 }) => {
      return WebAssembly.compile(decodeBase64(engineWasmBase64));
    });
    return compiled;
  }

  /**
   * Instantiates the engine over `memory`.
   * @param clock the host's time in timebase ticks, possibly fractional; never decreasing
   * @param entropy 16 fresh random bits a call, for the seed CSR; without it guests find their entropy source broken
   * @param realm which of the instances over this memory it is, 0 to 8; one that had the number before is gone. 9: it runs nothing
   */
  static async create(
    memory: WebAssembly.Memory,
    clock: () => number,
    module?: WebAssembly.Module,
    entropy: () => number = () => -1,
    realm = 0,
  ): Promise<Engine> {
    if (!Number.isInteger(realm) || realm < 0 || realm > MAX_REALMS) {
      throw new HypercraftError('INVALID_ARGUMENT', `there are ${MAX_REALMS} realms, none is number ${realm}`);
    }
    const realmArea = REALM_AREA + realm * REALM_STRIDE;
    if (realm < MAX_REALMS) clearRealm(memory.buffer, realm, realmArea);
    const imports = { env: { memory, time: clock, entropy, realm, realmArea } };
    const instance = await WebAssembly.instantiate(module ?? (await Engine.compile()), imports);
    return new Engine(memory, instance.exports as unknown as EngineExports, realm);
  }

  /** Puts a vCPU area into its reset state. */
  initVcpu(x: number): void {
    this.#exports.vcpuInit(x);
  }

  /**
   * Chooses the extensions of a vCPU, before its first run, and puts its CSRs into their reset state. Without this a vCPU has
   * everything the engine supports.
   * @param features a set of bits as `featureSet` of `hypercraft/isa` makes it; what the engine does not support stays off
   */
  setFeatures(x: number, features: bigint): void {
    this.#exports.setFeatures(x, BigInt.asIntN(64, features), BigInt.asIntN(64, features >> 64n));
  }

  /** The features the engine supports, as a set of bits like that of {@link setFeatures}. */
  get supportedFeatures(): bigint {
    const word = (n: number): bigint => BigInt.asUintN(64, this.#exports.supportedFeatures(n));
    return word(0) | (word(1) << 64n);
  }

  /**
   * Runs a vCPU until something leaves the engine.
   * @param budget instructions, 0 for no limit but 2^31 - 1
   * @returns an EXIT_* reason of hart/layout.ts; the exit record lies in the vCPU area
   */
  run(x: number, budget: number): number {
    let left = budget;
    this.u32[(x + JIT_SEAT) >>> 2] = this.seat;
    this.onRun?.(x);
    this.u32[(x + JIT_PORT) >>> 2] = this.port;
    for (;;) {
      const reason = this.#exports.run(x, left);
      if (reason !== EXIT_HOT) return reason;
      if (this.onHot) this.onHot(x);
      else this.u32[(this.realmArea + REALM_HOT_COUNT) >>> 2] = 0;
      left = this.u32[(x + RUN_LEFT) >>> 2]!;
    }
  }

  /** Called before vCPU `x` runs. */
  onRun: ((x: number) => void) | undefined;

  /** Called when hot code waits to be translated, between two instructions of vCPU `x`. */
  onHot: ((x: number) => void) | undefined;

  /** Lays a copy of the host page `page` on a translator's desk (DESK_AREA), to be decoded for the features that stand there. */
  layDesk(desk: number, page: number): void {
    this.#exports.layDesk(desk, page);
  }

  /** Decodes a run of instructions of the page whose bytes lie at `bytes`, from byte `offset` on, into slots at `base`. */
  decodeAt(base: number, offset: number, bytes: number): void {
    this.#exports.decodeAt(base, offset, bytes);
  }

  /** Decodes the one that crosses the end of the page into its slot, as if its second half were `half`. */
  decodeAcross(base: number, half: number, bytes: number): void {
    this.#exports.decodeAcross(base, half, bytes);
  }

  /** Decodes the instructions in a range of a host page: from then on a store to them is noticed. */
  decodeRange(from: number, to: number): void {
    this.#exports.decodeRange(from, to);
  }

  /** What a module of translated functions imports. */
  readonly translationImports: WebAssembly.ModuleImports;

  /** Puts a translated function, or null, into a place of the engine's table, behind its own functions; returns the index. */
  setFunction(place: number, code: (() => number) | null): number {
    const { table } = this.#exports;
    const index = this.functionIndex(place);
    if (index >= table.length) table.grow(Math.max(256, index + 1 - table.length));
    table.set(index, code);
    return index;
  }

  /** The index of a place of {@link setFunction}. */
  functionIndex(place: number): number {
    return this.#tableBase + place;
  }

  /** Takes a region away: its code is interpreted again. */
  removeRegion(region: number): void {
    this.#exports.removeRegion(region);
  }

  /** Makes the block at a host address enter a translated function. */
  installRegion(region: number, hpa: number, index: number, size: number): boolean {
    return this.#exports.installRegion(region, hpa, index, size, this.seat) !== 0;
  }

  /** Reads a CSR without permission checks. */
  csrRead(x: number, csr: number): bigint {
    return BigInt.asUintN(64, this.#exports.csrRead(x, csr));
  }

  /** Writes a CSR without permission checks; WARL fields keep legal values, read-only CSRs their own. */
  csrWrite(x: number, csr: number, value: bigint): void {
    this.#exports.csrWrite(x, csr, value);
  }

  /** Where a host page's decoded instructions lie in this realm, 0 if nothing of it is decoded. */
  decodedPage(page: number): number {
    return this.u32[(this.realmArea + REALM_DECODED + page * 4) >>> 2]!;
  }

  /** Where lies what is known of a decoded page, of whichever realm: the fields `HEAD_` of layout.ts. */
  decodedHead(base: number): number {
    const within = (base - REALM_AREA) % REALM_STRIDE;
    return base - within + REALM_HEADS + ((within - REALM_PAGES) / DECODED_STRIDE) * HEAD_BYTES;
  }

  /** Has a vCPU, which may run in another thread, drop all its cached translations at its next safepoint; see {@link Safepoints}. */
  requestFlush(x: number): void {
    Atomics.or(this.u32, (x + REQUESTS) >>> 2, REQUEST_FLUSH);
  }

  /** Has a vCPU, which may run in another thread, perform a fence at its next safepoint. */
  requestFence(x: number, fence: Fence): void {
    this.#exports.requestFence(x, ...fenceArguments(fence));
  }

  /** Performs a fence on a vCPU, which does not run. */
  fence(x: number, fence: Fence): void {
    this.#exports.fenceHart(x, ...fenceArguments(fence));
  }

  /** Drops all translations that a vCPU has cached; it does not run. */
  flushTlb(x: number): void {
    this.#exports.flushTlb(x);
  }

  /** Drops what any vCPU has cached of a host page. */
  sweepHostPage(page: number): void {
    this.#exports.sweepHostPage(page);
  }

  /** Drops what one vCPU has cached of a host page, under whatever address. It is outside of the engine, or runs in this thread. */
  dropHostPage(x: number, page: number): void {
    this.#exports.dropHostPage(x, page);
  }

  /** Gives each of `count` host pages one more holder. */
  holdPages(page: number, count: number): void {
    this.#exports.holdPages(page, count);
  }

  /** Copies a nested page table of 4 KiB leaves for a fork: both tables' memory is copied before it is written. */
  shareTable(from: number, to: number): void {
    this.#exports.shareTable(from, to);
  }

  /** Drops what was decoded from [hpa, hpa + bytes), for writes that do not come from a hart. */
  invalidateCode(hpa: number, bytes: number): void {
    this.#exports.invalidateCode(hpa, bytes);
  }

  /** Translates a virtual address as the vCPU's own access would be; false if it would fault (TRAP_* tells how). Sets A and D bits. */
  translate(x: number, va: bigint, access: AccessKind): boolean {
    return this.#exports.translateFor(x, va, access === 'fetch' ? 0 : access === 'load' ? 1 : 2) !== 0;
  }

  /** Moves an interrupt wire of a VM's PLIC. May be called from any thread. */
  plicSetLevel(vm: number, source: number, level: boolean): void {
    this.#exports.plicSetLevel(vm, source, level ? 1 : 0);
  }

  /** Raises or lowers interrupt lines of a vCPU, given as bits of mip, and wakes it. May be called from any thread. */
  setLines(x: number, mask: number, on: boolean): void {
    this.#exports.lineSet(x, mask, on ? 1 : 0);
  }

  /** Number of the interrupt the vCPU would take now, -1 for none. */
  pendingInterrupt(x: number): number {
    return this.#exports.pendingInterrupt(x);
  }

  /** Does WFI have a reason to resume? Timer lines are as of the last {@link updateTimers}. */
  wakePending(x: number): boolean {
    return this.#exports.wakePending(x) !== 0;
  }

  /** Has a vCPU that left in WRS a reason to go on: a store to its reservation set, or an interrupt that it takes? */
  wrsOver(x: number): boolean {
    return this.#exports.wrsOver(x) !== 0;
  }

  /** The vCPU's `time` as M-mode reads it, in ticks. */
  now(x: number): bigint {
    return BigInt.asUintN(64, this.#exports.now(x));
  }

  /** The `time` at which one of the vCPU's timers fires next, 2^64 - 1 if none will. */
  nextDeadline(x: number): bigint {
    return BigInt.asUintN(64, this.#exports.nextDeadline(x));
  }

  /**
   * Makes a vCPU take an exception at its program counter, at the level its delegation chooses or the highest one that is the guest's.
   * @param guestAddress whether `tval` is a guest virtual address, as hstatus.GVA and mstatus.GVA tell
   * @returns EXIT_NONE, or how a double trap came out: like {@link run}
   */
  injectTrap(x: number, cause: number, tval: bigint, guestAddress: boolean): number {
    return this.#exports.injectTrap(x, BigInt(cause), BigInt.asIntN(64, tval), guestAddress ? 1 : 0);
  }

  /** Recomputes the vCPU's timer lines. */
  updateTimers(x: number, time = this.now(x)): void {
    this.#exports.updateTimers(x, time);
  }
}

function fenceArguments({ of, range, asid, vmid }: Fence): [number, bigint, number, number, number] {
  const first = range === undefined ? 0n : range.start >> PAGE_BITS;
  const pages = range === undefined ? 0 : Number(range.size >> PAGE_BITS);
  return [FENCE_KINDS[of], first, pages, asid ?? ANY, vmid ?? ANY];
}

/** By hand where the language cannot: with a function for each byte this takes longer than compiling the engine. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64 !== undefined) return fromBase64.call(Uint8Array, text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** Forgets what an earlier instance of the same number has decoded. */
function clearRealm(buffer: ArrayBufferLike, realm: number, area: number): void {
  const words = new Uint32Array(buffer);
  const flags = new Uint16Array(buffer, PAGE_FLAGS);
  for (let i = 0; i < DECODED_PAGES; i++) {
    const page = words[((area + REALM_DECODED_OWNER) >>> 2) + i]!;
    if (page === 0) continue;
    words[((area + REALM_DECODED) >>> 2) + page] = 0;
    Atomics.and(flags, page, ~(1 << realm));
  }
  words.fill(0, area >>> 2, (area + REALM_CLEARED) >>> 2);
  words[(area + REALM_DECODED_FREE) >>> 2] = words[(area + REALM_DECODED_USED) >>> 2]!;
}
