// The host: one shared linear memory that holds all machine state, an engine instance that runs harts in this realm, and
// the allocators for what guests are made of (pages, vCPU areas, VM blocks, shared device state).
import {
  DEVICE_AREA,
  DEVICE_AREA_BYTES,
  HOST_CONTROL,
  HOST_JIT_PORTS,
  HOST_PAGE_COUNTERS,
  HOST_VCPU_COUNT,
  IN_ENGINE,
  JIT_PORTS,
  MAX_REALMS,
  MAX_VCPUS,
  MAX_VMS,
  PAGE_HOLDERS,
  RAM_AREA,
  VCPU_AREA,
  VCPU_STRIDE,
  VM_AREA,
  VM_STRIDE,
} from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { HypercraftError } from '../isa/error.js';
import type { JitOptions, JitStore, TranslatorService } from '../jit/index.js';
import { PORT_BYTES } from '../jit/link.js';
import { type HostPhysAddr, PAGE_SIZE } from './address.js';
import { Alarm } from './alarm.js';
import { type Clock, DEFAULT_TIMEBASE, tickCounter } from './clock.js';
import { detectHypervisorExtension } from './detect.js';
import { Hart } from './hart.js';
import { HostMemory } from './memory.js';
import { PageAllocator } from './page-allocator.js';
import { SlotPool } from './slots.js';
import { Translation } from './translation.js';

const MEMORY_END = 0x1_0000_0000;

export interface HostMachineOptions {
  /** Bytes of host physical memory that may be handed out; all that the 4 GiB leave by default. */
  readonly memory?: number;
  /** Ticks per second of the `time` CSR; 10 MHz by default. */
  readonly timebase?: number;
  /** Number of harts; 1 by default. */
  readonly harts?: number;
  /** Read by every realm alike; its milliseconds count from 1970 if guests are to know the date. */
  readonly clock: Clock;
  /** A source of randomness for guests that have Zkr; without it theirs says that it is broken. */
  readonly entropy?: EntropySource | undefined;
  /** Translation of hot guest code to WebAssembly: `on` by default; `always` translates every block at once, for tests. */
  readonly jit?: JitMode;
  /**
   * When the translator is loaded that the creating realm may need: `at-once`, the default, before the host is there; or `when-hot`, which is sooner
   * there if its guests run in threads. A vCPU that runs without ever giving the event loop a turn would wait for it in vain.
   */
  readonly translator?: 'at-once' | 'when-hot';
  /**
   * Where translated code is kept for the next run, by a name that the platform's workers know what to do with: a directory in Node.js. Nowhere by
   * default, and nowhere without threads.
   */
  readonly jitCache?: string | undefined;
  /** The engine's compiled module, to save compiling it again. */
  readonly module?: WebAssembly.Module;
}

/** Gives 16 fresh random bits a call, 0 to 65535. */
export type EntropySource = () => number;

/** Whether guest code is translated: never, when it is hot, or always. */
export type JitMode = 'off' | 'on' | 'always';

/** What another realm needs to work on the same host: plain, and structured-cloneable to a worker. */
export interface HostShare {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly timebase: number;
  /** Clock reading at which `time` is 0. */
  readonly origin: number;
  /** First host physical address beyond memory. */
  readonly limit: number;
  readonly jit: JitMode;
  /** Where the realm asks the translator's thread, if it may. */
  readonly port?: number | undefined;
}

/** The parts of a host that every realm has: the engine instance and bounded memory. */
export interface HostView {
  readonly engine: Engine;
  /** The translator of this realm's engine; undefined when translation is off. */
  readonly translation: Translation | undefined;
  readonly memory: HostMemory;
  /** Who has which page of memory, in every realm alike. */
  readonly allocator: PageAllocator;
  readonly timebase: number;
  /** Ends turns of this realm. */
  readonly alarm: Alarm;
}

/** What a realm's translator has to do with, beside its engine. */
export type RealmJitOptions = Pick<JitOptions, 'store' | 'onOwn'>;

/** Opens a host that another realm created; `realm` is the number of this one, that of the creating one is 0. */
export async function attachHost(
  share: HostShare,
  clock: Clock,
  entropy?: EntropySource,
  realm = 0,
  own: RealmJitOptions = {},
): Promise<HostView> {
  const alarm = new Alarm(share.memory.buffer);
  const ticks = tickCounter(clock, share.timebase, share.origin, alarm);
  const engine = await Engine.create(share.memory, ticks, share.module, entropy, realm);
  const always = share.jit === 'always';
  const { port = 0 } = share;
  const options = { ...own, always, port, now: () => clock.now() };
  const translation = share.jit === 'off' ? undefined : new Translation(engine, options);
  if (always) await translation?.load();
  const memory = new HostMemory(engine, share.limit);
  const allocator = pageAllocator(engine, memory, share.limit);
  return { engine, memory, allocator, timebase: share.timebase, translation, alarm };
}

/** The translator of a host that another realm created, to be served on a thread of its own. */
export async function attachTranslator(share: HostShare, clock: Clock, store?: JitStore): Promise<TranslatorService> {
  const engine = await Engine.create(share.memory, () => 0, share.module, undefined, MAX_REALMS);
  const { TranslatorService } = await import('../jit/index.js');
  return new TranslatorService(engine, { now: () => clock.now(), store });
}

function pageAllocator(engine: Engine, memory: HostMemory, limit: number): PageAllocator {
  const { buffer } = engine.memory;
  const count = (limit - RAM_AREA) / PAGE_SIZE;
  return new PageAllocator(memory, RAM_AREA, count, {
    pages: new Uint16Array(buffer, PAGE_HOLDERS + (RAM_AREA / PAGE_SIZE) * 2, count),
    counters: new Int32Array(buffer, HOST_CONTROL + HOST_PAGE_COUNTERS, 3),
  });
}

/** What {@link HostMachine.prepare} has ready. */
export interface HostParts {
  readonly jitCache: string | undefined;
  readonly view: HostView;
  readonly share: HostShare;
  readonly clock: Clock;
  readonly harts: number;
}

/** The machine itself, without what runs on it. */
export class HostMachine implements HostView {
  readonly engine: Engine;
  readonly translation: Translation | undefined;
  readonly memory: HostMemory;
  readonly timebase: number;
  readonly alarm: Alarm;
  readonly clock: Clock;
  /** Where translated code is kept for the next run. */
  readonly jitCache: string | undefined;
  readonly harts: readonly Hart[];
  readonly #share: HostShare;
  readonly allocator: PageAllocator;
  readonly #devicePages: PageAllocator;
  readonly #vcpuAreas = new SlotPool('vCPU area', VCPU_AREA, VCPU_STRIDE, MAX_VCPUS);
  readonly #vmBlocks = new SlotPool('VM control block', VM_AREA, VM_STRIDE, MAX_VMS);
  readonly #ports: number[] = [];
  #lastVmid = 0;
  #hypervisorExtension: boolean | undefined;

  protected constructor({ view, share, clock, harts, jitCache }: HostParts) {
    this.jitCache = jitCache;
    this.engine = view.engine;
    this.translation = view.translation;
    this.memory = view.memory;
    this.timebase = view.timebase;
    this.alarm = view.alarm;
    this.clock = clock;
    this.#share = share;
    this.harts = Array.from({ length: harts }, (_, id) => new Hart(id, view.engine));
    this.allocator = view.allocator;
    const clear = { zero: (at: number, length: number) => view.engine.u8.fill(0, at, at + length) };
    this.#devicePages = new PageAllocator(clear, DEVICE_AREA, DEVICE_AREA_BYTES / PAGE_SIZE);
  }

  /**
   * @param memory of one page, to become the host's
   * @throws HypercraftError `INVALID_ARGUMENT` for a memory size, hart count or timebase that cannot be, `HOST_MEMORY`
   */
  static async prepare(options: HostMachineOptions, memory?: WebAssembly.Memory): Promise<HostParts> {
    const { timebase = DEFAULT_TIMEBASE, harts = 1, clock, entropy } = options;
    const most = MEMORY_END - RAM_AREA;
    const size = options.memory ?? most;
    if (!Number.isInteger(size / PAGE_SIZE) || size <= 0 || size > most) {
      throw new HypercraftError('INVALID_ARGUMENT', `host memory must be whole pages, at most ${most} bytes`);
    }
    if (!(timebase > 0) || !Number.isInteger(harts) || harts < 1) {
      throw new HypercraftError('INVALID_ARGUMENT', 'a host has a positive timebase and at least one hart');
    }
    const share: HostShare = {
      memory: Engine.createMemory(memory),
      module: options.module ?? (await Engine.compile()),
      timebase,
      origin: clock.now(),
      limit: RAM_AREA + size,
      jit: options.jit ?? 'on',
    };
    const view = await attachHost(share, clock, entropy);
    if (options.translator !== 'when-hot') await view.translation?.load();
    return { view, share, clock, harts, jitCache: options.jitCache };
  }

  /** What a worker passes to {@link attachHost}. */
  share(): HostShare {
    return this.#share;
  }

  /**
   * A port at which another realm asks the translator's thread; undefined if there are as many as can be. It goes back by {@link closeJitPort}, when
   * that realm is no more, and its memory stays a port's: the translator may be late.
   */
  openJitPort(): number | undefined {
    const words = this.engine.u32;
    const first = (HOST_CONTROL + HOST_JIT_PORTS) >>> 2;
    for (let i = first; i < first + JIT_PORTS; i++) {
      if (words[i] !== 0) continue;
      const port = this.#ports.pop() ?? this.allocDevicePages(Math.ceil(PORT_BYTES / PAGE_SIZE));
      Atomics.store(words, i, port);
      return port;
    }
    return undefined;
  }

  closeJitPort(port: number): void {
    const words = this.engine.u32;
    const first = (HOST_CONTROL + HOST_JIT_PORTS) >>> 2;
    for (let i = first; i < first + JIT_PORTS; i++) if (words[i] === port) Atomics.store(words, i, 0);
    this.#ports.push(port);
  }

  /**
   * Allocates contiguous zeroed 4 KiB pages.
   * @param options.align alignment in bytes; 16384 for the root of a nested page table.
   * @throws HypercraftError `NO_MEMORY`
   */
  allocPages(count: number, options: { align?: number } = {}): HostPhysAddr {
    return this.allocator.allocPages(count, options.align);
  }

  /** @throws HypercraftError `PAGE_FOREIGN`, `PAGE_DOUBLE_FREE` */
  deallocPages(address: HostPhysAddr, count: number): void {
    this.allocator.deallocPages(address, count);
  }

  /** Pages in use and in all. */
  get pages(): { readonly free: number; readonly total: number } {
    return { free: this.allocator.freePages, total: this.allocator.totalPages };
  }

  /** Shared memory for rings and device state, outside of host physical memory; returns its offset. */
  allocDevicePages(count: number): number {
    return Number(this.#devicePages.allocPages(count));
  }

  deallocDevicePages(offset: number, count: number): void {
    this.#devicePages.deallocPages(BigInt(offset), count);
  }

  /** Takes a vCPU area, reset to power-on state; returns its offset. */
  allocVcpuArea(): number {
    const area = this.#vcpuAreas.take();
    this.#publishVcpuCount();
    this.engine.initVcpu(area);
    return area;
  }

  deallocVcpuArea(area: number): void {
    // Its thread may have ended in the middle of a run.
    Atomics.store(this.engine.u32, (area + IN_ENGINE) >>> 2, 0);
    this.#vcpuAreas.giveBack(area);
    this.#publishVcpuCount();
  }

  /** Takes a cleared VM control block; returns its offset. */
  allocVmBlock(): number {
    const block = this.#vmBlocks.take();
    this.engine.u8.fill(0, block, block + VM_STRIDE);
    return block;
  }

  deallocVmBlock(block: number): void {
    this.#vmBlocks.giveBack(block);
  }

  /** A virtual machine identifier for a new nested page table: 14 bits, never 0. */
  allocVmid(): number {
    this.#lastVmid = (this.#lastVmid % 0x3fff) + 1;
    return this.#lastVmid;
  }

  /** Whether the harts have the hypervisor extension, found out by trying (as the original does). */
  hasHypervisorExtension(): boolean {
    if (this.#hypervisorExtension === undefined) {
      const area = this.allocVcpuArea();
      const page = this.allocPages(1);
      this.#hypervisorExtension = detectHypervisorExtension(this.engine, area, Number(page));
      this.deallocPages(page, 1);
      this.deallocVcpuArea(area);
    }
    return this.#hypervisorExtension;
  }

  #publishVcpuCount(): void {
    this.engine.view.setUint32(HOST_CONTROL + HOST_VCPU_COUNT, this.#vcpuAreas.count, true);
  }
}
